// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk for hierarchies that are not plain: other kinds of last level, tree-PLRU, prefetchers. One access at
 * a time, on wide tags; the fast walks know nothing of it. cache.h says what each kind does.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/cache/cache_impl.h"

enum {
	PAGE_LINES_SHIFT = 6, /* lines of 64 bytes in a page of 4 KiB: no prefetcher looks beyond */
	STREAMS = 32,	      /* of each CPU */
	STREAM_STEP = 4,      /* lines between two requests of a stream, at most */
	STREAM_SURE = 2,      /* steps in one direction that make a stream */
	STREAM_AHEAD = 4,     /* lines */
};

struct stream {
	uint64_t page; /* number + 1; 0: unused */
	uint64_t last; /* line */
	int direction; /* 1, -1; 0: only one request yet */
	unsigned int steps;
};

struct cache_general {
	struct stream
		*streams; /* STREAMS of each CPU, most recent first; NULL without that prefetcher */
	uint64_t
		*trees; /* a word for each set, in the order of first_set; NULL without tree-PLRU */
};

int cache_general_create(const struct cache_hierarchy *h, struct cache_general **ret,
			 struct error *err)
{
	_cleanup_free_ struct cache_general *g = calloc(1, sizeof(*g));

	if (!g)
		return error_nomem(err);
	if (h->prefetch & CACHE_PREFETCH_STREAM) {
		g->streams = calloc((size_t)h->nr_cpus * STREAMS, sizeof(*g->streams));
		if (!g->streams)
			return error_nomem(err);
	}
	if (h->plru) {
		g->trees = zeroes_map(h->nr_sets * sizeof(*g->trees));
		if (!g->trees) {
			free(g->streams);
			return error_nomem(err);
		}
	}
	*ret = take_ptr(g);
	return 0;
}

void cache_general_destroy(const struct cache_hierarchy *h, struct cache_general *g)
{
	if (!g)
		return;
	zeroes_unmap(g->trees, h->nr_sets * sizeof(*g->trees));
	free(g->streams);
	free(g);
}

static uint32_t set_of(const struct cache_hierarchy *h, int level, uint64_t line)
{
	uint32_t sets = h->shape[level].sets;

	/* a division takes longer than all the rest */
	return (uint32_t)(sets & (sets - 1) ? line % sets : line & (sets - 1));
}

/* A row as one level of one CPU has it. */
struct row {
	uint64_t *tags;
	uint64_t *tree; /* NULL: LRU, most recent first */
	uint32_t ways;
};

/*
 * Nodes of the tree are bits 1 to ways - 1, the children of n are 2n and 2n + 1, and a bit says which half is
 * the older one. Using a way turns the nodes on its path away from it.
 */
static void tree_use(struct row *r, uint32_t way)
{
	uint32_t node = 1;

	for (uint32_t half = r->ways / 2; half; half /= 2) {
		bool upper = way & half;

		*r->tree &= ~(1ULL << node);
		*r->tree |= (uint64_t)!upper << node;
		node = 2 * node + upper;
	}
}

static uint32_t tree_oldest(const struct row *r)
{
	uint32_t node = 1;

	while (node < r->ways)
		node = 2 * node + (*r->tree >> node & 1);
	return node - r->ways;
}

static uint32_t find(const struct row *r, uint64_t tag)
{
	uint32_t way = 0;

	while (way < r->ways && r->tags[way] != tag)
		way++;
	return way;
}

static void use(struct row *r, uint32_t way)
{
	uint64_t tag = r->tags[way];

	if (r->tree) {
		tree_use(r, way);
		return;
	}
	for (; way; way--)
		r->tags[way] = r->tags[way - 1];
	r->tags[0] = tag;
}

/* Puts a tag in that is not there; returns the one that had to go, 0 if there was room. */
static uint64_t insert(struct row *r, uint64_t tag)
{
	uint32_t way = r->ways - 1;
	uint64_t victim;

	if (r->tree) {
		way = find(r, 0);
		way = way < r->ways ? way : tree_oldest(r);
	}
	victim = r->tags[way];
	r->tags[way] = tag;
	use(r, way);
	return victim;
}

/* What an inclusive last level loses, nobody may have. */
static void drop_everywhere(struct cache_hierarchy *h, uint64_t line)
{
	for (unsigned int cpu = 0; cpu < h->nr_cpus; cpu++)
		h->counts.back_invalidations += cache_drop(h, cpu, line);
}

static bool is_line(uint64_t tag)
{
	return tag && tag != CACHE_BACKGROUND_WIDE;
}

/* Background lines, n of them, before all others of a row that is in order; how many lines had to go. */
static uint64_t push(struct row *r, uint32_t n)
{
	uint64_t gone = 0;

	for (uint32_t way = r->ways - n; way < r->ways; way++)
		gone += is_line(r->tags[way]);
	memmove(r->tags + n, r->tags, (r->ways - n) * sizeof(*r->tags));
	for (uint32_t way = 0; way < n; way++)
		r->tags[way] = CACHE_BACKGROUND_WIDE;
	return gone;
}

/* The background fills that came to a row since it was last looked at. */
static void age(struct cache_hierarchy *h, int level, struct row *r, uint64_t fills)
{
	bool inclusive = level == CACHE_LLC && h->llc_kind == CACHE_LLC_INCLUSIVE;
	/* as many as there are ways replace everything */
	uint32_t nr = fills < r->ways ? (uint32_t)fills : r->ways;

	if (!r->tree && !inclusive) {
		h->counts.aged[level] += push(r, nr);
		return;
	}
	for (uint32_t n = 0; n < nr; n++) {
		uint64_t victim = insert(r, CACHE_BACKGROUND_WIDE);

		h->counts.aged[level] += is_line(victim);
		if (inclusive && is_line(victim))
			drop_everywhere(h, victim - 1);
	}
}

static struct row row_of(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	uint32_t set = set_of(h, level, line);
	struct row r = {
		.tags = h->wide_tags + cache_first_tag(h, cpu, level) + set * h->row[level],
		.ways = h->shape[level].ways,
	};

	if (h->plru >> level & 1)
		r.tree = &h->general->trees[cache_first_set(h, cpu, level) + set];
	if (h->aged) {
		const struct cache_background *b = cache_background(h, cpu, level);
		uint64_t *done = &h->aged[cache_first_set(h, cpu, level) + set];
		uint64_t due = b->rounds + (set < b->part);

		if (*done != due)
			age(h, level, &r, due - *done);
		*done = due;
	}
	return r;
}

void cache_general_age(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line)
{
	row_of(h, cpu, level, line);
}

/* True if the row has it: then it is the most recent one. */
static bool look_up(struct row *r, uint64_t line)
{
	uint32_t way = find(r, line + 1);

	if (way == r->ways)
		return false;
	use(r, way);
	return true;
}

static uint64_t fill(struct cache_hierarchy *h, int level, struct row *r, uint64_t line)
{
	uint64_t victim = insert(r, line + 1);

	h->counts.evictions[level] += victim != 0;
	return victim;
}

static void fill_last(struct cache_hierarchy *h, struct row *r, uint64_t line)
{
	uint64_t victim = fill(h, CACHE_LLC, r, line);

	if (h->llc_kind == CACHE_LLC_INCLUSIVE && is_line(victim))
		drop_everywhere(h, victim - 1);
}

static bool takes_victims(const struct cache_hierarchy *h)
{
	return h->llc_kind == CACHE_LLC_EXCLUSIVE || h->llc_kind == CACHE_LLC_VICTIM;
}

/* The line is not in L2: whether the last level has it, and what becomes of it there. */
static bool ask_last(const struct cache_hierarchy *h, struct row *last, uint64_t line)
{
	uint32_t way;

	if (h->llc_kind != CACHE_LLC_EXCLUSIVE)
		return look_up(last, line);
	way = find(last, line + 1);
	if (way == last->ways)
		return false;
	cache_remove_way(last->tags, last->ways, way, last->tree != NULL);
	return true;
}

/* Brings a line into its row of L2, where it is not; true: from the last level, or through it from another CPU. */
static bool fetch(struct cache_hierarchy *h, unsigned int cpu, struct row *second, uint64_t line)
{
	struct row last = row_of(h, 0, CACHE_LLC, line);
	bool found = ask_last(h, &last, line);
	uint64_t victim;

	if (!found && takes_victims(h))
		found = cache_sharers_give(h, cpu, line);
	if (!found && !takes_victims(h))
		fill_last(h, &last, line);
	victim = fill(h, CACHE_L2, second, line);
	if (takes_victims(h) && is_line(victim)) {
		last = row_of(h, 0, CACHE_LLC, victim - 1);
		if (!look_up(&last, victim - 1))
			fill_last(h, &last, victim - 1);
	}
	return found;
}

static void prefetch(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct row second = row_of(h, cpu, CACHE_L2, line);
	const uint64_t word = line << 1;

	if (find(&second, line + 1) < second.ways)
		return;
	h->counts.prefetches++;
	if (!fetch(h, cpu, &second, line)) {
		h->counts.prefetches_memory++;
		if (h->prefetched)
			h->prefetched(h->prefetched_ctx, line);
	}
	if (h->sharers)
		cache_sharers_block(h, cpu, &word, NULL, 1, &word, 1);
}

static bool same_page(uint64_t a, uint64_t b)
{
	return a >> PAGE_LINES_SHIFT == b >> PAGE_LINES_SHIFT;
}

/* The stream of the line's page, most recent from now on. */
static struct stream *stream_of(struct stream *streams, uint64_t line)
{
	uint64_t page = (line >> PAGE_LINES_SHIFT) + 1;
	struct stream found;
	unsigned int i = 0;

	while (i < STREAMS - 1 && streams[i].page != page)
		i++;
	found = streams[i];
	if (found.page != page)
		found = (struct stream){.page = page, .last = line};
	memmove(streams + 1, streams, i * sizeof(*streams));
	streams[0] = found;
	return streams;
}

static void follow_streams(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct stream *s = stream_of(h->general->streams + (size_t)cpu * STREAMS, line);
	int64_t step = (int64_t)(line - s->last);
	int direction = (step > 0) - (step < 0);

	if (!direction)
		return;
	s->last = line;
	if (step > STREAM_STEP || step < -STREAM_STEP || direction != s->direction)
		s->steps = 0;
	s->direction = direction;
	if (++s->steps < STREAM_SURE)
		return;
	for (int ahead = 1; ahead <= STREAM_AHEAD; ahead++) {
		uint64_t next = line + (uint64_t)(ahead * direction);

		if (same_page(line, next))
			prefetch(h, cpu, next);
	}
}

static void prefetch_after(struct cache_hierarchy *h, unsigned int cpu, uint64_t line, bool missed)
{
	if (h->prefetch & CACHE_PREFETCH_PAIR && missed)
		prefetch(h, cpu, line ^ 1);
	if (h->prefetch & CACHE_PREFETCH_NEXT && missed && same_page(line, line + 1))
		prefetch(h, cpu, line + 1);
	if (h->prefetch & CACHE_PREFETCH_STREAM)
		follow_streams(h, cpu, line);
}

enum cache_level cache_general_access(struct cache_hierarchy *h, unsigned int cpu, uint64_t line)
{
	struct row first = row_of(h, cpu, CACHE_L1, line), second;
	enum cache_level level = CACHE_L2;

	if (look_up(&first, line))
		return CACHE_L1;
	second = row_of(h, cpu, CACHE_L2, line);
	if (!look_up(&second, line))
		level = fetch(h, cpu, &second, line) ? CACHE_LLC : CACHE_MEMORY;
	fill(h, CACHE_L1, &first, line);
	if (h->prefetch)
		prefetch_after(h, cpu, line, level != CACHE_L2);
	return level;
}

void cache_general_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			  size_t n, struct cache_missed *ret)
{
	memset(ret->nr, 0, sizeof(ret->nr));
	for (size_t i = 0; i < n; i++) {
		const uint64_t *word = &accesses[i];
		enum cache_level level = cache_general_access(h, cpu, *word >> 1);
		uint16_t number = (uint16_t)i;

		for (int missed = CACHE_L1; missed < (int)level; missed++)
			ret->which[missed][ret->nr[missed]++] = number;
		if (h->sharers && (*word & 1 || level > CACHE_L2))
			cache_sharers_block(h, cpu, word, &number, 1, word, level > CACHE_L2);
	}
}
