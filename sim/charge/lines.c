// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/lines.h"

#include <stdlib.h>
#include <string.h>

#include "sim/cache/cache_sample.h"
#include "sim/charge/lines_sample.h"
#include "sim/charge/lines_share.h"

static void heat_chains(struct lines *l)
{
	const struct lines_batch *b = l->here;

	for (unsigned int k = 0; k < b->nr_chains; k++) {
		const struct lines_chain *chain = &b->chains[k];
		unsigned int end = k + 1 < b->nr_chains ? chain[1].first : b->nr;

		for (unsigned int i = chain->first; i < end; i++)
			watch_heat(l->watch, b->word[i] >> 1,
				   l->weight *
					   (chain->from ? chain->from[i - chain->first].times : 1));
	}
}

static uint16_t owner_of(const struct lines_batch *b, const struct lines_chain *chain,
			 unsigned int line)
{
	return chain->from ? chain->bytes[chain->from[line - chain->first].bytes].owner
			   : b->owner[line];
}

/* A line counts as one of L1 until it turns out to be of another level: see model_breakdown(). */
static void break_down(struct lines *l)
{
	struct breakdown *breakdown = l->watch->breakdown;
	const struct lines_batch *b = l->here;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++) {
		for (size_t i = 0; i < l->missed.missed.nr[level]; i++) {
			unsigned int line = l->first + l->missed.missed.which[level][i];
			const struct lines_chain *chain = &b->chains[b->chain[line]];
			uint64_t *owner = breakdown->owners[owner_of(b, chain, line)].hits;
			uint64_t *unit = breakdown_of_unit(breakdown, chain->unit)->hits;

			owner[level]--;
			unit[level]--;
			owner[level + 1]++;
			unit[level + 1]++;
		}
	}
}

/* Of a sample: classes tell by how unlike each other they are how sure it is. */
static void count_classes(struct lines *l, const uint64_t *words)
{
	const struct cache_missed *missed = &l->missed.missed;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		for (size_t i = 0; i < missed->nr[level]; i++) {
			uint64_t line = words[missed->which[level][i]] >> 1;

			l->classes->missed[level][cache_sample_class(l->classes, line)]++;
		}
}

/* What became of those that missed: to what level they went, whence they came, which part of the memmap they heat. */
static void count_missed(struct lines *l)
{
	const struct cache_missed *missed = &l->missed.missed;
	const uint64_t *words = l->here->word + l->first;
	const uint8_t *tags = l->here->tag + l->first;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++)
		for (size_t i = 0; i < missed->nr[level]; i++)
			l->reached[tags[missed->which[level][i]]][level + 1] += l->weight;
	for (size_t i = 0; cache_nodes_are_several(l->caches) && i < missed->nr[CACHE_LLC]; i++)
		l->away[tags[missed->which[CACHE_LLC][i]]][l->missed.source[i]] += l->weight;
	for (size_t i = 0; l->watch->heat && i < missed->nr[CACHE_LLC]; i++)
		watch_heat_memory(l->watch, words[missed->which[CACHE_LLC][i]] >> 1, l->weight);
	if (l->classes)
		count_classes(l, words);
}

/* The lines that one CPU touches in a row go through the caches. */
static void walk(struct lines *l)
{
	l->shared = l->begun = 0;
	l->shared_missed = 0;
	cache_nodes_access_missed(l->caches, l->here_cpu, l->here->word + l->first,
				  l->end - l->first, &l->missed);
	if (l->watch->sharing)
		lines_share_to(l, l->end - l->first);
	count_missed(l);
	if (l->watch->breakdown && !l->watch->breakdown->no_hits)
		break_down(l);
	if (cache_nodes_failed(l->caches))
		l->failed = true;
}

static void press(struct lines *l, struct lines_run *run)
{
	if (cache_pressed_any(&run->pressed))
		cache_nodes_pressure(l->caches, run->cpu, &run->pressed);
}

static void walk_runs(struct lines *l, struct lines_batch *b)
{
	l->here = b;
	l->first = 0;
	if (l->watch->heat)
		heat_chains(l);
	for (unsigned int i = 0; i < b->nr_runs; i++, l->first = l->end) {
		l->here_cpu = b->runs[i].cpu;
		l->end = b->runs[i].end;
		if (l->end > l->first)
			walk(l);
		press(l, &b->runs[i]);
	}
}

/* What is in the batch: on the thread of the caches, or on the only one. */
static void work(void *ctx, unsigned int slot)
{
	struct lines *l = ctx;
	struct lines_batch *b = &l->batches[slot];

	if (l->sample) {
		lines_sample_take(l->sample, b, l->watched);
		if (l->sample->chosen.failed)
			l->failed = true;
	} else {
		walk_runs(l, b);
	}
	b->nr = b->nr_chains = b->nr_runs = 0;
}

int lines_init(struct lines *l, struct cache_nodes *caches, struct watch *watch,
	       struct lines_sample *sample, bool threaded, struct error *err)
{
	int r = sample ? lines_init(&sample->chosen, caches, watch, NULL, false, err) : 0;

	if (r)
		return r;
	if (sample)
		sample->chosen.classes = &sample->sets;
	l->weight = 1;
	l->caches = caches;
	l->sample = sample;
	l->watch = watch;
	l->watched = watch->sharing || watch->heat || watch->breakdown;
	if (watch->sharing && !sample)
		cache_nodes_on_taken(caches, lines_note_taken, l);
	l->batch = l->batches = calloc(threaded ? RELAY_SLOTS : 1, sizeof(*l->batches));
	if (!l->batches)
		return error_nomem(err);
	return threaded ? relay_create(work, l, &l->relay, err) : 0;
}

void lines_fini(struct lines *l)
{
	relay_destroy(l->relay);
	free(l->batches);
}

void lines_flush(struct lines *l)
{
	struct lines_batch *b = l->batch;

	if (b->nr != l->run)
		b->runs[b->nr_runs++] = (struct lines_run){.cpu = l->cpu, .end = b->nr};
	l->run = 0;
	if (!b->nr_runs)
		return;
	if (l->relay)
		l->batch = &l->batches[relay_hand_over(l->relay)];
	else
		work(l, 0);
}

void lines_drain(struct lines *l)
{
	lines_flush(l);
	if (l->relay)
		relay_drain(l->relay);
	if (l->sample)
		lines_sample_drain(l->sample);
}

void lines_press(struct lines *l, unsigned int cpu, const struct cache_pressed *pressed)
{
	if (cpu != l->cpu && l->batch->nr != l->run)
		lines_add_run(l, l->cpu, NULL);
	lines_add_run(l, cpu, pressed);
}
