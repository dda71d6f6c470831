// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "sim/pages/page_map.h"
#include "tests/unit/sim/pages_harness.h"

/* Two pages to a cell. */
enum { NR_PAGES = 2 * PAGE_MAP_CELLS };

static void add(struct page_writes *w, enum op_kind kind, uint32_t pfn, unsigned int times)
{
	const struct op op = {.pfn = pfn, .kind = kind};

	while (times--)
		page_writes_add(w, &op, 1);
}

Test(page_map, a_cell_belongs_to_who_wrote_there_most_often)
{
	_cleanup_(page_writes_destroyp) struct page_writes *w = page_writes_create(NR_PAGES, 0);
	struct page_map map;
	struct harness h;

	cr_assert_not_null(w);
	harness_init(&h, NR_PAGES);
	harness_all_free(&h);
	add(w, OP_ALLOC, 0, 2);
	add(w, OP_LRU_ADD, 1, 3); /* the same cell */
	add(w, OP_ANON_MAP, 2, 1);
	add(w, OP_DESCRIBE, 4, 1);
	add(w, OP_SLAB_NEW, NR_PAGES - 1, 1);
	add(w, OP_OBJECT_FIND, 6, 9); /* these only read */
	add(w, OP_BUDDY_PROBE, 6, 9);
	add(w, OP_SEED, 8, 9); /* of a census: nothing happened */
	pages_map(h.pages, w, &map);
	harness_fini(&h);

	cr_assert_eq(map.cell_pages, 2);
	cr_assert_eq(map.nr, PAGE_MAP_CELLS);
	cr_assert_eq(map.writer[0], PAGE_WRITER_FILE);
	cr_assert_eq(map.writer[1], PAGE_WRITER_MAP);
	cr_assert_eq(map.writer[2], PAGE_WRITER_PAGES);
	cr_assert_eq(map.writer[3], PAGE_WRITER_NOBODY);
	cr_assert_eq(map.writer[4], PAGE_WRITER_NOBODY);
	cr_assert_eq(map.writer[PAGE_MAP_CELLS - 1], PAGE_WRITER_SLAB);
	cr_assert_eq(map.writes[PAGE_WRITER_NOBODY], 0);
	cr_assert_eq(map.writes[PAGE_WRITER_PAGES], 3);
	cr_assert_eq(map.writes[PAGE_WRITER_FILE], 3);
	cr_assert_eq(map.kind[5], PAGE_KIND_FREE);
}

/* Whatever file a new operation goes to, it has a colour. */
Test(page_map, every_operation_that_writes_has_a_writer)
{
	for (int kind = OP_REKIND + 1; kind < OP_MAX; kind++) {
		_cleanup_(page_writes_destroyp) struct page_writes *w =
			page_writes_create(NR_PAGES, 0);
		struct op_step steps[OP_MAX_STEPS];
		struct page_map map;
		uint64_t total = 0;
		bool writes = false;
		struct harness h;
		size_t nr;

		cr_assert_not_null(w);
		nr = op_steps((enum op_kind)kind, 0, steps);
		for (size_t i = 0; i < nr; i++)
			writes |= steps[i].mode != MODE_R;
		harness_init(&h, NR_PAGES);
		add(w, (enum op_kind)kind, 0, 1);
		pages_map(h.pages, w, &map);
		harness_fini(&h);
		for (int i = 1; i < PAGE_WRITER_MAX; i++)
			total += map.writes[i];
		cr_assert(total == writes || op_is_of_descriptors((unsigned int)kind), "%s",
			  op_name((enum op_kind)kind));
		cr_assert_str_neq(page_writer_name(map.writer[0]), "invalid");
	}
}
