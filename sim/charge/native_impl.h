/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by native.c (rounds and medians), native_exec.c (what is timed) and native_predict.c. */
#ifndef SIM_NATIVE_IMPL_H
#define SIM_NATIVE_IMPL_H

#include "sim/machine/calibrate_impl.h"
#include "sim/charge/native.h"

enum { NATIVE_LINE = 64, NATIVE_STEP = 16 /* accesses whose words fill one line */ };

/* A stream laid out in memory of this host. */
struct native_program {
	uint32_t *words; /* line within mem << 3 | serial << 2 | mode; a multiple of NATIVE_STEP */
	size_t nr, nr_used; /* with what fills up the last step, and without */
	char *mem;
	size_t size;
	uint64_t *used;	  /* a bit for each line of mem that is touched */
	char *background; /* read line by line, round and round; or NULL */
	size_t background_size;
	size_t background_at;
};

int native_program_create(const struct native_stream *stream, unsigned int background,
			  struct native_program *ret, struct error *err) __must_check;
void native_program_fini(struct native_program *p);
/* Nothing of the program's memory is in a cache afterwards, nor in the TLB; `sweep` is for that. */
void native_program_cool(const struct native_program *p, const struct chase *sweep);
/* Nanoseconds; `folded`: with all lines folded into some that stay in L1. */
double native_program_run(struct native_program *p, unsigned int background, bool folded);

/* How often each level and each kind of translation had a line, by how it was waited for. */
struct native_prediction {
	uint64_t serial[CACHE_LEVEL_MAX], overlapped[CACHE_LEVEL_MAX];
	uint64_t tlb_serial[TLB_LEVELS], tlb_overlapped[TLB_LEVELS];
};

int native_predict(const struct native_stream *stream, const struct machine *machine,
		   unsigned int background, struct native_prediction *ret,
		   struct error *err) __must_check;
/* Nanoseconds on top of what the instructions take, by these latencies (ns). */
double native_prediction_ns(const struct native_prediction *p,
			    const double latency[CACHE_LEVEL_MAX], const struct machine *machine);

#endif
