// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of last level with every prefetcher, in every walk, against a simulator that is all loops. */
#include <string.h>

#include "tests/unit/sim/naive_kinds.h"

/* Scans through pages, up and down, and single lines. */
static uint64_t draw_line(uint64_t *state, uint64_t *scan, unsigned int lines)
{
	uint64_t r = draw(state);

	if (r % 50 == 0)
		*scan = draw(state) % lines;
	if (r % 3)
		return *scan = (*scan + lines + 1 - 2 * (*scan >> 7 & 1) + (r >> 8) % 2) % lines;
	return r & 64 ? (r >> 8) % 20 : (r >> 8) % lines;
}

struct run {
	struct naive naive;
	struct cache_hierarchy *single, *batched, *telling;
	uint64_t hits[CACHE_LEVEL_MAX], batch_hits[CACHE_LEVEL_MAX];
};

static void run_batch(struct run *r, unsigned int cpu, const uint64_t *words, size_t nr,
		      const char *what)
{
	static struct cache_missed missed;
	size_t at[CACHE_MEMORY] = {0};

	cache_access_batch(r->batched, cpu, words, nr, r->batch_hits);
	cache_access_missed(r->telling, cpu, words, nr, &missed);
	for (size_t i = 0; i < nr; i++) {
		uint64_t line = words[i] >> 1;
		enum cache_level want = naive_access(&r->naive, cpu, line, words[i] & 1);

		cr_assert_eq(cache_access(r->single, cpu, line, words[i] & 1), want, "%s", what);
		r->hits[want]++;
		for (int l = CACHE_L1; l < (int)want; l++)
			cr_assert_eq(missed.which[l][at[l]++], i, "%s, %s", what,
				     cache_level_name((enum cache_level)l));
	}
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++)
		cr_assert_eq(missed.nr[l], at[l], "%s", what);
}

static void compare(const char *text, size_t variant, uint64_t spread)
{
	struct run *r = calloc(1, sizeof(*r));
	const struct cache_geometry g = geometry_of(text);
	uint64_t state = 88172645463325252ULL, scan = 0;
	struct cache_counts counts;

	for (int i = 0; i < 3; i++) {
		r->naive.ways[i] = g.level[i].ways;
		r->naive.sets[i] = (uint32_t)(g.level[i].size / 64 / g.level[i].ways);
		cr_assert(r->naive.ways[i] <= MAX_WAYS && r->naive.sets[i] <= MAX_SETS);
	}
	r->naive.kind = g.llc_kind;
	r->naive.prefetch = g.prefetch;
	r->single = make(text, CPUS, false, variant);
	r->batched = make(text, CPUS, false, variant);
	r->telling = make(text, CPUS, false, variant);
	for (int round = 0; r->single && round < 60; round++) {
		size_t nr = 1 + draw(&state) % (draw(&state) % 2 ? CACHE_BATCH : 9);
		unsigned int cpu = draw(&state) & 1;
		uint64_t words[CACHE_BATCH];

		for (size_t i = 0; i < nr; i++) {
			uint64_t line = draw_line(&state, &scan, 400);

			/* in more pages than are followed; in several windows of tags, or too many */
			words[i] = (line + line / 8 * spread) << 1 | draw(&state) % 4 / 3;
		}
		run_batch(r, cpu, words, nr, text);
		cr_assert_eq(memcmp(r->hits, r->batch_hits, sizeof(r->hits)), 0, "%s", text);
	}
	for (int level = 0; r->single && level < CACHE_LEVEL_MAX; level++)
		cr_assert_gt(r->hits[level], 100, "%s: level %d", text, level);
	if (r->single) {
		cache_counts(r->batched, &counts);
		cr_assert_eq(counts.prefetches, r->naive.prefetches, "%s", text);
		cr_assert_eq(counts.prefetches_memory, r->naive.prefetches_memory, "%s", text);
		cr_assert(!g.prefetch || counts.prefetches > 200, "%s: %lu", text,
			  counts.prefetches);
	}
	cache_hierarchy_destroy(r->single);
	cache_hierarchy_destroy(r->batched);
	cache_hierarchy_destroy(r->telling);
	free(r);
}

/* Rows of one register, of two, and sets that are no power of two; lines of one window, of several, of too many. */
Test(cache_kinds, every_walk_does_what_the_naive_caches_do)
{
	static const char *const sizes[] = {
		"l1=256/2,l2=1K/4,llc=3K/6",
		"l1=3K/24,l2=5K/20,llc=10K/32",
	};
	static const char *const prefetchers[] = {"", ",prefetch=pair",
						  ",prefetch=next-line+stream",
						  ",prefetch=pair+next-line+stream"};
	static const uint64_t spreads[] = {0, 56, 1ULL << 31, 1ULL << 40};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int kind = 0; kind < CACHE_LLC_KIND_MAX; kind++)
			for (size_t p = !kind; p < 4; p++)
				for (size_t k = 0; k < cache_variants_nr * 4; k++) {
					char text[128];

					snprintf(text, sizeof(text), "%s,llc-kind=%s%s", sizes[i],
						 cache_llc_kind_name((enum cache_llc_kind)kind),
						 prefetchers[p]);
					compare(text, k / 4, spreads[k % 4]);
				}
}

/* ---- prefetchers ---- */

static void count(const char *prefetch, const uint64_t *lines, size_t n, uint64_t hits[4],
		  struct cache_counts *counts)
{
	struct cache_hierarchy *h;
	char text[96];

	memset(hits, 0, 4 * sizeof(*hits));
	snprintf(text, sizeof(text), "l1=4K/4,l2=1M/16,llc=4M/16,prefetch=%s", prefetch);
	h = build(text, 1);
	for (size_t i = 0; i < n; i++)
		hits[cache_access(h, 0, lines[i], false)]++;
	cache_counts(h, counts);
	cache_hierarchy_destroy(h);
}

/* Sixteen pages of 64 lines, one after the other. */
Test(cache_kinds, prefetchers_do_to_a_scan_what_arithmetic_says)
{
	enum { PAGES = 16, LINES = 64 * PAGES };
	struct cache_counts counts;
	uint64_t up[LINES], down[LINES], hits[4];

	for (uint64_t i = 0; i < LINES; i++) {
		up[i] = 640 + i;
		down[i] = 640 + LINES - 1 - i;
	}
	count("none", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES);
	count("pair", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2);
	cr_assert_eq(counts.prefetches_memory, LINES / 2);
	count("pair", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2);
	count("next-line", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES / 2, "a hit asks for nothing");
	count("next-line", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], LINES);
	/* the third line of each page makes it a stream, which is never waited for again */
	count("stream", up, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], 3 * PAGES);
	cr_assert_eq(counts.prefetches, 61 * PAGES, "nothing beyond a page's end");
	count("stream", down, LINES, hits, &counts);
	cr_assert_eq(hits[CACHE_MEMORY], 3 * PAGES);
}

Test(cache_kinds, a_stream_is_no_jumping_about)
{
	enum { LINES = 2000 };
	uint64_t state = 88172645463325252ULL, lines[LINES], hits[4];
	struct cache_counts counts;

	for (size_t i = 0; i < LINES; i++)
		lines[i] = (uint64_t)i * 64 + draw(&state) % 64; /* each in a page of its own */
	count("stream", lines, LINES, hits, &counts);
	cr_assert_eq(counts.prefetches, 0);
	for (size_t i = 0; i < LINES; i++)
		lines[i] = 64 * (i / 4) + (uint64_t)(i % 4) * 16; /* steps that are too long */
	count("stream", lines, LINES, hits, &counts);
	cr_assert_eq(counts.prefetches, 0);
}
