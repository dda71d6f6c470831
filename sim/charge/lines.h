/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines on their way to the caches. They are gathered, and those that one CPU touches in a row go there together; what
 * each of them cost is put down to the operation that touched it. When the caches have had them, those that somebody
 * watches for the sake of sharing or heat are gone through, in order. Nobody asks the caches anything before all is
 * over, so that another thread can put lines through them while the next ones are gathered.
 */
#ifndef SIM_LINES_H
#define SIM_LINES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/cache/cache_nodes.h"
#include "sim/access/op.h"
#include "sim/charge/program.h"
#include "sim/charge/relay.h"
#include "sim/charge/stall.h"
#include "sim/charge/watch.h"

/*
 * Who is charged for a line: the kind of the operation << 1 | serial, which is whether the processor has to
 * wait for the line before it can go on.
 */
enum { LINES_TAGS = 2 * OP_MAX };

_Static_assert(LINES_TAGS <= 1 << 8, "a tag does not fit");

/* Gathered lines in a row that come from a program, or that have their bytes beside them. */
struct lines_chain {
	const struct program_line *from; /* the program's, of the first of them; NULL: `own` */
	const struct program_bytes *bytes;
	uint64_t places; /* of its case */
	unsigned int first;
	uint16_t unit; /* breakdown_unit() */
};

struct cache_sample;
struct lines_sample;

enum { LINES_RUNS = 64 };

/* Lines in a row of one CPU; then background pressure on its caches, and on the last levels. */
struct lines_run {
	unsigned int cpu, end; /* the line after the last one */
	struct cache_pressed pressed;
};

/* As many as are worth handing to another thread: a CPU is often at work for some tens of lines only. */
struct lines_batch {
	unsigned int nr, nr_chains, nr_runs;
	struct lines_run runs[LINES_RUNS];
	uint8_t tag[CACHE_BATCH];
	uint64_t word[CACHE_BATCH];  /* line << 1 | write */
	uint16_t chain[CACHE_BATCH]; /* the number of the one that the line is in */
	struct lines_chain chains[CACHE_BATCH];
	struct {
		uint64_t read, written;
	} own[CACHE_BATCH];
	uint16_t owner[CACHE_BATCH]; /* the same, of those: breakdown_owner() */
};

struct lines {
	/* of who gathers them */
	struct lines_batch *batch; /* is filled */
	unsigned int cpu, run;	   /* whose lines they are from line `run` on */
	uint16_t unit;		   /* breakdown_unit() of what comes */
	bool watched;		   /* chains are wanted */
	struct lines_batch *batches;
	struct relay *relay; /* NULL: there is one batch, and no other thread */
	/* by tag, since lines_settle(): all lines; those that had their translation elsewhere than in the first
	 * level of the TLB */
	uint64_t touched[LINES_TAGS];
	uint64_t translated[LINES_TAGS][TLB_LEVELS];

	/* of who puts them through the caches, as these are, which are borrowed */
	struct cache_nodes *caches;
	struct watch *watch;
	struct lines_sample *sample; /* of those that go to the caches; NULL: all do */
	struct cache_sample *
		classes; /* where these are the sample's: what misses is counted there, too; or NULL */
	unsigned int weight;	  /* for so many each line counts */
	struct lines_batch *here; /* on its way: its lines [first, end), which are of one CPU */
	unsigned int here_cpu, first, end;
	struct cache_nodes_missed missed; /* of these, by their number from `first` on */
	/* how far sharing has been looked at: lines, misses of L2; the line of which the part before its first
	 * write has been, + 1. Lines are numbered as in `missed`. */
	unsigned int shared, begun;
	size_t shared_missed;
	/* by tag, since lines_settle(): how many went on to each level after L1 */
	uint64_t reached[LINES_TAGS][CACHE_LEVEL_MAX];
	/* those of CACHE_MEMORY that came from elsewhere than the node's own memory */
	uint64_t away[LINES_TAGS][CACHE_SOURCE_MAX];
	uint64_t sharing[LINES_TAGS][SHARING_MAX]; /* why they missed */
	atomic_bool failed;			   /* no memory: costs are wrong */
};

/*
 * All is borrowed; the caches tell these lines, or those in the sample, from now on what a write takes away. sample:
 * NULL, all lines go to the caches. threaded: another thread puts them through the caches.
 */
int lines_init(struct lines *l, struct cache_nodes *caches, struct watch *watch,
	       struct lines_sample *sample, bool threaded, struct error *err) __must_check;
void lines_fini(struct lines *l);

/* The gathered lines go to the caches. */
void lines_flush(struct lines *l);
/* They have been there, all of them. */
void lines_drain(struct lines *l);
/* They go; and after them comes background pressure on a CPU's L1 and L2, and on the last levels. */
void lines_press(struct lines *l, unsigned int cpu, const struct cache_pressed *pressed);

/* What was gathered since the last run is one of the CPU's. pressed: by what comes after it; NULL: nothing. */
static inline void lines_add_run(struct lines *l, unsigned int cpu,
				 const struct cache_pressed *pressed)
{
	struct lines_batch *b = l->batch;
	struct lines_run *run = &b->runs[b->nr_runs++];

	*run = (struct lines_run){.cpu = cpu, .end = b->nr};
	if (pressed)
		run->pressed = *pressed;
	l->run = b->nr;
	if (b->nr_runs == LINES_RUNS)
		lines_flush(l);
}

/* What follows is the CPU's. */
static inline void lines_of_cpu(struct lines *l, unsigned int cpu)
{
	if (cpu == l->cpu)
		return;
	if (l->batch->nr != l->run)
		lines_add_run(l, l->cpu, NULL);
	l->cpu = cpu;
}

/* So many fit, at most CACHE_BATCH. */
static inline void lines_make_room(struct lines *l, unsigned int nr)
{
	if (l->batch->nr + nr > CACHE_BATCH)
		lines_flush(l);
}

/* What follows comes from there; where chains are wanted only. Each of its lines has lines_chain() in `chain`. */
static inline void lines_begin(struct lines *l, const struct program_line *from,
			       const struct program_bytes *bytes, uint64_t places)
{
	struct lines_batch *b = l->batch;

	b->chains[b->nr_chains++] = (struct lines_chain){from, bytes, places, b->nr, l->unit};
}

/* The number of the chain that was begun last. */
static inline uint16_t lines_chain(const struct lines_batch *b)
{
	return (uint16_t)(b->nr_chains - 1);
}

/* What follows has its bytes beside it. */
static inline void lines_begin_own(struct lines *l)
{
	const struct lines_batch *b = l->batch;
	const struct lines_chain *last = b->nr_chains ? &b->chains[b->nr_chains - 1] : NULL;

	if (!last || last->from || last->unit != l->unit)
		lines_begin(l, NULL, NULL, 0);
}

/* There must be room. */
static inline void lines_add(struct lines *l, uint64_t word, unsigned int tag)
{
	struct lines_batch *b = l->batch;

	b->word[b->nr] = word;
	b->tag[b->nr++] = (uint8_t)tag;
	l->touched[tag]++;
}

/* What one operation, or all of them, cost. */
struct op_cost {
	uint64_t count;			/* how often it happened */
	uint64_t accesses;		/* loads, stores and atomics of page metadata */
	uint64_t atomics;		/* of these, atomic read-modify-writes */
	uint64_t lines;			/* distinct cache lines per operation, summed up */
	uint64_t hits[CACHE_LEVEL_MAX]; /* where these lines were found */
	/* hits[CACHE_MEMORY], by where they came from, and what was waited for them: part of stall_fs */
	uint64_t from[CACHE_SOURCE_MAX], from_fs[CACHE_SOURCE_MAX];
	struct watch_counts watch; /* of these lines too: why they missed, and translation */
	uint64_t stall_fs;	   /* femtoseconds, see sim/charge/stall.h; 5 hours of stalls fit */
};

void op_cost_add(struct op_cost *sum, const struct op_cost *cost);

/* Drains, and adds what was counted since the last time to the costs: in a sample, once, when all is over. */
void lines_settle(struct lines *l, const struct stall_model *stall, struct op_cost cost[OP_MAX]);

#endif
