// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/breakdown.h"

const char *breakdown_structure_name(const struct layout *layout, unsigned int structure)
{
	return structure == BREAKDOWN_MEMMAP ? "memmap"
					     : layout->objects[structure - BREAKDOWN_OBJECT].name;
}

const char *breakdown_field_name(unsigned int field)
{
	switch (field) {
	case BREAKDOWN_NO_FIELD:
		return "[no field]";
	case BREAKDOWN_FREE_POINTER:
		return "[free pointer]";
	default:
		return field_name(field);
	}
}

unsigned int breakdown_field_in(const struct layout *layout, enum layout_class cls, uint32_t at,
				uint32_t end)
{
	unsigned int found = BREAKDOWN_NO_FIELD;

	for (unsigned int field = 0; field < FIELD_MAX; field++) {
		const struct layout_place *place = &layout->places[field];

		if (field_class(field) != cls || !place->size || place->at >= end ||
		    (uint32_t)(place->at + place->size) <= at)
			continue;
		if (found == BREAKDOWN_NO_FIELD || place->at < layout->places[found].at)
			found = field;
	}
	return found;
}

static void add(struct breakdown_row *sum, const struct breakdown_row *row)
{
	sum->accesses += row->accesses;
	sum->lines += row->lines;
	for (int level = 0; level < CACHE_LEVEL_MAX; level++)
		sum->hits[level] += row->hits[level];
}

void breakdown_structure(const struct breakdown *b, unsigned int structure,
			 struct breakdown_row *ret)
{
	*ret = (struct breakdown_row){.lines = 0};
	for (unsigned int field = 0; field < BREAKDOWN_FIELDS; field++)
		add(ret, &b->owners[breakdown_owner(structure, field)]);
}

void breakdown_field(const struct breakdown *b, unsigned int field, struct breakdown_row *ret)
{
	*ret = (struct breakdown_row){.lines = 0};
	for (unsigned int structure = 0; structure < BREAKDOWN_STRUCTURES; structure++)
		add(ret, &b->owners[breakdown_owner(structure, field)]);
}

void breakdown_kind(const struct breakdown *b, unsigned int kind, struct breakdown_row *ret)
{
	*ret = (struct breakdown_row){.lines = 0};
	for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++)
		add(ret, &b->units[kind][order]);
}

void breakdown_order(const struct breakdown *b, unsigned int order, struct breakdown_row *ret)
{
	*ret = (struct breakdown_row){.lines = 0};
	for (unsigned int kind = 0; kind < PAGE_KIND_MAX; kind++)
		add(ret, &b->units[kind][order]);
}
