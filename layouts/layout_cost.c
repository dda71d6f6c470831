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

/* SLAB_ALIGN: of a cache that asks for none */
enum { CACHE_LINE = 64, SLAB_ALIGN = 8, SLAB_PAGE = 4096 };

/* "colour" and "colour_off" of __kmem_cache_create() */
static unsigned int colours(unsigned int left_over, unsigned int align)
{
	unsigned int n = left_over / (align > CACHE_LINE ? align : CACHE_LINE);

	return n ? n : 1;
}

/*
 * mm/slab.c of v3.11 and v3.13: cache_estimate(), slab_mgmt_size() and the choice of CFLGS_OFF_SLAB in
 * __kmem_cache_create(). Early boot and SLAB_NOLEAKTRACE, which stay on the slab, are left out.
 */
void layout_plan_slab(const struct layout *layout, unsigned int object_size, unsigned int align,
		      unsigned int slab_bytes, struct layout_slab *ret)
{
	const struct layout_slab_management *m = &layout->slab_management;
	unsigned int head = m->size, each = m->per_object, nr, management, left_over;

	if (!each) {
		*ret = (struct layout_slab){.objects = slab_bytes / object_size, .colours = 1};
		return;
	}
	if (object_size >= m->off_slab_from) {
		nr = slab_bytes / object_size;
		management = head + nr * each;
		left_over = slab_bytes - nr * object_size;
		/* moved onto the slab where it fits into what is left over anyway */
		if (left_over < round_up(management, align)) {
			*ret = (struct layout_slab){.objects = nr,
						    .management = management,
						    .off_slab = true,
						    .colours = colours(left_over, align)};
			return;
		}
	} else {
		nr = slab_bytes > head ? (slab_bytes - head) / (object_size + each) : 0;
		/* the padding of the index was not in the sum */
		if (nr && round_up(head + nr * each, align) + nr * object_size > slab_bytes)
			nr--;
	}
	management = round_up(head + nr * each, align);
	left_over = nr ? slab_bytes - nr * object_size - management : 0;
	*ret = (struct layout_slab){
		.objects = nr, .management = management, .colours = colours(left_over, align)};
}

/* kmalloc_slab(); with SLAB_HWCACHE_ALIGN the objects of 96 bytes have 128 of them. */
static unsigned int kmalloc_size(unsigned int bytes)
{
	unsigned int size = 32;

	if (bytes > 128 && bytes <= 192)
		return 192;
	while (size < bytes)
		size *= 2;
	return size;
}

/* Of management outside of the slab: a kmalloc() from a slab of one page. */
static void outside(const struct layout *layout, unsigned int management,
		    struct layout_slab_home *ret)
{
	unsigned int size = kmalloc_size(management);
	struct layout_slab slab;

	layout_plan_slab(layout, size, size < CACHE_LINE ? size : CACHE_LINE, SLAB_PAGE, &slab);
	*ret = (struct layout_slab_home){.per_page = slab.objects, .stride = size, .colours = 1};
	/* larger than any page has room for: a slab of its own */
	if (!slab.objects)
		*ret = (struct layout_slab_home){.per_page = 1, .stride = SLAB_PAGE, .colours = 1};
}

void layout_slab_home(const struct layout *layout, struct layout_slab_home *ret)
{
	struct layout_slab slab;

	layout_plan_slab(layout, layout->slab_management.object, SLAB_ALIGN, SLAB_PAGE, &slab);
	if (slab.off_slab) {
		outside(layout, slab.management, ret);
		ret->kmalloced = true;
		return;
	}
	*ret = (struct layout_slab_home){.per_page = 1,
					 .stride = SLAB_PAGE,
					 .colours = slab.colours,
					 .colour_bytes = CACHE_LINE};
}

uint64_t layout_slab_management_bytes(const struct layout *layout, unsigned int order)
{
	struct layout_slab_home home;
	struct layout_slab slab;

	if (!layout->slab_management.per_object)
		return 0;
	layout_plan_slab(layout, layout->slab_management.object, SLAB_ALIGN, SLAB_PAGE << order,
			 &slab);
	if (!slab.off_slab)
		return slab.management;
	outside(layout, slab.management, &home);
	return (SLAB_PAGE + home.per_page - 1) / home.per_page;
}

bool layout_is_managed(const struct layout *layout, const struct layout_object *object)
{
	return object->cls == LAYOUT_CLASS_SLAB && layout->slab_management.per_object;
}
