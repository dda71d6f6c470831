// SPDX-License-Identifier: GPL-2.0-only
#include "sim/memory/break_even.h"

double break_even_share(const struct layout *layout, const struct heap_counts *objects,
			const struct heap_counts *object)
{
	int slab = layout_object_for(layout, PAGE_KIND_SLAB, object->slab_order);
	double bytes =
		(double)((layout->base_page + (uint64_t)layout->page_size) << object->slab_order);

	/* it lies in memory that is counted otherwise */
	if (!object->objects_per_slab)
		return object->stride;
	/* a slab of slab descriptors describes itself: that one is in its room already */
	if (slab >= 0 && &objects[slab] != object)
		bytes += objects[slab].stride;
	return bytes / object->objects_per_slab;
}

/* The lowest order from which on, up to the highest, no order takes more (or: none as much either). */
static uint8_t lowest(const double bytes[LAYOUT_MAX_ORDER + 1], bool less)
{
	uint8_t from = BREAK_EVEN_NEVER;

	for (int order = LAYOUT_MAX_ORDER; order >= 0; order--) {
		double today = (double)((uint64_t)BREAK_EVEN_TODAY << order);

		if (bytes[order] > today || (less && bytes[order] == today))
			break;
		from = (uint8_t)order;
	}
	return from;
}

void break_even_of(const struct layout *layout, const struct heap_counts *objects,
		   enum page_kind kind, struct break_even *ret)
{
	double bytes[LAYOUT_MAX_ORDER + 1], shared[LAYOUT_MAX_ORDER + 1];

	for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++) {
		int object = layout_object_for(layout, kind, layout_order(layout, order));

		bytes[order] = shared[order] = (double)layout_unit_bytes(layout, kind, order);
		if (object >= 0)
			shared[order] += break_even_share(layout, objects, &objects[object]) -
					 objects[object].stride;
	}
	ret->tie = lowest(bytes, false);
	ret->less = lowest(bytes, true);
	ret->less_with_slab = lowest(shared, true);
}
