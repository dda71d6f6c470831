// SPDX-License-Identifier: GPL-2.0-only
/* Streams that are executed: what is predicted has closed forms; what is measured is only held to be there. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/replay/model.h"
#include "sim/charge/native_impl.h"
#include "sim/access/place.h"

static struct machine *machine(void)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct error err = {0};

	cr_assert_eq(machine_load("vm-emr", m, &err), 0, "%s", err.msg);
	m->prefetch = 0;
	cr_assert(machine_assume_tlb(m));
	return m;
}

/* So many lines, each as often as `rounds` says, one after the other. */
static struct native_stream stream_of(uint64_t lines, unsigned int rounds, enum access_mode mode,
				      bool serial)
{
	struct native_stream s = {.words = NULL};

	for (unsigned int round = 0; round < rounds; round++)
		for (uint64_t i = 0; i < lines; i++) {
			native_stream_op(&s);
			native_stream_add(&s, PLACE_MEMMAP / 64 + i * 7919 % lines, mode, serial);
		}
	return s;
}

Test(native, predicts_what_a_cache_of_that_size_does)
{
	struct machine *m = machine();
	struct native_prediction p;
	struct native_stream s = stream_of(256, 3, MODE_R, true);

	cr_assert_eq(native_predict(&s, m, 0, &p, NULL), 0);
	cr_assert_eq(p.serial[CACHE_MEMORY], 256, "each line once");
	cr_assert_eq(p.serial[CACHE_L1] + p.serial[CACHE_L2], 512);
	cr_assert_eq(p.overlapped[CACHE_MEMORY], 0);
	native_stream_fini(&s);
	/* atomics are waited for, whatever the stream says */
	s = stream_of(256, 1, MODE_A, false);
	cr_assert_eq(native_predict(&s, m, 0, &p, NULL), 0);
	cr_assert_eq(p.serial[CACHE_MEMORY], 256);
	native_stream_fini(&s);
	s = stream_of(256, 1, MODE_W, false);
	cr_assert_eq(native_predict(&s, m, 0, &p, NULL), 0);
	cr_assert_eq(p.overlapped[CACHE_MEMORY], 256);
	/* 256 lines on four pages of 4 KiB */
	cr_assert_eq(p.tlb_overlapped[TLB_WALK], 4);
	native_stream_fini(&s);
	free(m);
}

/* Between two uses of a line every set of L2 gets twice as many background lines as it has ways. */
Test(native, the_background_leaves_less_of_the_caches)
{
	struct machine *m = machine();
	struct native_prediction alone, pressed;
	struct native_stream s = stream_of(4000, 20, MODE_R, true);

	cr_assert_eq(native_predict(&s, m, 0, &alone, NULL), 0);
	cr_assert_eq(native_predict(&s, m, 200, &pressed, NULL), 0);
	cr_assert_gt(pressed.serial[CACHE_LLC] + pressed.serial[CACHE_MEMORY],
		     alone.serial[CACHE_LLC] + alone.serial[CACHE_MEMORY] + 4000);
	native_stream_fini(&s);
	free(m);
}

Test(native, a_prediction_is_counts_times_latencies)
{
	const double latency[CACHE_LEVEL_MAX] = {1, 5, 50, 150};
	struct native_prediction p = {
		.serial = {1000, 10, 4, 2}, .overlapped = {0, 0, 0, 8}, .tlb_serial = {0, 3, 2}};
	struct machine *m = machine();
	double ns;

	m->figures[FIGURE_PARALLELISM].value = 4000; /* thousandths */
	m->figures[FIGURE_TLB_SECOND].value = 2000;
	m->figures[FIGURE_TLB_WALK].value = 30000;
	ns = native_prediction_ns(&p, latency, m);
	cr_assert_float_eq(ns, 10 * 4 + 4 * 49 + 2 * 149 + 8 * 149 / 4.0 + 3 * 2 + 2 * 30, 1e-6,
			   "%f", ns);
	free(m);
}

/* Lines of far apart regions, in memory that is as large as the 2 MiB of them that are touched. */
Test(native, a_program_keeps_lines_apart_and_its_memory_zero)
{
	const uint64_t lines[] = {PLACE_MEMMAP / 64,
				  PLACE_MEMMAP / 64 + 1,
				  PLACE_MEMMAP / 64 + (1 << 20),
				  PLACE_HEAP / 64 + 5,
				  PLACE_HEAP / 64 + 5 + (1ULL << 34),
				  PLACE_MEMMAP / 64};
	enum { NR = sizeof(lines) / sizeof(lines[0]) };
	struct native_stream s = {.words = NULL};
	struct native_program p;
	struct error err = {0};

	for (size_t i = 0; i < NR; i++)
		native_stream_add(&s, lines[i], (enum access_mode)(i % 3), i & 1);
	cr_assert_eq(native_program_create(&s, 0, &p, &err), 0, "%s", err.msg);
	cr_assert_eq(p.size, 4 * (2 << 20));
	cr_assert_eq(p.nr, NATIVE_STEP);
	for (size_t i = 0; i < NR; i++) {
		cr_assert_eq(p.words[i] & 7, (i & 1) << 2 | i % 3);
		for (size_t k = 0; k < NR; k++)
			cr_assert_eq(p.words[i] >> 3 == p.words[k] >> 3, lines[i] == lines[k]);
		cr_assert_eq((p.words[i] >> 3) % 64, lines[i] % 64, "the same place in a page");
	}
	cr_assert_gt(native_program_run(&p, 0, false), 0);
	cr_assert_gt(native_program_run(&p, 0, true), 0);
	for (size_t i = 0; i < p.size; i++)
		cr_assert_eq(p.mem[i], 0);
	native_program_fini(&p);
	native_stream_fini(&s);
}

Test(native, runs_and_compares)
{
	struct native_stream small = stream_of(100, 10, MODE_W, false),
			     large = stream_of(20000, 2, MODE_A, true);
	const struct native_stream *streams[] = {&small, &large};
	struct machine *m = machine();
	const struct native_opts opts = {.machine = m, .rounds = 1, .background = 1};
	struct native_result r[2];
	struct error err = {0};

	cr_assert_eq(native_run(streams, 2, &opts, r, &err), 0, "%s", err.msg);
	cr_assert_eq(r[0].accesses, 1000);
	cr_assert_eq(r[1].accesses, 40000);
	cr_assert_eq(r[1].atomics, 40000);
	cr_assert_eq(r[1].serial, 40000);
	cr_assert_eq(r[0].serial, 0);
	cr_assert_eq(r[0].measured_ratio, 1);
	cr_assert_eq(r[0].predicted_ratio, 1);
	cr_assert_gt(r[1].measured_ratio, 0);
	native_stream_fini(&small);
	native_stream_fini(&large);
	free(m);
}

Test(native, what_cannot_be_said_is_refused)
{
	struct native_stream s = stream_of(100, 1, MODE_R, false), empty = {.words = NULL};
	const struct native_stream *streams[] = {&s}, *none[] = {&empty};
	struct machine *m = machine();
	struct native_opts opts = {.machine = m, .rounds = 1};
	struct native_result r;
	struct error err = {0};

	cr_assert_eq(native_run(none, 1, &opts, &r, &err), -EINVAL);
	m->figures[FIGURE_LATENCY_MEMORY].how = HOW_UNKNOWN;
	cr_assert_eq(native_run(streams, 1, &opts, &r, &err), -ENODATA);
	cr_assert_not_null(strstr(err.msg, "calibrate"));
	native_stream_fini(&s);
	free(m);
}

Test(native, a_stream_ends_after_so_many_operations_and_counts_the_rest)
{
	struct native_stream s = {.words = NULL};

	for (int i = 0; i < NATIVE_MAX_OPS; i++)
		cr_assert(native_stream_op(&s));
	for (int i = 0; i < 7; i++)
		cr_assert_not(native_stream_op(&s));
	cr_assert_eq(s.ops, NATIVE_MAX_OPS);
	cr_assert_eq(s.left_out, 7);
}
