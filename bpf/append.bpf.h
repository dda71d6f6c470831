/* SPDX-License-Identifier: GPL-2.0-only */
/* Appends records to the ring of this CPU. BPF side only; see wire.h. */
#ifndef BPF_APPEND_BPF_H
#define BPF_APPEND_BPF_H

#include "bpf/flavors.bpf.h"
#include "bpf/gfp.h"
#include "bpf/wire.h"

/* Set before loading: the verifier then removes the branches that this kernel does not need. */
const volatile uint64_t ring_words = WIRE_MIN_RING_WORDS; /* per CPU, a power of two */
const volatile uint32_t chunks_per_cpu = 1;
const volatile uint32_t nr_rings = 1;	   /* CPUs that have one */
const volatile uint32_t page_struct_shift; /* 0: sizeof(struct page) is not a power of two */
const volatile uint32_t page_struct_size = 64;
const volatile uint8_t gfp_bits[GFP_ROWS];
const volatile uint8_t gfp_bits_usual = 1;
const volatile uint8_t has_percpu_refill = 1; /* v6.1 and later */

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
 * Linux before v5.12 has no fetch-and-add. What interrupts a program on its CPU is over before the program goes
 * on, so a count of how deep this goes needs no atomic operation, and neither does a ring of which only one
 * depth makes use: there every CPU has WIRE_LEVELS of them.
 */
#ifdef MEMSIM_NO_FETCH
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
#ifdef MEMSIM_NO_FETCH
	uint64_t head = *(volatile uint64_t *)&c->head;

	*(volatile uint64_t *)&c->head = head + words;
	return head;
#else
	return __sync_fetch_and_add(&c->head, words);
#endif
}

/* The place of the next record in this ring, or NULL when less than `spare` words would be left. */
static __always_inline uint64_t *reserve(struct wire_cpu *c, uint32_t ring, uint32_t words,
					 uint64_t spare)
{
	uint64_t head = *(volatile uint64_t *)&c->head;
	uint64_t tail = *(volatile uint64_t *)&c->tail;
	struct wire_chunk *chunk;
	uint64_t place;
	uint32_t key;

	if (head - tail + WIRE_MARGIN_WORDS + spare > ring_words)
		return NULL;
	place = take_words(c, words) & (ring_words - 1);
	key = ring * chunks_per_cpu + (uint32_t)(place / WIRE_CHUNK_WORDS);
	chunk = bpf_map_lookup_elem(&rings, &key);
	if (!chunk)
		return NULL;
	return &chunk->words[place & (WIRE_CHUNK_WORDS - 1)];
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

/*
 * No event goes in under another thread's name: without room for the TASK record the event itself
 * counts as lost, and the next one tries again.
 */
static __always_inline int note_task(struct wire_cpu *home, struct wire_cpu *c, uint32_t ring,
				     uint64_t now, uint64_t id)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	uint64_t *record = reserve(c, ring, wire_words(EVENT_TASK), 0);

	if (!record)
		return -1;
	home->task = id;
	record[1] = now;
	record[2] = BPF_CORE_READ(task, flags) & PF_KTHREAD ? (uint32_t)id : id;
	publish(record, wire_word0(EVENT_TASK, 0, 0, 0));
	return 0;
}

static __always_inline int append_to(struct wire_cpu *home, struct wire_cpu *c, uint32_t ring,
				     uint32_t kind, uint64_t word0, uint64_t object, uint64_t index)
{
	uint32_t minor = WIRE_MINOR_KINDS >> (word0 & ((1u << WIRE_KIND_BITS) - 1)) & 1;
	uint64_t spare = minor ? ring_words / WIRE_MINOR_SHARE : 0;
	uint64_t now, id, *record = NULL;

	if (ring < nr_rings) {
		now = bpf_ktime_get_ns();
		id = bpf_get_current_pid_tgid();
		if (home->task == id || !note_task(home, c, ring, now, id))
			record = reserve(c, ring, wire_words(kind), spare);
	}
	if (!record)
		return -1;
	record[1] = now;
	if (wire_words(kind) > 2)
		record[2] = object;
	if (wire_words(kind) > 3)
		record[3] = index;
	publish(record, word0);
	return 0;
}

static __always_inline int append(struct wire_cpu *home, uint32_t cpu, uint32_t kind,
				  uint64_t word0, uint64_t object, uint64_t index)
{
#ifdef MEMSIM_NO_FETCH
	uint64_t depth = *(volatile uint64_t *)&home->depth;
	uint32_t ring = cpu * LEVELS + (uint32_t)depth;
	struct wire_cpu *c;
	int r = -1;

	if (depth >= LEVELS)
		return -1;
	*(volatile uint64_t *)&home->depth = depth + 1;
	barrier();
	c = bpf_map_lookup_elem(&cpus, &ring);
	if (c)
		r = append_to(home, c, ring, kind, word0, object, index);
	barrier();
	*(volatile uint64_t *)&home->depth = depth;
	return r;
#else
	return append_to(home, home, cpu, kind, word0, object, index);
#endif
}

static __always_inline uint64_t pfn_of(uint64_t page)
{
	uint64_t offset = page - vmemmap_base;

	if (page_struct_shift)
		return offset >> page_struct_shift;
	return offset / page_struct_size;
}

static __always_inline uint32_t gfp_arg(uint32_t gfp)
{
	return gfp_bits_usual ? gfp_translate_fixed(gfp) : gfp_translate_bits(gfp, gfp_bits);
}

#endif
