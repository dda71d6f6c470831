// SPDX-License-Identifier: GPL-2.0-only
/* Caches that share no last level: many accesses at once do what each of them does. */
#include <string.h>

#include "tests/unit/sim/nodes_harness.h"

/* What a write took away, in order. */
struct taken {
	uint64_t base; /* number of the call's first access */
	size_t nr;
	uint64_t number[1 << 17], line[1 << 17];
	unsigned int cpu[1 << 17];
};

static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct taken *t = ctx;

	cr_assert_lt(t->nr, 1 << 17);
	t->number[t->nr] = t->base + number;
	t->cpu[t->nr] = cpu;
	t->line[t->nr++] = line;
}

static void expect_batch(struct cache_nodes *alone, unsigned int cpu, const uint64_t *words,
			 size_t nr, const struct cache_nodes_missed *missed, struct taken *taken)
{
	size_t at[CACHE_MEMORY] = {0};

	for (size_t i = 0; i < nr; i++) {
		enum cache_source source;
		enum cache_level level;

		taken->base += i > 0;
		level = cache_nodes_access(alone, cpu, words[i] >> 1, words[i] & 1, &source);
		for (int l = CACHE_L1; l < (int)level; l++) {
			cr_assert_lt(at[l], missed->missed.nr[l]);
			cr_assert_eq(missed->missed.which[l][at[l]++], i, "%s",
				     cache_level_name(l));
		}
		if (level == CACHE_MEMORY)
			cr_assert_eq(missed->source[at[CACHE_LLC] - 1], source, "access %zu", i);
	}
	for (int l = CACHE_L1; l < CACHE_MEMORY; l++)
		cr_assert_eq(missed->missed.nr[l], at[l]);
	taken->base++;
}

static void compare_batches(const char *geometry, unsigned int nodes, bool pressure)
{
	static struct taken taken[2];
	struct nodes *n = suppose(5, nodes);
	struct cache_nodes *batched = caches_of(geometry, n), *alone = caches_of(geometry, n);
	struct cache_nodes_missed *missed = calloc(1, sizeof(*missed));
	uint64_t seed = 99, words[CACHE_BATCH], done = 0;

	memset(taken, 0, sizeof(taken));
	cache_nodes_on_taken(batched, note_taken, &taken[0]);
	cache_nodes_on_taken(alone, note_taken, &taken[1]);
	if (pressure) {
		cr_assert_eq(cache_nodes_pressure_start(batched, NULL), 0);
		cr_assert_eq(cache_nodes_pressure_start(alone, NULL), 0);
	}
	while (done < 60000) {
		unsigned int cpu = (unsigned int)(draw(&seed) % 5);
		size_t nr = 1 + draw(&seed) % (draw(&seed) % 2 ? CACHE_BATCH : 9);

		for (size_t i = 0; i < nr; i++)
			words[i] = draw_word(&seed);
		if (pressure && draw(&seed) % 4 == 0) {
			cache_nodes_pressure(batched, cpu,
					     &(struct cache_pressed){.fills = {5, 3, 17}});
			cache_nodes_pressure(alone, cpu,
					     &(struct cache_pressed){.fills = {5, 3, 17}});
		}
		taken[0].base = done;
		cache_nodes_access_missed(batched, cpu, words, nr, missed);
		taken[1].base = done;
		expect_batch(alone, cpu, words, nr, missed, &taken[1]);
		done += nr;
	}
	cr_assert_eq(taken[0].nr, taken[1].nr);
	cr_assert_gt(taken[0].nr, 1000);
	for (size_t i = 0; i < taken[0].nr; i++) {
		cr_assert_eq(taken[0].number[i], taken[1].number[i], "%s: %zu", geometry, i);
		cr_assert_eq(taken[0].line[i], taken[1].line[i]);
		cr_assert_eq(taken[0].cpu[i], taken[1].cpu[i]);
	}
	free(missed);
	cache_nodes_destroy(batched);
	cache_nodes_destroy(alone);
	nodes_destroy(n);
}

Test(cache_nodes, many_accesses_at_once_do_what_each_of_them_does)
{
	static const char *const general[] = {
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=inclusive",
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=exclusive,plru=l2+llc",
		"l1=512/2,l2=1K/4,llc=8K/8,llc-kind=victim,prefetch=pair+stream",
	};

	for (int pressure = 0; pressure < 2; pressure++) {
		compare_batches(SMALL, 2, pressure);
		compare_batches(ODD, 2, pressure);
		compare_batches(SMALL ",llc-cpus=2", 1, pressure);
		compare_batches(SMALL ",llc-cpus=2,llc-kind=victim,prefetch=pair+stream", 2,
				pressure);
		for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
			compare_batches(general[i], 2, pressure);
	}
}
