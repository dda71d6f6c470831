// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/cache/cache_impl.h"
#include "sim/cache/cache_written.h"

DEFINE_CLEANUP(struct cache_hierarchy *, cache_hierarchy_destroy);

static void shape_init(struct cache_shape *s, uint64_t size, uint32_t ways, uint32_t line)
{
	s->sets = (uint32_t)(size / ways / line);
	s->ways = ways;
	if (s->sets == 1) /* its tags are wide */
		return;
	s->span = ((1U << CACHE_WINDOW_SHIFT) - 1) / s->sets + 1;
	s->magic = UINT64_MAX / s->sets + 1;
	s->span_magic = UINT64_MAX / s->span + 1;
}

/* Rows of whole host lines for tags of this size. */
static void lay_out(struct cache_hierarchy *h, size_t tag_size)
{
	size_t unit = CACHE_ROW_LINE / tag_size;

	for (int i = 0; i < 3; i++)
		h->row[i] = (h->shape[i].ways + unit - 1) / unit * unit;
	h->shared_tags = h->row[CACHE_LLC] * h->shape[CACHE_LLC].sets;
	h->private_tags = h->row[CACHE_L1] * h->shape[CACHE_L1].sets +
			  h->row[CACHE_L2] * h->shape[CACHE_L2].sets;
	h->shared_sets = h->shape[CACHE_LLC].sets;
	h->private_sets = (size_t)h->shape[CACHE_L1].sets + h->shape[CACHE_L2].sets;
	h->nr_sets = h->shared_sets + h->private_sets * h->nr_cpus;
}

static size_t tags_size(const struct cache_hierarchy *h, size_t tag_size)
{
	return (h->shared_tags + h->private_tags * h->nr_cpus) * tag_size;
}

static const struct cache_variant *best_variant(bool wide)
{
	for (size_t i = 0; i < cache_variants_nr; i++)
		if (cache_variants[i].wide == wide && cache_variants[i].available())
			return &cache_variants[i];
	return NULL;
}

static int map_arrays(struct cache_hierarchy *h, struct error *err)
{
	lay_out(h, sizeof(*h->wide_tags));
	h->wide_tags = zeroes_map(tags_size(h, sizeof(*h->wide_tags)));
	if (!h->wide_tags)
		return error_nomem(err);
	if (h->wide)
		return 0;
	lay_out(h, sizeof(*h->narrow_tags));
	h->narrow_tags = zeroes_map(tags_size(h, sizeof(*h->narrow_tags)));
	return h->narrow_tags ? 0 : error_nomem(err);
}

bool cache_is_general(const struct cache_geometry *g)
{
	return g->llc_kind || g->plru || g->prefetch;
}

int cache_hierarchy_create(const struct cache_geometry *geometry, unsigned int nr_cpus,
			   bool track_dirty, struct cache_hierarchy **ret, struct error *err)
{
	_cleanup_(cache_hierarchy_destroyp) struct cache_hierarchy *h = NULL;
	/* the one after it may be the background's, or stand for a dirty line */
	const uint32_t last_tag = (track_dirty ? CACHE_DIRTY(uint32_t) : UINT32_MAX) - 1;
	int r = cache_geometry_check(geometry, err);

	if (r)
		return r;
	if (!nr_cpus)
		return error_set(err, -EINVAL, "a cache hierarchy needs at least one CPU");
	h = calloc(1, sizeof(*h));
	if (!h)
		return error_nomem(err);
	h->nr_cpus = nr_cpus;
	h->track_dirty = track_dirty;
	h->max_windows = CACHE_WINDOWS;
	h->llc_kind = geometry->llc_kind;
	h->plru = geometry->plru;
	h->prefetch = geometry->prefetch;
	if (cache_is_general(geometry) && track_dirty)
		return error_set(err, -EINVAL,
				 "dirty lines are followed in plain LRU hierarchies without "
				 "prefetchers only");
	for (int i = 0; i < 3; i++) {
		struct cache_shape *s = &h->shape[i];

		shape_init(s, geometry->level[i].size, geometry->level[i].ways, geometry->line);
		if (s->sets == 1)
			h->wide = true;
		else if (last_tag / s->span < h->max_windows)
			h->max_windows = last_tag / s->span;
	}
	h->variant = best_variant(h->wide);
	r = map_arrays(h, err);
	if (!r && cache_is_general(geometry))
		r = cache_general_create(h, err);
	if (!r && nr_cpus > 1)
		r = cache_sharers_create(h, &h->sharers, err);
	/* an inclusive last level takes lines out of L1 while a block of accesses goes through it */
	if (!r && !track_dirty && h->llc_kind != CACHE_LLC_INCLUSIVE)
		r = cache_recent_create(h, err);
	if (r)
		return r;
	*ret = take_ptr(h);
	return 0;
}

void cache_hierarchy_destroy(struct cache_hierarchy *h)
{
	if (!h)
		return;
	zeroes_unmap(h->aged, h->nr_sets * sizeof(*h->aged));
	free(h->background);
	if (h->narrow_tags)
		zeroes_unmap(h->narrow_tags, tags_size(h, sizeof(*h->narrow_tags)));
	lay_out(h, sizeof(*h->wide_tags));
	zeroes_unmap(h->wide_tags, tags_size(h, sizeof(*h->wide_tags)));
	cache_sharers_destroy(h->sharers);
	cache_general_destroy(h);
	free(h->recent);
	free(h);
}

const struct cache_window *cache_window_add(struct cache_hierarchy *h, uint64_t key)
{
	struct cache_window *w = cache_window_find(h, key);

	if (w->base[0])
		return w;
	if (h->nr_windows == h->max_windows)
		return NULL;
	w->key = key;
	h->window_slot[h->nr_windows] = (uint8_t)(w - h->window);
	for (int level = 0; level < 3; level++) {
		const struct cache_shape *s = &h->shape[level];

		w->base[level] = 1 + h->nr_windows * s->span;
		w->offset[level] = (uint32_t)((key << CACHE_WINDOW_SHIFT) % s->sets);
	}
	h->nr_windows++;
	return w;
}

/* Rewrites one level's rows; h is still laid out for narrow tags. */
static void widen_level(struct cache_hierarchy *h, const struct cache_hierarchy *wide,
			unsigned int cpu, int level)
{
	const uint32_t *from = h->narrow_tags + cache_first_tag(h, cpu, level);
	uint64_t *to = h->wide_tags + cache_first_tag(wide, cpu, level);
	const uint32_t dirty = h->track_dirty ? CACHE_DIRTY(uint32_t) : 0;

	for (uint32_t set = 0; set < h->shape[level].sets; set++)
		for (uint32_t way = 0; way < h->shape[level].ways; way++) {
			uint32_t tag = from[set * h->row[level] + way];

			/* ways of a tree have fixed places, and may be empty before others */
			if (!tag)
				continue;
			to[set * wide->row[level] + way] =
				tag == CACHE_BACKGROUND_NARROW && !dirty
					? CACHE_BACKGROUND_WIDE
					: (cache_narrow_line(h, level, set, tag & ~dirty) + 1) |
						  (tag & dirty ? CACHE_DIRTY(uint64_t) : 0);
		}
}

void cache_widen(struct cache_hierarchy *h)
{
	struct cache_hierarchy wide = *h;

	lay_out(&wide, sizeof(*h->wide_tags));
	widen_level(h, &wide, 0, CACHE_LLC);
	for (unsigned int cpu = 0; cpu < h->nr_cpus; cpu++) {
		widen_level(h, &wide, cpu, CACHE_L1);
		widen_level(h, &wide, cpu, CACHE_L2);
	}
	zeroes_unmap(h->narrow_tags, tags_size(h, sizeof(*h->narrow_tags)));
	h->narrow_tags = NULL;
	h->wide = true;
	h->variant = best_variant(true);
	lay_out(h, sizeof(*h->wide_tags));
}

int cache_hierarchy_set_variant(struct cache_hierarchy *h, const struct cache_variant *variant,
				struct error *err)
{
	if (!variant->available())
		return error_set(err, -ENOTSUP, "this machine cannot run the cache walk '%s'",
				 variant->name);
	if (h->wide && !variant->wide)
		return error_set(err, -EINVAL,
				 "the cache walk '%s' cannot follow lines this far apart",
				 variant->name);
	if (variant->wide && !h->wide)
		cache_widen(h);
	h->variant = variant;
	return 0;
}

/* Whether all of them are surely there: mostly each is the first that its key leads to. */
static bool has_windows(const struct cache_hierarchy *h, const uint64_t *accesses, size_t n)
{
	const uint64_t first = h->window[h->window_slot[0]].key;
	uint64_t missing = 0;

	for (size_t i = 0; h->nr_windows == 1 && i < n; i++)
		missing |= accesses[i] >> (CACHE_WINDOW_SHIFT + 1) ^ first;
	for (size_t i = 0; h->nr_windows != 1 && i < n; i++) {
		const uint64_t key = accesses[i] >> (CACHE_WINDOW_SHIFT + 1);
		const struct cache_window *w = &h->window[cache_window_hash(key)];

		missing |= (w->key ^ key) | !w->base[0];
	}
	return !missing;
}

size_t cache_with_windows(struct cache_hierarchy *h, const uint64_t *accesses, size_t n)
{
	if (has_windows(h, accesses, n))
		return n;
	for (size_t i = 0; i < n; i++)
		if (!cache_window_add(h, accesses[i] >> (CACHE_WINDOW_SHIFT + 1)))
			return i;
	return n;
}

/* Of a general hierarchy. */
static void general_batch(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			  size_t n, uint64_t hits[CACHE_LEVEL_MAX])
{
	struct cache_missed missed;

	cache_general_missed(h, cpu, accesses, n, NULL, &missed);
	hits[CACHE_L1] += n - missed.nr[CACHE_L1];
	hits[CACHE_L2] += missed.nr[CACHE_L1] - missed.nr[CACHE_L2];
	hits[CACHE_LLC] += missed.nr[CACHE_L2] - missed.nr[CACHE_LLC];
	hits[CACHE_MEMORY] += missed.nr[CACHE_LLC];
}

static enum cache_level access_general(struct cache_hierarchy *h, unsigned int cpu, uint64_t word)
{
	struct cache_missed missed;
	int level = CACHE_L1;

	cache_general_missed(h, cpu, &word, 1, NULL, &missed);
	while (level < CACHE_MEMORY && missed.nr[level])
		level++;
	return (enum cache_level)level;
}

static enum cache_level access_one(struct cache_hierarchy *h, unsigned int cpu, uint64_t word)
{
	enum cache_level level;

	if (!h->wide && !cache_window_find(h, word >> (CACHE_WINDOW_SHIFT + 1))->base[0] &&
	    !cache_window_add(h, word >> (CACHE_WINDOW_SHIFT + 1)))
		cache_widen(h);
	if (h->general)
		return access_general(h, cpu, word);
	level = h->variant->one[h->aged != NULL](h, cpu, word >> 1);
	if (h->sharers && (word & 1 || level > CACHE_L2))
		cache_sharers_block(h, cpu, &word, NULL, 1, &word, level > CACHE_L2);
	return level;
}

void cache_access_batch(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			size_t n, uint64_t hits[CACHE_LEVEL_MAX])
{
	assert(cpu < h->nr_cpus);
	cache_recent_reset(h);
	if (n < CACHE_FEW && !h->track_dirty) {
		for (size_t i = 0; i < n; i++)
			hits[access_one(h, cpu, accesses[i])]++;
		return;
	}
	while (n) {
		size_t block = n < CACHE_BLOCK ? n : CACHE_BLOCK;
		cache_walk_fn *walk;

		if (!h->wide) {
			size_t room = cache_with_windows(h, accesses, block);

			if (!room)
				cache_widen(h);
			else
				block = room;
		}
		walk = h->general ? general_batch
		       : h->aged  ? h->variant->aged_walk
				  : h->variant->walk[h->track_dirty];
		walk(h, cpu, accesses, block, hits);
		accesses += block;
		n -= block;
	}
}

enum cache_level cache_access(struct cache_hierarchy *h, unsigned int cpu, uint64_t line,
			      bool write)
{
	uint64_t word = line << 1 | write, hits[CACHE_LEVEL_MAX] = {0};

	if (!h->track_dirty) {
		enum cache_level level;

		assert(cpu < h->nr_cpus);
		cache_recent_reset(h);
		level = access_one(h, cpu, word);
		if (h->written && !h->general)
			cache_written_access(h->written, word, level == CACHE_MEMORY);
		return level;
	}
	cache_access_batch(h, cpu, &word, 1, hits);
	return hits[CACHE_L1]	 ? CACHE_L1
	       : hits[CACHE_L2]	 ? CACHE_L2
	       : hits[CACHE_LLC] ? CACHE_LLC
				 : CACHE_MEMORY;
}

void cache_on_taken(struct cache_hierarchy *h, cache_taken_fn *fn, void *ctx)
{
	h->taken = fn;
	h->taken_ctx = ctx;
}

void cache_on_prefetched(struct cache_hierarchy *h, cache_prefetched_fn *fn, void *ctx)
{
	h->prefetched = fn;
	h->prefetched_ctx = ctx;
}

void cache_note_written(struct cache_hierarchy *h, struct cache_written *written)
{
	h->written = written;
}

void cache_counts(const struct cache_hierarchy *h, struct cache_counts *ret)
{
	*ret = h->counts;
}
