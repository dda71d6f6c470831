// SPDX-License-Identifier: GPL-2.0-only
#include "sim/lines_sample.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct lines_sample *, lines_sample_destroy);

int lines_sample_create(const struct lines_sample_opts *opts, struct lines_sample **ret,
			struct error *err)
{
	_cleanup_(lines_sample_destroyp) struct lines_sample *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_nomem(err);
	r = cache_sample_init(&s->sets, &opts->geometry, opts->one_in, err);
	if (!r)
		r = cache_first_create(&opts->geometry, opts->nr_cpus, opts->pressed, &s->first,
				       err);
	if (r)
		return r;
	*ret = take_ptr(s);
	return 0;
}

void lines_sample_destroy(struct lines_sample *s)
{
	if (!s)
		return;
	cache_first_destroy(s->first);
	lines_fini(&s->chosen);
	free(s);
}

/* Where the line's bytes are told. */
static void choose_bytes(struct lines *to, const struct lines_batch *from, unsigned int i,
			 const struct lines_chain *chain)
{
	struct lines_batch *b = to->batch;

	if (chain->from) {
		lines_begin(to, chain->from + (i - chain->first), chain->bytes, chain->places);
		return;
	}
	lines_begin_own(to);
	b->own[b->nr] = from->own[i];
}

/* Puts them through the caches, and counts what they missed. */
static void flush(struct lines_sample *s)
{
	const struct cache_missed *missed = &s->chosen.missed.missed;

	if (!s->chosen.batch->nr)
		return;
	lines_flush(&s->chosen);
	for (int level = CACHE_L2; level < CACHE_MEMORY; level++)
		for (size_t i = 0; i < missed->nr[level]; i++) {
			uint64_t line = s->chosen.batch->word[missed->which[level][i]] >> 1;

			s->sets.missed[level][cache_sample_class(&s->sets, line)]++;
		}
}

/* L1 has lost the line since it was there last: so must the caches' own. */
static void forget(struct lines_sample *s, uint64_t line)
{
	const struct lines_batch *b = s->chosen.batch;
	unsigned int i = 0;

	s->sets.missed[CACHE_L1][cache_sample_class(&s->sets, line)]++;
	while (i < b->nr && b->word[i] >> 1 != line)
		i++;
	/* not before it was there */
	if (i < b->nr)
		flush(s);
	cache_nodes_forget_first(s->chosen.caches, s->chosen.cpu, line);
}

void lines_sample_take(struct lines_sample *s, struct lines *from)
{
	struct lines_batch *b = from->here, *to = s->chosen.batch;
	const struct lines_chain *chain = from->chain;
	const uint64_t *words = b->word + from->first;
	uint16_t which[CACHE_BATCH + 1], *missed = which;
	unsigned int nr = from->end - from->first;
	size_t n = cache_first_missed(s->first, from->here_cpu, words, nr, which);

	which[n] = CACHE_BATCH; /* none of these */
	s->sets.all_missed += n;
	for (size_t i = 0; i < n; i++)
		from->reached[b->tag[from->first + which[i]]][CACHE_L2]++;
	s->chosen.cpu = from->here_cpu;
	for (unsigned int i = 0; i < nr; i++) {
		if (!cache_sample_holds(&s->sets, words[i] >> 1))
			continue;
		while (*missed < i)
			missed++;
		if (*missed == i)
			forget(s, words[i] >> 1);
		while (from->watched && chain[1].first <= from->first + i)
			chain++;
		if (from->watched)
			choose_bytes(&s->chosen, b, from->first + i, chain);
		to->word[to->nr] = words[i];
		to->tag[to->nr++] = b->tag[from->first + i];
	}
	from->chain = chain;
	flush(s);
	if (s->chosen.failed)
		from->failed = true;
}

void lines_sample_press(struct lines_sample *s, unsigned int cpu, uint64_t fills[CACHE_MEMORY])
{
	if (fills[CACHE_L1])
		cache_first_pressure(s->first, cpu, fills[CACHE_L1]);
	fills[CACHE_L1] = 0;
}

/* By what to multiply the sampled lines, so that in all there are `total`, but of none more than came to the level. */
static double fit(const struct lines *chosen, const struct lines *all, enum cache_level level,
		  const struct cache_sample_estimate *estimate)
{
	double factor = estimate->factor;

	/* each round finds tags all of whose lines missed; what these lack, others have */
	for (int rounds = 0; rounds < LINES_TAGS; rounds++) {
		double sum = 0, open = 0;

		for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
			double nr = factor * (double)chosen->reached[tag][level];
			double most = (double)all->reached[tag][level - 1];

			sum += nr < most ? nr : most;
			open += nr < most ? (double)chosen->reached[tag][level] : 0;
		}
		if (sum > estimate->missed - 0.5 || open == 0)
			break;
		factor += (estimate->missed - sum) / open;
	}
	return factor;
}

static uint64_t scaled(uint64_t number, double factor)
{
	return (uint64_t)((double)number * factor + 0.5);
}

void lines_sample_scale(struct lines_sample *s, struct lines *to)
{
	const struct lines *chosen = &s->chosen;

	for (enum cache_level level = CACHE_L2; level < CACHE_MEMORY; level++) {
		struct cache_sample_estimate *estimate = &s->estimate[level];
		double factor;

		cache_sample_estimate(&s->sets, level, estimate);
		factor = fit(chosen, to, level + 1, estimate);
		for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
			uint64_t most = to->reached[tag][level];
			uint64_t nr = scaled(chosen->reached[tag][level + 1], factor);

			to->reached[tag][level + 1] = nr < most ? nr : most;
		}
	}
	for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
		for (int source = 0; source < CACHE_SOURCE_MAX; source++)
			to->away[tag][source] =
				scaled(chosen->away[tag][source], s->estimate[CACHE_LLC].factor);
		for (int kind = 0; kind < SHARING_MAX; kind++)
			to->sharing[tag][kind] =
				scaled(chosen->sharing[tag][kind], s->estimate[CACHE_L2].factor);
	}
}
