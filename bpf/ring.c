// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/ring.h"

#include <errno.h>
#include <stdbool.h>
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

	if (!pointer) {
		*ret = 0;
		return 0;
	}
	known = idmap_find(names->map, pointer);
	if (known) {
		*ret = (uint32_t)*known;
		return 0;
	}
	r = idmap_set(names->map, pointer, names->nr + 1, err);
	if (r < 0)
		return r;
	*ret = ++names->nr;
	return 0;
}

static int decode(struct decoder *d, const uint64_t *record, struct event *e, struct error *err)
{
	uint64_t word0 = record[0];
	uint64_t payload = word0 >> WIRE_PFN_SHIFT;
	uint32_t arg = (uint32_t)(word0 >> WIRE_ARG_SHIFT) & ((1u << WIRE_ARG_BITS) - 1);

	memset(e, 0, sizeof(*e));
	e->kind = (uint8_t)(word0 & ((1u << WIRE_KIND_BITS) - 1));
	e->order = (uint8_t)(word0 >> WIRE_ORDER_SHIFT & ((1u << WIRE_ORDER_BITS) - 1));
	switch (e->kind) {
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		e->pfn = payload;
		e->arg = (arg & MAPF_LEVEL) | (arg & WIRE_MAP_ANON ? MAPF_ANON : 0) |
			 (arg & WIRE_MAP_NEW ? MAPF_NEW : 0);
		e->count = arg >> WIRE_COUNT_SHIFT & WIRE_COUNT_MASK;
		if (!e->count)
			e->count = 1u << 18;
		return 0;
	case EVENT_SCAN:
		e->pfn = payload;
		e->arg = arg & 1;
		e->count = arg >> WIRE_SCAN_SHIFT;
		return 0;
	case EVENT_PAGE_ALLOC:
	case EVENT_BULK_ALLOC:
		e->pfn = payload;
		e->arg = (arg & ((1u << WIRE_MT_SHIFT) - 1)) | arg >> WIRE_MT_SHIFT
									       << GFPC_MT_SHIFT;
		return 0;
	case EVENT_CACHE_ADD:
	case EVENT_CACHE_DEL:
		e->pfn = payload;
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_MIGRATE:
		e->pfn = payload;
		e->index = record[2];
		return 0;
	case EVENT_CACHE_READ:
	case EVENT_CACHE_MAP:
		e->count = (uint32_t)payload;
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_CACHE_FAULT:
		e->index = record[2];
		return name_of(&d->files, record[1], &e->obj, err);
	case EVENT_RSS_STAT:
		e->arg = arg;
		return name_of(&d->mms, record[1], &e->obj, err);
	case EVENT_TASK:
		e->arg = (uint32_t)record[1];
		e->count = (uint32_t)(record[1] >> 32);
		return 0;
	default:
		e->pfn = payload;
		e->arg = arg;
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

/* A complete record; returns its words. *ret_event tells that it was staged. */
static int take_record(struct ring *ring, struct decoder *d, struct stage *stage, uint64_t *record,
		       bool *ret_event, struct error *err)
{
	uint64_t word0 = *record, ns;
	uint32_t kind = (uint32_t)word0 & ((1u << WIRE_KIND_BITS) - 1), words = wire_words(kind);
	struct event *e;
	int r;

	*ret_event = kind != WIRE_TIME;
	if (kind == WIRE_TIME) {
		/* an interrupt's stamp may lie before that of the program it interrupted */
		ns = word0 >> WIRE_KIND_BITS;
		ring->now_ns = ns > ring->now_ns ? ns : ring->now_ns;
	} else {
		r = stage_room(stage, err);
		if (r)
			return r;
		e = &stage->events[stage->nr];
		r = decode(d, record, e, err);
		if (r)
			return r;
		e->cpu = ring->cpu;
		e->ts_ns = ring->now_ns > d->start_ns ? ring->now_ns - d->start_ns : 0;
		stage->nr++;
	}
	for (uint32_t i = 0; i < words; i++)
		record[i] = 0;
	return (int)words;
}

/* Where the program went on when it found the ring empty at this position; the same if it did not. */
static uint64_t follow(const struct ring *ring, uint64_t position)
{
	const struct wire_cpu *c = ring->control;
	uint64_t to = (position | (ring->words - 1)) + 1;

	if (__atomic_load_n(&c->jumped, __ATOMIC_ACQUIRE) == to &&
	    __atomic_load_n(&c->jump_from, __ATOMIC_RELAXED) == position)
		return to;
	return position;
}

ssize_t ring_drain(struct ring *ring, struct decoder *d, struct stage *stage, uint64_t read_ns,
		   size_t max, struct error *err)
{
	const uint64_t tail = ring->control->tail; /* only we write it */
	uint64_t position = tail;
	bool event, more = true;
	size_t n = 0;
	int r = 0;

	while (n < max) {
		uint64_t *record = record_at(ring, position);

		/* the rest of the record was written before word 0 */
		more = __atomic_load_n(record, __ATOMIC_ACQUIRE);
		/*
		 * Only then: before, it may not have gone back yet, and since have come round to here. Past the
		 * tail it does not.
		 */
		if (position == tail && follow(ring, position) != position) {
			position = follow(ring, position);
			continue;
		}
		if (!more)
			break;
		r = take_record(ring, d, stage, record, &event, err);
		if (r < 0)
			break;
		position += (uint32_t)r;
		n += event;
	}
	if (position != tail) {
		/* the program may write here only after it has seen our zeroes' successor, the tail */
		__atomic_store_n(&ring->control->tail, position, __ATOMIC_RELEASE);
		ring_ask_stamp(ring);
	}
	/* empty, and nothing half written: what comes is put after we looked */
	if (!more && __atomic_load_n(&ring->control->head, __ATOMIC_ACQUIRE) == position &&
	    read_ns > ring->now_ns)
		ring->now_ns = read_ns;
	return r < 0 ? r : (ssize_t)n;
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

	/* it has gone back, which a moment later `jumped` will say */
	if (head >= to && __atomic_load_n(&c->jump_from, __ATOMIC_RELAXED) == c->tail)
		return head - to;
	return head - c->tail;
}
