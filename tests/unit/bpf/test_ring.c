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
	memset(f, 0, sizeof(*f));
	f->ring = (struct ring){
		.control = &f->control,
		.chunks = calloc((words + WIRE_CHUNK_WORDS - 1) / WIRE_CHUNK_WORDS,
				 sizeof(struct wire_chunk)),
		.words = words,
		.cpu = 3,
	};
	cr_assert_eq(decoder_init(&f->decoder, 1000, NULL), 0);
}

static void teardown(struct fixture *f)
{
	free(f->ring.chunks);
	decoder_fini(&f->decoder);
	stage_fini(&f->stage);
}

/* False: no room, as the program judges it. */
static bool put(struct fixture *f, uint32_t kind, uint64_t pfn, uint64_t ns, bool finish)
{
	uint64_t place = f->control.head & (f->ring.words - 1), *record;

	if (f->control.head - f->control.tail + WIRE_MARGIN_WORDS > f->ring.words)
		return false;
	f->control.head += wire_words(kind);
	record = &f->ring.chunks[place / WIRE_CHUNK_WORDS].words[place % WIRE_CHUNK_WORDS];
	for (uint32_t i = 0; i < wire_words(kind); i++)
		cr_assert_eq(record[i], 0, "the reader left something behind at %lu", place + i);
	record[1] = ns;
	if (wire_words(kind) > 2)
		record[2] = 0xffff888000000000 + pfn;
	if (wire_words(kind) > 3)
		record[3] = pfn * 3;
	if (finish) {
		record[0] = wire_word0(kind, pfn & 31, pfn & 0xfffff, pfn);
	} else {
		f->pending = record;
		f->pending_word0 = wire_word0(kind, pfn & 31, pfn & 0xfffff, pfn);
	}
	return true;
}

/* Rings of one chunk's part, exactly one chunk, and several: odd lengths meet every boundary. */
Test(ring, every_record_arrives_over_many_laps)
{
	static const uint64_t sizes[] = {WIRE_MIN_RING_WORDS, WIRE_CHUNK_WORDS,
					 4 * WIRE_CHUNK_WORDS};
	static const uint32_t kinds[] = {EVENT_PAGE_FREE, EVENT_CACHE_ADD, EVENT_RSS_STAT,
					 EVENT_LRU_ADD, EVENT_RSS_STAT};

	for (size_t s = 0; s < 3; s++) {
		uint64_t sent = 0, got = 0, laps = s == 2 ? 3 : 40;
		struct fixture f;

		setup(&f, sizes[s]);
		while (f.control.tail < laps * sizes[s]) {
			ssize_t n;

			while (put(&f, kinds[sent % 5], sent, 1000 + sent, true))
				sent++;
			n = ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 1 << 20, NULL);
			cr_assert_gt(n, 0);
			for (; f.stage.first < f.stage.nr; f.stage.first++, got++) {
				const struct event *e = &f.stage.events[f.stage.first];

				cr_assert_eq(e->kind, kinds[got % 5]);
				cr_assert_eq(e->ts_ns, got);
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

/* An interrupt completed its record inside one that is half written. */
Test(ring, a_record_half_written_holds_back_those_behind_it)
{
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	put(&f, EVENT_PAGE_FREE, 1, 1010, true);
	put(&f, EVENT_PAGE_FREE, 2, 1020, false);
	put(&f, EVENT_PAGE_FREE, 3, 1030, true);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 1);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 0);
	cr_assert_eq(ring_fill(&f.ring), 4);
	*f.pending = f.pending_word0;
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 2);
	cr_assert_eq(f.stage.nr, 3);
	for (uint64_t i = 0; i < 3; i++)
		cr_assert_eq(f.stage.events[i].pfn, i + 1);
	teardown(&f);
}

Test(ring, the_cut_and_the_maximum_leave_the_rest_for_later)
{
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	for (uint64_t i = 0; i < 10; i++)
		put(&f, EVENT_PAGE_FREE, i, 2000 + i, true);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, 2004, 99, NULL), 5);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, 2004, 99, NULL), 0);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 2, NULL), 2);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 3);
	teardown(&f);
}

/* The outer event took its time before the interrupt took its own, but its place after. */
Test(ring, times_of_one_cpu_never_go_back)
{
	static const uint64_t ns[] = {900, 1500, 1400, 1600}, expected[] = {0, 500, 500, 600};
	struct fixture f;

	setup(&f, WIRE_MIN_RING_WORDS);
	for (int i = 0; i < 4; i++)
		put(&f, EVENT_PAGE_FREE, 1, ns[i], true);
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 4);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(f.stage.events[i].ts_ns, expected[i]);
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
	w[1] = 5000;
	w[2] = wire_word0(EVENT_CACHE_ADD, 31, 0, 77);
	w[3] = 5001;
	w[4] = mapping;
	w[5] = UINT64_MAX;
	w[6] = wire_word0(EVENT_CACHE_READ, 0, 0, 31);
	w[7] = 5002;
	w[8] = mapping;
	w[9] = 12;
	w[10] = wire_word0(EVENT_TASK, 0, 0, 0);
	w[11] = 5003;
	w[12] = 4242ULL | 4200ULL << 32;
	w[13] = wire_word0(EVENT_RSS_STAT, 0, 3, 0);
	w[14] = 5004;
	w[15] = mapping; /* an mm may have a number that a file has too */
	w[16] = wire_word0(EVENT_BUDDY_STEAL, 1, 9 | 1 << 8 | 2 << 16, 5);
	w[17] = 5005;
	f.control.head = 18;
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 6);
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
	w[1] = 5000;
	w[2] = wire_word0(EVENT_MAP_DEL, 4, MAPF_PTE | 3 << WIRE_COUNT_SHIFT, 77);
	w[3] = 5001;
	w[4] = wire_word0(EVENT_MAP_DUP, 18, MAPF_PUD, 1 << 18); /* too many for the field: 0 */
	w[5] = 5002;
	w[6] = wire_word0(EVENT_SCAN, 0, 1 | WIRE_SCAN_MAX << WIRE_SCAN_SHIFT, 5);
	w[7] = 5003;
	w[8] = wire_word0(EVENT_BULK_ALLOC, 0, GFPC_ZERO | 1 << WIRE_MT_SHIFT, 6);
	w[9] = 5004;
	f.control.head = 10;
	cr_assert_eq(ring_drain(&f.ring, &f.decoder, &f.stage, UINT64_MAX, 99, NULL), 5);
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
	struct stage s = {.events = events, .first = 1, .nr = 4, .cap = 4, .last_ns = 170};

	stage_move_start(&s, 100);
	cr_assert_eq(events[0].ts_ns, 1); /* handed over before */
	cr_assert_eq(events[1].ts_ns, 0);
	cr_assert_eq(events[2].ts_ns, 0);
	cr_assert_eq(events[3].ts_ns, 70);
	cr_assert_eq(s.last_ns, 70);
	stage_move_start(&s, 1000);
	cr_assert_eq(s.last_ns, 0);
}
