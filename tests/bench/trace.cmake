# SPDX-License-Identifier: GPL-2.0-only
# prints numbers and never fails on them: a busy machine is not a bug
add_executable(bench_trace bench_trace.c stream.c)
target_link_libraries(bench_trace PRIVATE memsim_options memsim_trace)
add_test(NAME bench.trace COMMAND bench_trace)
set_tests_properties(bench.trace PROPERTIES LABELS bench TIMEOUT 300 RUN_SERIAL ON)
