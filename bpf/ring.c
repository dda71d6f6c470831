// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void ring_init(struct ring *ring, struct wire_cpu *control, struct wire_chunk *chunks, size_t first,
	       uint64_t words, uint16_t cpu)
{
	control->mask = (uint32_t)(words - 1);
	control->first = (uint32_t)first;
	control->task = UINT64_MAX; /* nobody: the first event names its thread */
	control->jump_from = UINT64_MAX;
	*ring = (struct ring){
		.control = control, .chunks = chunks + first, .words = words, .cpu = cpu};
}

int decoder_init(struct decoder *d, uint64_t start_ns, struct error *err)
{
	int r;

	memset(d, 0, sizeof(*d));
	d->start_ns = start_ns;
	r = idmap_create(&d->files.map, err);
	if (!r)
		r = idmap_create(&d->mms.map, err);
	return r;
}

void decoder_fini(struct decoder *d)
{
	idmap_destroy(d->files.map);
	idmap_destroy(d->mms.map);
	memset(d, 0, sizeof(*d));
}

void stage_fini(struct stage *s)
{
	free(s->events);
	memset(s, 0, sizeof(*s));
}

void stage_move_start(struct stage *s, uint64_t delta_ns)
{
	for (size_t i = s->first; i < s->nr; i++)
		s->events[i].ts_ns -= s->events[i].ts_ns < delta_ns ? s->events[i].ts_ns : delta_ns;
}

static int name_of(struct names *names, uint64_t pointer, uint32_t *ret, struct error *err)
{
	uint64_t *known;
	int r;

	/* events in a row mostly are of the same file or mm */
	if (!pointer || pointer == names->last) {
		*ret = pointer ? names->last_name : 0;
		return 0;
	}
	known = idmap_find(names->map, pointer);
	if (known) {
		*ret = (uint32_t)*known;
	} else {
		r = idmap_set(names->map, pointer, names->nr + 1, err);
		if (r < 0)
			return r;
		*ret = ++names->nr;
	}
	names->last = pointer;
	names->last_name = *ret;
	return 0;
}

/* Kinds of which more is to be said than word 0 does by itself. */
enum {
	SPECIAL_KINDS = 1 << EVENT_MAP_ADD | 1 << EVENT_MAP_DEL | 1 << EVENT_MAP_DUP |
			1 << EVENT_SCAN | 1 << EVENT_CACHE_ADD | 1 << EVENT_CACHE_DEL |
			1 << EVENT_MIGRATE | 1 << EVENT_CACHE_READ | 1 << EVENT_CACHE_MAP |
			1 << EVENT_CACHE_FAULT | 1 << EVENT_RSS_STAT | 1 << EVENT_TASK,
	ALLOC_KINDS = 1 << EVENT_PAGE_ALLOC | 1 << EVENT_BULK_ALLOC,
	GFPC_MASK = (1 << WIRE_MT_SHIFT) - 1,
};

/* Completes such an event, of which all that is in word 0 stands in pfn and arg. */
static int decode_special(struct decoder *d, const uint64_t *record, struct event *e,
			  struct error *err)
{
	uint32_t arg = e->arg;

	switch (e->kind) {
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		e->arg = (arg & MAPF_LEVEL) | (arg & WIRE_MAP_ANON ? MAPF_ANON : 0) |
			 (arg & WIRE_MAP_NEW ? MAPF_NEW : 0);
		e->count = arg >> WIRE_COUNT_SHIFT & WIRE_COUNT_MASK;
		if (!e->count)
			e->count = 1u << 18;
		return 0;
	case EVENT_SCAN:
		e->arg = arg & 1;
		e->count = arg >> WIRE_SCAN_SHIFT;
		return 0;
	case EVENT_CACHE_ADD:
	case EVENT_CACHE_DEL:
		e->arg = 0;
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_MIGRATE:
		e->arg = 0;
		e->index = record[2];
		return 0;
	case EVENT_CACHE_READ:
	case EVENT_CACHE_MAP:
		e->arg = 0;
		e->count = (uint32_t)e->pfn;
		e->pfn = 0;
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_CACHE_FAULT:
		e->arg = 0;
		e->pfn = 0;
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_RSS_STAT:
		e->pfn = 0;
		return name_of(&d->mms, record[1], &e->obj, err);
	default: /* EVENT_TASK */
		e->pfn = 0;
		e->arg = (uint32_t)record[1];
		e->count = (uint32_t)(record[1] >> 32);
		return 0;
	}
}

static int stage_room(struct stage *s, struct error *err)
{
	struct event *more;
	size_t cap;

	if (s->nr < s->cap)
		return 0;
	if (s->first > s->cap / 2) {
		memmove(s->events, s->events + s->first, (s->nr - s->first) * sizeof(*s->events));
		s->nr -= s->first;
		s->first = 0;
		return 0;
	}
	cap = s->cap ? 2 * s->cap : 4096;
	more = realloc(s->events, cap * sizeof(*more));
	if (!more)
		return error_nomem(err);
	s->events = more;
	s->cap = cap;
	return 0;
}

static uint64_t *record_at(const struct ring *ring, uint64_t position)
{
	uint64_t place = position & (ring->words - 1);

	return &ring->chunks[place / WIRE_CHUNK_WORDS].words[place % WIRE_CHUNK_WORDS];
}

/*
 * Where the program went on when it found the ring empty at this position; the same if it did not. It goes there only
 * from where both of us are, so `jumped` says enough: jump_from may since bear the store of a program that was preempted
 * before it found that another had been faster.
 */
static uint64_t follow(const struct ring *ring, uint64_t position)
{
	uint64_t to = (position | (ring->words - 1)) + 1;

	return __atomic_load_n(&ring->control->jumped, __ATOMIC_ACQUIRE) == to ? to : position;
}

/* A look at one ring. */
struct look {
	uint64_t position;
	uint64_t word0; /* of the record there, 0: it is not there yet */
	size_t events, max;
};

/*
 * Takes complete records while the stage has room. The hottest loop of the recorder: what it needs is in variables, as
 * the events that it writes might be the ring or the stage for all that the compiler knows.
 */
static int take_records(struct ring *ring, struct decoder *d, struct stage *stage,
			struct look *look, struct error *err)
{
	const size_t room = stage->cap - stage->nr, left = look->max - look->events;
	struct event *e = stage->events + stage->nr, *const first = e;
	struct event *const end = e + (room < left ? room : left);
	uint64_t position = look->position, *record = record_at(ring, position);
	uint64_t word0 = look->word0, now_ns = ring->now_ns;
	const uint64_t start_ns = d->start_ns;
	uint64_t ts_ns = now_ns > start_ns ? now_ns - start_ns : 0;
	const uint16_t cpu = ring->cpu;
	int r = 0;

	while (word0 && e < end) {
		const uint32_t kind = (uint32_t)word0 & ((1u << WIRE_KIND_BITS) - 1);
		const uint32_t words = wire_words(kind);
		uint32_t arg = (uint32_t)(word0 >> WIRE_ARG_SHIFT) & ((1u << WIRE_ARG_BITS) - 1);

		if (kind == WIRE_TIME) {
			/* an interrupt's stamp may lie before that of the program it interrupted */
			if (word0 >> WIRE_KIND_BITS > now_ns)
				now_ns = word0 >> WIRE_KIND_BITS;
			ts_ns = now_ns > start_ns ? now_ns - start_ns : 0;
		} else {
			if (ALLOC_KINDS >> kind & 1)
				arg = (arg & GFPC_MASK) | arg >> WIRE_MT_SHIFT << GFPC_MT_SHIFT;
			*e = (struct event){
				.ts_ns = ts_ns,
				.pfn = word0 >> WIRE_PFN_SHIFT,
				.arg = arg,
				.cpu = cpu,
				.kind = (uint8_t)kind,
				.order = (uint8_t)(word0 >> WIRE_ORDER_SHIFT &
						   ((1u << WIRE_ORDER_BITS) - 1)),
			};
			if (SPECIAL_KINDS >> kind & 1) {
				r = decode_special(d, record, e, err);
				if (r < 0)
					break;
			}
			e++;
		}
		record[0] = 0;
		for (uint32_t i = 1; i < words; i++)
			record[i] = 0;
		position += words;
		record += words;
		if (position % WIRE_CHUNK_WORDS < words)
			record = record_at(ring, position);
		/* the rest of a record was written before its word 0 */
		word0 = __atomic_load_n(record, __ATOMIC_ACQUIRE);
	}
	look->position = position;
	look->word0 = word0;
	look->events += (size_t)(e - first);
	stage->nr += (size_t)(e - first);
	ring->now_ns = now_ns;
	return r;
}

ssize_t ring_drain(struct ring *ring, struct decoder *d, struct stage *stage, uint64_t read_ns,
		   size_t max, struct error *err)
{
	const uint64_t tail = ring->control->tail; /* only we write it */
	struct look look = {.position = tail, .max = max};
	int r = 0;

	look.word0 = __atomic_load_n(record_at(ring, tail), __ATOMIC_ACQUIRE);
	/*
	 * Only then: before, it may not have gone back yet, and since have come round to here. Past the tail it does
	 * not.
	 */
	look.position = follow(ring, tail);
	if (look.position != tail)
		look.word0 = __atomic_load_n(record_at(ring, look.position), __ATOMIC_ACQUIRE);
	while (!r && look.word0 && look.events < max) {
		r = stage_room(stage, err);
		if (!r)
			r = take_records(ring, d, stage, &look, err);
	}
	if (look.position != tail) {
		/* the program may write here only after it has seen our zeroes' successor, the tail */
		__atomic_store_n(&ring->control->tail, look.position, __ATOMIC_RELEASE);
		ring_ask_stamp(ring);
	}
	/* empty, and nothing half written: what comes is put after we looked */
	if (!look.word0 &&
	    __atomic_load_n(&ring->control->head, __ATOMIC_ACQUIRE) == look.position &&
	    read_ns > ring->now_ns)
		ring->now_ns = read_ns;
	return r < 0 ? r : (ssize_t)look.events;
}

void ring_ask_stamp(struct ring *ring)
{
	__atomic_store_n(&ring->control->limit, 0, __ATOMIC_RELAXED);
}

uint64_t ring_fill(const struct ring *ring)
{
	const struct wire_cpu *c = ring->control;
	uint64_t head = __atomic_load_n(&c->head, __ATOMIC_ACQUIRE);
	uint64_t to = (c->tail | (ring->words - 1)) + 1;

	/* it has gone back; what `jumped` will say a moment later, jump_from says now */
	if (head >= to && (__atomic_load_n(&c->jumped, __ATOMIC_RELAXED) == to ||
			   __atomic_load_n(&c->jump_from, __ATOMIC_RELAXED) == c->tail))
		return head - to;
	return head - c->tail;
}
