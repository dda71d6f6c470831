// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/result_memory.h"

#include <stdio.h>

#include "sim/memory/break_even.h"
#include "sim/replay/guests.h"
#include "sim/pages/kinds.h"
#include "sim/replay/scale.h"

static void put_costs(struct builder *b, json_t *object, const struct payer *p)
{
	put_int(b, object, "pages", p->pages);
	put_int(b, object, "units", p->units);
	put_int(b, object, "described", p->described);
	put_int(b, object, "memmap", p->memmap_bytes);
	put_int(b, object, "side_arrays", p->side_bytes);
	put_int(b, object, "descriptors", p->descriptor_bytes);
	put_int(b, object, "bytes", payer_bytes(p));
}

static void put_payer(struct builder *b, json_t *parent, const char *key, const struct payer *p)
{
	if (p->pages)
		put_costs(b, add_object(b, parent, key), p);
}

/* Ids may be more than one trace has kinds, so they are no keys. */
static void put_memcgs(struct builder *b, json_t *object, const struct trace_meta *meta,
		       const struct payers *payers)
{
	json_t *all;

	if (!payers->memcgs) {
		put(b, object, "by_memcg", json_null());
		return;
	}
	all = add_array(b, object, "by_memcg");
	for (size_t i = 0; i < payers->nr_memcgs; i++) {
		uint64_t inode = payers->memcg_inodes[i];
		json_t *one;

		if (!payers->memcgs[i].pages)
			continue;
		one = append_object(b, all);
		put(b, one, "memcg", inode ? json_integer((json_int_t)inode) : json_null());
		put_text(b, one, "name", payer_memcg_name(payers, i, meta));
		put_costs(b, one, &payers->memcgs[i]);
	}
}

static void put_payers(struct builder *b, json_t *object, const struct trace_meta *meta,
		       const struct payers *payers)
{
	json_t *kinds = add_object(b, object, "by_kind"), *orders;

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		put_payer(b, kinds, page_kind_name(kind), &payers->kinds[kind]);
	orders = add_object(b, object, "by_order");
	for (int order = 0; order <= CENSUS_MAX_ORDER; order++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", order);
		put_payer(b, orders, key, &payers->orders[order]);
	}
	put_memcgs(b, object, meta, payers);
	put_int(b, object, "unused_in_slabs", payers->unused_bytes);
}

static json_t *order_or_null(uint8_t order)
{
	return order == BREAK_EVEN_NEVER ? json_null() : json_integer(order);
}

static void put_break_even(struct builder *b, json_t *object, const struct layout_result *layout)
{
	static const struct {
		const char *name;
		enum page_kind kind;
	} sorts[] = {{"folio", PAGE_KIND_FILE},
		     {"slab", PAGE_KIND_SLAB},
		     {"pgtable", PAGE_KIND_PGTABLE}};
	json_t *all = add_object(b, object, "break_even_order");

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		json_t *one = add_object(b, all, sorts[i].name);
		struct break_even e;

		break_even_of(layout->layout, layout->objects, sorts[i].kind, &e);
		put(b, one, "tie", order_or_null(e.tie));
		put(b, one, "less", order_or_null(e.less));
		put(b, one, "less_with_slab", order_or_null(e.less_with_slab));
	}
}

/* What the sources leave open, and what was changed: the value that this result is for. */
static void put_params(struct builder *b, json_t *object, const struct layout *layout)
{
	json_t *all = add_object(b, object, "parameters"), *sources;

	for (size_t i = 0; i < layout->nr_params; i++) {
		const struct layout_param *p = &layout->params[i];
		json_t *one = add_object(b, all, p->name);

		put_int(b, one, "value", p->value);
		put_int(b, one, "default", p->standard);
		put(b, one, "set", json_boolean(p->set));
		put(b, one, "open", p->question ? json_string(p->question) : json_null());
	}
	sources = add_array(b, object, "sources");
	for (size_t i = 0; i < layout->nr_sources; i++)
		append(b, sources, json_string(layout->sources[i]));
}

static void put_scaled(struct builder *b, json_t *object, const struct replay_result *result,
		       const struct layout_result *layout)
{
	json_t *one = add_object(b, object, "scaled");
	struct scaled s;

	scale_layout(result, layout, result->scale_ram, &s);
	put_int(b, one, "fixed", s.fixed_bytes);
	put_int(b, one, "descriptors", s.desc_bytes);
	put_int(b, one, "bytes", s.total_bytes);
	put_int(b, one, "bytes_peak", s.total_peak_bytes);
	put_int(b, one, "bytes_mean", s.total_mean_bytes);
}

static void put_guests_cost(struct builder *b, json_t *object, const struct replay_result *result,
			    const struct layout_result *layout)
{
	json_t *one = add_object(b, object, "with_guests");
	struct guests_cost c;

	guests_cost_of(result, (size_t)(layout - result->layouts), &c);
	put_int(b, one, "host", c.host_bytes);
	put_int(b, one, "host_for_guests", c.host_twice_bytes);
	put_int(b, one, "guests", c.guest_bytes);
	put_int(b, one, "bytes", c.total_bytes);
}

void put_layout_memory(struct builder *b, json_t *object, const struct replay_result *result,
		       const struct layout_result *layout)
{
	uint64_t ram = replay_ram_bytes(result);

	put_int(b, object, "total_bytes_per_tib",
		scale_bytes(layout_result_bytes(layout), ram, SCALE_TIB));
	put_int(b, object, "base_page_bytes", layout->layout->base_page);
	put_int(b, object, "rounding_bytes_at_most", layout->fixed.rounding_bytes);
	put_params(b, object, layout->layout);
	put_break_even(b, object, layout);
	put_payers(b, add_object(b, object, "payers"), &result->meta, &layout->payers);
	if (result->scale_ram)
		put_scaled(b, object, result, layout);
	if (result->nr_guests)
		put_guests_cost(b, object, result, layout);
}

static void put_kinds(struct builder *b, json_t *object, const char *key, uint32_t kinds)
{
	json_t *array = add_array(b, object, key);

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (kinds & 1u << kind)
			append(b, array, json_string(page_kind_name(kind)));
}

void put_memory(struct builder *b, json_t *root, const struct replay_result *result)
{
	json_t *kinds = add_object(b, root, "kinds"), *guests;

	put_kinds(b, kinds, "not_named", kinds_not_named(&result->start, &result->end));
	put_kinds(b, kinds, "may_be_counted_as", kinds_vague());
	if (result->scale_ram)
		put_int(b, root, "scaled_to_ram_bytes", result->scale_ram);
	if (!result->nr_guests)
		return;
	guests = add_array(b, root, "guests");
	for (size_t i = 0; i < result->nr_guests; i++) {
		const struct replay_guest *g = &result->guests[i];
		json_t *one = append_object(b, guests);

		put_text(b, one, "file", g->name);
		put_text(b, one, "kernel", g->result->meta.kernel);
		put_int(b, one, "ram_bytes", replay_ram_bytes(g->result));
		put(b, one, "complete", json_boolean(g->result->complete));
	}
	put_int(b, root, "guest_ram_bytes", guests_ram_bytes(result));
	put_int(b, root, "guest_ram_bytes_backed", guests_backed_bytes(result));
}
