// SPDX-License-Identifier: GPL-2.0-only
/* Lines that leave caches because of somebody else, and who has them. */
#include "base/ahead.h"
#include "sim/cache/cache_impl.h"

void cache_remove_way(void *row, size_t tag_size, uint32_t ways, uint32_t way, bool fixed)
{
	char *tag = (char *)row + way * tag_size;
	size_t after = fixed ? 0 : (ways - way - 1) * tag_size;

	memmove(tag, tag + tag_size, after);
	memset(tag + after, 0, tag_size);
}

/* Where a line is, or would be. */
struct place {
	size_t row; /* index of its first tag */
	int way;    /* -1: it is not there */
};

static int way_of(const struct cache_hierarchy *h, int level, size_t row, uint64_t tag)
{
	const void *tags =
		h->wide ? (const void *)(h->wide_tags + row) : (const void *)(h->narrow_tags + row);
	uint64_t found = h->variant->find(tags, h->shape[level].ways, tag, h->track_dirty);

	return found ? __builtin_ctzll(found) : -1;
}

/* Where the line belongs: its tag; *row: index of its row's first tag. 0: no line of its window was ever in the caches. */
static uint64_t locate(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line,
		       size_t *row)
{
	const struct cache_shape *s = &h->shape[level];
	const struct cache_window *w;
	struct cache_narrow at;

	*row = cache_first_tag(h, cpu, level);
	if (h->wide) {
		*row += line % s->sets * h->row[level];
		return line + 1;
	}
	w = cache_window_find(h, line >> CACHE_WINDOW_SHIFT);
	if (!w->base[level])
		return 0;
	at = cache_locate_narrow(s, w, level, line);
	*row += at.set * h->row[level];
	return at.tag;
}

void cache_fetch_rows(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	const size_t tag_size = h->wide ? sizeof(*h->wide_tags) : sizeof(*h->narrow_tags);
	const char *tags = h->wide ? (const char *)h->wide_tags : (const char *)h->narrow_tags;

	for (int level = CACHE_L1; level <= CACHE_L2; level++) {
		size_t row;

		if (locate(h, cpu, level, line, &row))
			ahead_to_write(tags + row * tag_size);
	}
}

/*
 * What other data has pushed out since the row was last looked at is gone. A row that has not the line is not looked at:
 * whom one asks in vain (cache_sharers_may_hold()) changes nothing.
 */
static struct place find(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	const uint64_t word = line << 1;
	struct place p = {.way = -1};
	const uint64_t tag = locate(h, cpu, level, line, &p.row);

	if (!tag)
		return p;
	p.way = way_of(h, level, p.row, tag);
	if (p.way < 0 || !h->aged)
		return p;
	if (h->general)
		h->variant->show_row(h, cpu, level, line);
	else
		h->variant->age_rows(h, cpu, level, &word, 1);
	p.way = way_of(h, level, p.row, tag);
	return p;
}

/* Takes the line out of one level; false: it was not there. */
static bool take_out(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	const struct place p = find(h, cpu, level, line);
	const bool fixed = h->plru >> level & 1;

	if (p.way < 0)
		return false;
	if (h->wide)
		cache_remove_way(h->wide_tags + p.row, sizeof(*h->wide_tags), h->shape[level].ways,
				 (uint32_t)p.way, fixed);
	else
		cache_remove_way(h->narrow_tags + p.row, sizeof(*h->narrow_tags),
				 h->shape[level].ways, (uint32_t)p.way, fixed);
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
