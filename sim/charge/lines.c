// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "sim/cache/cache_sample.h"
#include "sim/charge/lines_sample.h"

/* What is touched in a line by an operation of the chain, and by those after it that write: see program.h. */
struct use {
	uint64_t read, written, again_read, again_written;
};

/* What is touched in line `i`, which is in chain `chain` or in one that follows it: now in *chain. */
static inline struct use use_of(const struct lines_batch *batch, unsigned int i,
				const struct lines_chain **chain)
{
	const struct lines_chain *in = *chain;
	const struct program_bytes *b, *end;
	const struct program_line *line;
	struct use use;
	unsigned int place;

	while (in[1].first <= i)
		in++;
	*chain = in;
	if (!in->from)
		return (struct use){.read = batch->own[i].read, .written = batch->own[i].written};
	line = &in->from[i - in->first];
	b = &in->bytes[line->bytes];
	end = b + line->nr_bytes;
	place = program_place(in->places, b->base);
	use.read = b->read << place;
	use.written = b->written << place;
	use.again_read = b->again_read << place;
	use.again_written = b->again_written << place;
	while (__builtin_expect(++b < end, 0)) {
		place = program_place(in->places, b->base);
		use.read |= b->read << place;
		use.written |= b->written << place;
		use.again_read |= b->again_read << place;
		use.again_written |= b->again_written << place;
	}
	return use;
}

static void share(struct lines *l, unsigned int i, uint64_t read, uint64_t written)
{
	const struct lines_batch *b = l->here;
	enum sharing_kind kind = sharing_access(l->watch->sharing, l->here_cpu,
						b->word[l->first + i] >> 1, read, written);

	if (kind != SHARING_MAX)
		l->sharing[b->tag[l->first + i]][kind] += l->weight;
}

/* Whether what the CPU touches in line `i`, which is in that chain, is no news of the line. */
static inline bool is_settled(const struct lines_batch *b, const struct lines_chain *in,
			      unsigned int i, unsigned int cpu, const struct sharing_known *known)
{
	const struct program_line *line;
	uint64_t read, written;
	unsigned int place;

	if (!in->from)
		return sharing_is_settled(known, cpu, b->own[i].read, b->own[i].written);
	line = &in->from[i - in->first];
	place = in->places >> line->moved & 63;
	read = line->read << place;
	written = line->written << place;
	for (unsigned int k = 1; __builtin_expect(k < line->nr_bytes, 0); k++) {
		const struct program_bytes *bytes = &in->bytes[line->bytes + k];

		place = program_place(in->places, bytes->base);
		read |= (bytes->read | bytes->again_read) << place;
		written |= (bytes->written | bytes->again_written) << place;
	}
	return sharing_is_settled(known, cpu, read, written);
}

/* The bytes in one go, or first those of the first operation. */
static void share_line(struct lines *l, unsigned int i, const struct use *use, bool missed)
{
	if (use->written || (missed && l->begun != i + 1))
		share(l, i, use->read, use->written);
	if (use->again_written)
		share(l, i, use->again_read, use->again_written);
}

/* The number of the first line from line `i` on that missed L2. */
static inline unsigned int next_missed(struct lines *l, unsigned int i)
{
	const struct cache_missed *missed = &l->missed.missed;
	const uint16_t *which = missed->which[CACHE_L2];

	while (l->shared_missed < missed->nr[CACHE_L2] && which[l->shared_missed] < i)
		l->shared_missed++;
	return l->shared_missed < missed->nr[CACHE_L2] ? which[l->shared_missed] : CACHE_BATCH;
}

/*
 * What is known of the lines up to line `end` that are written or missed the CPU's own caches; of others it need not be
 * known. It lies all over memory, and is fetched.
 */
static void find_known(const struct lines *l, unsigned int end, const struct sharing_known **ret)
{
	struct sharing_lines *lines = sharing_lines(l->watch->sharing);
	const uint64_t *words = l->here->word + l->first;
	const struct cache_missed *missed = &l->missed.missed;

	for (unsigned int i = l->shared; i < end; i++) {
		ret[i] = sharing_known(lines, words[i] >> 1, words[i] & 1);
		ahead_to_read(ret[i]);
	}
	for (size_t k = l->shared_missed; k < missed->nr[CACHE_L2]; k++) {
		const unsigned int i = missed->which[CACHE_L2][k];

		if (i >= end)
			break;
		ret[i] = sharing_known(lines, words[i] >> 1, true);
	}
}

/* Lines up to line `end`. What a line is comes as no pattern to the host's CPU, so there are as few branches as can be. */
static void share_to(struct lines *l, unsigned int end)
{
	const struct sharing_known *known[CACHE_BATCH];
	const struct lines_batch *b = l->here;
	const struct lines_chain *in = l->chain;
	const unsigned int cpu = l->here_cpu, first = l->first;

	find_known(l, end, known);
	while (in[1].first <= first + l->shared)
		in++;
	for (unsigned int i = l->shared; i < end; i++) {
		struct use use;

		/* no chain is empty */
		in += in[1].first <= first + i;
		if (__builtin_expect(is_settled(b, in, first + i, cpu, known[i]), 1))
			continue;
		use = use_of(b, first + i, &in);
		share_line(l, i, &use, next_missed(l, i) == i);
	}
	if (end <= l->shared)
		return;
	l->chain = in;
	l->shared = end;
}

/* A write takes the line from another CPU: what came before it is over. */
static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct lines *l = ctx;
	struct sharing_lines *lines = sharing_lines(l->watch->sharing);

	ahead_to_write(sharing_known(lines, line, true));
	share_to(l, number);
	if (l->begun != number + 1 && next_missed(l, number) == number) {
		struct use use = use_of(l->here, l->first + number, &l->chain);

		if (!use.written)
			share(l, number, use.read, 0);
	}
	l->begun = number + 1;
	sharing_taken(l->watch->sharing, cpu, line);
}

static void heat_chains(struct lines *l)
{
	const struct lines_batch *b = l->here;

	for (unsigned int k = 0; k < b->nr_chains; k++) {
		const struct lines_chain *chain = &b->chains[k];
		unsigned int end = chain[1].first < b->nr ? chain[1].first : b->nr;

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
static void break_down(struct lines *l, const struct lines_chain *first)
{
	struct breakdown *breakdown = l->watch->breakdown;
	const struct lines_batch *b = l->here;

	for (int level = CACHE_L1; level < CACHE_MEMORY; level++) {
		const struct lines_chain *chain = first;

		for (size_t i = 0; i < l->missed.missed.nr[level]; i++) {
			unsigned int line = l->first + l->missed.missed.which[level][i];
			uint64_t *owner, *unit;

			while (chain[1].first <= line)
				chain++;
			owner = breakdown->owners[owner_of(b, chain, line)].hits;
			unit = breakdown_of_unit(breakdown, chain->unit)->hits;
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
	const struct lines_chain *first;

	while (l->chain[1].first <= l->first)
		l->chain++;
	first = l->chain;
	l->shared = l->begun = 0;
	l->shared_missed = 0;
	cache_nodes_access_missed(l->caches, l->here_cpu, l->here->word + l->first,
				  l->end - l->first, &l->missed);
	if (l->watch->sharing)
		share_to(l, l->end - l->first);
	count_missed(l);
	if (l->watch->breakdown && !l->watch->breakdown->no_hits)
		break_down(l, first);
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
	l->chain = b->chains;
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

	/* behind the last one; where chains are not wanted there is one that was never begun */
	b->chains[b->nr_chains ? b->nr_chains : 1].first = UINT_MAX;
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
		cache_nodes_on_taken(caches, note_taken, l);
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
