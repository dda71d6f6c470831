/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The check on the cache model: the lines that a layout touches, touched for real. A stream holds what a
 * model touched, in order; it is then executed in memory of this host, with real loads, stores and atomics,
 * and timed.
 *
 * What is executed: every distinct line of every operation once, the operations of all CPUs one after
 * the other on one CPU. A line that was only read is loaded; one that was written is loaded and stored to;
 * one that was changed atomically gets a locked addition. Where the model waits for a line - the first of
 * an operation, and each whose address had to be loaded first - the address is made to depend on all loads
 * before it; the others may overlap. Memory is laid out as the layout has it, in pages of 2 MiB where the
 * kernel gives them; 2 MiB of it that no operation touches are left out.
 *
 * A prediction is made for the same stream, by the same caches and TLB as in a replay, with one CPU. The
 * instructions themselves are no part of the model: what they take is measured, by executing the stream with
 * all its lines folded into a few that stay in L1, and the prediction adds what the lines' places cost. The
 * stream is read from memory too, and fills caches: the model is told so as background pressure.
 */
#ifndef SIM_NATIVE_H
#define SIM_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/cache/cache.h"
#include "sim/machine/machine.h"
#include "sim/access/op.h"
#include "sim/cache/tlb.h"

/* So many operations of a trace are executed, the same ones for every layout. */
enum { NATIVE_MAX_OPS = 4000000 };

struct native_stream {
	uint64_t *words; /* line << 3 | serial << 2 | enum access_mode */
	size_t nr, cap;
	uint64_t ops, left_out; /* operations in the stream, and those after its end */
	bool failed;		/* memory ran out */
};

void native_stream_fini(struct native_stream *s);
/* An operation begins; false: it is not part of the stream. */
bool native_stream_op(struct native_stream *s);
void native_stream_add(struct native_stream *s, uint64_t line, enum access_mode mode, bool serial);

struct native_opts {
	const struct machine *machine; /* with latencies; borrowed */
	unsigned int rounds;	       /* at least 1; everything is timed once in each */
	unsigned int background;       /* lines of a large array that are read per 16 accesses */
	/* may be NULL; called now and then with the share of the work that is done, 0..1 */
	void (*progress)(void *ctx, double done);
	void *progress_ctx;
};

/* What hardware counters said of one execution, in all; only where `counted`. */
struct native_counters {
	bool counted[3];
	uint64_t misses[3]; /* of L1, L2, LLC */
};

struct native_result {
	uint64_t accesses, serial, atomics, ops;
	uint64_t bytes;			/* of the memory in which it was executed */
	uint64_t hits[CACHE_LEVEL_MAX]; /* as predicted */
	uint64_t tlb[TLB_LEVELS];
	/* nanoseconds per access, medians over the rounds */
	double base_ns, measured_ns, predicted_ns;
	/* against the first stream, medians over the rounds of what each round found */
	double measured_ratio, predicted_ratio;
	double error_percent; /* of the predicted ratio */
	struct native_counters counters;
};

/*
 * Executes streams in turn, round after round, each from empty caches. The thread stays on one CPU
 * meanwhile. -ENODATA: the machine's latencies are not known; -EINVAL: a stream is empty.
 */
int native_run(const struct native_stream *const *streams, size_t nr,
	       const struct native_opts *opts, struct native_result *ret,
	       struct error *err) __must_check;

#endif
