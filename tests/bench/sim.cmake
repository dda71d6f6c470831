# SPDX-License-Identifier: GPL-2.0-only
# prints numbers; fails on a wrong result, never on a slow one
add_executable(bench_cache bench_cache.c)
target_link_libraries(bench_cache PRIVATE memsim_options memsim_sim)
add_test(NAME bench.cache COMMAND bench_cache)
add_executable(bench_memory bench_memory.c lengthen.c)
target_link_libraries(bench_memory PRIVATE memsim_options memsim_sim)
# recorded where functions cannot be hooked, each event with a time of its own, long and short; and where they can, as it is done today:
# a C build, the largest one, and the one with the most events that take more than a look
foreach(trace data/cbuild corpus/mixed corpus/vm-cbuild corpus/vm-mixed corpus/vm-tmpfs)
	string(REGEX REPLACE ".*/" "" name ${trace})
	add_test(NAME bench.memory.${name} COMMAND bench_memory ${PROJECT_SOURCE_DIR}/tests/${trace}.trace 8
		v6.12 memdesc8 v3.11-slab v4.14 page32 memdesc16)
	set_tests_properties(bench.memory.${name} PROPERTIES LABELS bench RUN_SERIAL ON TIMEOUT 300)
endforeach()
add_executable(bench_sampling bench_sampling.c lengthen.c)
target_link_libraries(bench_sampling PRIVATE memsim_options memsim_sim)
target_link_options(bench_sampling PRIVATE -Wl,--wrap=lines_flush)
add_test(NAME bench.sampling COMMAND bench_sampling 16 8 ${PROJECT_SOURCE_DIR}/tests/data/cbuild.trace v6.12 page32 memdesc8)
set_tests_properties(bench.sampling PROPERTIES LABELS bench RUN_SERIAL ON TIMEOUT 600)
add_executable(bench_longer bench_longer.c lengthen.c)
target_link_libraries(bench_longer PRIVATE memsim_options memsim_trace)
add_test(NAME bench.replay COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/replay ${PROJECT_BINARY_DIR})
set_tests_properties(bench.replay PROPERTIES LABELS bench RUN_SERIAL ON TIMEOUT 600)
set_tests_properties(bench.cache PROPERTIES LABELS bench RUN_SERIAL ON TIMEOUT 300)
