// SPDX-License-Identifier: GPL-2.0-only
/* First levels by themselves, and a sample of the sets of those below, against hierarchies that have them all. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/lines_sample.h"
#include "tests/unit/sim/cache_harness.h"

enum { ACCESSES = 200000, LINES = 4000, MAX_CPUS = 70 };

struct stream {
	uint64_t state;
	unsigned int cpus, cpu;
	unsigned int stay; /* a CPU's turn, in accesses, in the mean */
	uint64_t range;	   /* of lines */
};

/* Mostly near the last one, as metadata is; a third of them writes. */
static uint64_t next_word(struct stream *s, unsigned int *cpu)
{
	uint64_t r = draw(&s->state);

	if ((r >> 40) % s->stay == 0)
		s->cpu = (unsigned int)((r >> 50) % s->cpus);
	*cpu = s->cpu;
	return (r & 7 ? r >> 8 & 63 : (r >> 8) % s->range) << 1 | (r % 3 == 0);
}

static void hold_first(const char *text, unsigned int cpus, uint64_t fills)
{
	struct stream s = {.state = 88172645463325252ULL, .cpus = cpus, .stay = 2, .range = LINES};
	struct cache_geometry g = geometry_of(text);
	struct cache_hierarchy *h;
	struct cache_first *first;
	unsigned int cpu;

	cr_assert_eq(cache_hierarchy_create(&g, cpus, false, &h, NULL), 0);
	cr_assert_eq(cache_first_create(&g, cpus, fills, &first, NULL), 0);
	if (fills)
		cr_assert_eq(cache_pressure_start(h, NULL), 0);
	for (int i = 0; i < ACCESSES; i++) {
		uint64_t word = next_word(&s, &cpu);
		uint16_t which[CACHE_BATCH];
		size_t missed;

		if (fills && i % 16 == 0) {
			cache_pressure(h, cpu, fills, 0, 0);
			cache_first_pressure(first, cpu, fills);
		}
		missed = cache_first_missed(first, cpu, &word, 1, which);
		cr_assert_eq(missed, cache_access(h, cpu, word >> 1, word & 1) != CACHE_L1,
			     "%s, %u CPUs, access %d", text, cpus, i);
	}
	cache_first_destroy(first);
	cache_hierarchy_destroy(h);
}

Test(cache_sample, first_levels_stand_by_themselves)
{
	static const char *const texts[] = {
		"l1=4K/16,l2=64K/16,llc=1M/16", "l1=3K/12,l2=64K/16,llc=1M/16",
		"l1=2K/2,l2=64K/16,llc=1M/16",	"l1=3K/8,l2=64K/16,llc=1M/16",
		"l1=64/1,l2=64K/16,llc=1M/16",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		hold_first(texts[i], 1, 0);
		hold_first(texts[i], 3, 0);
		hold_first(texts[i], 3, 5);
		hold_first(texts[i], 2, 1000);
	}
	hold_first(texts[0], MAX_CPUS, 0);
}

/* What missed a class, in a hierarchy that has all sets. */
struct truth {
	uint64_t missed[CACHE_MEMORY][CACHE_SAMPLE_CLASSES / 2], all[CACHE_MEMORY];
};

static void hold_sample(const char *text, unsigned int one_in, uint64_t fills, struct truth *truth)
{
	const struct lines_sample_opts opts = {geometry_of(text), 3, one_in, fills != 0};
	const struct cache_nodes_opts nodes_opts = {.geometry = opts.geometry, .nr_cpus = 3};
	struct stream s = {.state = 362436069, .cpus = 3, .stay = 300, .range = LINES};
	struct cache_hierarchy *h;
	static struct lines lines;
	struct lines_sample *sample;
	struct cache_nodes *caches;
	struct watch watch = {0};
	unsigned int cpu;

	memset(truth, 0, sizeof(*truth));
	memset(&lines, 0, sizeof(lines));
	cr_assert_eq(cache_hierarchy_create(&opts.geometry, 3, false, &h, NULL), 0);
	cr_assert_eq(lines_sample_create(&opts, &sample, NULL), 0);
	cr_assert_eq(cache_nodes_create(&nodes_opts, &caches, NULL), 0);
	cr_assert_eq(lines_init(&lines, caches, &watch, sample, false, NULL), 0);
	if (fills)
		cr_assert_eq(cache_pressure_start(h, NULL) |
				     cache_nodes_pressure_start(caches, NULL),
			     0);
	for (int i = 0; i < ACCESSES; i++) {
		uint64_t word = next_word(&s, &cpu), line = word >> 1;
		enum cache_level level;

		if (fills && i % 64 == 0) {
			lines_flush(&lines);
			cache_pressure(h, cpu, fills, fills, fills);
			lines_press(&lines, cpu, (uint64_t[]){fills, fills, fills});
		}
		lines_of_cpu(&lines, cpu);
		lines_make_room(&lines, 1);
		lines_add(&lines, word, 0);
		level = cache_access(h, cpu, line, word & 1);
		for (int l = CACHE_L1; l < CACHE_MEMORY && (int)level > l; l++) {
			truth->all[l]++;
			if (cache_sample_holds(&sample->sets, line))
				truth->missed[l][cache_sample_class(&sample->sets, line)]++;
		}
	}
	lines_flush(&lines);
	cr_assert_eq(sample->sets.all_missed, truth->all[CACHE_L1]);
	cr_assert_eq(lines.reached[0][CACHE_L2], truth->all[CACHE_L1]);
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++)
		for (uint32_t k = 0; k < sample->sets.nr; k++)
			cr_assert_eq(sample->sets.missed[l][k], truth->missed[l][k],
				     "%s, 1/%u, %s of class %u: %lu, not %lu", text, one_in,
				     cache_level_name(l), k,
				     (unsigned long)sample->sets.missed[l][k],
				     (unsigned long)truth->missed[l][k]);
	lines_fini(&lines);
	cache_nodes_destroy(caches);
	lines_sample_destroy(sample);
	cache_hierarchy_destroy(h);
}

/* In the sets that are simulated everything is as it is with all of them. */
Test(cache_sample, sampled_sets_see_what_they_would)
{
	static struct truth truth;

	hold_sample("l1=1K/4,l2=16K/4,llc=64K/8", 2, 0, &truth);
	hold_sample("l1=1K/4,l2=16K/4,llc=64K/8", 8, 0, &truth);
	hold_sample("l1=1K/4,l2=16K/4,llc=64K/8", 4, 3, &truth);
	hold_sample("l1=1K/2,l2=16K/4,llc=64K/8", 4, 40, &truth);
	hold_sample("l1=1K/4,l2=16K/4,llc=64K/8,llc-kind=victim", 4, 0, &truth);
}

Test(cache_sample, every_place_of_a_row_is_chosen_as_often)
{
	struct cache_geometry g = geometry_of("l1=48K/12,l2=2M/16,llc=300M/20");
	struct cache_sample s;
	unsigned int times[16] = {0};

	cr_assert_eq(cache_sample_init(&s, &g, 16, NULL), 0);
	cr_assert_eq(s.nr, 2048 / 16);
	for (uint64_t line = 0; line < 2048; line++)
		times[line % 16] += cache_sample_holds(&s, line + 5 * 2048);
	for (int i = 0; i < 16; i++)
		cr_assert_eq(times[i], 2048 / 16 / 16, "place %d: %u", i, times[i]);
	for (uint32_t row = 0; row < s.nr; row++)
		for (uint32_t k = row / 16 * 16; k < row; k++)
			cr_assert_neq(s.chosen[k], s.chosen[row]);
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
	refuse("l1=48K/12,l2=2M/16,llc=32M/16", 3, -EINVAL, "only powers of two up to 64");
	refuse("l1=48K/12,l2=32K/16,llc=32M/16", 8, -EINVAL, "up to 4");
	refuse("l1=48K/12,l2=2M/16,llc=32M/16,prefetch=pair", 16, -ENOTSUP, "prefetchers");
	refuse("l1=48K/12,l2=2M/16,llc=32M/16,llc-kind=inclusive", 16, -ENOTSUP, "inclusive");
	refuse("l1=32K/8,l2=2M/16,llc=32M/16,plru=l1", 16, -ENOTSUP, "LRU");
	refuse("l1=64K/32,l2=2M/16,llc=32M/16", 16, -ENOTSUP, "16 ways");
}

/* Eight classes in the sample of 16; figures by hand. */
static struct cache_sample by_hand(void)
{
	return (struct cache_sample){.one_in = 2, .shift = 1, .nr = 8};
}

Test(cache_sample, what_follows_L1_is_known_without_error)
{
	struct cache_sample s = by_hand();
	struct cache_sample_estimate e;

	for (uint64_t k = 0; k < 8; k++) {
		s.missed[CACHE_L1][k] = 10 * k;
		s.missed[CACHE_L2][k] = 5 * k;
	}
	s.all_missed = 1000; /* twice the sample's 280 would be 560: the rest has more */
	cache_sample_estimate(&s, CACHE_L2, &e);
	cr_assert_float_eq(e.missed, 500, 1e-9, "%f", e.missed);
	cr_assert_float_eq(e.error, 0, 1e-9, "%f", e.error);
	cr_assert_float_eq(e.factor, 500.0 / 140, 1e-9);
}

Test(cache_sample, what_has_nothing_to_do_with_L1_is_scaled_up)
{
	struct cache_sample s = by_hand();
	struct cache_sample_estimate e;

	for (uint64_t k = 0; k < 8; k++) {
		s.missed[CACHE_L1][k] = 100;
		s.missed[CACHE_LLC][k] = k % 2 ? 7 : 9;
	}
	s.all_missed = 1700;
	cache_sample_estimate(&s, CACHE_LLC, &e);
	cr_assert_float_eq(e.missed, 128, 1e-9, "%f", e.missed);
	/* 8 residuals of 1, 6 degrees of freedom, half of all classes seen: 2 sqrt(8 * 8/6 / 2) */
	cr_assert_float_eq(e.error, 2 * sqrt(8 * 8.0 / 6 / 2), 1e-9, "%f", e.error);
}

Test(cache_sample, no_estimate_is_impossible)
{
	struct cache_sample s = by_hand();
	struct cache_sample_estimate e;

	for (uint64_t k = 0; k < 8; k++) {
		s.missed[CACHE_L1][k] = 100 + k;
		s.missed[CACHE_L2][k] = 100 - k;
	}
	s.all_missed = 900;
	cache_sample_estimate(&s, CACHE_L2, &e);
	cr_assert_leq(e.missed, 900);
	cr_assert_geq(e.missed, 772);
	memset(s.missed[CACHE_L2], 0, sizeof(s.missed[CACHE_L2]));
	cache_sample_estimate(&s, CACHE_L2, &e);
	cr_assert_eq(e.missed, 0);
}
