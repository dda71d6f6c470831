// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory/charged.h"

#include <stdlib.h>

#include "base/ahead.h"
#include "base/cleanup.h"
#include "base/idmap.h"
#include "base/zeroes.h"

/* More than any host has; what is charged to the others is not known. */
enum { MAX_GROUPS = UINT16_MAX };

/* Events after which others are charged, a bit each. */
static const uint64_t CHANGES = 1ULL << EVENT_PAGE_ALLOC | 1ULL << EVENT_PAGE_FREE |
				1ULL << EVENT_BULK_ALLOC | 1ULL << EVENT_MIGRATE;

struct charged {
	uint16_t *group; /* by pfn; untouched memory is charged to none */
	uint64_t max_pfn;
	uint32_t nr_cpus;
	uint64_t touched_end;  /* from here on all of it is untouched */
	struct idmap *numbers; /* inode -> number */
	uint64_t *memcgs;      /* number - CHARGED_FIRST -> inode */
	size_t nr, cap;
};

DEFINE_CLEANUP(struct charged *, charged_destroy);

int charged_create(const struct trace_meta *meta, struct charged **ret, struct error *err)
{
	_cleanup_(charged_destroyp) struct charged *c = NULL;
	int r;

	if (!*meta->memcg) {
		*ret = NULL;
		return 0;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return error_nomem(err);
	c->max_pfn = meta->max_pfn;
	c->nr_cpus = meta->nr_cpus;
	c->nr = CHARGED_FIRST;
	c->group = zeroes_map(c->max_pfn * sizeof(*c->group));
	if (!c->group)
		return error_nomem(err);
	r = idmap_create(&c->numbers, err);
	if (r)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void charged_destroy(struct charged *c)
{
	if (!c)
		return;
	zeroes_unmap(c->group, c->max_pfn * sizeof(*c->group));
	idmap_destroy(c->numbers);
	free(c->memcgs);
	free(c);
}

/* Of a group that there is. */
static int number_of(struct charged *c, uint64_t memcg, uint16_t *ret, struct error *err)
{
	const uint64_t *known = idmap_find(c->numbers, memcg);
	int r;

	if (known || c->nr > MAX_GROUPS) {
		*ret = known ? (uint16_t)*known : CHARGED_NOT_KNOWN;
		return 0;
	}
	if (c->nr - CHARGED_FIRST == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;
		uint64_t *memcgs = realloc(c->memcgs, cap * sizeof(*memcgs));

		if (!memcgs)
			return error_nomem(err);
		c->memcgs = memcgs;
		c->cap = cap;
	}
	r = idmap_set(c->numbers, memcg, c->nr, err);
	if (r)
		return r;
	c->memcgs[c->nr - CHARGED_FIRST] = memcg;
	*ret = (uint16_t)c->nr++;
	return 0;
}

static void set(struct charged *c, uint64_t pfn, uint64_t nr, uint16_t group)
{
	/* what was never anything else stays untouched, and takes no memory */
	for (uint64_t end = pfn + nr; pfn < end; pfn++)
		if (c->group[pfn] != group)
			c->group[pfn] = group;
}

/* The new pages are charged to whom the old ones were. */
static void move(struct charged *c, const struct event *e)
{
	if (e->index < c->max_pfn && c->max_pfn - e->index >= 1ULL << e->order)
		set(c, e->index, 1ULL << e->order, c->group[e->pfn]);
}

int charged_census(struct charged *c, const struct trace_block *b, struct error *err)
{
	/* most are charged to nobody, or to the same as the one before that is charged */
	uint64_t last = 0;
	uint16_t last_group = CHARGED_TO_NONE;

	for (size_t i = 0; i < b->census.nr; i++) {
		const struct census_run *run = &b->census.runs[i];
		const uint64_t end = run->start_pfn + (run->count << run->order);
		int r = 0;
		uint16_t group;

		if (run->memcg && run->memcg != last)
			r = number_of(c, run->memcg, &last_group, err);
		if (r)
			return r;
		last = run->memcg ? run->memcg : last;
		group = run->memcg ? last_group : CHARGED_TO_NONE;
		/* nearly all of a host is free, and not even to be looked at */
		if (group == CHARGED_TO_NONE && run->start_pfn >= c->touched_end)
			continue;
		set(c, run->start_pfn, end - run->start_pfn, group);
		c->touched_end = end > c->touched_end ? end : c->touched_end;
	}
	return 0;
}

/* Which of the events change something, by their numbers; the kinds come in an order that no branch could guess. */
static size_t find_changes(const struct event *events, size_t nr, uint16_t *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		ret[found] = (uint16_t)i;
		found += CHANGES >> events[i].kind & 1;
	}
	return found;
}

/* Nearly all of them: those of single pages of the host, after the census. False: it is not as simple as that. */
static inline bool change_one(struct charged *c, const struct event *e, uint64_t census_end_ns)
{
	if (e->order || e->kind == EVENT_MIGRATE || e->pfn >= c->max_pfn || e->cpu >= c->nr_cpus ||
	    e->ts_ns < census_end_ns)
		return false;
	c->group[e->pfn] = e->kind == EVENT_PAGE_FREE ? CHARGED_TO_NONE : CHARGED_NOT_KNOWN;
	return true;
}

static void change(struct charged *c, const struct pages *pages, const struct event *e,
		   uint64_t census_end_ns)
{
	if (change_one(c, e, census_end_ns) || !pages_takes_event(pages, e))
		return;
	if (e->kind == EVENT_MIGRATE)
		move(c, e);
	else
		set(c, e->pfn, 1ULL << e->order,
		    e->kind == EVENT_PAGE_FREE ? CHARGED_TO_NONE : CHARGED_NOT_KNOWN);
}

void charged_events(struct charged *c, const struct pages *pages, const struct event *events,
		    size_t nr)
{
	enum {
		PART = 256,
		FAR = 32
	}; /* events; how far ahead is fetched who is charged, met at random */
	const uint64_t census_end_ns = pages_census_end_ns(pages);
	uint16_t changes[PART];

	c->touched_end = c->max_pfn;
	for (size_t at = 0; at < nr; at += PART) {
		const struct event *part = events + at;
		size_t found = find_changes(part, nr - at < PART ? nr - at : PART, changes);

		for (size_t i = 0; i < found && i < FAR; i++)
			ahead_to_write(&c->group[part[changes[i]].pfn]);
		for (size_t i = 0; i < found; i++) {
			if (found - i > FAR)
				ahead_to_write(&c->group[part[changes[i + FAR]].pfn]);
			change(c, pages, &part[changes[i]], census_end_ns);
		}
	}
}

const uint16_t *charged_groups(const struct charged *c)
{
	return c->group;
}

size_t charged_nr(const struct charged *c)
{
	return c->nr;
}

uint64_t charged_memcg(const struct charged *c, size_t group)
{
	return c->memcgs[group - CHARGED_FIRST];
}
