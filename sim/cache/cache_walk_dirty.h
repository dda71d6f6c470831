/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk with dirty lines, for cache_walk.h. What a level does depends on what the one before sends down, and on the
 * order of that, alone. So here too a block of accesses goes through each level as a whole, as a list of requests: words
 * as in a batch, and CACHE_BACK in those that are lines written back. What an access asks for is followed by the line that
 * its fill pushed out of the level before, and behind what that pushed out itself comes what its own fill did.
 */

/* Where a list of requests belongs at one level. */
struct WALK(places) {
	uint32_t set[CACHE_REQUESTS];
	TAG tag[CACHE_REQUESTS];
};

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(locate_all)(struct cache_hierarchy *h, const struct WALK(view) * v, int level,
		 const uint64_t *in, size_t n, struct WALK(places) * ret)
{
#if !WALK_WIDE
	/* mostly all lines are in one window, which need not be looked up for each then */
	const struct cache_window only = h->window[h->window_slot[0]];

	for (size_t i = 0; h->nr_windows == 1 && i < n; i++) {
		struct cache_narrow at = cache_locate_narrow(&v->shape, &only, level, in[i] >> 1);

		ret->set[i] = at.set;
		ret->tag[i] = at.tag;
	}
	if (h->nr_windows == 1)
		return;
#endif
	for (size_t i = 0; i < n; i++) {
		struct WALK(place) p = WALK(locate)(h, v, level, (in[i] & ~CACHE_BACK) >> 1);

		ret->set[i] = p.set;
		ret->tag[i] = p.tag;
	}
}

/* A line that falls out of a set, until WALK(line_of) makes a line of it. */
static inline WALK_TARGET __attribute__((always_inline)) uint64_t WALK(victim)(uint32_t set,
									       TAG tag)
{
	tag &= ~CACHE_DIRTY(TAG);
	return WALK_WIDE ? tag : (uint64_t)set << 32 | tag;
}

static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(line_of)(const struct cache_hierarchy *h, int level, uint64_t victim)
{
	return WALK_WIDE ? victim - 1
			 : cache_narrow_line(h, level, (uint32_t)(victim >> 32), (uint32_t)victim);
}

/* What goes through one level, and what it sends down, of which so many are what accesses ask for. */
struct WALK(requests) {
	size_t nr, asked;
	uint64_t word[CACHE_REQUESTS];
};

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(dirty_stage_few)(struct cache_hierarchy *h, unsigned int cpu, int level, const uint64_t *in,
		      size_t n, struct WALK(requests) * out, bool few)
{
	struct WALK(view) v = WALK(look)(h, cpu, level);
	uint64_t evictions = 0, *word = out->word;
	uint16_t victims[CACHE_REQUESTS];
	size_t nr = 0, nr_victims = 0;
	struct WALK(places) at;
	bool held = false;

	if (few)
		v.row = 64 / sizeof(TAG) < 16 ? v.row : 64 / sizeof(TAG);
	WALK(locate_all)(h, &v, level, in, n, &at);
	for (size_t i = 0; i < n; i++) {
		bool back = level != CACHE_L1 && in[i] & CACHE_BACK;
		bool write = level == CACHE_L1 ? in[i] & 1 : back;
		TAG *row = v.tags + at.set[i] * v.row, last = row[v.shape.ways - 1];
		bool miss = !WALK(touch_dirty)(row, v.shape.ways,
					       at.tag[i] | (write ? CACHE_DIRTY(TAG) : 0), few);
		bool lost = miss & !!(last & CACHE_DIRTY(TAG));

		/* the host's own first level holds the rows of L1 */
		if (level != CACHE_L1 && i + CACHE_AHEAD < n)
			ahead_to_write(v.tags + at.set[i + CACHE_AHEAD] * v.row);
		word[nr] = in[i];
		nr += miss & !back;
		word[nr] = WALK(victim)(at.set[i], last);
		if (__builtin_expect(lost & back & held, 0)) {
			word[nr] = word[nr - 1];
			word[nr - 1] = WALK(victim)(at.set[i], last);
		}
		victims[nr_victims] = (uint16_t)nr;
		nr += lost;
		nr_victims += lost;
		held = lost & !back;
		evictions += miss & (last != 0);
	}
	for (size_t i = 0; level != CACHE_LLC && i < nr_victims; i++)
		word[victims[i]] = CACHE_BACK | WALK(line_of)(h, level, word[victims[i]]) << 1;
	h->counts.evictions[level] += evictions;
	h->counts.writebacks[level] += nr_victims;
	out->asked = nr - nr_victims;
	out->nr = nr;
}

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(dirty_stage)(struct cache_hierarchy *h, unsigned int cpu, int level, const uint64_t *in,
		  size_t n, struct WALK(requests) * out)
{
	if (h->shape[level].ways <= 16)
		WALK(dirty_stage_few)(h, cpu, level, in, n, out, true);
	else
		WALK(dirty_stage_few)(h, cpu, level, in, n, out, false);
}

static WALK_TARGET void WALK(dirty_block)(struct cache_hierarchy *h, unsigned int cpu,
					  const uint64_t *accesses, size_t n,
					  uint64_t hits[CACHE_LEVEL_MAX])
{
	struct WALK(requests) second, last, memory;

	WALK(dirty_stage)(h, cpu, CACHE_L1, accesses, n, &second);
	WALK(dirty_stage)(h, cpu, CACHE_L2, second.word, second.nr, &last);
	WALK(dirty_stage)(h, cpu, CACHE_LLC, last.word, last.nr, &memory);
	hits[CACHE_L1] += n - second.asked;
	hits[CACHE_L2] += second.asked - last.asked;
	hits[CACHE_LLC] += last.asked - memory.asked;
	hits[CACHE_MEMORY] += memory.asked;
	if (h->sharers) {
		size_t asked = 0;

		for (size_t i = 0; i < last.nr; i++) {
			last.word[asked] = last.word[i];
			asked += !(last.word[i] & CACHE_BACK);
		}
		cache_sharers_block(h, cpu, accesses, NULL, n, last.word, asked);
	}
}
