/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk of cache_general.h, for cache_walk.h. */
#include "sim/cache/cache_walk_row.h"

/* What L1 lacks, by its number among the accesses. */
static WALK_TARGET size_t WALK(first_stage)(struct cache_hierarchy *h,
					    const struct cache_general_block *b, uint64_t *misses,
					    uint16_t *at)
{
	struct WALK(level) first = WALK(level_of)(h, b->cpu, CACHE_L1);
	size_t missed = 0;

	if (!first.trees) {
		if (h->aged)
			return WALK(aged_stage_which)(h, b->cpu, CACHE_L1, b->accesses, b->n,
						      misses, h->general->numbers, at);
		return WALK(stage_which)(h, b->cpu, CACHE_L1, b->accesses, b->n, misses,
					 h->general->numbers, at);
	}
	for (size_t i = 0; i < b->n; i++) {
		struct WALK(place) p = WALK(locate)(h, &first.view, CACHE_L1, b->accesses[i] >> 1);
		TAG gone;

		WALK(show)(h, &first, &p);
		if (WALK(reach)(&first, &p, &gone))
			continue;
		h->counts.evictions[CACHE_L1] += gone != 0;
		misses[missed] = b->accesses[i];
		at[missed++] = (uint16_t)i;
	}
	return missed;
}

/* An inclusive last level has the line from now on; whether it did before. */
static WALK_TARGET bool WALK(include)(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct WALK(level) last = WALK(level_of)(h, cpu, CACHE_LLC);
	struct WALK(place) p = WALK(locate)(h, &last.view, CACHE_LLC, line);
	TAG gone;

	WALK(show)(h, &last, &p);
	if (WALK(reach)(&last, &p, &gone))
		return true;
	h->counts.evictions[CACHE_LLC] += gone != 0;
	if (WALK(is_line)(gone))
		cache_general_lose(h, WALK(gone_line)(h, CACHE_LLC, WALK(gone)(p.set, gone)));
	return false;
}

/* Brings a line into its row of L2, where it is not. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(fetch)(struct cache_hierarchy *h, unsigned int cpu, const struct WALK(level) * second,
	    const struct WALK(place) * p, uint64_t word, uint16_t at)
{
	struct cache_fetches *f = &h->general->fetches;
	TAG gone;

	f->word[f->nr] = word;
	f->at[f->nr] = at;
	if (h->llc_kind == CACHE_LLC_INCLUSIVE)
		f->found[f->nr] = WALK(include)(h, cpu, (word & ~CACHE_BROUGHT) >> 1);
	WALK(reach)(second, p, &gone);
	h->counts.evictions[CACHE_L2] += gone != 0;
	f->gone[f->nr++] = WALK(is_line)(gone) ? WALK(gone)(p->set, gone) : 0;
}

static WALK_TARGET void WALK(prefetch)(struct cache_hierarchy *h, unsigned int cpu,
				       const struct WALK(level) * second, uint64_t line,
				       uint16_t at)
{
	struct WALK(place) p = WALK(locate)(h, &second->view, CACHE_L2, line);

	WALK(show)(h, second, &p);
	if (WALK(find)(p.row, second->view.shape.ways, p.tag))
		return;
	h->counts.prefetches++;
	WALK(fetch)(h, cpu, second, &p, line << 1 | CACHE_BROUGHT, at);
}

/* After an access that missed L1, and maybe L2. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(prefetch_after)(struct cache_hierarchy *h, unsigned int cpu, const struct WALK(level) * second,
		     uint64_t line, uint16_t at, bool missed)
{
	const uint64_t page = line >> CACHE_PAGE_SHIFT;
	int direction = 0;

	if (h->prefetch & CACHE_PREFETCH_PAIR && missed)
		WALK(prefetch)(h, cpu, second, line ^ 1, at);
	if (h->prefetch & CACHE_PREFETCH_NEXT && missed && (line + 1) >> CACHE_PAGE_SHIFT == page)
		WALK(prefetch)(h, cpu, second, line + 1, at);
	if (h->prefetch & CACHE_PREFETCH_STREAM)
		direction = cache_streams_follow(h->general->streams, cpu, line);
	for (int ahead = 1; direction && ahead <= CACHE_STREAM_AHEAD; ahead++) {
		uint64_t next = line + (uint64_t)(ahead * direction);

		if (next >> CACHE_PAGE_SHIFT == page)
			WALK(prefetch)(h, cpu, second, next, at);
	}
}

/* What L2 and the prefetchers ask for, of what L1 lacks. */
static WALK_TARGET void WALK(second_stage)(struct cache_hierarchy *h, unsigned int cpu,
					   const uint64_t *in, const uint16_t *at, size_t n)
{
	struct WALK(level) second = WALK(level_of)(h, cpu, CACHE_L2);
	struct cache_fetches *f = &h->general->fetches;
	uint64_t evictions = 0;

	for (size_t i = 0; i < n; i++) {
		const uint64_t line = in[i] >> 1;
		struct WALK(place) p = WALK(locate)(h, &second.view, CACHE_L2, line);
		TAG gone = 0;
		bool missed;

		if (i + CACHE_AHEAD < n) {
			struct WALK(place) next =
				WALK(locate)(h, &second.view, CACHE_L2, in[i + CACHE_AHEAD] >> 1);

			ahead_to_write(next.row);
		}
		WALK(show)(h, &second, &p);
		missed = !WALK(reach)(&second, &p, &gone);
		f->word[f->nr] = in[i];
		f->at[f->nr] = at[i];
		f->gone[f->nr] = WALK(is_line)(gone) ? WALK(gone)(p.set, gone) : 0;
		f->nr += missed;
		evictions += missed & (gone != 0);
		if (h->prefetch)
			WALK(prefetch_after)(h, cpu, &second, line, at[i], missed);
	}
	h->counts.evictions[CACHE_L2] += evictions;
}

/* Whether the last level has what L2 asks for, and what becomes of it there. */
static inline WALK_TARGET __attribute__((always_inline)) bool
WALK(ask_last)(struct cache_hierarchy *h, const struct WALK(level) * last,
	       const struct WALK(place) * p)
{
	uint32_t ways = last->view.shape.ways;
	uint64_t found;
	TAG gone;

	if (h->llc_kind == CACHE_LLC_VICTIM)
		return WALK(look_up)(last, p);
	if (h->llc_kind == CACHE_LLC_EXCLUSIVE) {
		found = WALK(find)(p->row, ways, p->tag);
		if (found)
			cache_remove_way(p->row, sizeof(TAG), ways,
					 (uint32_t)__builtin_ctzll(found), last->trees != NULL);
		return found;
	}
	if (WALK(reach)(last, p, &gone))
		return true;
	h->counts.evictions[CACHE_LLC] += gone != 0;
	return false;
}

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(put_in_last)(struct cache_hierarchy *h, const struct WALK(level) * last,
		  const struct WALK(place) * p)
{
	TAG gone;

	WALK(show)(h, last, p);
	if (!WALK(reach)(last, p, &gone))
		h->counts.evictions[CACHE_LLC] += gone != 0;
}

/* So many together that their rows come while others are looked at. */
#define WALK_TOGETHER 16

static WALK_TARGET void WALK(last_stage)(struct cache_hierarchy *h)
{
	struct WALK(level) last = WALK(level_of)(h, 0, CACHE_LLC);
	struct cache_fetches *f = &h->general->fetches;
	const bool takes_victims = cache_takes_victims(h);
	struct WALK(place) asked[WALK_TOGETHER], put[WALK_TOGETHER];

	for (size_t k = 0; k < f->nr; k += WALK_TOGETHER) {
		size_t n = f->nr - k < WALK_TOGETHER ? f->nr - k : WALK_TOGETHER;

		for (size_t i = 0; i < n; i++) {
			uint64_t line = (f->word[k + i] & ~CACHE_BROUGHT) >> 1;

			asked[i] = WALK(locate)(h, &last.view, CACHE_LLC, line);
			ahead_to_write(asked[i].row);
			if (!takes_victims || !f->gone[k + i])
				continue;
			line = WALK(gone_line)(h, CACHE_L2, f->gone[k + i]);
			put[i] = WALK(locate)(h, &last.view, CACHE_LLC, line);
			ahead_to_write(put[i].row);
		}
		for (size_t i = 0; i < n; i++) {
			WALK(show)(h, &last, &asked[i]);
			f->found[k + i] = WALK(ask_last)(h, &last, &asked[i]);
			if (takes_victims && f->gone[k + i])
				WALK(put_in_last)(h, &last, &put[i]);
		}
	}
}

#undef WALK_TOGETHER

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(fetch_ahead)(struct cache_hierarchy *h, const struct WALK(level) * second,
		  const struct WALK(level) * last, uint64_t line)
{
	struct WALK(place) p = WALK(locate)(h, &second->view, CACHE_L2, line);

	ahead_to_write(p.row);
	p = WALK(locate)(h, &last->view, CACHE_LLC, line);
	ahead_to_write(p.row);
}

/* What an inclusive last level loses goes from L1 and L2 at once, so there is one access at a time. */
static WALK_TARGET size_t WALK(one_by_one)(struct cache_hierarchy *h, struct cache_general_block *b,
					   uint16_t *at)
{
	struct WALK(level) first = WALK(level_of)(h, b->cpu, CACHE_L1);
	struct WALK(level) second = WALK(level_of)(h, b->cpu, CACHE_L2);
	struct WALK(level) last = WALK(level_of)(h, b->cpu, CACHE_LLC);
	size_t missed = 0;

	for (b->done = 0; b->done < b->n; b->done++) {
		const uint64_t word = b->accesses[b->done], line = word >> 1;
		struct WALK(place) p = WALK(locate)(h, &first.view, CACHE_L1, line), q;
		bool had;
		TAG gone;

		if (b->done + CACHE_AHEAD < b->n)
			WALK(fetch_ahead)
		(h, &second, &last, b->accesses[b->done + CACHE_AHEAD] >> 1);
		WALK(show)(h, &first, &p);
		if (WALK(look_up)(&first, &p))
			continue;
		at[missed++] = (uint16_t)b->done;
		q = WALK(locate)(h, &second.view, CACHE_L2, line);
		WALK(show)(h, &second, &q);
		had = WALK(look_up)(&second, &q);
		if (!had)
			WALK(fetch)(h, b->cpu, &second, &q, word, (uint16_t)b->done);
		WALK(reach)(&first, &p, &gone);
		h->counts.evictions[CACHE_L1] += gone != 0;
		if (h->prefetch)
			WALK(prefetch_after)(h, b->cpu, &second, line, (uint16_t)b->done, !had);
	}
	return missed;
}

/* Makes the list of fetches; returns what L1 lacked. */
static WALK_TARGET size_t WALK(general)(struct cache_hierarchy *h, struct cache_general_block *b,
					uint16_t *at)
{
	uint64_t misses[CACHE_BLOCK];
	size_t missed;

	h->general->fetches.nr = 0;
	if (h->llc_kind == CACHE_LLC_INCLUSIVE)
		return WALK(one_by_one)(h, b, at);
	missed = WALK(first_stage)(h, b, misses, at);
	WALK(second_stage)(h, b->cpu, misses, at, missed);
	WALK(last_stage)(h);
	return missed;
}
