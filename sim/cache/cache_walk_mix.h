/* SPDX-License-Identifier: GPL-2.0-only */
/* For cache_walk.h: rows under background pressure, and where lines belong. */

static inline WALK_TARGET __attribute__((always_inline)) TAG WALK(background)(void)
{
	return (TAG)(WALK_WIDE ? CACHE_BACKGROUND_WIDE : CACHE_BACKGROUND_NARROW);
}

/*
 * Of a row in order, a bit for each way that has a background line. Of these lines, `nr` are found one after the other,
 * which are numbers `number` and up of the set's; each becomes the most recent one.
 */
static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(find_some)(uint64_t row, uint32_t set, uint64_t number, uint64_t nr)
{
	const uint32_t background = (uint32_t)__builtin_popcountll(row);

	/* once all of them are in front, one that is found is in front of the same lines again */
	for (; nr && row & (row + 1); nr--, number++) {
		uint64_t bit = WALK(nth_bit)(row, cache_found_which(set, number, background));
		uint64_t before = bit - 1;

		row = (row & ~(before | bit)) | (row & before) << 1 | 1;
	}
	return row;
}

/* The same after all that came to the row; all other lines stay in their order. */
static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(mix_bits)(uint64_t row, uint32_t ways, const struct cache_mix *mix)
{
	const uint64_t all = UINT64_MAX >> (64 - ways);
	const uint32_t parts = mix->fills + 1;
	/* before fill number i, cache_mix_found(mix, i) are found: so many each time, or one more */
	const bool is_small = mix->found <= UINT32_MAX; /* divisions of 64 bits take longer */
	const uint64_t each = is_small ? (uint32_t)mix->found / parts : mix->found / parts;
	const uint32_t rest =
		is_small ? (uint32_t)mix->found % parts : (uint32_t)(mix->found % parts);
	uint64_t number = mix->first;

	for (uint32_t i = 0, sum = rest;; i++, sum += rest) {
		bool one_more = sum >= parts;
		uint64_t nr = each + one_more;

		sum -= one_more ? parts : 0;
		row = WALK(find_some)(row, mix->set, number, nr);
		number += nr;
		if (i == mix->fills)
			return row;
		row = (row << 1 | 1) & all;
	}
}

/* Background lines that fill a row and are found in it, of which some lines of it survive; how many do not. */
static WALK_TARGET __attribute__((noinline)) uint32_t WALK(mix)(TAG *row, uint32_t ways,
								const struct cache_mix *mix)
{
	uint64_t before = WALK(find)(row, ways, WALK(background)());

	return WALK(rearrange)(row, ways, before, WALK(mix_bits)(before, ways, mix));
}

/* What background lines did to a row since it was last looked at; how many lines that cost. */
static inline WALK_TARGET __attribute__((always_inline)) uint32_t
WALK(age)(const struct WALK(view) * v, const struct WALK(place) * p)
{
	struct cache_mix mix =
		cache_mix_due(v->background, &v->aged[p->set], v->shape.ways, p->set);

	if (mix.found)
		return WALK(mix)(p->row, v->shape.ways, &mix);
	return mix.fills ? WALK(push)(p->row, v->shape.ways, mix.fills) : 0;
}

/* Where accesses belong at one level. */
struct WALK(places) {
	uint32_t set[CACHE_REQUESTS + CACHE_AHEAD];
	TAG tag[CACHE_REQUESTS + CACHE_AHEAD];
};

/* dirty: a bit of an access's word, of which the tag is to have CACHE_DIRTY; -1: none. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(locate_all)(struct cache_hierarchy *h, const struct WALK(view) * v, int level,
		 const uint64_t *in, size_t n, int dirty, struct WALK(places) * ret)
{
	size_t i = WALK(locate_some)(h, level, in, n, dirty, ret->set, ret->tag);

	for (; i < n; i++) {
		struct WALK(place) p = WALK(locate)(h, v, level, (in[i] & ~CACHE_BACK) >> 1);

		ret->set[i] = p.set;
		ret->tag[i] = p.tag;
		if (dirty >= 0)
			ret->tag[i] |= in[i] >> dirty & 1 ? CACHE_DIRTY(TAG) : 0;
	}
	/* behind the last one, for what is fetched ahead */
	for (i = 0; i < CACHE_AHEAD; i++)
		ret->set[n + i] = 0;
}

/* What lies in memory for number i of them is fetched; of L1 the host's own first level has it. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(fetch_row)(const struct WALK(view) * v, int level, const struct WALK(places) * at, size_t i,
		bool few, bool pressure)
{
	const TAG *row = v->tags + at->set[i] * v->row;

	if (level == CACHE_L1)
		return;
	ahead_to_write(row);
	if (!few)
		ahead_to_write(row + v->row - 1);
	if (pressure)
		ahead_to_write(v->aged + at->set[i]);
}

static inline WALK_TARGET __attribute__((always_inline)) void
WALK(fetch_first)(const struct WALK(view) * v, int level, const struct WALK(places) * at, size_t n,
		  bool few, bool pressure)
{
	for (size_t i = 0; i < CACHE_AHEAD && i < n; i++)
		WALK(fetch_row)(v, level, at, i, few, pressure);
}

/* All rows of these accesses show what background lines did to them, without being looked at otherwise. */
static WALK_TARGET void WALK(age_rows)(struct cache_hierarchy *h, unsigned int cpu, int level,
				       const uint64_t *accesses, size_t n)
{
	struct WALK(view) v = WALK(look)(h, cpu, level);
	uint64_t pushed_out = 0;

	for (size_t i = 0; i < n; i++) {
		struct WALK(place) p = WALK(locate)(h, &v, level, accesses[i] >> 1);

		pushed_out += WALK(age)(&v, &p);
	}
	h->counts.aged[level] += pushed_out;
}
