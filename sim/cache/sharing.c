// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/sharing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/zeroes.h"

enum {
	MAX_LINES = 1 << 18, /* watched at once: 16 MiB, and what several CPUs lost */
	INITIAL_LOSSES = 1024,
	NONE = UINT32_MAX,
};

/* A CPU that had the line. */
struct loss {
	uint64_t written; /* bytes that others wrote since */
	uint32_t cpu;
	uint32_t next; /* index, or NONE; of free ones too */
};

struct sharing {
	struct sharing_lines lines;
	size_t nr;
	struct loss *pool;
	size_t pool_nr, pool_cap;
	uint32_t free_losses;
	struct sharing_totals totals;
};

DEFINE_CLEANUP(struct sharing *, sharing_destroy);

int sharing_create(struct sharing **ret, struct error *err)
{
	_cleanup_(sharing_destroyp) struct sharing *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	s->lines.known = zeroes_map((MAX_LINES + 1) * sizeof(*s->lines.known));
	s->lines.perhaps = calloc(SHARING_PERHAPS, sizeof(*s->lines.perhaps));
	if (!s->lines.known || !s->lines.perhaps)
		return error_nomem(err);
	s->lines.known[0] = (struct sharing_known){
		.line = {.read = UINT64_MAX, .written = UINT64_MAX}, .since = UINT64_MAX};
	s->free_losses = NONE;
	*ret = take_ptr(s);
	return 0;
}

void sharing_destroy(struct sharing *s)
{
	if (!s)
		return;
	line_words_fini(&s->lines.numbers);
	zeroes_unmap(s->lines.known, (MAX_LINES + 1) * sizeof(*s->lines.known));
	free(s->lines.perhaps);
	free(s->pool);
	free(s);
}

struct sharing_lines *sharing_lines(struct sharing *s)
{
	return &s->lines;
}

/* Takes one out of a list. */
static void unlist(struct sharing *s, uint32_t *link)
{
	uint32_t i = *link;

	*link = s->pool[i].next;
	s->pool[i].next = s->free_losses;
	s->free_losses = i;
}

static void give_up(struct sharing *s, struct sharing_known *k)
{
	s->totals.forgotten += k->losers && k->losses == NONE;
	for (; k->losses != NONE; s->totals.forgotten++)
		unlist(s, &k->losses);
}

/* Begins anew. */
static void clean_up(struct sharing *s)
{
	for (; s->nr; s->nr--) {
		struct sharing_known *k = &s->lines.known[s->nr];

		give_up(s, k);
		*line_words_at(&s->lines.numbers, k->line.line) = 0;
	}
	memset(s->lines.perhaps, 0, SHARING_PERHAPS * sizeof(*s->lines.perhaps));
}

/* What is known of the line, from now on at least; NULL: no memory, and the line cannot be watched. */
static struct sharing_known *know(struct sharing *s, uint64_t line)
{
	uint32_t *number = line_words_at(&s->lines.numbers, line);

	if (!number)
		return NULL;
	if (!*number) {
		if (s->nr == MAX_LINES)
			clean_up(s);
		s->lines.known[++s->nr] = (struct sharing_known){
			.line = {.line = line}, .since = UINT64_MAX, .losses = NONE};
		*number = (uint32_t)s->nr;
		s->lines.perhaps[line % SHARING_PERHAPS] = 1;
	}
	return &s->lines.known[*number];
}

/* Index of an unused one; NONE: no memory. */
static uint32_t new_loss(struct sharing *s)
{
	uint32_t i = s->free_losses;

	if (i != NONE) {
		s->free_losses = s->pool[i].next;
		return i;
	}
	if (s->pool_nr == s->pool_cap) {
		size_t cap = s->pool_cap ? 2 * s->pool_cap : INITIAL_LOSSES;
		struct loss *pool = reallocarray(s->pool, cap, sizeof(*pool));

		if (!pool)
			return NONE;
		s->pool = pool;
		s->pool_cap = cap;
	}
	return (uint32_t)s->pool_nr++;
}

/* Adds to those that lost the line and are listed; false: no memory. */
static bool list_loss(struct sharing *s, struct sharing_known *k, unsigned int cpu,
		      uint64_t written)
{
	uint32_t i = new_loss(s);

	if (i == NONE)
		return false;
	s->pool[i] = (struct loss){.written = written, .cpu = cpu, .next = k->losses};
	k->losses = i;
	return true;
}

static bool add_loss(struct sharing *s, struct sharing_known *k, unsigned int cpu)
{
	if (!k->losers)
		k->cpu = (uint16_t)cpu;
	else if ((k->losses == NONE && !list_loss(s, k, k->cpu, k->since)) ||
		 !list_loss(s, k, cpu, 0))
		return false;
	k->losers |= (uint16_t)(1U << cpu % SHARING_LOSERS);
	k->since = 0;
	return true;
}

void sharing_taken(struct sharing *s, unsigned int cpu, uint64_t line)
{
	struct sharing_known *k = know(s, line);

	s->totals.taken++;
	if (!k || !add_loss(s, k, cpu)) {
		s->totals.forgotten++;
		return;
	}
	k->line.taken++;
}

/* A CPU that lost the line comes back. */
static enum sharing_kind come_back(struct sharing *s, struct sharing_known *k, uint64_t used,
				   uint64_t written)
{
	enum sharing_kind kind = used & written ? SHARING_TRUE : SHARING_FALSE;

	k->line.misses[kind]++;
	s->totals.misses[kind]++;
	return kind;
}

/* sharing_access() of a line that several lost. */
static enum sharing_kind access_listed(struct sharing *s, struct sharing_known *k, unsigned int cpu,
				       uint64_t read, uint64_t written)
{
	enum sharing_kind kind = SHARING_MAX;
	uint32_t *link = &k->losses;

	k->since = UINT64_MAX;
	k->losers = 0;
	while (*link != NONE) {
		struct loss *loss = &s->pool[*link];

		if (loss->cpu == cpu) {
			kind = come_back(s, k, read | written, loss->written);
			unlist(s, link);
			continue;
		}
		loss->written |= written;
		k->since &= loss->written;
		k->losers |= (uint16_t)(1U << loss->cpu % SHARING_LOSERS);
		k->cpu = (uint16_t)loss->cpu;
		link = &loss->next;
	}
	/* only one is left: of two CPUs that take the line from each other that is always so */
	if (k->losers && link == &s->pool[k->losses].next)
		unlist(s, &k->losses);
	return kind;
}

enum sharing_kind sharing_access(struct sharing *s, unsigned int cpu, uint64_t line, uint64_t read,
				 uint64_t written)
{
	struct sharing_known *k = sharing_known(&s->lines, line, true);
	enum sharing_kind kind;

	if (k == s->lines.known)
		return SHARING_MAX;
	k->line.read |= read;
	k->line.written |= written;
	if (k->losses != NONE)
		return access_listed(s, k, cpu, read, written);
	if (!k->losers || k->cpu != cpu) {
		k->since |= written;
		return SHARING_MAX;
	}
	kind = come_back(s, k, read | written, k->since);
	k->losers = 0;
	k->since = UINT64_MAX;
	return kind;
}

void sharing_totals(const struct sharing *s, struct sharing_totals *ret)
{
	*ret = s->totals;
}

static bool is_before(const struct sharing_line *a, const struct sharing_line *b)
{
	uint64_t misses_a = a->misses[SHARING_TRUE] + a->misses[SHARING_FALSE];
	uint64_t misses_b = b->misses[SHARING_TRUE] + b->misses[SHARING_FALSE];

	return misses_a != misses_b ? misses_a > misses_b : a->line < b->line;
}

size_t sharing_top(const struct sharing *s, struct sharing_line *ret, size_t max)
{
	size_t nr = 0;

	for (size_t i = 1; i <= s->nr; i++) {
		const struct sharing_line *line = &s->lines.known[i].line;
		size_t at = nr;

		if (!line->misses[SHARING_TRUE] && !line->misses[SHARING_FALSE])
			continue;
		while (at > 0 && is_before(line, &ret[at - 1]))
			at--;
		if (at == max)
			continue;
		nr += nr < max;
		memmove(&ret[at + 1], &ret[at], (nr - at - 1) * sizeof(*ret));
		ret[at] = *line;
	}
	return nr;
}
