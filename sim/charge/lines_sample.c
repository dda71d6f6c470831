// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/lines_sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct lines_sample *, lines_sample_destroy);

int lines_sample_create(const struct cache_geometry *geometry, unsigned int one_in,
			struct lines_sample **ret, struct error *err)
{
	_cleanup_(lines_sample_destroyp) struct lines_sample *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_nomem(err);
	r = cache_sample_init(&s->sets, geometry, one_in, err);
	if (r)
		return r;
	*ret = take_ptr(s);
	return 0;
}

void lines_sample_destroy(struct lines_sample *s)
{
	if (!s)
		return;
	lines_fini(&s->chosen);
	free(s);
}

/* How far a batch has been gone through. */
struct passage {
	const struct lines_batch *batch;
	const struct lines_run *run;
	bool chains; /* they are wanted */
};

/* Where the line's bytes are told. */
static inline void add_chain(struct lines *to, const struct passage *at, unsigned int i)
{
	const struct lines_chain *chain = &at->batch->chains[at->batch->chain[i]];
	struct lines_batch *b = to->batch;

	if (chain->from) {
		lines_begin(to, chain->from + (i - chain->first), chain->bytes, chain->places);
	} else {
		lines_begin_own(to);
		b->own[b->nr] = at->batch->own[i];
	}
	b->chain[b->nr] = lines_chain(b);
}

/* Lines of the present run. */
static void add(struct lines_sample *s, const struct passage *at, const uint16_t *which, size_t nr)
{
	struct lines *to = &s->chosen;
	struct lines_batch *b;

	lines_of_cpu(to, at->run->cpu);
	lines_make_room(to, (unsigned int)nr);
	b = to->batch;
	for (size_t k = 0; k < nr; k++, b->nr++) {
		const unsigned int i = which[k];

		if (at->chains)
			add_chain(to, at, i);
		b->word[b->nr] = at->batch->word[i];
		b->tag[b->nr] = at->batch->tag[i];
	}
}

/*
 * What the sample has of the lines before line `end`, by runs; of runs that end there or before, with what fills the
 * caches after them.
 */
static void pass(struct lines_sample *s, struct passage *at, unsigned int end,
		 const uint16_t *which, size_t nr)
{
	const struct lines_run *const last = at->batch->runs + at->batch->nr_runs;

	for (size_t k = 0; at->run < last; at->run++) {
		const struct lines_run *run = at->run;
		size_t first = k;

		while (k < nr && which[k] < run->end)
			k++;
		if (k > first)
			add(s, at, which + first, k - first);
		if (run->end > end)
			break;
		if (cache_pressed_any(&run->pressed))
			lines_press(&s->chosen, run->cpu, &run->pressed);
	}
}

void lines_sample_drain(struct lines_sample *s)
{
	lines_flush(&s->chosen);
}

/* What was written is looked up in the end only, and then of the lines that are in the sample still. */
static bool is_held(const void *ctx, uint64_t line)
{
	return cache_sample_holds(ctx, line);
}

static void add_scaled(uint64_t *to, uint64_t now, uint64_t before, uint64_t weight)
{
	*to += (now - before) * weight;
}

static void scale_writebacks(const struct lines_sample *s, const struct cache_writebacks *now,
			     struct cache_writebacks *to)
{
	const struct cache_writebacks *before = &s->counted.writebacks;

	add_scaled(&to->lines, now->lines, before->lines, s->sets.weight);
	add_scaled(&to->lent, now->lent, before->lent, s->sets.weight);
	add_scaled(&to->left, now->left, before->left, s->sets.weight);
}

static void scale_sharing(const struct lines_sample *s, const struct sharing_totals *now,
			  struct sharing_totals *to)
{
	const struct sharing_totals *before = &s->counted.sharing;

	for (int kind = 0; kind < SHARING_MAX; kind++)
		add_scaled(&to->misses[kind], now->misses[kind], before->misses[kind],
			   s->sets.weight);
	add_scaled(&to->taken, now->taken, before->taken, s->sets.weight);
	add_scaled(&to->forgotten, now->forgotten, before->forgotten, s->sets.weight);
}

void lines_sample_writebacks(const struct lines_sample *s, struct cache_writebacks *ret)
{
	struct cache_writebacks now;

	cache_nodes_writebacks(s->chosen.caches, is_held, &s->sets, &now);
	*ret = s->scaled.writebacks;
	scale_writebacks(s, &now, ret);
}

void lines_sample_sharing(const struct lines_sample *s, struct sharing_totals *ret)
{
	struct sharing_totals now;

	sharing_totals(s->chosen.watch->sharing, &now);
	*ret = s->scaled.sharing;
	scale_sharing(s, &now, ret);
}

static void change(struct lines_sample *s)
{
	struct lines_sample_others now = {.sharing.taken = 0};

	lines_flush(&s->chosen);
	cache_nodes_known_writebacks(s->chosen.caches, &now.writebacks);
	if (s->chosen.watch->sharing)
		sharing_totals(s->chosen.watch->sharing, &now.sharing);
	scale_writebacks(s, &now.writebacks, &s->scaled.writebacks);
	scale_sharing(s, &now.sharing, &s->scaled.sharing);
	s->counted = now;
	cache_sample_change(&s->sets);
	s->chosen.weight = s->sets.weight;
}

void lines_sample_take(struct lines_sample *s, const struct lines_batch *from, bool chains)
{
	struct passage at = {from, from->runs, chains};
	uint16_t which[CACHE_SAMPLE_ROOM];

	for (unsigned int first = 0; first < from->nr;) {
		size_t nr;
		size_t came = cache_sample_come(&s->sets, from->word + first, from->nr - first,
						which, &nr);

		for (size_t k = 0; first && k < nr; k++)
			which[k] = (uint16_t)(which[k] + first);
		first += (unsigned int)came;
		pass(s, &at, first, which, nr);
		if (cache_sample_is_due(&s->sets))
			change(s);
	}
	pass(s, &at, from->nr, NULL, 0);
}

/* How many of the lines with that tag came to the level. */
static uint64_t came_to(const struct lines *l, unsigned int tag, enum cache_level level)
{
	return level == CACHE_L1 ? l->touched[tag] : l->reached[tag][level];
}

/* By what to multiply the estimates by tag, so that none is more than came to the level, and their sum stays. */
static double fit(const struct lines *chosen, const struct lines *all, enum cache_level level)
{
	double factor = 1, wanted = 0;

	for (unsigned int tag = 0; tag < LINES_TAGS; tag++)
		wanted += (double)chosen->reached[tag][level + 1];
	/* each round finds tags all of whose lines missed; what these lack, others have */
	for (int rounds = 0; rounds < LINES_TAGS; rounds++) {
		double sum = 0, open = 0;

		for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
			double nr = factor * (double)chosen->reached[tag][level + 1];
			double most = (double)came_to(all, tag, level);

			sum += nr < most ? nr : most;
			open += nr < most ? (double)chosen->reached[tag][level + 1] : 0;
		}
		if (sum > wanted - 0.5 || open == 0)
			break;
		factor += (wanted - sum) / open;
	}
	return factor;
}

void lines_sample_settle(struct lines_sample *s, struct lines *to)
{
	const struct lines *chosen = &s->chosen;

	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY; level++) {
		double factor = fit(chosen, to, level);

		for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
			uint64_t most = came_to(to, tag, level);
			uint64_t nr =
				(uint64_t)((double)chosen->reached[tag][level + 1] * factor + 0.5);

			to->reached[tag][level + 1] = nr < most ? nr : most;
		}
	}
	for (unsigned int tag = 0; tag < LINES_TAGS; tag++) {
		for (int source = 0; source < CACHE_SOURCE_MAX; source++)
			to->away[tag][source] = chosen->away[tag][source];
		for (int kind = 0; kind < SHARING_MAX; kind++)
			to->sharing[tag][kind] = chosen->sharing[tag][kind];
	}
}
