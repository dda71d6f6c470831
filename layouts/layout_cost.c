// SPDX-License-Identifier: GPL-2.0-only
/* What a layout takes apart from its memmap and its descriptors. */
#include "layouts/layout.h"

uint64_t layout_unit_bytes(const struct layout *layout, enum page_kind kind, unsigned int order)
{
	unsigned int pages = layout_order(layout, order);
	int object = layout_object_for(layout, kind, pages);

	return ((uint64_t)layout->page_size << pages) +
	       (object < 0 ? 0 : layout->objects[object].stride);
}

uint64_t layout_side_bytes(const struct layout *layout, bool debug)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < layout->nr_sides; i++)
		if (layout->sides[i].debug == debug)
			bytes += layout->sides[i].size +
				 (uint64_t)layout->sides[i].pages * layout->base_page;
	return bytes;
}

uint64_t layout_huge_memmap(const struct layout *layout, enum layout_huge memory, uint64_t bytes)
{
	uint64_t memmap = bytes / layout->base_page * layout->page_size;

	for (size_t i = 0; i < layout->nr_dedups; i++) {
		const struct layout_dedup *dedup = &layout->dedups[i];
		uint64_t kept = (uint64_t)dedup->kept * layout->base_page;

		if (dedup->memory == memory && dedup->block == bytes && kept < memmap)
			return kept;
	}
	return memmap;
}

static unsigned int round_up(unsigned int n, unsigned int align)
{
	return (n + align - 1) / align * align;
}

/*
 * mm/slab.c of v3.11 and v3.13: cache_estimate(), slab_mgmt_size() and the choice of CFLGS_OFF_SLAB in
 * __kmem_cache_create(). Early boot and SLAB_NOLEAKTRACE, which stay on the slab, are left out.
 */
void layout_plan_slab(const struct layout *layout, unsigned int object_size, unsigned int align,
		      unsigned int slab_bytes, struct layout_slab *ret)
{
	const struct layout_slab_management *m = &layout->slab_management;
	unsigned int head = m->size, each = m->per_object, nr, management;

	if (!each) {
		*ret = (struct layout_slab){.objects = slab_bytes / object_size};
		return;
	}
	if (object_size >= m->off_slab_from) {
		nr = slab_bytes / object_size;
		management = head + nr * each;
		/* moved onto the slab where it fits into what is left over anyway */
		if (slab_bytes - nr * object_size < round_up(management, align)) {
			*ret = (struct layout_slab){
				.objects = nr, .management = management, .off_slab = true};
			return;
		}
	} else {
		nr = slab_bytes > head ? (slab_bytes - head) / (object_size + each) : 0;
		/* the padding of the index was not in the sum */
		if (nr && round_up(head + nr * each, align) + nr * object_size > slab_bytes)
			nr--;
	}
	*ret = (struct layout_slab){.objects = nr, .management = round_up(head + nr * each, align)};
}
