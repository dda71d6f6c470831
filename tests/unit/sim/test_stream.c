// SPDX-License-Identifier: GPL-2.0-only
/* Accesses carried over from one layout to another, byte by byte. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/access/place.h"
#include "sim/charge/stream.h"
#include "trace/event.h"

enum { MAX_PFN = 1 << 16, TOUCHES = 64, FREE_PAGE = 0, LIST_ADD, LOCK, FUNCTIONS };

struct touched {
	uint64_t address, end;
	bool write;
};

struct rig {
	struct layout *recorded, *layout;
	struct trace_meta *meta;
	struct heap *heap;
	struct cache_nodes *caches;
	struct watch watch;
	struct stall_model stall;
	struct stream *stream;
	struct touched touched[TOUCHES];
	size_t nr;
};

static void note(void *ctx, uint64_t address, uint64_t end, bool write)
{
	struct rig *rig = ctx;

	cr_assert_lt(rig->nr, TOUCHES);
	rig->touched[rig->nr++] = (struct touched){address, end, write};
}

static void set_name(char *to, const char *name)
{
	(void)snprintf(to, sizeof(struct trace_function), "%s", name);
}

static void rig_init(struct rig *rig, const char *recorded, const char *layout)
{
	struct stream_opts opts = {.on_touch = note, .ctx = rig};
	struct watch_opts watch = {.nr_cpus = 2, .max_pfn = MAX_PFN};
	struct cache_nodes_opts caches = {.nr_cpus = 2};
	struct error err = {0};

	*rig = (struct rig){.meta = calloc(1, sizeof(*rig->meta))};
	rig->meta->nr_cpus = 2;
	rig->meta->nr_functions = FUNCTIONS;
	set_name(rig->meta->functions[FREE_PAGE].name, "free_unref_page");
	set_name(rig->meta->functions[LIST_ADD].name,
		 "__list_add_valid_or_report < lru_gen_add_folio");
	set_name(rig->meta->functions[LOCK].name, "_raw_spin_lock");
	cr_assert_eq(layout_load(recorded, &rig->recorded, &err), 0, "%s", err.msg);
	cr_assert_eq(layout_load(layout, &rig->layout, &err), 0, "%s", err.msg);
	cr_assert_eq(heap_create(rig->layout, MAX_PFN, 2, NULL, &rig->heap, &err), 0);
	cr_assert_eq(cache_geometry_parse("l1=4K/4,l2=16K/4,llc=64K/4", &caches.geometry, &err), 0);
	cr_assert_eq(cache_nodes_create(&caches, &rig->caches, &err), 0);
	watch.layout = rig->layout;
	cr_assert_eq(watch_init(&rig->watch, &watch, &err), 0);
	opts.recorded = rig->recorded;
	opts.layout = rig->layout;
	opts.meta = rig->meta;
	opts.heap = rig->heap;
	opts.caches = rig->caches;
	opts.watch = &rig->watch;
	opts.stall = &rig->stall;
	cr_assert_eq(stream_create(&opts, &rig->stream, &err), 0, "%s", err.msg);
}

static void rig_fini(struct rig *rig)
{
	stream_destroy(rig->stream);
	watch_fini(&rig->watch);
	cache_nodes_destroy(rig->caches);
	heap_destroy(rig->heap);
	layout_destroy(rig->layout);
	layout_destroy(rig->recorded);
	free(rig->meta);
}

/* The unit of 2^order pages that holds the page is aligned to its size. */
static void make_access(struct rig *rig, uint32_t pfn, unsigned int order, enum page_kind kind,
			unsigned int offset, unsigned int size_shift, uint32_t did,
			unsigned int function)
{
	struct op op = {
		.kind = OP_ACCESS, .pfn = pfn, .order = (uint8_t)order, .page_kind = (uint8_t)kind};

	op_set_access(&op, pfn & ~((1u << order) - 1),
		      offset | size_shift << ACCESS_SIZE_SHIFT | did |
			      function << ACCESS_FUNCTION_SHIFT);
	rig->nr = 0;
	stream_op(rig->stream, &op);
}

static void expect_touch(const struct rig *rig, size_t i, uint64_t address, unsigned int size,
			 bool write)
{
	cr_assert_lt(i, rig->nr, "touched %zu times", rig->nr);
	cr_expect_eq(rig->touched[i].address, address, "touch %zu is %ld bytes off", i,
		     (long)(rig->touched[i].address - address));
	cr_expect_eq(rig->touched[i].end - rig->touched[i].address, size);
	cr_expect_eq(rig->touched[i].write, write);
}

/* What a kind, an order, a place and a size may be is tried in full, and no byte may move. */
Test(stream, a_layout_carried_over_to_itself_is_the_same_accesses)
{
	static const char *const names[] = {"v4.14", "v6.1", "v6.12", "v6.18", "v7.3"};
	uint64_t all = 0, padding = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct rig rig;

		rig_init(&rig, names[i], names[i]);
		for (unsigned int n = 0; n < PAGE_KIND_MAX * 3 * 5 * 64 * 4; n++) {
			unsigned int shift = n % 4, offset = n / 4 % 64, at = n / 256 % 5;
			unsigned int order = n / 1280 % 3 * 2, kind = n / 3840;
			uint32_t pfn = 0x4000 + (at & ((1u << order) - 1));
			uint64_t address = place_entry(rig.layout, pfn) + offset;
			uint64_t unknown = stream_result(rig.stream)->padding;

			if (offset % (1u << shift))
				continue;
			make_access(&rig, pfn, order, kind, offset, shift,
				    n % 3 ? ACCESS_LOAD : ACCESS_STORE, n % FUNCTIONS);
			all++;
			for (size_t k = 0; k < rig.nr; k++) {
				cr_assert_eq(rig.touched[k].address, address,
					     "%s: kind %u, order %u, page %u, offset %u, size %u",
					     names[i], kind, order, at, offset, 1u << shift);
				address = rig.touched[k].end;
			}
			if (stream_result(rig.stream)->padding == unknown)
				cr_assert_eq(address,
					     place_entry(rig.layout, pfn) + offset + (1u << shift));
		}
		padding += stream_result(rig.stream)->padding;
		cr_expect_eq(stream_result(rig.stream)->gone, 0);
		cr_expect_eq(stream_result(rig.stream)->undescribed, 0);
		cr_expect_eq(stream_result(rig.stream)->lookups, 0);
		rig_fini(&rig);
	}
	/* most of a struct page are fields */
	cr_expect_lt(padding * 10, all, "%lu of %lu", (unsigned long)padding, (unsigned long)all);
}

static uint64_t describe(struct rig *rig, uint32_t pfn, unsigned int order, enum page_kind kind)
{
	struct heap_ref ref;

	cr_assert(heap_describe(rig->heap, pfn, order, (uint8_t)kind, 0, &ref));
	return ref.address;
}

static uint64_t word_of(const struct rig *rig, uint32_t pfn)
{
	return place_entry(rig->layout, pfn) + rig->layout->places[FIELD_PAGE_MEMDESC].at;
}

Test(stream, fields_of_a_folio_are_in_its_descriptor)
{
	const struct layout_place *places;
	uint64_t folio;
	struct rig rig;

	rig_init(&rig, "v6.12", "memdesc8");
	places = rig.layout->places;
	folio = describe(&rig, 0x100, 2, PAGE_KIND_ANON);
	make_access(&rig, 0x100, 2, PAGE_KIND_ANON, 0, 3, ACCESS_LOAD, FREE_PAGE);
	expect_touch(&rig, 0, folio + places[FIELD_FOLIO_FLAGS].at, 8, false);
	make_access(&rig, 0x100, 2, PAGE_KIND_ANON, 52, 2,
		    ACCESS_LOAD | ACCESS_STORE | ACCESS_LOCKED, FREE_PAGE);
	expect_touch(&rig, 0, folio + places[FIELD_FOLIO_REFCOUNT].at, 4, true);
	/* half of the flags, and the second word of a field of two */
	make_access(&rig, 0x100, 2, PAGE_KIND_ANON, 4, 2, ACCESS_LOAD, FREE_PAGE);
	expect_touch(&rig, 0, folio + places[FIELD_FOLIO_FLAGS].at + 4, 4, false);
	make_access(&rig, 0x100, 2, PAGE_KIND_ANON, 16, 3, ACCESS_STORE, FREE_PAGE);
	expect_touch(&rig, 0, folio + places[FIELD_FOLIO_LRU].at + 8, 8, true);
	/* in the first tail page's entry, where v6.12 has a part of the folio */
	make_access(&rig, 0x101, 2, PAGE_KIND_ANON, 16, 2, ACCESS_STORE, FREE_PAGE);
	expect_touch(&rig, 0, folio + places[FIELD_FOLIO_LARGE_MAPCOUNT].at, 4, true);
	cr_expect_eq(stream_result(rig.stream)->fields[FIELD_FOLIO_FLAGS].accesses, 2);
	cr_expect_eq(stream_result(rig.stream)->fields[FIELD_FOLIO_REFCOUNT].atomics, 1);
	rig_fini(&rig);
}

Test(stream, the_way_from_a_page_to_its_folio_is_the_pages_word)
{
	uint64_t folio;
	struct rig rig;

	rig_init(&rig, "v6.12", "memdesc8");
	folio = describe(&rig, 0x100, 2, PAGE_KIND_FILE);
	make_access(&rig, 0x102, 2, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
	expect_touch(&rig, 0, word_of(&rig, 0x102), 8, false);
	/* the same function has the folio now, so this is the list's */
	make_access(&rig, 0x100, 2, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
	expect_touch(&rig, 0, folio + rig.layout->places[FIELD_FOLIO_LRU].at, 8, false);
	/* another one begins with the page again */
	make_access(&rig, 0x100, 2, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, LOCK);
	expect_touch(&rig, 0, word_of(&rig, 0x100), 8, false);
	/* but not one that works on lists, and no store */
	make_access(&rig, 0x100, 2, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, LIST_ADD);
	expect_touch(&rig, 0, folio + rig.layout->places[FIELD_FOLIO_LRU].at, 8, false);
	make_access(&rig, 0x100, 2, PAGE_KIND_FILE, 8, 3, ACCESS_STORE, FREE_PAGE);
	expect_touch(&rig, 0, folio + rig.layout->places[FIELD_FOLIO_LRU].at, 8, true);
	cr_expect_eq(stream_result(rig.stream)->lookups, 2);
	rig_fini(&rig);
}

/* What a CPU knows is the unit that it looked up last, whatever the layout makes of the word. */
Test(stream, another_unit_is_looked_up_again_and_lists_never)
{
	static const char *const layouts[] = {"memdesc8", "v7.3"};

	for (size_t i = 0; i < 2; i++) {
		const struct stream_result *r;
		const struct stream_field *heads, *links;
		struct rig rig;

		rig_init(&rig, "v6.12", layouts[i]);
		r = stream_result(rig.stream);
		heads = &r->fields[FIELD_PAGE_COMPOUND_HEAD];
		links = &r->fields[FIELD_FOLIO_LRU];
		if (!i) {
			(void)describe(&rig, 0x100, 0, PAGE_KIND_FILE);
			(void)describe(&rig, 0x104, 0, PAGE_KIND_FILE);
		}
		/* the first thing that a CPU does, and on a page that it has not looked up */
		make_access(&rig, 0x100, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, LIST_ADD);
		cr_expect_eq(heads->accesses, 0);
		make_access(&rig, 0x100, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
		make_access(&rig, 0x100, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
		cr_expect_eq(heads->accesses, 1, "the same unit in the same function");
		make_access(&rig, 0x104, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
		cr_expect_eq(heads->accesses, 2, "another unit");
		make_access(&rig, 0x104, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, FREE_PAGE);
		make_access(&rig, 0x104, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, LIST_ADD);
		make_access(&rig, 0x100, 0, PAGE_KIND_FILE, 8, 3, ACCESS_LOAD, LIST_ADD);
		cr_expect_eq(heads->accesses, 2);
		cr_expect_eq(links->accesses, 5);
		rig_fini(&rig);
	}
}

Test(stream, a_page_tables_lock_is_a_hop_away_once)
{
	uint64_t lock;
	struct rig rig;

	rig_init(&rig, "v6.12", "memdesc8");
	lock = describe(&rig, 0x200, 0, PAGE_KIND_PGTABLE) +
	       rig.layout->places[FIELD_PTDESC_PTL].at;
	make_access(&rig, 0x200, 0, PAGE_KIND_PGTABLE, 40, 2,
		    ACCESS_LOAD | ACCESS_STORE | ACCESS_LOCKED, LOCK);
	cr_assert_eq(rig.nr, 2);
	expect_touch(&rig, 0, word_of(&rig, 0x200), 8, false);
	expect_touch(&rig, 1, lock, 4, true);
	make_access(&rig, 0x200, 0, PAGE_KIND_PGTABLE, 40, 0, ACCESS_STORE, LOCK);
	cr_assert_eq(rig.nr, 1);
	expect_touch(&rig, 0, lock, 1, true);
	rig_fini(&rig);
}

Test(stream, what_has_no_place_is_counted_and_costs_nothing)
{
	const struct stream_result *r;
	struct rig rig;

	rig_init(&rig, "v6.12", "memdesc8");
	r = stream_result(rig.stream);
	/* no descriptor: the memory was in use before anybody looked */
	make_access(&rig, 0x300, 0, PAGE_KIND_ANON, 0, 3, ACCESS_LOAD, FREE_PAGE);
	cr_expect_eq(r->undescribed, 1);
	/* a slab has no type of its own there */
	make_access(&rig, 0x300, 0, PAGE_KIND_SLAB, 48, 2, ACCESS_LOAD, FREE_PAGE);
	cr_expect_eq(r->gone, 1);
	cr_expect_eq(rig.nr, 0);
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		cr_expect_eq(stream_cost(rig.stream, OP_ACCESS)->hits[level], 0);
	cr_expect_eq(stream_cost(rig.stream, OP_ACCESS)->accesses, 2);
	rig_fini(&rig);
}

/* Two pages whose entries share no line, the first one twice, in two functions. */
Test(stream, each_access_costs_what_the_caches_say)
{
	const struct op_cost *cost;
	struct rig rig;

	rig_init(&rig, "v6.12", "v6.12");
	make_access(&rig, 0x10, 0, PAGE_KIND_FREE, 0, 3, ACCESS_LOAD, FREE_PAGE);
	make_access(&rig, 0x10, 0, PAGE_KIND_FREE, 40, 3, ACCESS_STORE, FREE_PAGE);
	make_access(&rig, 0x11, 0, PAGE_KIND_FREE, 0, 3, ACCESS_LOAD, FREE_PAGE);
	make_access(&rig, 0x10, 0, PAGE_KIND_FREE, 0, 3, ACCESS_LOAD, LOCK);
	cost = &stream_result(rig.stream)->functions[FREE_PAGE];
	cr_expect_eq(cost->count, 1);
	cr_expect_eq(cost->accesses, 3);
	cr_expect_eq(cost->lines, 2);
	cr_expect_eq(cost->hits[CACHE_MEMORY], 2);
	cr_expect_eq(cost->hits[CACHE_L1], 1);
	cost = &stream_result(rig.stream)->functions[LOCK];
	cr_expect_eq(cost->lines, 1);
	cr_expect_eq(cost->hits[CACHE_L1], 1);
	cr_expect_eq(stream_cost(rig.stream, OP_ACCESS)->accesses, 4);
	rig_fini(&rig);
}
