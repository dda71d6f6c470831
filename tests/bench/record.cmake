# SPDX-License-Identifier: GPL-2.0-only
# prints numbers and never fails on them; needs root and BPF, is skipped without
memsim_bpf_skeleton(record_floor record_floor.bpf.c)
add_executable(bench_record bench_record.c record_tracers.c)
add_dependencies(bench_record record_floor_skeleton)
target_include_directories(bench_record PRIVATE ${PROJECT_BINARY_DIR})
target_compile_definitions(bench_record PRIVATE MEMSIM_USES_LIBBPF)
target_link_libraries(bench_record PRIVATE memsim_options memsim_bpf)
add_test(NAME bench.record COMMAND bench_record)
set_tests_properties(bench.record PROPERTIES LABELS "bench;root" RUN_SERIAL ON TIMEOUT 600 SKIP_RETURN_CODE 77)

add_executable(bench_census bench_census.c)
target_link_libraries(bench_census PRIVATE memsim_options memsim_bpf)
add_test(NAME bench.census COMMAND bench_census)
set_tests_properties(bench.census PROPERTIES LABELS "bench;root" RUN_SERIAL ON TIMEOUT 300 SKIP_RETURN_CODE 77)

# needs root, 2 GiB of disk and 40 seconds of all CPUs, prints numbers as well
add_executable(bench_capacity bench_capacity.c)
target_link_libraries(bench_capacity PRIVATE memsim_options memsim_trace memsim_base Threads::Threads)
add_test(NAME bench.capacity COMMAND bench_capacity $<TARGET_FILE:memsim> ${CMAKE_CURRENT_BINARY_DIR}/capacity.trace 10)
set_tests_properties(bench.capacity PROPERTIES LABELS "bench;root" RUN_SERIAL ON TIMEOUT 600 SKIP_RETURN_CODE 77)
# the recorder's own process, without root: prints numbers as well
add_executable(bench_drain bench_drain.c)
target_link_libraries(bench_drain PRIVATE memsim_options memsim_bpf PkgConfig::ZSTD)
add_test(NAME bench.drain COMMAND bench_drain ${PROJECT_SOURCE_DIR}/tests/data/cbuild.trace)
set_tests_properties(bench.drain PROPERTIES LABELS bench RUN_SERIAL ON TIMEOUT 300)
# on a guest, where every instruction is counted: build_guest
add_executable(bench_build bench_build.c programs.c)
target_compile_definitions(bench_build PRIVATE MEMSIM_USES_LIBBPF)
target_link_libraries(bench_build PRIVATE memsim_options memsim_bpf m)
# one page, with caches that something else has used: hardly moved by what the machine does besides
add_executable(bench_cold bench_cold.c kinds.c)
target_compile_definitions(bench_cold PRIVATE MEMSIM_USES_LIBBPF)
target_link_libraries(bench_cold PRIVATE memsim_options memsim_bpf Threads::Threads)
add_test(NAME bench.cold COMMAND bench_cold cold.trace)
set_tests_properties(bench.cold PROPERTIES LABELS "bench;root" RUN_SERIAL ON TIMEOUT 600 SKIP_RETURN_CODE 77
	WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
# a build on this host: files of different size, an archive and the linker; a minute tells a per cent, an hour a tenth of it
add_executable(bench_toggle bench_toggle.c counted.c kinds.c paired.c programs.c)
target_compile_definitions(bench_toggle PRIVATE MEMSIM_USES_LIBBPF)
target_link_libraries(bench_toggle PRIVATE memsim_options memsim_bpf Threads::Threads)
set(compile ${CMAKE_C_COMPILER} -D_GNU_SOURCE -DMEMSIM_VERSION="" -O2 -g -I${PROJECT_SOURCE_DIR} -c -o)
set(sources ${PROJECT_SOURCE_DIR}/base/num.c ${PROJECT_SOURCE_DIR}/trace/codec/codec_events.c ${PROJECT_SOURCE_DIR}/trace/writer.c)
set(commands "")
set(objects "")
foreach(source ${sources})
	get_filename_component(name ${source} NAME_WE)
	list(APPEND objects toggle.${name}.o)
	list(APPEND commands ${compile} toggle.${name}.o ${source} +)
endforeach()
# a large file, of which the optimiser has more to do for each page that it takes: most of a room in one
file(GLOB parts ${PROJECT_SOURCE_DIR}/sim/replay/*.c)
list(REMOVE_ITEM parts ${PROJECT_SOURCE_DIR}/sim/replay/result_memory.c) # has names that others have
list(SORT parts)
list(TRANSFORM parts REPLACE "(.+)" "#include \"\\1\"\n")
list(JOIN parts "" parts)
file(CONFIGURE OUTPUT toggle.large.c CONTENT "${parts}")
add_test(NAME bench.build COMMAND bench_toggle toggle.trace 60 ${commands} ${CMAKE_AR} rcs toggle.a ${objects} +
	${CMAKE_LINKER} -r -o toggle.o ${objects} ++
	${compile} toggle.large.o ${CMAKE_CURRENT_BINARY_DIR}/toggle.large.c)
set_tests_properties(bench.build PROPERTIES LABELS "bench;root" RUN_SERIAL ON TIMEOUT 600 SKIP_RETURN_CODE 77
	WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
