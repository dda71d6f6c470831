// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/ring.h"

/* A ring in ordinary memory and the producer that the BPF program is, in plain C. */
struct fixture {
	struct wire_cpu control;
	struct ring ring;
	struct decoder decoder;
	struct stage stage;
	uint64_t *pending; /* word 0 of the record put without it */
	uint64_t pending_word0;
};

static void setup(struct fixture *f, uint64_t words)
{
	struct wire_chunk *chunks = calloc(words / WIRE_CHUNK_WORDS + 1, sizeof(struct wire_chunk));

	memset(f, 0, sizeof(*f));
	cr_assert_not_null(chunks);
	ring_init(&f->ring, &f->control, chunks, 1, words, 3);
	cr_assert_eq(f->control.first, 1);
	cr_assert_eq(f->control.mask, words - 1);
	cr_assert_eq(decoder_init(&f->decoder, 1000, NULL), 0);
}

/* Neither what encrypts memory nor what protects it is a part of the address. */
Test(wire, an_entry_of_a_page_table_points_to_a_pfn_whatever_its_other_bits)
{
	const uint64_t pfn = 0x3ffffffff,
		       bits = 0x067; /* the last that a record holds; present, accessed... */
	const int others[] = {47, 51, 52, 58, 59, 62, 63};

	cr_expect_eq(wire_entry_pfn(0), 0);
	cr_expect_eq(wire_entry_pfn(pfn << 12 | bits), pfn);
	cr_expect_eq(wire_entry_pfn(1ULL << 12 | 0xfff), 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_eq(wire_entry_pfn(1ULL << others[i] | pfn << 12 | bits), pfn, "bit %d",
			     others[i]);
}

static void teardown(struct fixture *f)
{
	free(f->ring.chunks - 1);
	decoder_fini(&f->decoder);
	stage_fini(&f->stage);
}

static uint64_t *place(struct fixture *f, uint32_t words)
{
	uint64_t at = f->control.head & (f->ring.words - 1), *record;

	f->control.head += words;
	record = &f->ring.chunks[at / WIRE_CHUNK_WORDS].words[at % WIRE_CHUNK_WORDS];
	for (uint32_t i = 0; i < words; i++)
		cr_assert_eq(record[i], 0, "the reader left something behind at %lu", at + i);
	return record;
}

/* False: no room, as the program judges it. */
static bool put(struct fixture *f, uint32_t kind, uint64_t pfn, bool finish)
{
	uint64_t *record, tail = f->control.tail;

	if (tail < f->control.jumped)
		tail = f->control.jumped;
	if (f->control.head - tail + WIRE_MARGIN_WORDS > f->ring.words)
		return false;
	record = place(f, wire_words(kind));
	if (wire_words(kind) > 1)
		record[1] = 0xffff888000000000 + pfn;
	if (wire_words(kind) > 2)
		record[2] = pfn * 3;
	f->pending = record;
	f->pending_word0 = wire_word0(kind, pfn & 31, pfn & 0xfffff, pfn);
	if (finish)
		*record = f->pending_word0;
	return true;
}

static void stamp(struct fixture *f, uint64_t ns)
{
	*place(f, 1) = wire_time(ns);
}

static ssize_t drain(struct fixture *f, uint64_t read_ns, size_t max)
{
	return ring_drain(&f->ring, &f->decoder, &f->stage, read_ns, max, NULL);
}

/* Rings of one chunk, two, and many: odd lengths meet every boundary. */
Test(ring, every_record_arrives_over_many_laps)
{
	static const uint64_t sizes[] = {WIRE_MIN_RING_WORDS, 2 * WIRE_CHUNK_WORDS,
					 64 * WIRE_CHUNK_WORDS};
	static const uint32_t kinds[] = {EVENT_PAGE_FREE, EVENT_CACHE_ADD, EVENT_RSS_STAT,
					 EVENT_LRU_ADD, EVENT_RSS_STAT};

	for (size_t s = 0; s < 3; s++) {
		uint64_t sent = 0, got = 0, laps = s == 2 ? 3 : 40;
		struct fixture f;

		setup(&f, sizes[s]);
		while (f.control.tail < laps * sizes[s]) {
			while (put(&f, kinds[sent % 5], sent, true))
				if (++sent % 7 == 0)
					stamp(&f, 1000 + sent);
			cr_assert_gt(drain(&f, 0, 1 << 20), 0);
			for (; f.stage.first < f.stage.nr; f.stage.first++, got++) {
				const struct event *e = &f.stage.events[f.stage.first];

				cr_assert_eq(e->kind, kinds[got % 5]);
				cr_assert_eq(e->ts_ns, got / 7 * 7);
				cr_assert_eq(e->cpu, 3);
				if (e->kind == EVENT_CACHE_ADD)
					cr_assert_eq(e->index, got * 3);
				if (e->kind != EVENT_RSS_STAT)
					cr_assert_eq(e->pfn, got);
			}
			cr_assert_eq(ring_fill(&f.ring), 0);
		}
		cr_assert_eq(got, sent);
		teardown(&f);
	}
}

/* What the program does when it finds the ring empty behind its first chunk: see append.bpf.h. */
static uint64_t rewind_to(struct fixture *f, bool tell)
{
	uint64_t to = (f->control.head | f->control.mask) + 1;

	cr_assert_eq(f->control.head, f->control.tail);
	f->control.jump_from = f->control.head;
	f->control.head = to;
	if (tell)
		f->control.jumped = to;
	return to;
}

/* It may do so at every look of the reader, which follows it there and counts nothing for what lies between. */
Test(ring, an_emptied_ring_is_filled_from_its_beginning_again)
{
	struct fixture f;
	uint64_t sent = 0, got = 0;

	setup(&f, 16 * WIRE_CHUNK_WORDS);
	for (int lap = 0; lap < 20; lap++) {
		uint64_t *first, to;

		while (f.control.head % f.ring.words < WIRE_CHUNK_WORDS + 7)
			cr_assert(put(&f, EVENT_PAGE_FREE, sent++, true));
		got += (uint64_t)drain(&f, 0, 1 << 20);
		cr_assert_eq(got, sent);
		/* the program was interrupted before it could say so: not full, and nothing to read yet */
		to = rewind_to(&f, false);
		cr_assert_eq(ring_fill(&f.ring), 0);
		cr_assert(put(&f, EVENT_PAGE_FREE, sent++, true));
		first = f.pending;
		cr_assert_eq(first, f.ring.chunks[0].words);
		cr_assert_eq(ring_fill(&f.ring), 1);
		cr_assert_eq(drain(&f, 0, 99), 0);
		f.control.jumped = to;
		/* on odd laps as far as it had come before, and beyond */
		while (lap % 2 && f.control.head % f.ring.words < WIRE_CHUNK_WORDS + 99)
			cr_assert(put(&f, EVENT_PAGE_FREE, sent++, true));
		got += (uint64_t)drain(&f, 0, 1 << 20);
		cr_assert_eq(got, sent);
		cr_assert_eq(f.control.tail, f.control.head);
		cr_assert_eq(*first, 0);
	}
	for (size_t i = 0; i < sent; i++)
		cr_assert_eq(f.stage.events[i].pfn, i);
	teardown(&f);
}

/* It was interrupted before it moved head, and the interrupt put a record where it was: all stays as it is. */
Test(ring, a_rewind_that_did_not_happen_is_not_followed)
{
	struct fixture f;

	setup(&f, 4 * WIRE_CHUNK_WORDS);
	f.control.jump_from = f.control.head;
	cr_assert(put(&f, EVENT_PAGE_FREE, 1, false));
	cr_assert(put(&f, EVENT_PAGE_FREE, 2, true));
	cr_assert_eq(drain(&f, 0, 99), 0);
	cr_assert_eq(f.control.tail, 0);
	cr_assert_eq(ring_fill(&f.ring), 2);
	teardown(&f);
}

/*
 * A program was preempted before it stored where it found the ring empty; others went back twice meanwhile, and its store
 * comes in between. Nothing waits for what never comes, and the ring does not look full.
 */
Test(ring, a_late_store_of_who_was_too_slow_holds_nobody_up)
{
	struct fixture f;
	uint64_t slow, sent = 0, got = 0;

	setup(&f, 4 * WIRE_CHUNK_WORDS);
	while (f.control.head < WIRE_CHUNK_WORDS + 7)
		cr_assert(put(&f, EVENT_PAGE_FREE, sent++, true));
	got += (uint64_t)drain(&f, 0, 1 << 20);
	slow = f.control.head;
	for (int lap = 0; lap < 3; lap++) {
		rewind_to(&f, true);
		f.control.jump_from = slow;
		cr_assert_eq(ring_fill(&f.ring), 0);
		while (f.control.head % f.ring.words < WIRE_CHUNK_WORDS + 7)
			cr_assert(put(&f, EVENT_PAGE_FREE, sent++, true));
		got += (uint64_t)drain(&f, 0, 1 << 20);
		cr_assert_eq(got, sent);
		cr_assert_eq(f.control.tail, f.control.head);
	}
	teardown(&f);
}

/* An interrupt completed its record inside one that is half written. */
Test(ring, a_record_half_written_holds_back_those_behind_it)
{
	struct fixture f;
	uint64_t *half, word0;

	setup(&f, WIRE_MIN_RING_WORDS);
	stamp(&f, 1010);
	put(&f, EVENT_PAGE_FREE, 1, true);
	put(&f, EVENT_PAGE_FREE, 2, false);
	half = f.pending;
	word0 = f.pending_word0;
	put(&f, EVENT_PAGE_FREE, 3, true);
	cr_assert_eq(drain(&f, 5000, 99), 1);
	cr_assert_eq(drain(&f, 5000, 99), 0);
	cr_assert_eq(ring_fill(&f.ring), 2);
	/* what is behind the half record may be older than this look */
	cr_assert_eq(f.ring.now_ns, 1010);
	*half = word0;
	cr_assert_eq(drain(&f, 5000, 99), 2);
	cr_assert_eq(f.stage.nr, 3);
	for (uint64_t i = 0; i < 3; i++)
		cr_assert_eq(f.stage.events[i].pfn, i + 1);
	cr_assert_eq(f.ring.now_ns, 5000);
	teardown(&f);
}

Test(ring, the_maximum_leaves_the_rest_for_later)
{
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	stamp(&f, 2000);
	for (uint64_t i = 0; i < 10; i++)
		put(&f, EVENT_PAGE_FREE, i, true);
	cr_assert_eq(drain(&f, 9000, 4), 4);
	cr_assert_eq(f.ring.now_ns, 2000);
	cr_assert_eq(drain(&f, 9000, 99), 6);
	cr_assert_eq(f.ring.now_ns, 9000);
	teardown(&f);
}

/* After the last stamp, after the last look at an empty ring, and never before what came before. */
Test(ring, an_event_has_the_latest_time_that_it_cannot_be_older_than)
{
	static const uint64_t expected[] = {0, 500, 500, 600, 1500, 2000};
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	stamp(&f, 900); /* before time 0 of the trace */
	put(&f, EVENT_PAGE_FREE, 1, true);
	stamp(&f, 1500);
	put(&f, EVENT_PAGE_FREE, 1, true);
	stamp(&f, 1400); /* taken before the interrupt's, put after it */
	put(&f, EVENT_PAGE_FREE, 1, true);
	stamp(&f, 1600);
	put(&f, EVENT_PAGE_FREE, 1, true);
	cr_assert_eq(drain(&f, 2500, 99), 4);
	put(&f, EVENT_PAGE_FREE, 1, true); /* the program was asked for a stamp, but too late */
	cr_assert_eq(drain(&f, 2600, 99), 1);
	stamp(&f, 3000);
	put(&f, EVENT_PAGE_FREE, 1, true);
	cr_assert_eq(drain(&f, 2600, 99), 1);
	for (int i = 0; i < 6; i++)
		cr_assert_eq(f.stage.events[i].ts_ns, expected[i], "event %d: %lu", i,
			     f.stage.events[i].ts_ns);
	teardown(&f);
}

Test(ring, whoever_empties_it_asks_for_a_stamp)
{
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	stamp(&f, 2000);
	put(&f, EVENT_PAGE_FREE, 1, true);
	f.control.limit = 77;
	cr_assert_eq(drain(&f, 3000, 99), 1);
	cr_assert_eq(f.control.limit, 0);
	/* nothing new: the CPU's line stays where it is */
	f.control.limit = 77;
	cr_assert_eq(drain(&f, 3000, 99), 0);
	cr_assert_eq(f.control.limit, 77);
	teardown(&f);
}

/* Words as the program packs them, every field at its largest. */
Test(ring, records_become_the_events_that_events_def_describes)
{
	const uint64_t mapping = 0xffff888012345678;
	struct fixture f;
	uint64_t *w;

	setup(&f, WIRE_MIN_RING_WORDS);
	w = f.ring.chunks[0].words;
	w[0] = wire_word0(EVENT_PAGE_ALLOC, 10, GFPC_COMP | GFPC_NOFAIL | 5 << WIRE_MT_SHIFT,
			  (1ULL << WIRE_PFN_BITS) - 1);
	w[1] = wire_word0(EVENT_CACHE_ADD, 31, 0, 77);
	w[2] = mapping;
	w[3] = UINT64_MAX;
	w[4] = wire_time((1ULL << 59) - 1);
	w[5] = wire_word0(EVENT_CACHE_READ, 0, 0, 31);
	w[6] = mapping;
	w[7] = 12;
	w[8] = wire_word0(EVENT_TASK, 0, 0, 0);
	w[9] = 4242ULL | 4200ULL << 32;
	w[10] = wire_word0(EVENT_RSS_STAT, 0, 3, 0);
	w[11] = mapping; /* an mm may have a number that a file has too */
	w[12] = wire_word0(EVENT_BUDDY_STEAL, 1, 9 | 1 << 8 | 2 << 16, 5);
	f.control.head = 13;
	cr_assert_eq(drain(&f, 0, 99), 6);
	cr_assert_eq(f.ring.now_ns, (1ULL << 59) - 1);
	cr_assert_eq(f.stage.events[0].pfn, (1ULL << WIRE_PFN_BITS) - 1);
	cr_assert_eq(f.stage.events[0].order, 10);
	cr_assert_eq(f.stage.events[0].arg, GFPC_COMP | GFPC_NOFAIL | 5u << GFPC_MT_SHIFT);
	cr_assert_eq(f.stage.events[1].order, 31);
	cr_assert_eq(f.stage.events[1].index, UINT64_MAX);
	cr_assert_eq(f.stage.events[1].obj, 1);
	cr_assert_eq(f.stage.events[2].obj, 1);
	cr_assert_eq(f.stage.events[2].count, 31);
	cr_assert_eq(f.stage.events[2].index, 12);
	cr_assert_eq(f.stage.events[2].pfn, 0);
	cr_assert_eq(f.stage.events[3].arg, 4242);
	cr_assert_eq(f.stage.events[3].count, 4200);
	cr_assert_eq(f.stage.events[4].obj, 1);
	cr_assert_eq(f.stage.events[4].arg, 3);
	cr_assert_eq(f.stage.events[5].arg, 9 | 1 << 8 | 2 << 16);
	teardown(&f);
}

/* Kinds that hold a count beside the pfn pack it into the argument. */
Test(ring, counts_and_flags_of_mappings_and_scans_are_unpacked)
{
	struct fixture f;
	uint64_t *w;

	setup(&f, WIRE_MIN_RING_WORDS);
	w = f.ring.chunks[0].words;
	w[0] = wire_word0(EVENT_MAP_ADD, 9,
			  MAPF_PMD | WIRE_MAP_ANON | WIRE_MAP_NEW | 512 << WIRE_COUNT_SHIFT, 1024);
	w[1] = wire_word0(EVENT_MAP_DEL, 4, MAPF_PTE | 3 << WIRE_COUNT_SHIFT, 77);
	w[2] = wire_word0(EVENT_MAP_DUP, 18, MAPF_PUD, 1 << 18); /* too many for the field: 0 */
	w[3] = wire_word0(EVENT_SCAN, 0, 1 | WIRE_SCAN_MAX << WIRE_SCAN_SHIFT, 5);
	w[4] = wire_word0(EVENT_BULK_ALLOC, 0, GFPC_ZERO | 1 << WIRE_MT_SHIFT, 6);
	f.control.head = 5;
	cr_assert_eq(drain(&f, 0, 99), 5);
	cr_assert_eq(f.stage.events[0].arg, MAPF_PMD | MAPF_ANON | MAPF_NEW);
	cr_assert_eq(f.stage.events[0].count, 512);
	cr_assert_eq(f.stage.events[0].pfn, 1024);
	cr_assert_eq(f.stage.events[0].order, 9);
	cr_assert_eq(f.stage.events[1].arg, MAPF_PTE);
	cr_assert_eq(f.stage.events[1].count, 3);
	cr_assert_eq(f.stage.events[2].count, 1 << 18);
	cr_assert_eq(f.stage.events[3].arg, 1);
	cr_assert_eq(f.stage.events[3].count, WIRE_SCAN_MAX);
	cr_assert_eq(f.stage.events[4].arg, GFPC_ZERO | 1u << GFPC_MT_SHIFT);
	teardown(&f);
}

/* Where the next trace of a rotation begins, what is staged already begins with it. */
Test(ring, a_later_start_moves_what_waits)
{
	struct event events[] = {{.ts_ns = 1}, {.ts_ns = 50}, {.ts_ns = 100}, {.ts_ns = 170}};
	struct stage s = {.events = events, .first = 1, .nr = 4, .cap = 4};

	stage_move_start(&s, 100);
	cr_assert_eq(events[0].ts_ns, 1); /* handed over before */
	cr_assert_eq(events[1].ts_ns, 0);
	cr_assert_eq(events[2].ts_ns, 0);
	cr_assert_eq(events[3].ts_ns, 70);
}
