// SPDX-License-Identifier: GPL-2.0-only
#include "sim/cache/cache_streams.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
	STREAMS = 32, /* of each CPU */
	STEP = 4,     /* lines between two requests of a stream, at most */
	SURE = 2,     /* steps in one direction that make a stream */
	HASH_BITS = 6,
	NONE = STREAMS, /* no stream */
};

struct stream {
	uint64_t page;	      /* number + 1; 0: unused */
	uint64_t last;	      /* line */
	int8_t direction;     /* 1, -1; 0: only one request yet */
	uint8_t steps;	      /* SURE: or more */
	uint8_t newer, older; /* by last use, in a circle through NONE */
	uint8_t next_of_hash; /* or NONE */
};

/* Found by a hash of the page, as most requests name one of a dozen pages and nearly all others are new. */
struct cpu_streams {
	struct stream stream[STREAMS + 1]; /* the last one is where the circle begins */
	uint8_t first_of_hash[1 << HASH_BITS];
};

struct cache_streams {
	unsigned int nr_cpus;
	struct cpu_streams cpus[];
};

static void init(struct cpu_streams *s)
{
	for (unsigned int i = 0; i <= STREAMS; i++) {
		s->stream[i].older = (uint8_t)(i ? i - 1 : NONE);
		s->stream[i].newer = (uint8_t)(i < NONE ? i + 1 : 0);
		s->stream[i].next_of_hash = NONE;
	}
	for (unsigned int i = 0; i < 1 << HASH_BITS; i++)
		s->first_of_hash[i] = NONE;
}

int cache_streams_create(unsigned int nr_cpus, struct cache_streams **ret, struct error *err)
{
	struct cache_streams *s = calloc(1, sizeof(*s) + nr_cpus * sizeof(s->cpus[0]));

	if (!s)
		return error_nomem(err);
	s->nr_cpus = nr_cpus;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		init(&s->cpus[cpu]);
	*ret = s;
	return 0;
}

void cache_streams_destroy(struct cache_streams *s)
{
	free(s);
}

/* Fibonacci hashing: 2^64 / golden ratio. */
static uint8_t *slot_of(struct cpu_streams *s, uint64_t page)
{
	return &s->first_of_hash[page * 0x9e3779b97f4a7c15ULL >> (64 - HASH_BITS)];
}

/* The oldest one's place is the new page's. */
static uint8_t replace_oldest(struct cpu_streams *s, uint64_t page, uint64_t line)
{
	uint8_t i = s->stream[NONE].newer, *slot;
	struct stream *old = &s->stream[i];

	if (old->page) {
		slot = slot_of(s, old->page);
		while (*slot != i)
			slot = &s->stream[*slot].next_of_hash;
		*slot = old->next_of_hash;
	}
	slot = slot_of(s, page);
	old->next_of_hash = *slot;
	*slot = i;
	old->page = page;
	old->last = line;
	old->direction = 0;
	old->steps = 0;
	return i;
}

static void make_newest(struct cpu_streams *s, uint8_t i)
{
	struct stream *all = s->stream, *own = &all[i];

	all[own->older].newer = own->newer;
	all[own->newer].older = own->older;
	own->older = all[NONE].older;
	own->newer = NONE;
	all[own->older].newer = i;
	all[NONE].older = i;
}

static struct stream *stream_of(struct cpu_streams *s, uint64_t line)
{
	uint64_t page = (line >> CACHE_PAGE_SHIFT) + 1;
	uint8_t i = s->stream[NONE].older;

	if (s->stream[i].page == page)
		return &s->stream[i];
	i = *slot_of(s, page);
	while (i != NONE && s->stream[i].page != page)
		i = s->stream[i].next_of_hash;
	if (i == NONE)
		i = replace_oldest(s, page, line);
	make_newest(s, i);
	return &s->stream[i];
}

int cache_streams_follow(struct cache_streams *s, unsigned int cpu, uint64_t line)
{
	struct stream *stream = stream_of(&s->cpus[cpu], line);
	int64_t step = (int64_t)(line - stream->last);
	int direction = (step > 0) - (step < 0);

	if (!direction)
		return 0;
	stream->last = line;
	if (step > STEP || step < -STEP || direction != stream->direction)
		stream->steps = 0;
	stream->direction = (int8_t)direction;
	if (stream->steps < SURE)
		stream->steps++;
	return stream->steps < SURE ? 0 : direction;
}
