/* SPDX-License-Identifier: GPL-2.0-only */
/* Appends records to the ring of this CPU. BPF side only; see wire.h. */
#ifndef BPF_APPEND_BPF_H
#define BPF_APPEND_BPF_H

#include "bpf/programs/flavors.bpf.h"
#include "bpf/gfp.h"
#include "bpf/wire.h"

/* Set before loading: the verifier then removes the branches that this kernel does not need. */
const volatile uint64_t max_pfn = ~0ull; /* of the recorded memory, exclusive */
const volatile uint8_t gfp_bits[GFP_ROWS];
const volatile uint8_t gfp_bits_usual = 1;
const volatile uint8_t has_percpu_refill = 1; /* v6.1 and later */
const volatile uint8_t bulk_hooked;
const volatile uint8_t backed_up; /* programs have backups, see served.bpf.h */

/* One store starts and stops all programs together: none may see what another does not. */
uint32_t recording;
uint64_t vmemmap_base;
/* Until then allocations of this thread are noted, to find the base. */
uint32_t calibration_task;
uint32_t calibration_nr;
uint64_t calibration[WIRE_CALIBRATION];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct wire_cpu);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct wire_chunk);
} rings SEC(".maps");

/*
 * Where only interrupts come between - programs on tracepoints run with preemption off, those on functions did
 * so up to v5.11 - what comes between is over before the program goes on. So a count of how deep this goes needs
 * no atomic operation, and neither does a ring of which only one depth makes use: every CPU has WIRE_LEVELS of
 * them then. Linux before v5.12 has no fetch-and-add either; and without one an event costs 5 ns less.
 */
#ifdef MEMSIM_LEVELS
enum { LEVELS = WIRE_LEVELS };
#else
enum { LEVELS = 1 };
#endif

/* What the programs of this CPU share; also the head of its first ring. */
static __always_inline struct wire_cpu *home_of(uint32_t cpu)
{
	uint32_t key = cpu * LEVELS;

	return bpf_map_lookup_elem(&cpus, &key);
}

static __always_inline uint64_t take_words(struct wire_cpu *c, uint32_t words)
{
#ifdef MEMSIM_LEVELS
	uint64_t head = *(volatile uint64_t *)&c->head;

	*(volatile uint64_t *)&c->head = head + words;
	return head;
#else
	return __sync_fetch_and_add(&c->head, words);
#endif
}

/* The place of the next record in this ring; there must be room. */
static __always_inline uint64_t *take(struct wire_cpu *c, uint32_t words)
{
	uint32_t place = (uint32_t)take_words(c, words) & c->mask;
	uint32_t key = c->first + place / WIRE_CHUNK_WORDS;
	struct wire_chunk *chunk = bpf_map_lookup_elem(&rings, &key);

	return chunk ? &chunk->words[place & (WIRE_CHUNK_WORDS - 1)] : NULL;
}

/* Words that this ring has room for; none when the reader is too far behind. */
static __always_inline int64_t room(struct wire_cpu *c)
{
	uint64_t head = *(volatile uint64_t *)&c->head;
	uint64_t tail = *(volatile uint64_t *)&c->tail;

	if (tail < c->jumped) /* the reader has yet to follow; it left nothing before */
		tail = c->jumped;
	return (int64_t)(c->mask + 1ULL - WIRE_MARGIN_WORDS - (head - tail));
}

static __always_inline int move_head(struct wire_cpu *c, uint64_t from, uint64_t to)
{
#ifdef MEMSIM_LEVELS
	*(volatile uint64_t *)&c->head = to; /* nobody else puts into this ring */
	return 1;
#else
	return __sync_val_compare_and_swap(&c->head, from, to) == from;
#endif
}

/*
 * Memory that was in use a moment ago is still in the caches: an event that finds it there costs half of what one
 * costs that does not (the ring is 16 MiB, and locked instructions of the allocator wait for the store).
 */
static __always_inline void rewind_if_empty(struct wire_cpu *c)
{
	uint64_t head = *(volatile uint64_t *)&c->head, to = (head | c->mask) + 1;

	if (head != *(volatile uint64_t *)&c->tail || (head & c->mask) < WIRE_CHUNK_WORDS)
		return;
	*(volatile uint64_t *)&c->jump_from = head;
	barrier();
	if (move_head(c, head, to)) {
		barrier();
		*(volatile uint64_t *)&c->jumped = to;
	}
}

/* The same, or NULL without room. */
static __always_inline uint64_t *reserve(struct wire_cpu *c, uint32_t words)
{
	return room(c) > 0 ? take(c, words) : NULL;
}

/* Word 0 tells the reader that the rest is there. */
static __always_inline void publish(uint64_t *record, uint64_t word0)
{
#ifdef __TARGET_ARCH_x86
	barrier(); /* stores of one CPU are seen in order */
	*(volatile uint64_t *)record = word0;
#else
	__sync_lock_test_and_set(record, word0); /* a fully ordered exchange */
#endif
}

enum { NOT_RECORDING = 1, NO_ROOM = -1 };

/* A stamp every WIRE_STRIDE_NS while events are rare, and every WIRE_STRIDE_MAX words while they are many. */
static __always_inline uint64_t next_stride(struct wire_cpu *c, uint64_t now)
{
	uint64_t took = now - c->stamp, stride = c->stride;

	c->stamp = now;
	if (took < WIRE_STRIDE_NS / 2)
		stride = stride < WIRE_STRIDE_MAX / 2 ? 2 * stride + 1 : WIRE_STRIDE_MAX;
	else if (took > WIRE_STRIDE_NS)
		stride /= 2;
	c->stride = stride;
	return stride;
}

/*
 * What is due now and then only: is anything recorded, is there room, what time is it, whose are the events?
 * No event goes in under another thread's name: without room for the TASK record the event itself counts as
 * lost, and the next one tries again.
 */
static __noinline int refresh(struct wire_cpu *home, struct wire_cpu *c, uint64_t id)
{
	struct task_struct *task;
	uint64_t *record, now;
	int64_t left;

	if (!recording)
		return NOT_RECORDING;
	now = bpf_ktime_get_ns();
	rewind_if_empty(c);
	left = room(c);
	if (left <= 0)
		return NO_ROOM;
	record = take(c, 1);
	if (!record)
		return NO_ROOM;
	publish(record, wire_time(now));
	if (home->task != id) {
		record = take(c, wire_words(EVENT_TASK));
		if (!record)
			return NO_ROOM;
		task = (void *)bpf_get_current_task();
		record[1] = BPF_CORE_READ(task, flags) & PF_KTHREAD ? (uint32_t)id : id;
		publish(record, wire_word0(EVENT_TASK, 0, 0, 0));
		home->task = id;
	}
	now = next_stride(c, now);
	c->limit = c->head + (now < (uint64_t)left ? now : (uint64_t)left);
	return 0;
}

/* The last part of a ring is not for minor kinds. */
static __always_inline int no_minor_room(struct wire_cpu *c)
{
	uint64_t head = *(volatile uint64_t *)&c->head;
	int64_t left;

	if (head < c->minor_limit)
		return 0;
	left = room(c) - (int64_t)((c->mask + 1ULL) / WIRE_MINOR_SHARE);
	if (left > 0)
		c->minor_limit = head + (uint64_t)left;
	return left <= 0;
}

static __always_inline int append_to(struct wire_cpu *home, struct wire_cpu *c, uint32_t kind,
				     uint64_t word0, uint64_t object, uint64_t index)
{
	uint64_t id = bpf_get_current_pid_tgid(), *record;
	int r;

	if (WIRE_MINOR_KINDS >> (word0 & ((1u << WIRE_KIND_BITS) - 1)) & 1 && no_minor_room(c))
		return NO_ROOM;

	if (*(volatile uint64_t *)&c->head >= *(volatile uint64_t *)&c->limit || home->task != id) {
		r = refresh(home, c, id);
		if (r)
			return r;
	}
	record = take(c, wire_words(kind));
	if (!record)
		return NO_ROOM;
	if (wire_words(kind) > 1)
		record[1] = object;
	if (wire_words(kind) > 2)
		record[2] = index;
	publish(record, word0);
	return 0;
}

/* The next record of this CPU shall have a stamp of its own. */
static __always_inline void stamp_next(struct wire_cpu *c)
{
	*(volatile uint64_t *)&c->limit = 0;
}

#ifdef MEMSIM_LEVELS
/* In an interrupt that came between: what one level does stays in order with the others by exact times only. */
static __noinline int append_above(struct wire_cpu *home, uint32_t ring, uint32_t kind,
				   uint64_t word0)
{
	struct wire_cpu *c = bpf_map_lookup_elem(&cpus, &ring);
	int r;

	/* of the longer kinds there is no room for the arguments, and they are rare here: lost */
	if (!c || wire_words(kind) > 1)
		return NO_ROOM;
	stamp_next(c);
	r = append_to(home, c, EVENT_PAGE_FREE, word0, 0, 0);
	stamp_next(home);
	return r;
}

static __always_inline int append(struct wire_cpu *home, uint32_t cpu, uint32_t kind,
				  uint64_t word0, uint64_t object, uint64_t index)
{
	uint64_t depth = *(volatile uint64_t *)&home->depth;
	int r = NO_ROOM;

	*(volatile uint64_t *)&home->depth = depth + 1;
	barrier();
	if (!depth)
		r = append_to(home, home, kind, word0, object, index);
	else if (depth < LEVELS)
		r = append_above(home, cpu * LEVELS + (uint32_t)depth, kind, word0);
	barrier();
	*(volatile uint64_t *)&home->depth = depth;
	return r;
}
#else
static __always_inline int append(struct wire_cpu *home, uint32_t cpu, uint32_t kind,
				  uint64_t word0, uint64_t object, uint64_t index)
{
	return append_to(home, home, kind, word0, object, index);
}
#endif

static __always_inline uint64_t pfn_above(uint64_t base, uint64_t page)
{
	const uint64_t size = bpf_core_type_size(struct page); /* no load: a number in the code */

	return size == 64 ? (page - base) >> 6 : (page - base) / size;
}

static __always_inline uint64_t pfn_of(uint64_t page)
{
	return pfn_above(vmemmap_base, page);
}

static __always_inline uint32_t gfp_arg(uint32_t gfp)
{
	return gfp_bits_usual ? gfp_translate_fixed(gfp) : gfp_translate_bits(gfp, gfp_bits);
}

/* The same, remembered: allocations in a row mostly have the same flags. */
static __always_inline uint32_t gfp_arg_again(struct wire_cpu *c, uint32_t gfp)
{
	uint64_t known = c->gfp; /* one load: an interrupt may put another pair there */

	if ((uint32_t)known != gfp) {
		known = gfp | (uint64_t)gfp_arg(gfp) << 32;
		c->gfp = known;
	}
	return (uint32_t)(known >> 32);
}

#endif
