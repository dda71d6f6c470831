// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/lines_share.h"

#include "base/ahead.h"

/* What is touched in a line by an operation of the chain, and by those after it that write: see program.h. */
struct use {
	uint64_t read, written, again_read, again_written;
};

/* What is touched in line `i` of the batch. */
static inline struct use use_of(const struct lines_batch *batch, unsigned int i)
{
	const struct lines_chain *in = &batch->chains[batch->chain[i]];
	const struct program_bytes *b, *end;
	const struct program_line *line;
	struct use use;
	unsigned int place;

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

/* Whether what the CPU touches in line `i` of the batch is no news of the line. */
static inline bool is_settled(const struct lines_batch *b, unsigned int i, unsigned int cpu,
			      const struct sharing_known *known)
{
	const struct lines_chain *in = &b->chains[b->chain[i]];
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

/* Lines of which something is known, or may be: their numbers as in `missed`, and sharing_number(). */
struct known_lines {
	unsigned int nr;
	uint16_t line[CACHE_BATCH + 1];
	uint32_t number[CACHE_BATCH + 1];
};

/*
 * Lines up to line `end` that are written or missed the CPU's own caches, and of which something may be known; of others
 * it need not be. Which ones these are comes as no pattern to the host's CPU, so there are as few branches as can be.
 */
static void choose(const struct lines *l, unsigned int end, struct known_lines *ret)
{
	const struct sharing_lines lines = *sharing_lines(l->watch->sharing);
	const struct cache_missed *missed = &l->missed.missed;
	const uint64_t *words = l->here->word + l->first;
	unsigned int i = l->shared, nr = 0;

	for (size_t k = l->shared_missed; i < end; k++) {
		const bool more = k < missed->nr[CACHE_L2] && missed->which[CACHE_L2][k] < end;
		const unsigned int stop = more ? missed->which[CACHE_L2][k] : end;

		for (; i < stop; i++) {
			const uint64_t word = words[i];

			ret->line[nr] = (uint16_t)i;
			nr += sharing_perhaps(&lines, word >> 1) & (unsigned int)word & 1;
		}
		if (more && i == stop)
			ret->line[nr++] = (uint16_t)i++;
	}
	ret->nr = nr;
}

/* Those of which something is known indeed. It lies all over memory, and is fetched. */
static void find_known(const struct lines *l, struct known_lines *known)
{
	struct sharing_lines *lines = sharing_lines(l->watch->sharing);
	const uint64_t *words = l->here->word + l->first;
	unsigned int nr = 0;

	for (unsigned int n = 0; n < known->nr; n++) {
		const uint16_t i = known->line[n];
		const uint32_t number = sharing_number(lines, words[i] >> 1);

		ahead_to_read(&lines->known[number]);
		known->line[nr] = i;
		known->number[nr] = number;
		nr += number != 0;
	}
	known->nr = nr;
}

void lines_share_to(struct lines *l, unsigned int end)
{
	const struct sharing_known *all = sharing_lines(l->watch->sharing)->known;
	const struct lines_batch *b = l->here;
	const unsigned int cpu = l->here_cpu, first = l->first;
	struct known_lines known;

	if (end <= l->shared)
		return;
	choose(l, end, &known);
	find_known(l, &known);
	for (unsigned int n = 0; n < known.nr; n++) {
		const unsigned int i = known.line[n];
		struct use use;

		if (__builtin_expect(is_settled(b, first + i, cpu, &all[known.number[n]]), 1))
			continue;
		use = use_of(b, first + i);
		share_line(l, i, &use, next_missed(l, i) == i);
	}
	l->shared = end;
}

/* A write takes the line from another CPU: what came before it is over. */
void lines_note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct lines *l = ctx;
	struct sharing_lines *lines = sharing_lines(l->watch->sharing);

	ahead_to_write(sharing_known(lines, line, true));
	lines_share_to(l, number);
	if (l->begun != number + 1 && next_missed(l, number) == number) {
		struct use use = use_of(l->here, l->first + number);

		if (!use.written)
			share(l, number, use.read, 0);
	}
	l->begun = number + 1;
	sharing_taken(l->watch->sharing, cpu, line);
}
