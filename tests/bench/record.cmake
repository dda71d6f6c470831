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
