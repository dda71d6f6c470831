// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* splitmix64: the same stream on every machine */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/*
 * Per CPU a last-in-first-out list of free pages, as the kernel keeps one. Events of a CPU come in rows that have one
 * time, as the recorder stamps them.
 */
struct stream {
	uint64_t random, ts;
	uint16_t cpu;
	unsigned int row; /* events left in it */
	uint64_t lists[STREAM_CPUS][4096], next_pfn[STREAM_CPUS];
	unsigned int nr[STREAM_CPUS];
	uint64_t used[1 << 16];
	unsigned int nr_used;
};

static void alloc_page(struct stream *s, struct event *e)
{
	unsigned int cpu = e->cpu;

	e->kind = EVENT_PAGE_ALLOC;
	e->arg = next_random(&s->random) % 8 ? 0x1003301 : 0x3300;
	e->pfn = s->nr[cpu] ? s->lists[cpu][--s->nr[cpu]] : s->next_pfn[cpu]++;
	s->used[s->nr_used++] = e->pfn;
}

static void free_page(struct stream *s, struct event *e)
{
	/* mostly what was allocated lately, sometimes anything */
	unsigned int back = next_random(&s->random) % 4
				    ? (unsigned int)(next_random(&s->random) % 64 % s->nr_used)
				    : (unsigned int)(next_random(&s->random) % s->nr_used);
	uint64_t *slot = s->used + s->nr_used - 1 - back;

	e->kind = EVENT_PAGE_FREE;
	e->arg = FREE_ANON;
	e->pfn = *slot;
	*slot = s->used[--s->nr_used];
	if (s->nr[e->cpu] < 4096)
		s->lists[e->cpu][s->nr[e->cpu]++] = e->pfn;
}

static void other_event(struct stream *s, struct event *e)
{
	uint64_t v = next_random(&s->random);

	switch (v % 4) {
	case 0:
		e->kind = EVENT_LRU_ADD;
		e->pfn = s->used[s->nr_used - 1 - v / 4 % 15 % s->nr_used];
		e->arg = 2 | LRUF_ANON << LRUF_SHIFT;
		break;
	case 1:
		e->kind = EVENT_RSS_STAT;
		e->obj = (uint32_t)(1 + v / 4 % 20);
		e->arg = 1;
		break;
	case 2:
		e->kind = EVENT_CACHE_READ;
		e->obj = (uint32_t)(1 + v / 4 % 5);
		e->index = s->ts / 4096 % (1 << 20);
		e->count = 32;
		break;
	default:
		e->kind = EVENT_TASK;
		e->arg = (uint32_t)(1000 + v / 4 % 100);
		e->count = 1000;
	}
}

void stream_make(struct event *events, size_t nr, unsigned int others)
{
	_cleanup_free_ struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	for (unsigned int cpu = 0; cpu < STREAM_CPUS; cpu++)
		s->next_pfn[cpu] = STREAM_CPU_PAGES * (1 + cpu);
	for (size_t i = 0; i < nr; i++) {
		uint64_t v = next_random(&s->random);
		struct event *e = events + i;

		if (!s->row--) {
			s->row = (unsigned int)(v >> 32) % 32;
			s->cpu = (uint16_t)((v >> 20) / 7 % STREAM_CPUS);
			s->ts += (50 + v % 16000) / 64 * 64;
		}
		*e = (struct event){.ts_ns = s->ts, .cpu = s->cpu};
		if (s->nr_used && v >> 48 < others * 655)
			other_event(s, e);
		else if (s->nr_used < 100 || (s->nr_used < (1 << 16) - 1 && v >> 56 & 1))
			alloc_page(s, e);
		else
			free_page(s, e);
	}
}
