/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeds the SLUB model with what a real cache handed out and got back, to hold the model against the
 * kernel's own counts. The model decides alone where an object goes; of the recorded addresses only
 * the identity of objects is used, and, for objects that are older than the recording, which of them
 * shared a slab.
 */
#ifndef SIM_SLUB_REPLAY_H
#define SIM_SLUB_REPLAY_H

#include "sim/heap/slub.h"

struct slub_replay;

/* A slab of the node's partial list when the recording began, in the list's order. */
struct slub_known_slab {
	uint64_t address; /* of the slab, or of anything in it */
	uint32_t inuse;
};

/*
 * The population when the recording began. What is not known is assumed: as many full slabs as there
 * are objects for, the rest of the objects spread evenly over the partial slabs.
 */
struct slub_population {
	uint64_t slabs;
	uint64_t partial, partial_free; /* slabs of the node's partial list, free objects in them */
	const struct slub_known_slab *known; /* all slabs of that list; NULL: not known */
	size_t nr_known;		     /* overrides partial and partial_free if known */
};

int slub_replay_create(const struct slub_opts *opts, const struct slub_population *population,
		       struct slub_replay **ret, struct error *err) __must_check;
void slub_replay_destroy(struct slub_replay *r);

int slub_replay_alloc(struct slub_replay *r, unsigned int cpu, uint64_t address,
		      struct error *err) __must_check;
int slub_replay_free(struct slub_replay *r, unsigned int cpu, uint64_t address,
		     struct error *err) __must_check;

struct slub_replay_counts {
	uint64_t slabs;
	uint64_t active; /* as the kernel counts them: all but the free ones on the node's list */
	uint64_t live;	 /* objects in use */
	uint64_t allocs, frees;
	uint64_t old_frees; /* of objects older than the recording */
	/* Proof that events are missing: */
	uint64_t unseen_frees; /* an address was handed out that nobody had given back */
	uint64_t stray_frees;  /* of objects that can neither be older nor were seen handed out */
};

void slub_replay_counts(const struct slub_replay *r, struct slub_replay_counts *ret);

#endif
