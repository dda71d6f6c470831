// SPDX-License-Identifier: GPL-2.0-only
/* Lines that leave caches because of somebody else, and who has them. */
#include "sim/cache/cache_impl.h"

void cache_remove_way(uint64_t *row, uint32_t ways, uint32_t way, bool fixed)
{
	if (fixed) {
		row[way] = 0;
		return;
	}
	memmove(row + way, row + way + 1, (ways - way - 1) * sizeof(*row));
	row[ways - 1] = 0;
}

/* Where a line is, or would be. */
struct place {
	size_t row; /* index of its first tag */
	int way;    /* -1: it is not there */
};

#define FIND_WAY(tags, ways, tag, clean)                                                           \
	do {                                                                                       \
		for (uint32_t way = 0; way < (ways); way++)                                        \
			if (((tags)[way] & (clean)) == (tag))                                      \
				return (int)way;                                                   \
		return -1;                                                                         \
	} while (0)

static int find_narrow(const uint32_t *tags, uint32_t ways, uint32_t tag, uint32_t clean)
{
	FIND_WAY(tags, ways, tag, clean);
}

static int find_wide(const uint64_t *tags, uint32_t ways, uint64_t tag, uint64_t clean)
{
	FIND_WAY(tags, ways, tag, clean);
}

/* What fills since the row was last looked at have pushed out is gone. */
static struct place find(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	const struct cache_shape *s = &h->shape[level];
	const uint64_t word = line << 1;
	struct place p = {.row = cache_first_tag(h, cpu, level), .way = -1};
	const struct cache_window *w = NULL;
	struct cache_narrow at = {.tag = 0};

	if (!h->wide) {
		w = cache_window_find(h, line >> CACHE_WINDOW_SHIFT);
		if (!w->base[level])
			return p; /* no line of that window was ever here */
		at = cache_locate_narrow(s, w, level, line);
	}
	if (h->general)
		cache_general_age(h, cpu, level, line);
	else if (h->aged)
		h->variant->age_rows(h, cpu, level, &word, 1);
	p.row += (w ? at.set : line % s->sets) * h->row[level];
	p.way = w ? find_narrow(h->narrow_tags + p.row, s->ways, at.tag,
				h->track_dirty ? ~CACHE_DIRTY(uint32_t) : UINT32_MAX)
		  : find_wide(h->wide_tags + p.row, s->ways, line + 1,
			      h->track_dirty ? ~CACHE_DIRTY(uint64_t) : UINT64_MAX);
	return p;
}

/* Takes the line out of one level; false: it was not there. */
static bool take_out(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	const struct place p = find(h, cpu, level, line);
	uint32_t ways = h->shape[level].ways, after = ways - (uint32_t)p.way - 1;

	if (p.way < 0)
		return false;
	if (h->wide) {
		cache_remove_way(h->wide_tags + p.row, ways, (uint32_t)p.way, h->plru >> level & 1);
	} else {
		uint32_t *tag = h->narrow_tags + p.row + p.way;

		/* the rest moves up, so that the empty way is last */
		memmove(tag, tag + 1, after * sizeof(*tag));
		tag[after] = 0;
	}
	return true;
}

unsigned int cache_drop(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	unsigned int dropped = 0;

	cache_recent_forget(h, cpu, line);
	for (int level = CACHE_L1; level <= CACHE_L2; level++)
		dropped += take_out(h, cpu, level, line);
	return dropped;
}

static bool has(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	return find(h, cpu, level, line).way >= 0;
}

bool cache_cpu_has(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	return has(h, cpu, CACHE_L2, line) || has(h, cpu, CACHE_L1, line);
}

bool cache_has(struct cache_hierarchy *h, uint64_t line)
{
	bool found = has(h, 0, CACHE_LLC, line);

	for (unsigned int cpu = 0; !found && cpu < h->nr_cpus; cpu++)
		found = cache_sharers_may_hold(h, cpu, line) && cache_cpu_has(h, cpu, line);
	return found;
}

void cache_lose(struct cache_hierarchy *h, unsigned int number, uint64_t line)
{
	h->taken_number = number;
	for (unsigned int cpu = 0; cpu < h->nr_cpus; cpu++) {
		unsigned int copies =
			cache_sharers_may_hold(h, cpu, line) ? cache_drop(h, cpu, line) : 0;

		h->counts.invalidations += copies;
		if (copies && h->taken)
			h->taken(h->taken_ctx, number, cpu, line);
	}
	h->counts.invalidations += take_out(h, 0, CACHE_LLC, line);
}
