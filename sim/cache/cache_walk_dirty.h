/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk with dirty lines, for cache_walk.h. What a level does depends on what the one before sends down, and on the
 * order of that, alone. So here too a block of accesses goes through each level as a whole, as a list of requests: words
 * as in a batch, and CACHE_BACK in those that are lines written back. What an access asks for is followed by the line that
 * its fill pushed out of the level before, and behind what that pushed out itself comes what its own fill did.
 */

/* Dirty lines that fall out of sets, in order: the tag, with CACHE_DIRTY; of which request; where to the line goes. */
struct WALK(victims) {
	size_t nr;
	TAG tag[CACHE_REQUESTS];
	uint16_t request[CACHE_REQUESTS], to[CACHE_REQUESTS];
};

/* What goes through one level, and what it sends down, of which so many are what accesses ask for. */
struct WALK(requests) {
	size_t nr, asked;
	uint64_t word[CACHE_REQUESTS];
};

/* Victims become requests. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(write_back)(const struct cache_hierarchy *h, int level, const struct WALK(victims) * victims,
		 const struct WALK(places) * at, uint64_t *word)
{
	for (size_t i = 0; i < victims->nr; i++) {
		TAG tag = victims->tag[i] & ~CACHE_DIRTY(TAG);
		uint64_t line = WALK_WIDE
					? tag - 1
					: cache_narrow_line(h, level, at->set[victims->request[i]],
							    (uint32_t)tag);

		word[victims->to[i]] = CACHE_BACK | line << 1;
	}
}

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(dirty_stage_few)(struct cache_hierarchy *h, unsigned int cpu, int level, const uint64_t *in,
		      size_t n, struct WALK(requests) * out, bool few)
{
	struct WALK(view) v = WALK(look)(h, cpu, level);
	uint64_t missed = 0, filled = 0, *word = out->word;
	struct WALK(victims) victims;
	size_t nr = 0, nr_victims = 0;
	struct WALK(places) at;

	if (few)
		v.row = 64 / sizeof(TAG) < 16 ? v.row : 64 / sizeof(TAG);
	WALK(locate_all)(h, &v, level, in, n, level == CACHE_L1 ? 0 : 63, &at);
	WALK(fetch_first)(&v, level, &at, n, few, false);
	for (size_t i = 0; i < n; i++) {
		TAG tag = at.tag[i], *row = v.tags + at.set[i] * v.row,
		    last = row[v.shape.ways - 1];
		bool back = level != CACHE_L1 && tag & CACHE_DIRTY(TAG);
		bool miss = !WALK(touch_dirty)(row, v.shape.ways, tag, few);
		bool lost = miss & !!(last & CACHE_DIRTY(TAG));

		WALK(fetch_row)(&v, level, &at, i + CACHE_AHEAD, few, false);
		word[nr] = in[i];
		nr += miss > back;
		victims.tag[nr_victims] = last;
		victims.request[nr_victims] = (uint16_t)i;
		victims.to[nr_victims] = (uint16_t)nr;
		/* what the request before this one pushed out goes behind */
		if (__builtin_expect(lost & back, 0) && nr_victims &&
		    victims.request[nr_victims - 1] + 1U == i && !(in[i - 1] & CACHE_BACK)) {
			victims.to[nr_victims - 1] = (uint16_t)nr;
			victims.to[nr_victims] = (uint16_t)(nr - 1);
		}
		nr += lost;
		nr_victims += lost;
		missed += miss;
		if (__builtin_expect(!last, 0))
			filled += miss;
	}
	victims.nr = nr_victims;
	if (level != CACHE_LLC)
		WALK(write_back)(h, level, &victims, &at, word);
	h->counts.evictions[level] += missed - filled;
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
