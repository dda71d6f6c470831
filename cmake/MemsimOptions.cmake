# SPDX-License-Identifier: GPL-2.0-only
# What every target of memsim is compiled with: one interface library, no global flags.

option(MEMSIM_WERROR "Treat warnings as errors" OFF)
set(MEMSIM_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_library(memsim_options INTERFACE)
target_compile_features(memsim_options INTERFACE c_std_11)
target_compile_definitions(memsim_options INTERFACE _GNU_SOURCE MEMSIM_VERSION="${PROJECT_VERSION}")
target_include_directories(memsim_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(memsim_options INTERFACE
	-Wall -Wextra -Wshadow -Wconversion -Wvla -Wwrite-strings -Wpointer-arith
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wno-sign-conversion -fno-common -fno-strict-aliasing
	-include ${PROJECT_SOURCE_DIR}/base/banned.h
	$<$<BOOL:${MEMSIM_WERROR}>:-Werror>)

if(MEMSIM_SANITIZE)
	# without -fno-sanitize-recover a UBSan report would not fail the test that caused it
	target_compile_options(memsim_options INTERFACE
		-fsanitize=${MEMSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(memsim_options INTERFACE -fsanitize=${MEMSIM_SANITIZE})
	if(MEMSIM_FUZZ)
		target_compile_options(memsim_options INTERFACE -fsanitize=fuzzer-no-link)
	endif()
endif()

# memsim_room(NAME SOURCES file... USES target...): the static library of one room
function(memsim_room name)
	cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;USES")
	add_library(memsim_${name} STATIC ${room_SOURCES})
	target_link_libraries(memsim_${name} PUBLIC ${room_USES} PRIVATE memsim_options)
	target_include_directories(memsim_${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
endfunction()
