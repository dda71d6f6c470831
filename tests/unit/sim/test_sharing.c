// SPDX-License-Identifier: GPL-2.0-only
/* Sharing between CPUs: known sequences, and a model that remembers everything. */
#include <stdlib.h>
#include <string.h>

#include "sim/cache/sharing.h"
#include "tests/unit/sim/cache_harness.h"

/* Caches and what watches them, as a model has them. */
struct pair {
	struct cache_hierarchy *h;
	struct sharing *s;
};

static void taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	(void)number;
	sharing_taken(ctx, cpu, line);
}

static struct pair pair_of(const char *geometry, unsigned int cpus)
{
	struct cache_geometry g = geometry_of(geometry);
	struct pair p;

	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &p.h, NULL), 0);
	cr_assert_eq(sharing_create(&p.s, NULL), 0);
	cache_on_taken(p.h, taken, p.s);
	return p;
}

static void pair_fini(struct pair *p)
{
	cache_hierarchy_destroy(p->h);
	sharing_destroy(p->s);
}

static enum sharing_kind touch(struct pair *p, unsigned int cpu, uint64_t line, uint64_t read,
			       uint64_t written)
{
	cache_access(p->h, cpu, line, written != 0);
	return sharing_access(p->s, cpu, line, read, written);
}

static const char SMALL[] = "l1=1K/4,l2=4K/4,llc=16K/4";

/* Two CPUs write in turn: all but the first access of each lose the line to the other. */
Test(sharing, a_ping_pong_over_one_word_is_true_and_over_two_words_false)
{
	enum { TURNS = 1000 };

	for (int apart = 0; apart < 2; apart++) {
		struct pair p = pair_of(SMALL, 2);
		struct sharing_totals t;
		struct cache_counts counts;

		for (unsigned int i = 0; i < TURNS; i++) {
			uint64_t word = 0xffULL << (apart && i & 1 ? 32 : 0);
			enum sharing_kind want = i < 2	 ? SHARING_MAX
						 : apart ? SHARING_FALSE
							 : SHARING_TRUE;

			cr_assert_eq(touch(&p, i & 1, 7, word, word), want, "turn %u", i);
		}
		sharing_totals(p.s, &t);
		cache_counts(p.h, &counts);
		cr_assert_eq(t.misses[SHARING_TRUE], apart ? 0 : TURNS - 2);
		cr_assert_eq(t.misses[SHARING_FALSE], apart ? TURNS - 2 : 0);
		cr_assert_eq(t.taken, TURNS - 1, "each write but the first takes a copy");
		cr_assert_eq(counts.invalidations, 2 * (TURNS - 1), "of L1 and of L2");
		pair_fini(&p);
	}
}

Test(sharing, readers_take_nothing_from_each_other)
{
	struct pair p = pair_of(SMALL, 4);
	struct sharing_totals t;

	for (unsigned int i = 0; i < 100; i++)
		cr_assert_eq(touch(&p, i % 4, 7, ~0ULL, 0), SHARING_MAX);
	sharing_totals(p.s, &t);
	cr_assert_eq(t.taken, 0);
	pair_fini(&p);
}

Test(sharing, what_others_write_after_the_loss_counts_too)
{
	struct pair p = pair_of(SMALL, 3);

	touch(&p, 0, 7, 1, 0);
	touch(&p, 1, 7, 0, 2); /* takes it from 0, by another byte */
	touch(&p, 1, 7, 0, 1); /* has it alone by now, and writes the byte that 0 reads */
	touch(&p, 2, 7, 0, 4); /* and so does a third */
	cr_assert_eq(touch(&p, 0, 7, 1, 0), SHARING_TRUE);
	cr_assert_eq(touch(&p, 1, 7, 8, 0), SHARING_FALSE);
	pair_fini(&p);
}

Test(sharing, what_was_written_before_the_loss_does_not)
{
	struct pair p = pair_of(SMALL, 2);

	touch(&p, 1, 7, 0, 1);
	touch(&p, 0, 7, 1, 0); /* a cold miss: it has seen that write */
	touch(&p, 1, 7, 0, 2);
	cr_assert_eq(touch(&p, 0, 7, 1, 0), SHARING_FALSE);
	pair_fini(&p);
}

Test(sharing, a_line_that_was_evicted_first_is_not_lost)
{
	struct pair p = pair_of("l1=64/1,l2=64/1,llc=16K/4", 2);

	touch(&p, 0, 7, 1, 0);
	touch(&p, 0, 8, 1, 0);
	touch(&p, 1, 7, 0, 1);
	cr_assert_eq(touch(&p, 0, 7, 1, 0), SHARING_MAX);
	pair_fini(&p);
}

Test(sharing, the_worst_lines_come_first)
{
	struct pair p = pair_of("l1=64K/16,l2=64K/16,llc=64K/16", 2);
	struct sharing_line top[4];

	for (uint64_t line = 0; line < 20; line++)
		for (uint64_t i = 0; i < 4 + 2 * (line % 10); i++)
			touch(&p, i & 1, 100 + line, 0, line < 10 ? 1 : 1 << (i & 1));
	cr_assert_eq(sharing_top(p.s, top, 4), 4);
	cr_assert_eq(top[0].line, 109);
	cr_assert_eq(top[1].line, 119);
	cr_assert_eq(top[2].line, 108);
	cr_assert_eq(top[3].line, 118);
	cr_assert_eq(top[0].misses[SHARING_TRUE], 20);
	cr_assert_eq(top[1].misses[SHARING_FALSE], 20);
	cr_assert_eq(top[1].taken, 21);
	cr_assert_eq(top[1].written, 3);
	pair_fini(&p);
}

/* ---- random streams against a model that keeps the time of every write to every byte ---- */

enum { CPUS = 3, LINES = 40 };

struct history {
	uint64_t lost_at[CPUS][LINES]; /* 0: it was not */
	bool has[CPUS][LINES];
	uint64_t at[CPUS][LINES][64]; /* when the CPU wrote the byte last */
};

static enum sharing_kind remember(struct history *h, uint64_t now, unsigned int cpu, uint64_t line,
				  uint64_t read, uint64_t written)
{
	enum sharing_kind kind = h->lost_at[cpu][line] ? SHARING_FALSE : SHARING_MAX;

	for (int byte = 0; byte < 64; byte++)
		for (unsigned int other = 0; other < CPUS; other++)
			if (kind != SHARING_MAX && other != cpu && (read | written) >> byte & 1 &&
			    h->at[other][line][byte] >= h->lost_at[cpu][line])
				kind = SHARING_TRUE;
	h->lost_at[cpu][line] = 0;
	h->has[cpu][line] = true;
	for (int byte = 0; byte < 64; byte++)
		if (written >> byte & 1)
			h->at[cpu][line][byte] = now;
	for (unsigned int other = 0; written && other < CPUS; other++)
		if (other != cpu && h->has[other][line]) {
			h->has[other][line] = false;
			h->lost_at[other][line] = now;
		}
	return kind;
}

Test(sharing, agrees_with_a_full_history_on_random_streams)
{
	struct pair p = pair_of("l1=64K/16,l2=64K/16,llc=64K/16", CPUS); /* nothing is evicted */
	struct history *h = calloc(1, sizeof(*h));
	uint64_t state = 88172645463325252ULL, kinds[SHARING_MAX + 1] = {0};

	for (uint64_t now = 1; now < 30000; now++) {
		unsigned int cpu = (unsigned int)(draw(&state) % CPUS);
		uint64_t line = draw(&state) % LINES;
		uint64_t read = 0xffULL << draw(&state) % 8 * 8;
		uint64_t written = draw(&state) % 3 ? 0 : 0xffULL << draw(&state) % 8 * 8;
		enum sharing_kind want = remember(h, now, cpu, line, read, written);

		cr_assert_eq(touch(&p, cpu, line, read, written), want, "access %lu", now);
		kinds[want]++;
	}
	cr_assert(kinds[SHARING_TRUE] > 1000 && kinds[SHARING_FALSE] > 1000);
	free(h);
	pair_fini(&p);
}

/* Two that are told the same, one of them only what it does not know to change nothing. */
struct twins {
	struct sharing *all, *some;
};

static void taken_from_both(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct twins *t = ctx;

	(void)number;
	sharing_taken(t->all, cpu, line);
	sharing_taken(t->some, cpu, line);
}

static void expect_twins(const struct twins *t)
{
	struct sharing_line top[2][LINES];
	struct sharing_totals totals[2];

	sharing_totals(t->all, &totals[0]);
	sharing_totals(t->some, &totals[1]);
	cr_assert_arr_eq(&totals[1], &totals[0], sizeof(totals[0]), "totals");
	memset(top, 0, sizeof(top));
	cr_assert_eq(sharing_top(t->some, top[1], LINES), sharing_top(t->all, top[0], LINES));
	cr_assert_arr_eq(top[1], top[0], sizeof(top[0]), "lines and their bytes");
}

Test(sharing, tells_accesses_that_change_nothing)
{
	struct cache_geometry g = geometry_of(SMALL); /* lines are evicted, too */
	uint64_t state = 88172645463325252ULL, settled = 0, unknown = 0;
	struct cache_hierarchy *h;
	struct twins t;

	cr_assert_eq(cache_hierarchy_create(&g, CPUS, false, &h, NULL), 0);
	cr_assert(!sharing_create(&t.all, NULL) && !sharing_create(&t.some, NULL));
	cache_on_taken(h, taken_from_both, &t);
	for (unsigned int i = 0; i < 60000; i++) {
		/* for some time mostly one of them */
		unsigned int cpu = (unsigned int)(draw(&state) % 8 ? i / 64 : draw(&state)) % CPUS;
		uint64_t line = draw(&state) % LINES;
		uint64_t read = 0xffULL << draw(&state) % 8 * 8;
		uint64_t written = draw(&state) % 3 ? 0xffULL << draw(&state) % 8 * 8 : 0;
		const struct sharing_known *known;
		enum sharing_kind want;

		cache_access(h, cpu, line, written != 0);
		want = sharing_access(t.all, cpu, line, read, written);
		known = sharing_known(sharing_lines(t.some), line, true);
		cr_assert(known == sharing_lines(t.some)->known ||
				  sharing_perhaps(sharing_lines(t.some), line),
			  "access %u: line %lu is known", i, line);
		if (sharing_is_settled(known, cpu, read, written))
			*(known == sharing_lines(t.some)->known ? &unknown : &settled) += 1;
		else if (want == sharing_access(t.some, cpu, line, read, written))
			want = SHARING_MAX;
		cr_assert_eq(want, SHARING_MAX, "access %u", i);
		if (i % 1000 == 0)
			expect_twins(&t);
	}
	expect_twins(&t);
	cr_assert(settled > 1000 && unknown > 0, "%lu settled, %lu unknown", settled, unknown);
	cache_hierarchy_destroy(h);
	sharing_destroy(t.all);
	sharing_destroy(t.some);
}

/* More lines than are watched at once: what is given up is counted, and nothing else is wrong. */
Test(sharing, forgets_by_count)
{
	struct pair p = pair_of("l1=32M/16,l2=64M/16,llc=64M/16", 2);
	struct sharing_totals t;
	uint64_t found = 0;

	for (uint64_t line = 0; line < 300000; line++) {
		touch(&p, 0, line, 1, 0);
		touch(&p, 1, line, 0, 1);
	}
	for (uint64_t line = 0; line < 300000; line++)
		found += touch(&p, 0, line, 1, 0) == SHARING_TRUE;
	sharing_totals(p.s, &t);
	cr_assert_eq(t.taken, 300000);
	cr_assert_gt(t.forgotten, 0);
	cr_assert_eq(found + t.forgotten, 300000);
	pair_fini(&p);
}
