// SPDX-License-Identifier: GPL-2.0-only
/* Objects of slabs, blocks of large folios, and how memory that is no folio is let go. */
#include "tests/unit/sim/pages_harness.h"

enum {
	GFP_SLAB = GFPC_COMP | GFPC_NOWARN | GFPC_NORETRY,
	GFP_FOLIO = GFPC_MOVABLE | GFPC_COMP,
	SLAB = 64, /* of two pages */
	OTHER = 66,
	ANON = LRUF_ANON << LRUF_SHIFT,
};

static const struct trace_code sheaves = {
	.told = UINT64_MAX >> (64 - CODE_MAX),
	.has = 1ULL << CODE_slab_sheaf | 1ULL << CODE_slabobj_ext,
};

static void tell(struct harness *h, uint8_t kind, uint64_t pfn, uint8_t order, uint32_t arg)
{
	harness_event(h, (struct event){.kind = kind, .pfn = pfn, .order = order, .arg = arg});
}

static void start(struct harness *h, struct trace_code code)
{
	harness_init_code(h, 2048, 1u << CLASS_KIND | 1u << CLASS_OBJECT, code);
	harness_all_free(h);
	tell(h, EVENT_PAGE_ALLOC, SLAB, 1, GFP_SLAB);
	tell(h, EVENT_SLAB_PAGE, SLAB, 1, 1 | 21 << SLAB_OBJECTS_SHIFT);
	tell(h, EVENT_PAGE_ALLOC, OTHER, 1, GFP_SLAB);
}

static void object(struct harness *h, uint64_t pfn, uint32_t how)
{
	tell(h, EVENT_OBJECT_FREE, pfn, 0, how);
}

/* An object in a tail page leads to its slab's first page; memory that is no slab's leads nowhere. */
Test(pages_object, a_freed_object_is_charged_to_its_slab)
{
	static const struct {
		uint32_t how;
		enum op_kind way, there;
	} ways[] = {
		{OBJECT_TO_CACHE, OP_OBJECT_FIND, OP_OBJECT_FREE},
		{OBJECT_KFREE, OP_OBJECT_LOOK, OP_OBJECT_KFREE},
		{OBJECT_IN_BULK, OP_OBJECT_LOOK, OP_OBJECT_BULK},
		{OBJECT_LATER, OP_OBJECT_LOOK, OP_OBJECT_LATER},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct harness h;

		start(&h, (struct trace_code){0});
		object(&h, SLAB + 1, ways[i].how);
		object(&h, OTHER, ways[i].how);
		cr_expect_eq(harness_count(&h, ways[i].way), 1);
		cr_expect_eq(harness_count(&h, ways[i].there), 1);
		cr_assert(harness_last(&h, ways[i].way) && harness_last(&h, ways[i].there));
		cr_expect_eq(harness_last(&h, ways[i].way)->pfn, SLAB + 1);
		cr_expect_eq(harness_last(&h, ways[i].there)->pfn, SLAB);
		cr_expect_eq(harness_last(&h, ways[i].there)->order, 1);
		harness_fini(&h);
	}
}

/* kmem_cache_free_bulk() goes back to the cache whenever the next object is another slab's. */
Test(pages_object, objects_of_one_slab_in_a_row_are_a_group)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	tell(&h, EVENT_SLAB_PAGE, OTHER, 1, 1 | 21 << SLAB_OBJECTS_SHIFT);
	object(&h, SLAB, OBJECT_IN_BULK);
	object(&h, SLAB + 1, OBJECT_IN_BULK);
	cr_expect_eq(harness_count(&h, OP_OBJECT_GROUP), 1);
	object(&h, OTHER, OBJECT_IN_BULK);
	cr_expect_eq(harness_count(&h, OP_OBJECT_GROUP), 2);
	object(&h, OTHER, OBJECT_KFREE);
	object(&h, OTHER, OBJECT_IN_BULK);
	cr_expect_eq(harness_count(&h, OP_OBJECT_GROUP), 3);
	cr_expect_eq(harness_count(&h, OP_OBJECT_BULK), 4);
	harness_fini(&h);
}

/* User space copies from whatever memory the kernel has, be it a slab's or not. */
Test(pages_object, a_copy_is_checked_in_any_page)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	object(&h, SLAB + 1, OBJECT_COPIED);
	cr_expect_eq(harness_last(&h, OP_OBJECT_COPIED)->pfn, SLAB);
	object(&h, OTHER + 1, OBJECT_COPIED);
	cr_expect_eq(harness_last(&h, OP_OBJECT_LOOK)->pfn, OTHER + 1);
	cr_expect_eq(harness_last(&h, OP_PAGE_COPIED)->pfn, OTHER);
	cr_expect_eq(harness_count(&h, OP_OBJECT_COPIED), 1);
	cr_expect_eq(harness_count(&h, OP_OBJECT_FREE), 0);
	harness_fini(&h);
}

enum {
	SENT = OBJECT_COPIED | COPY_FROM_USER << OBJECT_NR_SHIFT,
	RECEIVED = OBJECT_COPIED | COPY_TO_USER << OBJECT_NR_SHIFT,
	NEXT = 68, /* another page of socket buffers, of two pages as OTHER */
};

/*
 * Two copies one behind the other are one fragment, until a receiver ran or the page is full: its sender lets it go then. Every
 * reference that was taken goes once, by its receiver or at last with the page.
 */
Test(pages_object, a_fragment_takes_a_reference_and_lets_it_go)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	tell(&h, EVENT_PAGE_ALLOC, NEXT, 1, GFP_SLAB);
	object(&h, OTHER, SENT);
	object(&h, OTHER + 1, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_FIND), 2);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 1);
	object(&h, OTHER, RECEIVED);
	cr_expect_eq(harness_count(&h, OP_FRAG_PUT), 1);
	object(&h, OTHER + 1, RECEIVED);
	cr_expect_eq(harness_count(&h, OP_FRAG_PUT), 1, "there was one fragment");
	object(&h, OTHER + 1, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 2, "the receiver has taken the one before");
	object(&h, NEXT, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 3);
	cr_expect_eq(harness_last(&h, OP_FRAG_PUT)->pfn, OTHER, "its sender goes on with another");
	tell(&h, EVENT_PAGE_FREE, OTHER, 1, 0);
	cr_expect_eq(harness_count(&h, OP_FRAG_PUT), 3);
	tell(&h, EVENT_PAGE_FREE, NEXT, 1, 0);
	cr_expect_eq(harness_count(&h, OP_FRAG_PUT), 5, "the fragment's and the sender's");
	harness_fini(&h);
}

enum { PAGES = 128 /* of socket buffers, each of eight pages, as the kernel has them */ };

static void start_pages(struct harness *h)
{
	start(h, (struct trace_code){0});
	for (uint64_t pfn = PAGES; pfn < PAGES + 64; pfn += 8)
		tell(h, EVENT_PAGE_ALLOC, pfn, 3, GFP_SLAB);
}

/* A buffer takes somewhat less than 64 KiB: what begins there is a fragment of the next, in whatever page it is. */
Test(pages_object, a_socket_buffer_that_is_full_is_followed_by_the_next)
{
	/* where copies begin, and the fragments so far; 16 KiB each, cut where buffers end */
	static const uint32_t large[][2] = {{0, 1},  {4, 1},  {8, 2},  {12, 2}, {15, 3}, {16, 4},
					    {20, 4}, {24, 5}, {28, 5}, {31, 6}, {32, 7}};
	struct harness h;

	start_pages(&h);
	for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++) {
		object(&h, PAGES + large[i][0], SENT);
		cr_expect_eq(harness_count(&h, OP_FRAG_GET), large[i][1], "page %u", large[i][0]);
	}
	harness_fini(&h);
	start_pages(&h);
	/* 4 KiB each: which of those that begin in the last page is cut cannot be told before the next one */
	for (uint64_t page = 2; page < 2 + 18; page++)
		object(&h, PAGES + page, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 3 + 1);
	harness_fini(&h);
}

/* What is sent when everything was received waits for nothing; what the receiver holds something before does. */
Test(pages_object, a_socket_buffer_that_is_sent_at_once_is_followed_by_the_next)
{
	struct harness h;

	start_pages(&h);
	object(&h, PAGES, SENT);
	object(&h, PAGES, RECEIVED);
	object(&h, PAGES, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 2);
	object(&h, PAGES + 2, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 3, "the one before is gone already");
	object(&h, PAGES + 4, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 3);
	object(&h, PAGES, RECEIVED);
	object(&h, PAGES + 5, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 4);
	object(&h, PAGES + 6, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_GET), 4, "it has waited");
	harness_fini(&h);
}

/* Recorders before 1.5 did not tell the direction; slabs hold no fragments, nor do single pages. */
Test(pages_object, not_all_copies_are_of_fragments)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	tell(&h, EVENT_PAGE_ALLOC, 80, 0, GFP_SLAB);
	object(&h, OTHER, OBJECT_COPIED);
	object(&h, SLAB, SENT);
	object(&h, 80, SENT);
	cr_expect_eq(harness_count(&h, OP_FRAG_FIND), 0);
	cr_expect_eq(harness_count(&h, OP_PAGE_COPIED), 2);
	harness_fini(&h);
}

/* Only a sheaf that is emptied looks each object up. */
Test(pages_object, the_slow_path_takes_several_at_once)
{
	for (int with = 0; with < 2; with++) {
		struct harness h;

		start(&h, with ? sheaves : (struct trace_code){0});
		object(&h, SLAB, OBJECT_TO_SLAB | 5 << OBJECT_NR_SHIFT);
		object(&h, SLAB, OBJECT_TO_SLAB);
		object(&h, OTHER, OBJECT_TO_SLAB | 5 << OBJECT_NR_SHIFT);
		cr_expect_eq(harness_count(&h, OP_OBJECT_SLOW), 2);
		cr_expect_eq(harness_count(&h, OP_OBJECT_BULK), with ? 5 : 0);
		harness_fini(&h);
	}
}

/* The slow path of an allocation that made a slab went on with that one. */
Test(pages_object, a_new_slab_is_no_refill_and_has_its_objects)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	cr_expect_eq(harness_count(&h, OP_SLAB_NEW), 1);
	cr_expect_eq(harness_count(&h, OP_SLAB_OBJECT), 21);
	object(&h, SLAB, OBJECT_REFILL);
	cr_expect_eq(harness_count(&h, OP_OBJECT_REFILL), 0);
	object(&h, SLAB, OBJECT_TO_SLAB);
	object(&h, SLAB, OBJECT_TO_SLAB);
	cr_expect_eq(harness_count(&h, OP_OBJECT_PARTIAL), 1, "it is on the list then");
	object(&h, SLAB, OBJECT_REFILL);
	cr_expect_eq(harness_count(&h, OP_OBJECT_REFILL), 1);
	cr_expect_eq(harness_count(&h, OP_OBJECT_FREE), 0);
	/* of older traces, which do not tell how many */
	tell(&h, EVENT_SLAB_PAGE, OTHER, 1, 1);
	cr_expect_eq(harness_count(&h, OP_SLAB_NEW), 2);
	cr_expect_eq(harness_count(&h, OP_SLAB_OBJECT), 21);
	harness_fini(&h);
}

/* Fragments of socket buffers go by their last reference; what has just been a slab, or is one page, does not. */
Test(pages_object, compound_memory_that_is_no_slab_is_put)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	tell(&h, EVENT_SLAB_PAGE, SLAB, 1, 0);
	tell(&h, EVENT_PAGE_FREE, SLAB, 1, 0);
	tell(&h, EVENT_PAGE_ALLOC, 80, 0, GFP_SLAB);
	tell(&h, EVENT_PAGE_FREE, 80, 0, 0);
	tell(&h, EVENT_PAGE_ALLOC, 82, 1, 0);
	tell(&h, EVENT_PAGE_FREE, 82, 1, 0);
	cr_expect_eq(harness_count(&h, OP_FREE_PAGE), 3);
	cr_expect_eq(harness_count(&h, OP_PUT_COMPOUND), 0);
	tell(&h, EVENT_PAGE_FREE, OTHER, 1, 0);
	cr_expect_eq(harness_count(&h, OP_PUT_COMPOUND), 1);
	cr_expect_eq(harness_last(&h, OP_PUT_COMPOUND)->pfn, OTHER);
	harness_fini(&h);
}

Test(pages_object, only_anonymous_folios_forget_their_mapping)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	tell(&h, EVENT_PAGE_ALLOC, 80, 0, GFP_FOLIO);
	harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD, .pfn = 80, .obj = 7});
	tell(&h, EVENT_PAGE_FREE, 80, 0, 0);
	cr_expect_eq(harness_count(&h, OP_FREE_FOLIO), 1);
	cr_expect_eq(harness_count(&h, OP_FREE_ANON), 0);
	tell(&h, EVENT_PAGE_ALLOC, 81, 0, GFP_FOLIO);
	tell(&h, EVENT_LRU_ADD, 81, 0, ANON);
	tell(&h, EVENT_PAGE_FREE, 81, 0, FREE_ANON);
	cr_expect_eq(harness_count(&h, OP_FREE_FOLIO), 2);
	cr_expect_eq(harness_count(&h, OP_FREE_ANON), 1);
	harness_fini(&h);
}

/* Before v6.10 folios that are freed together are on a list; what is allocated between two of them says that they are not. */
Test(pages_object, folios_freed_in_a_row_are_neighbours)
{
	struct harness h;

	start(&h, (struct trace_code){0});
	for (uint32_t pfn = 80; pfn < 83; pfn++)
		tell(&h, EVENT_PAGE_ALLOC, pfn, 0, GFP_FOLIO);
	tell(&h, EVENT_PAGE_FREE, 80, 0, 0);
	cr_expect_eq(harness_last(&h, OP_FREE_FOLIO)->next, PFN_NONE);
	tell(&h, EVENT_PAGE_FREE, 82, 0, 0);
	cr_expect_eq(harness_last(&h, OP_FREE_FOLIO)->next, 80);
	tell(&h, EVENT_PAGE_ALLOC, 80, 0, GFP_FOLIO);
	tell(&h, EVENT_PAGE_FREE, 81, 0, 0);
	cr_expect_eq(harness_last(&h, OP_FREE_FOLIO)->next, PFN_NONE);
	harness_fini(&h);
}

/* A folio of four blocks, written to, dirty, written back; found again by a buffer, which only marks it. */
Test(pages_object, each_block_of_a_large_folio_counts)
{
	static const enum op_kind once[] = {OP_WRITE_FILE, OP_DIRTY, OP_WRITEBACK_BEGIN,
					    OP_WRITEBACK_END};
	static const enum op_kind more[] = {OP_WRITE_MORE, OP_DIRTY_MORE, OP_WRITEBACK_MORE,
					    OP_WRITEBACK_DONE};
	struct harness h;

	harness_init_exact(&h, 2048, 1u << CLASS_LOOKUP | 1u << CLASS_WRITEBACK);
	harness_all_free(&h);
	for (uint8_t order = 0; order <= 2; order += 2) {
		uint64_t pfn = 64 + order * 16u, each = (1u << order) - 1;

		tell(&h, EVENT_PAGE_ALLOC, pfn, order, GFP_FOLIO);
		harness_event(&h, (struct event){.kind = EVENT_CACHE_ADD,
						 .pfn = pfn,
						 .order = order,
						 .obj = 7,
						 .index = pfn});
		tell(&h, EVENT_WRITE, pfn, order, 0);
		tell(&h, EVENT_DIRTY, pfn, order, 0);
		tell(&h, EVENT_WRITEBACK, pfn, order, 1);
		tell(&h, EVENT_WRITEBACK, pfn, order, 0);
		for (size_t i = 0; i < 4; i++) {
			cr_expect_eq(harness_count(&h, once[i]), order ? 2 : 1);
			cr_expect_eq(harness_count(&h, more[i]), each, "%zu", i);
		}
	}
	tell(&h, EVENT_FOLIO_GET, 96, 2, FOLIO_GET_BUFFER);
	cr_expect_eq(harness_count(&h, OP_LRU_REFERENCED), 1);
	cr_expect_eq(harness_last(&h, OP_LRU_REFERENCED)->pfn, 96);
	cr_expect_eq(harness_count(&h, OP_CACHE_GET), 0);
	harness_fini(&h);
}
