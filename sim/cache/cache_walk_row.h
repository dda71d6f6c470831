/* SPDX-License-Identifier: GPL-2.0-only */
/* For cache_walk_general.h: what is done with one row of a level, which may have PLRU and be under background pressure. */

/* One level of a CPU, and the trees of its sets; NULL: true LRU. */
struct WALK(level) {
	struct WALK(view) view;
	uint64_t *trees;
	int number;
};

static inline WALK_TARGET __attribute__((always_inline)) struct WALK(level)
	WALK(level_of)(const struct cache_hierarchy *h, unsigned int cpu, int level)
{
	return (struct WALK(level)){
		.view = WALK(look)(h, cpu, level),
		.trees = h->plru >> level & 1 ? h->general->trees + cache_first_set(h, cpu, level)
					      : NULL,
		.number = level,
	};
}

static inline WALK_TARGET __attribute__((always_inline)) bool WALK(is_line)(TAG tag)
{
	return tag && tag != (TAG)UINT64_MAX;
}

/* What fell out of a set, and the line that it is. */
static inline WALK_TARGET __attribute__((always_inline)) uint64_t WALK(gone)(uint32_t set, TAG tag)
{
	return WALK_WIDE ? tag : (uint64_t)set << 32 | tag;
}

static inline WALK_TARGET __attribute__((always_inline)) uint64_t
WALK(gone_line)(const struct cache_hierarchy *h, int level, uint64_t gone)
{
	return WALK_WIDE ? gone - 1
			 : cache_narrow_line(h, level, (uint32_t)(gone >> 32), (uint32_t)gone);
}

/* Puts a tag in that is not there; returns the one that had to go, 0 if there was room. */
static WALK_TARGET TAG WALK(fill_tree)(uint64_t *tree, TAG *row, uint32_t ways, TAG tag)
{
	uint64_t room = WALK(find)(row, ways, 0);
	uint32_t way = room ? (uint32_t)__builtin_ctzll(room) : cache_tree_oldest(*tree, ways);
	TAG gone = row[way];

	row[way] = tag;
	cache_tree_use(tree, ways, way);
	return gone;
}

static WALK_TARGET bool WALK(use_in_tree)(uint64_t *tree, TAG *row, uint32_t ways, TAG tag)
{
	uint64_t found = WALK(find)(row, ways, tag);

	if (found)
		cache_tree_use(tree, ways, (uint32_t)__builtin_ctzll(found));
	return found;
}

/* True if the row has it: then it is the most recent one. */
static inline WALK_TARGET __attribute__((always_inline)) bool
WALK(look_up)(const struct WALK(level) * l, const struct WALK(place) * p)
{
	uint32_t ways = l->view.shape.ways;

	if (__builtin_expect(l->trees != NULL, 0))
		return WALK(use_in_tree)(&l->trees[p->set], p->row, ways, p->tag);
	if (!WALK(find)(p->row, ways, p->tag))
		return false;
	WALK(touch)(p->row, ways, p->tag, false);
	return true;
}

/* The same, and if the row has it not it gets it; *gone: what had to go for that, or 0. */
static inline WALK_TARGET __attribute__((always_inline)) bool
WALK(reach)(const struct WALK(level) * l, const struct WALK(place) * p, TAG *gone)
{
	uint32_t ways = l->view.shape.ways;

	if (__builtin_expect(l->trees != NULL, 0)) {
		*gone = 0;
		if (WALK(use_in_tree)(&l->trees[p->set], p->row, ways, p->tag))
			return true;
		*gone = WALK(fill_tree)(&l->trees[p->set], p->row, ways, p->tag);
		return false;
	}
	*gone = p->row[ways - 1];
	return WALK(touch)(p->row, ways, p->tag, false);
}

/* Which way has the background line that is found with this number; them: those that have one. */
static inline WALK_TARGET __attribute__((always_inline)) uint32_t
WALK(found_way)(uint64_t them, const struct cache_mix *mix, uint64_t number)
{
	uint32_t which = cache_found_which(mix->set, mix->first + number,
					   (uint32_t)__builtin_popcountll(them));

	for (; which; which--)
		them &= them - 1;
	return (uint32_t)__builtin_ctzll(them);
}

static WALK_TARGET void WALK(find_in_tree)(uint64_t *tree, uint32_t ways, uint64_t them,
					   const struct cache_mix *mix, uint64_t from, uint64_t to)
{
	from = cache_found_last(mix, (uint32_t)__builtin_popcountll(them), from, to);
	for (; from < to; from++)
		cache_tree_use(tree, ways, WALK(found_way)(them, mix, from));
}

/* Some of the set's background lines are used again, if there are any. */
static WALK_TARGET void WALK(find_again)(const struct WALK(level) * l, const struct WALK(place) * p,
					 const struct cache_mix *mix, uint64_t from, uint64_t to)
{
	const TAG background = (TAG)UINT64_MAX;
	uint32_t ways = l->view.shape.ways;
	uint64_t them = WALK(find)(p->row, ways, background);

	if (them && l->trees)
		return WALK(find_in_tree)(&l->trees[p->set], ways, them, mix, from, to);
	/* once all of them are in front, one that is found is in front of the same lines again */
	for (; from < to && them & (them + 1); from++) {
		memmove(p->row + 1, p->row, WALK(found_way)(them, mix, from) * sizeof(TAG));
		p->row[0] = background;
		them = WALK(find)(p->row, ways, background);
	}
}

/* The background lines that came to a row, and were found there, since it was last looked at, one by one. */
static WALK_TARGET void WALK(show_each)(struct cache_hierarchy *h, const struct WALK(level) * l,
					const struct WALK(place) * p)
{
	bool inclusive = l->number == CACHE_LLC && h->llc_kind == CACHE_LLC_INCLUSIVE;
	uint32_t ways = l->view.shape.ways;
	struct cache_mix mix =
		cache_mix_due(l->view.background, &l->view.aged[p->set], ways, p->set);

	for (uint32_t n = 0;; n++) {
		uint64_t from = cache_mix_found(&mix, n), to = cache_mix_found(&mix, n + 1);
		TAG gone;

		WALK(find_again)(l, p, &mix, from, to);
		if (n == mix.fills)
			return;
		gone = p->row[ways - 1];
		if (l->trees)
			gone = WALK(fill_tree)(&l->trees[p->set], p->row, ways, (TAG)UINT64_MAX);
		else
			WALK(push)(p->row, ways, 1);
		h->counts.aged[l->number] += WALK(is_line)(gone);
		if (inclusive && WALK(is_line)(gone))
			cache_general_lose(h,
					   WALK(gone_line)(h, l->number, WALK(gone)(p->set, gone)));
	}
}

/* Makes a row show what background lines did to it since it was last looked at. */
static inline WALK_TARGET __attribute__((always_inline)) void
WALK(show)(struct cache_hierarchy *h, const struct WALK(level) * l, const struct WALK(place) * p)
{
	if (__builtin_expect(!l->view.aged, 1))
		return;
	if (l->trees || (l->number == CACHE_LLC && h->llc_kind == CACHE_LLC_INCLUSIVE))
		WALK(show_each)(h, l, p);
	else
		h->counts.aged[l->number] += WALK(age)(&l->view, p);
}

static WALK_TARGET void WALK(show_row)(struct cache_hierarchy *h, unsigned int cpu, int level,
				       uint64_t line)
{
	struct WALK(level) l = WALK(level_of)(h, cpu, level);
	struct WALK(place) p = WALK(locate)(h, &l.view, level, line);

	WALK(show)(h, &l, &p);
}
