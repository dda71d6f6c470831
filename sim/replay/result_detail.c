// SPDX-License-Identifier: GPL-2.0-only
/* The JSON form of what is known of single lines, of parts of the memmap, and by whose lines are where. */
#include "sim/replay/result_detail.h"

#include <stdio.h>

#include "base/page_kind.h"
#include "sim/access/place.h"

void put_sharing_misses(struct builder *b, json_t *object, const uint64_t misses[SHARING_MAX])
{
	put_int(b, object, "true", misses[SHARING_TRUE]);
	put_int(b, object, "false", misses[SHARING_FALSE]);
}

/* Bytes of a line, lowest first: "8-15,24". */
static json_t *byte_ranges(uint64_t bytes)
{
	char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (unsigned int first = 0, end; first < 64; first = end + 1) {
		for (end = first; end < 64 && bytes >> end & 1; end++)
			;
		if (end == first)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", len ? "," : "",
					first);
		if (end > first + 1)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "-%u", end - 1);
	}
	return json_string(text);
}

/* What lies there: the memmap, from this page's entry on, or descriptors of a kind. */
static void put_place(struct builder *b, json_t *object, const struct replay_result *result,
		      const struct layout *layout, uint64_t line)
{
	uint64_t address = line * MODEL_LINE, pfn, kind;

	if (address >= PLACE_MEMMAP) {
		pfn = (address - PLACE_MEMMAP) / layout->page_size;
		put(b, object, "what",
		    json_string(pfn < result->meta.max_pfn ? "memmap" : "memmap of descriptors"));
		put_int(b, object, "pfn", pfn);
		return;
	}
	kind = place_heap_index(address);
	put(b, object, "what",
	    json_string(kind < layout->nr_objects ? layout->objects[kind].name : "descriptors"));
	put_int(b, object, "offset", (address - PLACE_HEAP) & ((1ULL << PLACE_HEAP_SHIFT) - 1));
}

static void put_shared_lines(struct builder *b, json_t *object, const struct replay_result *result,
			     const struct layout_result *r)
{
	json_t *lines = json_array();

	put_int(b, object, "copies_taken", r->sharing.totals.taken);
	put_int(b, object, "not_watched", r->sharing.totals.forgotten);
	for (size_t i = 0; i < r->sharing.nr_top; i++) {
		const struct sharing_line *line = &r->sharing.top[i];
		json_t *entry = append_object(b, lines);

		put_place(b, entry, result, r->layout, line->line);
		put_sharing_misses(b, entry, line->misses);
		put_int(b, entry, "copies_taken", line->taken);
		put(b, entry, "bytes_read", byte_ranges(line->read));
		put(b, entry, "bytes_written", byte_ranges(line->written));
	}
	put(b, object, "lines", lines);
}

static void put_heat(struct builder *b, json_t *object, const struct heat *heat, uint64_t max_pfn)
{
	json_t *touched = json_array(), *memory = json_array();

	put_int(b, object, "pages_each", heat->pages);
	for (uint64_t i = 0; i < HEAT_PARTS && i * heat->pages < max_pfn; i++)
		if (json_array_append_new(touched, json_integer((json_int_t)heat->touched[i])) ||
		    json_array_append_new(memory, json_integer((json_int_t)heat->memory[i])))
			b->failed = true;
	put(b, object, "lines", touched);
	put(b, object, "memory", memory);
	put_int(b, object, "lines_elsewhere", heat->beyond);
	put_int(b, object, "memory_elsewhere", heat->beyond_memory);
}

static json_t *put_row(struct builder *b, json_t *parent, const char *key,
		       const struct breakdown_row *row, bool no_hits)
{
	json_t *object = add_object(b, parent, key);
	json_t *hits = no_hits ? NULL : add_object(b, object, "hits");

	put_int(b, object, "accesses", row->accesses);
	put_int(b, object, "lines", row->lines);
	for (int level = 0; hits && level < CACHE_LEVEL_MAX; level++)
		put_int(b, hits, cache_level_name(level), row->hits[level]);
	return object;
}

static void put_structures(struct builder *b, json_t *object, const struct layout *layout,
			   const struct breakdown *breakdown)
{
	json_t *structures = add_object(b, object, "structures");

	for (unsigned int i = 0; i <= layout->nr_objects; i++) {
		struct breakdown_row row;
		json_t *fields;

		breakdown_structure(breakdown, i, &row);
		if (!row.accesses)
			continue;
		fields = add_object(b,
				    put_row(b, structures, breakdown_structure_name(layout, i),
					    &row, breakdown->no_hits),
				    "fields");
		for (unsigned int field = 0; field < BREAKDOWN_FIELDS; field++) {
			const struct breakdown_row *own =
				&breakdown->owners[breakdown_owner(i, field)];

			if (own->accesses || own->lines)
				put_row(b, fields, breakdown_field_name(field), own,
					breakdown->no_hits);
		}
	}
}

static void put_orders(struct builder *b, json_t *orders, unsigned int order,
		       const struct breakdown_row *row, bool no_hits)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", order);
	if (row->accesses)
		put_row(b, orders, number, row, no_hits);
}

static void put_kinds(struct builder *b, json_t *object, const struct breakdown *breakdown)
{
	json_t *kinds = add_object(b, object, "kinds"), *all = add_object(b, object, "orders");
	struct breakdown_row row;

	for (unsigned int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		json_t *orders;

		breakdown_kind(breakdown, kind, &row);
		if (!row.accesses)
			continue;
		orders = add_object(
			b, put_row(b, kinds, page_kind_name(kind), &row, breakdown->no_hits),
			"orders");
		for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++)
			put_orders(b, orders, order, &breakdown->units[kind][order],
				   breakdown->no_hits);
	}
	for (unsigned int order = 0; order <= LAYOUT_MAX_ORDER; order++) {
		breakdown_order(breakdown, order, &row);
		put_orders(b, all, order, &row, breakdown->no_hits);
	}
}

void put_detail(struct builder *b, json_t *object, const struct replay_result *result,
		const struct layout_result *r)
{
	put_shared_lines(b, add_object(b, object, "sharing"), result, r);
	if (r->heat)
		put_heat(b, add_object(b, object, "memmap_heat"), r->heat, result->meta.max_pfn);
	if (!r->breakdown)
		return;
	put_structures(b, object, r->layout, r->breakdown);
	put_kinds(b, object, r->breakdown);
}
