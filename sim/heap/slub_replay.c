// SPDX-License-Identifier: GPL-2.0-only
#include "sim/heap/slub_replay.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/idmap.h"

/* A slab that is older than the recording: the objects left in it are slots 0 .. left - 1. */
struct old_slab {
	slub_object first;
	uint32_t left;
	uint32_t room; /* objects that were free at the start, and were not seen since */
};

struct slub_replay {
	struct slub_cache *cache;
	struct idmap
		*objects; /* address to slub_object of all that were seen; SLUB_NONE: free now */
	struct idmap *places; /* address of an old slab to its number in old[] */
	struct old_slab *old;
	size_t nr_old, nr_placed; /* old[0 .. nr_placed) are places of real slabs, or are empty */
	uint64_t slab_bytes;
	unsigned int nr_cpus;
	struct slub_replay_counts counts;
};

DEFINE_CLEANUP(struct slub_replay *, slub_replay_destroy);

static int add_old(struct slub_replay *r, uint32_t inuse, uint32_t room, struct error *err)
{
	struct old_slab *o = &r->old[r->nr_old];
	int status = slub_seed(r->cache, inuse, &o->first, err);

	if (status < 0)
		return status;
	o->left = inuse;
	o->room = room;
	r->nr_old++;
	return 0;
}

static uint64_t slab_of(const struct slub_replay *r, uint64_t address)
{
	return address & ~(r->slab_bytes - 1);
}

/* Slabs whose addresses are known come first, the others are met by the addresses of their objects. */
static int populate_known(struct slub_replay *r, const struct slub_population *p, uint32_t objects,
			  struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < p->nr_known && !status; i++) {
		uint32_t inuse = p->known[i].inuse < objects ? p->known[i].inuse : objects;

		status = idmap_set(r->places, slab_of(r, p->known[i].address), r->nr_old, err);
		if (!status)
			status = add_old(r, inuse, objects - inuse, err);
	}
	r->nr_placed = r->nr_old;
	for (uint64_t i = p->nr_known; i < p->slabs && !status; i++)
		status = add_old(r, objects, 0, err);
	return status;
}

/* Partial slabs lie evenly between the full ones: any slab met may be one of them. */
static int populate_guessed(struct slub_replay *r, const struct slub_population *p,
			    uint32_t objects, struct error *err)
{
	uint64_t partial = p->partial < p->slabs ? p->partial : p->slabs;
	uint64_t nr_free =
		p->partial_free < partial * objects ? p->partial_free : partial * objects;
	int status = 0;

	for (uint64_t i = 0, k = 0; i < p->slabs && !status; i++) {
		uint32_t inuse = objects;

		if ((i + 1) * partial / p->slabs > k) {
			inuse -= (uint32_t)(nr_free * (k + 1) / partial - nr_free * k / partial);
			k++;
		}
		/* which slab a partial one stands for nobody knows, so neither what is free in it */
		status = add_old(r, inuse, UINT32_MAX, err);
	}
	return status;
}

int slub_replay_create(const struct slub_opts *opts, const struct slub_population *p,
		       struct slub_replay **ret, struct error *err)
{
	_cleanup_(slub_replay_destroyp) struct slub_replay *r = calloc(1, sizeof(*r));
	struct slub_counts shape;
	uint64_t nr = p->slabs > p->nr_known ? p->slabs : p->nr_known;
	int status;

	if (!r)
		return error_nomem(err);
	status = slub_cache_create(opts, 0, &r->cache, err);
	if (!status)
		status = idmap_create(&r->objects, err);
	if (!status)
		status = idmap_create(&r->places, err);
	if (status < 0)
		return status;
	slub_counts(r->cache, &shape);
	r->slab_bytes = 4096ULL << shape.order;
	r->nr_cpus = opts->nr_cpus;
	r->old = calloc(nr ? nr : 1, sizeof(*r->old));
	if (!r->old)
		return error_nomem(err);
	if (p->known)
		status = populate_known(r, p, shape.objects_per_slab, err);
	else
		status = populate_guessed(r, p, shape.objects_per_slab, err);
	if (status < 0)
		return status;
	*ret = take_ptr(r);
	return 0;
}

void slub_replay_destroy(struct slub_replay *r)
{
	if (!r)
		return;
	slub_cache_destroy(r->cache);
	idmap_destroy(r->objects);
	idmap_destroy(r->places);
	free(r->old);
	free(r);
}

static int check_cpu(const struct slub_replay *r, unsigned int cpu, struct error *err)
{
	if (cpu < r->nr_cpus)
		return 0;
	return error_set(err, -ERANGE, "CPU %u is not one of %u", cpu, r->nr_cpus);
}

/*
 * What is handed out was free. If it was not seen to become so, and not free at the start either, its free was not
 * recorded.
 */
static void free_unseen(struct slub_replay *r, unsigned int cpu, uint64_t address)
{
	const uint64_t *known = idmap_find(r->objects, address);
	const uint64_t *place = known ? NULL : idmap_find(r->places, slab_of(r, address));
	struct old_slab *old = place ? &r->old[*place] : NULL;

	if (known && *known != SLUB_NONE) {
		slub_free(r->cache, cpu, (slub_object)*known, NULL);
		r->counts.unseen_frees++;
	} else if (old && old->room) {
		old->room--;
	} else if (old && old->left) {
		slub_free(r->cache, cpu, old->first + --old->left, NULL);
		r->counts.unseen_frees++;
	}
}

int slub_replay_alloc(struct slub_replay *r, unsigned int cpu, uint64_t address, struct error *err)
{
	slub_object object;
	int status = check_cpu(r, cpu, err);

	if (status < 0)
		return status;
	free_unseen(r, cpu, address);
	object = slub_alloc(r->cache, cpu, NULL);
	if (object == SLUB_NONE)
		return error_nomem(err);
	r->counts.allocs++;
	return idmap_set(r->objects, address, object, err);
}

/* The old slab that stands for the one at this address; NULL when all have found their places. */
static int place_of(struct slub_replay *r, uint64_t slab, struct old_slab **ret, struct error *err)
{
	const uint64_t *place = idmap_find(r->places, slab);
	int status;

	*ret = NULL;
	if (place) {
		*ret = &r->old[*place];
		return 0;
	}
	if (r->nr_placed == r->nr_old)
		return 0;
	status = idmap_set(r->places, slab, r->nr_placed, err);
	if (!status)
		*ret = &r->old[r->nr_placed++];
	return status;
}

int slub_replay_free(struct slub_replay *r, unsigned int cpu, uint64_t address, struct error *err)
{
	uint64_t *known = idmap_find(r->objects, address);
	struct old_slab *old = NULL;
	int status = check_cpu(r, cpu, err);

	if (status < 0)
		return status;
	r->counts.frees++;
	if (known && *known == SLUB_NONE) {
		r->counts.stray_frees++;
		return 0;
	}
	if (known) {
		slub_free(r->cache, cpu, (slub_object)*known, NULL);
		*known = SLUB_NONE;
		return 0;
	}
	status = idmap_set(r->objects, address, SLUB_NONE, err);
	if (!status)
		status = place_of(r, slab_of(r, address), &old, err);
	if (status < 0)
		return status;
	if (!old || !old->left) {
		r->counts.stray_frees++;
		return 0;
	}
	slub_free(r->cache, cpu, old->first + --old->left, NULL);
	r->counts.old_frees++;
	return 0;
}

void slub_replay_counts(const struct slub_replay *r, struct slub_replay_counts *ret)
{
	struct slub_counts c;
	uint64_t partial, nr_free;

	slub_counts(r->cache, &c);
	slub_node_partial(r->cache, &partial, &nr_free);
	*ret = r->counts;
	ret->slabs = c.slabs;
	ret->active = c.slabs * c.objects_per_slab - nr_free;
	ret->live = c.objects;
}
