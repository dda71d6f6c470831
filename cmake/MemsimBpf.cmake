# SPDX-License-Identifier: GPL-2.0-only
# memsim_bpf_skeleton(NAME source.bpf.c [DEFINITION...]): compiles a CO-RE BPF object and makes NAME.skel.h from it.
# Reads nothing of the build host's kernel: types come from bpf/programs/vmlinux_min.h.

find_program(BPF_CLANG NAMES clang clang-14 clang-16 clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin /usr/local/sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
	set(MEMSIM_BPF_ARCH arm64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
	set(MEMSIM_BPF_ARCH x86)
else()
	message(FATAL_ERROR "The recorder is for x86-64 and arm64; -DMEMSIM_BPF=OFF builds the rest")
endif()

function(memsim_bpf_skeleton name source)
	get_filename_component(source ${source} ABSOLUTE)
	list(TRANSFORM ARGN PREPEND -D OUTPUT_VARIABLE definitions)
	set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
	set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
	add_custom_command(
		OUTPUT ${object}
		COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${MEMSIM_BPF_ARCH}
			-ffreestanding ${definitions}
			-Wall -Wextra -Werror -Wno-unused-function -Wno-unused-parameter -Wno-missing-declarations -I${PROJECT_SOURCE_DIR}
			-MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
		DEPENDS ${source}
		DEPFILE ${object}.d
		COMMENT "Compiling ${name}.bpf.o"
		VERBATIM)
	# through a temporary name: a failed bpftool must not leave half a header behind
	add_custom_command(
		OUTPUT ${skeleton}
		COMMAND sh -c "\"$1\" gen skeleton \"$2\" name \"$3\" > \"$4.tmp\" && mv \"$4.tmp\" \"$4\"" sh
			${BPFTOOL} ${object} ${name}_bpf ${skeleton}
		DEPENDS ${object}
		COMMENT "Generating ${name}.skel.h"
		VERBATIM)
	add_custom_target(${name}_skeleton DEPENDS ${skeleton})
endfunction()
