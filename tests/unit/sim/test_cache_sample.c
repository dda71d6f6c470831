// SPDX-License-Identifier: GPL-2.0-only
/* A sample of the sets, against a hierarchy that has them all, and against figures by hand. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/charge/lines_sample.h"
#include "tests/unit/sim/cache_harness.h"

enum { ACCESSES = 300000, LINES = 4000, CPUS = 3 };

struct stream {
	uint64_t state;
	unsigned int cpu;
};

/* Mostly near the last one, as metadata is; a third of them writes. */
static uint64_t next_word(struct stream *s, unsigned int *cpu)
{
	uint64_t r = draw(&s->state);

	if ((r >> 40) % 300 == 0)
		s->cpu = (unsigned int)((r >> 50) % CPUS);
	*cpu = s->cpu;
	return (r & 7 ? r >> 8 & 63 : (r >> 8) % LINES) << 1 | (r % 3 == 0);
}

/* A hierarchy that has all sets, a sample of the same, and what the hierarchy says of the sample's classes. */
struct both {
	struct cache_hierarchy *all;
	struct cache_nodes *caches;
	struct lines_sample *sample;
	struct lines lines;
	struct watch watch;
	/* what missed: of all; times what it stood for then; and by class since the sample changed */
	uint64_t missed[CACHE_MEMORY], estimate[CACHE_MEMORY];
	uint64_t classes[CACHE_MEMORY][CACHE_SAMPLE_CLASSES];
};

static void begin(struct both *b, const char *text, unsigned int one_in, bool pressed)
{
	struct cache_geometry g = geometry_of(text);
	const struct cache_nodes_opts opts = {.geometry = g, .nr_cpus = CPUS};

	memset(b, 0, sizeof(*b));
	cr_assert_eq(cache_hierarchy_create(&g, CPUS, false, &b->all, NULL), 0);
	cr_assert_eq(lines_sample_create(&g, one_in, &b->sample, NULL), 0);
	cr_assert_eq(cache_nodes_create(&opts, &b->caches, NULL), 0);
	cr_assert_eq(lines_init(&b->lines, b->caches, &b->watch, b->sample, false, NULL), 0);
	if (pressed)
		cr_assert_eq(cache_pressure_start(b->all, NULL) |
				     cache_nodes_pressure_start(b->caches, NULL),
			     0);
}

static void end(struct both *b)
{
	lines_fini(&b->lines);
	cache_nodes_destroy(b->caches);
	lines_sample_destroy(b->sample);
	cache_hierarchy_destroy(b->all);
}

static void press_both(struct both *b, unsigned int cpu, uint64_t fills)
{
	cache_pressure(b->all, cpu, fills, fills, fills);
	lines_press(&b->lines, cpu, &(struct cache_pressed){.fills = {fills, fills, fills}});
}

static void access_both(struct both *b, unsigned int cpu, uint64_t word)
{
	const struct cache_sample *sets = &b->sample->sets;
	enum cache_level level = cache_access(b->all, cpu, word >> 1, word & 1);

	for (int l = CACHE_L1; l < CACHE_MEMORY && (int)level > l; l++) {
		b->missed[l]++;
		if (!cache_sample_holds(sets, word >> 1))
			continue;
		b->estimate[l] += sets->weight;
		b->classes[l][cache_sample_class(sets, word >> 1)]++;
	}
	lines_of_cpu(&b->lines, cpu);
	lines_make_room(&b->lines, 1);
	lines_add(&b->lines, word, 0);
}

/* Lines go to the caches before the sample changes, so that this file knows the sample that each of them met. */
static void flush_both(struct both *b, uint64_t came)
{
	uint32_t weight = b->sample->sets.weight;

	if (came != b->sample->sets.change)
		return;
	lines_drain(&b->lines);
	cr_assert_eq(b->sample->sets.weight, 2 * weight);
	memset(b->classes, 0, sizeof(b->classes));
}

static void hold_sample(const char *text, unsigned int one_in, uint64_t fills)
{
	struct stream s = {.state = 362436069};
	static struct both b;
	unsigned int cpu;

	begin(&b, text, one_in, fills);
	for (uint64_t i = 0; i < ACCESSES; i++) {
		uint64_t word = next_word(&s, &cpu);

		if (fills && i % 64 == 0)
			press_both(&b, cpu, fills);
		access_both(&b, cpu, word);
		flush_both(&b, i + 1);
	}
	lines_drain(&b.lines);
	cr_assert_eq(b.sample->sets.weight, one_in);
	lines_sample_settle(b.sample, &b.lines);
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++) {
		cr_assert_eq(b.lines.reached[0][l + 1], b.estimate[l], "%s, 1/%u, %s: %lu, not %lu",
			     text, one_in, cache_level_name(l),
			     (unsigned long)b.lines.reached[0][l + 1],
			     (unsigned long)b.estimate[l]);
		for (uint32_t k = 0; k < b.sample->sets.nr; k++)
			cr_assert_eq(b.sample->sets.missed[l][k], b.classes[l][k], "%s, %s of %u",
				     text, cache_level_name(l), k);
	}
	end(&b);
}

/* In the sets that are simulated everything is as it is with all of them, before and after others have left. */
Test(cache_sample, sampled_sets_see_what_they_would)
{
	hold_sample("l1=1K/1,l2=16K/4,llc=64K/8", 2, 0);
	hold_sample("l1=1K/1,l2=16K/4,llc=64K/8", 4, 0);
	hold_sample("l1=4K/2,l2=16K/4,llc=64K/8", 8, 3);
	hold_sample("l1=2K/2,l2=16K/4,llc=64K/8", 4, 40);
	hold_sample("l1=2K/2,l2=16K/4,llc=64K/8,llc-kind=victim", 4, 0);
	hold_sample("l1=2K/2,l2=16K/4,llc=32K/4,llc-kind=inclusive", 4, 0);
	hold_sample("l1=2K/2,l2=16K/4,llc=64K/8,plru=l1+l2", 4, 0);
}

/* How many lines miss each level of a stream that goes to the caches so many lines at a time, or as it comes. */
static void miss_in_parts(uint64_t part, uint64_t missed[CACHE_MEMORY])
{
	struct stream s = {.state = 88172645463325252};
	static struct both b;
	unsigned int cpu;

	begin(&b, "l1=4K/2,l2=16K/4,llc=64K/8", 8, true);
	for (uint64_t i = 1; i <= ACCESSES; i++) {
		uint64_t word = next_word(&s, &cpu);

		access_both(&b, cpu, word);
		if (i % 50 == 0)
			press_both(&b, cpu, 2);
		if (part && i % part == 0)
			lines_drain(&b.lines);
	}
	lines_drain(&b.lines);
	cr_assert_eq(b.sample->sets.weight, 8);
	lines_sample_settle(b.sample, &b.lines);
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++)
		missed[l] = b.lines.reached[0][l + 1];
	end(&b);
}

/* Of some lines that go to the caches together the first ones meet another sample than the last ones. */
Test(cache_sample, it_changes_amid_lines_that_go_together)
{
	uint64_t by_one[CACHE_MEMORY], together[CACHE_MEMORY], uneven[CACHE_MEMORY];

	miss_in_parts(1, by_one);
	miss_in_parts(0, together);
	miss_in_parts(333, uneven);
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++) {
		cr_assert_eq(together[l], by_one[l]);
		cr_assert_eq(uneven[l], by_one[l]);
	}
}

/* As long as all sets are in the sample nothing is an estimate. */
Test(cache_sample, a_short_stream_is_exact)
{
	struct stream s = {.state = 362436069};
	static struct both b;
	unsigned int cpu;

	begin(&b, "l1=1K/1,l2=16K/4,llc=64K/8", 4, false);
	for (uint64_t i = 0; i < CACHE_SAMPLE_ALL - 1; i++) {
		uint64_t word = next_word(&s, &cpu);

		access_both(&b, cpu, word);
	}
	lines_drain(&b.lines);
	lines_sample_settle(b.sample, &b.lines);
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++) {
		cr_assert_eq(b.lines.reached[0][l + 1], b.missed[l]);
		cr_assert_eq(cache_sample_error(&b.sample->sets, l), 0);
	}
	cr_assert_eq(b.sample->sets.taken, b.sample->sets.came);
	end(&b);
}

/* No more lines of an operation miss than it touched; what is too much for one others have. */
Test(cache_sample, no_estimate_is_impossible)
{
	static struct both b;

	begin(&b, "l1=1K/1,l2=16K/4,llc=64K/8", 4, false);
	b.lines.touched[0] = 10;
	b.lines.touched[1] = 100;
	b.sample->chosen.reached[0][CACHE_L2] = 16;
	b.sample->chosen.reached[1][CACHE_L2] = 20;
	b.sample->chosen.reached[1][CACHE_LLC] = 12;
	lines_sample_settle(b.sample, &b.lines);
	cr_assert_eq(b.lines.reached[0][CACHE_L2], 10);
	cr_assert_eq(b.lines.reached[1][CACHE_L2], 26);
	cr_assert_eq(b.lines.reached[1][CACHE_LLC], 12);
	end(&b);
}

/* What the host can do best chooses as what every host can do: also at the end, where words are not told. */
Test(cache_sample, all_ways_choose_the_same)
{
	struct cache_geometry g = geometry_of("l1=1K/1,l2=16K/4,llc=64K/8");
	uint64_t words[CACHE_BATCH], state = 88172645463325252;
	uint16_t best[CACHE_SAMPLE_ROOM], plain[CACHE_SAMPLE_ROOM];
	struct cache_sample s;

	cr_assert_eq(cache_sample_init(&s, &g, 4, NULL), 0);
	for (size_t i = 0; i < CACHE_BATCH; i++)
		words[i] = draw(&state);
	for (size_t nr = 0; nr <= CACHE_BATCH; nr++) {
		size_t chosen;

		for (size_t i = 0; i < CACHE_SAMPLE_CLASSES / 64; i++)
			s.bits[i] = draw(&state) & draw(&state);
		chosen = s.choose(s.bits, words, nr, best);
		cr_assert_eq(cache_sample_choose_plain(s.bits, words, nr, plain), chosen);
		cr_assert_eq(memcmp(best, plain, chosen * sizeof(*best)), 0, "of %zu", nr);
		for (size_t i = 0, next = 0; i < nr; i++)
			if (cache_sample_holds(&s, words[i] >> 1))
				cr_assert_eq(plain[next++], i);
	}
}

/* So many lines of class 0, which are what comes. */
static void let_come(struct cache_sample *s, uint64_t nr)
{
	static const uint64_t words[CACHE_BATCH];
	uint16_t which[CACHE_SAMPLE_ROOM];

	while (nr) {
		size_t taken;

		nr -= cache_sample_come(s, words, nr < CACHE_BATCH ? nr : CACHE_BATCH, which,
					&taken);
	}
}

/* Eight classes; figures by hand. */
static struct cache_sample by_hand(void)
{
	struct cache_geometry g = geometry_of("l1=512/1,l2=16K/4,llc=64K/8");
	struct cache_sample s;

	cr_assert_eq(cache_sample_init(&s, &g, 2, NULL), 0);
	cr_assert_eq(s.nr, 8);
	return s;
}

Test(cache_sample, what_stays_missed_as_much_as_what_goes)
{
	static const uint64_t missed[8] = {100, 5, 80, 7, 60, 3, 40, 1};
	/* pairs 100 80, 60 40, 7 5, 3 1: where what stays has more already the smaller one stays, else the larger one */
	static const bool stays[8] = {true, false, false, true, false, false, true, true};
	struct cache_sample s = by_hand();

	memcpy(s.missed[CACHE_L1], missed, sizeof(missed));
	let_come(&s, CACHE_SAMPLE_ALL - 1);
	cr_assert(!cache_sample_is_due(&s));
	let_come(&s, 1);
	cr_assert(cache_sample_is_due(&s));
	cache_sample_change(&s);
	for (uint64_t line = 0; line < 4096; line++)
		cr_assert_eq(cache_sample_holds(&s, line), stays[line % 8], "%lu",
			     (unsigned long)line);
	cr_assert_eq(s.weight, 2);
}

/* So many lines until the sample may change, of which eight classes miss as much more or less than their mean. */
static void come_apart(struct cache_sample *s, uint64_t nr, uint64_t apart)
{
	for (uint64_t k = 0; k < 8; k++)
		s->missed[CACHE_LLC][k] = k % 2 ? 1000 + apart : 1000 - apart;
	let_come(s, nr - 1);
	cr_assert(!cache_sample_is_due(s));
	let_come(s, 1);
	cr_assert(cache_sample_is_due(s));
	cache_sample_change(s);
}

/*
 * Their variance is 8/7 of the square of what they are apart; that of the sum of four of them, times two, 8 times as
 * much; and of 65536 lines one in 100 may be the standard error of that: so much are they apart if they are by 216.7.
 */
Test(cache_sample, half_of_classes_too_unlike_each_other_do_not_leave)
{
	struct cache_sample s = by_hand();

	come_apart(&s, CACHE_SAMPLE_ALL, 216);
	cr_assert_eq(s.weight, 2);
	s = by_hand();
	come_apart(&s, CACHE_SAMPLE_ALL, 217);
	cr_assert_eq(s.weight, 1);
	for (uint64_t line = 0; line < 8; line++)
		cr_assert(cache_sample_holds(&s, line));
	cr_assert_eq(cache_sample_error(&s, CACHE_LLC), 0);
	/* it is what missed since then that counts: of as many lines again, and then of twice as many */
	come_apart(&s, CACHE_SAMPLE_ALL, 217);
	cr_assert_eq(s.weight, 1);
	come_apart(&s, 2 * CACHE_SAMPLE_ALL, 433);
	cr_assert_eq(s.weight, 2);
}

Test(cache_sample, the_spread_of_classes_is_the_error)
{
	struct cache_sample s = by_hand();

	let_come(&s, CACHE_SAMPLE_ALL);
	cache_sample_change(&s);
	for (uint64_t k = 0, seen = 0; k < 8; k++)
		if (cache_sample_holds(&s, k))
			s.missed[CACHE_L2][k] = 7 + 2 * (seen++ % 2);
	/* 7, 9, 7, 9: their variance is 4/3, Student's for four is 3; each stands for two; half of all are seen */
	cr_assert_float_eq(cache_sample_error(&s, CACHE_L2), sqrt(4 * 4 * (4.0 / 3) * 3 / 2), 1e-9);
	cr_assert_eq(cache_sample_error(&s, CACHE_L1), 0);
}

/* However many words, and whatever the machine has for it. */
Test(cache_sample, the_chosen_are_those_that_are_held)
{
	struct cache_geometry g = geometry_of("l1=64K/2,l2=512K/16,llc=16M/16");
	uint64_t state = 88172645463325252ULL, words[CACHE_BATCH];
	uint16_t which[CACHE_SAMPLE_ROOM];
	struct cache_sample s;

	cr_assert_eq(cache_sample_init(&s, &g, 16, NULL), 0);
	cr_assert_eq(s.nr, 512);
	for (int i = 0; i < CACHE_SAMPLE_CLASSES / 64; i++)
		s.bits[i] = draw(&state) & draw(&state);
	for (size_t nr = 0; nr <= CACHE_BATCH; nr += nr < 40 ? 1 : 59) {
		size_t chosen, k = 0;

		for (size_t i = 0; i < nr; i++)
			words[i] = draw(&state) >> 6;
		cr_assert_eq(cache_sample_come(&s, words, nr, which, &chosen), nr);
		for (size_t i = 0; i < nr; i++)
			if (cache_sample_holds(&s, words[i] >> 1))
				cr_assert(k < chosen && which[k++] == i, "%zu of %zu", i, nr);
		cr_assert_eq(k, chosen);
	}
}

static void refuse(const char *text, unsigned int one_in, int code, const char *part)
{
	struct cache_geometry g = geometry_of(text);
	struct error err = {0};
	struct cache_sample s;

	cr_assert_eq(cache_sample_init(&s, &g, one_in, &err), code, "%s", text);
	cr_assert_not_null(strstr(err.msg, part), "%s", err.msg);
}

Test(cache_sample, what_cannot_be_sampled_is_refused)
{
	refuse("l1=48K/12,l2=2M/16,llc=32M/16", 3, -EINVAL, "only powers of two up to 16");
	refuse("l1=64K/2,l2=2M/16,llc=32M/16", 128, -EINVAL, "up to 64");
	refuse("l1=48K/12,l2=32K/16,llc=32M/16", 16, -EINVAL, "up to 8");
	refuse("l1=48K/12,l2=2M/16,llc=32M/16,prefetch=pair", 16, -ENOTSUP, "prefetchers");
}
