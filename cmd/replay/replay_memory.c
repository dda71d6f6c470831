// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cmd/replay/replay_params.h"
#include "cmd/table.h"
#include "sim/memory/break_even.h"
#include "sim/replay/guests.h"
#include "sim/pages/kinds.h"
#include "sim/replay/scale.h"

static double percent(uint64_t n, uint64_t of)
{
	return of ? 100 * (double)n / (double)of : 0;
}

static const struct table_column total_columns[] = {
	{"LAYOUT", false}, {"B/PAGE", true},
	{"FIXED", true},   {"DESCRIPTORS", true},
	{"TOTAL", true},   {"MEAN", true},
	{"PEAK", true},	   {"% OF RAM", true},
	{"PER TIB", true}, {0},
};

static int print_totals(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(total_columns, err);
	uint64_t ram = replay_ram_bytes(result);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];
		uint64_t total = layout_result_bytes(r);

		table_row(t);
		table_text(t, r->layout->name);
		table_count(t, r->layout->page_size);
		table_size(t, memory_fixed_bytes(&r->fixed));
		table_size(t, r->desc_bytes);
		table_size(t, total);
		table_size(t, (uint64_t)layout_result_mean_bytes(r));
		table_size(t, layout_result_peak_bytes(r));
		table_format(t, "%.3f", percent(total, ram));
		table_size(t, scale_bytes(total, ram, SCALE_TIB));
	}
	return table_print(t, stdout, err);
}

static const struct table_column object_columns[] = {
	{"LAYOUT", false}, {"DESCRIPTOR", false},
	{"SIZE", true},	   {"PER SLAB", true},
	{"EACH", true},	   {"LIVE", true},
	{"PEAK", true},	   {"SLABS TAKE", true},
	{"WASTE", true},   {0},
};

static int print_objects(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(object_columns, err);
	bool any = false;

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		for (size_t o = 0; o < r->nr_objects; o++) {
			const struct heap_counts *c = &r->objects[o];

			if (!c->peak)
				continue;
			any = true;
			table_row(t);
			table_text(t, r->layout->name);
			table_text(t, c->object->name);
			table_count(t, c->object->size);
			table_count(t, c->objects_per_slab);
			table_format(t, "%.1f", break_even_share(r->layout, r->objects, c));
			table_count(t, c->live);
			table_count(t, c->peak);
			table_size(t, c->slab_bytes);
			table_size(t, c->slab_bytes - c->live * c->stride);
		}
	}
	if (t && !any)
		return 0;
	puts("\nDescriptors (EACH: bytes in a full slab, its share of what the slab takes "
	     "included)\n");
	return table_print(t, stdout, err);
}

static const struct table_column order_columns[] = {
	{"LAYOUT", false}, {"FOLIO", true},	 {"WITH SLAB", true},
	{"SLAB", true},	   {"PAGE TABLE", true}, {0},
};

static void order_cell(struct table *t, uint8_t tie, uint8_t less)
{
	if (less == BREAK_EVEN_NEVER)
		table_text(t, tie == BREAK_EVEN_NEVER ? "never" : "never less");
	else if (tie < less)
		table_format(t, "%u, same at %u", less, tie);
	else
		table_format(t, "%u", less);
}

static int print_break_even(const struct replay_result *result, struct error *err)
{
	static const enum page_kind kinds[] = {PAGE_KIND_SLAB, PAGE_KIND_PGTABLE};
	_cleanup_(table_destroyp) struct table *t = table_create(order_columns, err);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];
		struct break_even e;

		table_row(t);
		table_text(t, r->layout->name);
		break_even_of(r->layout, r->objects, PAGE_KIND_FILE, &e);
		order_cell(t, e.tie, e.less);
		order_cell(t, e.less_with_slab, e.less_with_slab);
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			break_even_of(r->layout, r->objects, kinds[k], &e);
			order_cell(t, e.tie, e.less);
		}
	}
	printf("\nThe order from which on an allocation takes less than %d bytes per page (WITH "
	       "SLAB: charged with\nits share of the slab that its descriptor lies in)\n\n",
	       BREAK_EVEN_TODAY);
	return table_print(t, stdout, err);
}

static void payer_row(struct table *t, const struct layout_result *r, const char *name,
		      const struct payer *p)
{
	if (!p->pages)
		return;
	table_row(t);
	table_text(t, r->layout->name);
	table_text(t, name);
	table_count(t, p->pages);
	table_count(t, p->described);
	table_size(t, p->memmap_bytes + p->side_bytes);
	table_size(t, p->descriptor_bytes);
	table_size(t, payer_bytes(p));
	table_format(t, "%.2f", percent(payer_bytes(p), layout_result_bytes(r)));
}

static void unused_row(struct table *t, const struct layout_result *r)
{
	if (!r->payers.unused_bytes)
		return;
	table_row(t);
	table_text(t, r->layout->name);
	table_text(t, "unused in slabs");
	table_count(t, 0);
	table_count(t, 0);
	table_size(t, 0);
	table_size(t, r->payers.unused_bytes);
	table_size(t, r->payers.unused_bytes);
	table_format(t, "%.2f", percent(r->payers.unused_bytes, layout_result_bytes(r)));
}

/* One for each memory cgroup that pays. */
static void memcg_rows(struct table *t, const struct replay_result *result,
		       const struct layout_result *r)
{
	for (size_t i = 0; i < r->payers.nr_memcgs; i++) {
		const char *name = payer_memcg_name(&r->payers, i, &result->meta);
		char number[24];

		(void)snprintf(number, sizeof(number), "%" PRIu64, r->payers.memcg_inodes[i]);
		payer_row(t, r, *name ? name : number, &r->payers.memcgs[i]);
	}
}

enum payer_sort { BY_KIND, BY_ORDER, BY_MEMCG };

static int print_payers_by(const struct replay_result *result, enum payer_sort by,
			   struct error *err)
{
	static const char *const sorts[] = {"KIND", "ORDER", "MEMCG"};
	const struct table_column columns[] = {
		{"LAYOUT", false},   {sorts[by], false}, {"PAGES", true},
		{"DESCRIBED", true}, {"FIXED", true},	 {"DESCRIPTORS", true},
		{"TOTAL", true},     {"%", true},	 {0},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		for (int kind = 0; by == BY_KIND && kind < PAGE_KIND_MAX; kind++)
			payer_row(t, r, page_kind_name(kind), &r->payers.kinds[kind]);
		for (int order = 0; by == BY_ORDER && order <= CENSUS_MAX_ORDER; order++) {
			char name[16];

			snprintf(name, sizeof(name), "%d", order);
			payer_row(t, r, name, &r->payers.orders[order]);
		}
		if (by == BY_MEMCG)
			memcg_rows(t, result, r);
		unused_row(t, r);
	}
	puts("");
	return table_print(t, stdout, err);
}

static void print_kinds(uint32_t kinds)
{
	const char *comma = "";

	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		if (kinds & 1u << kind) {
			printf("%s%s", comma, page_kind_name(kind));
			comma = ", ";
		}
}

static int print_memcgs(const struct replay_result *result, struct error *err)
{
	const char *how = result->meta.memcg;

	if (!*how)
		puts("\nBy memory cgroup: not known, the trace does not say it");
	else if (!result->nr_layouts || !result->layouts[0].payers.memcgs)
		puts("\nBy memory cgroup: not with a sample, nor with other orders than the "
		     "trace's");
	else
		printf("\nBy memory cgroup, as the census read it from %s; what was allocated "
		       "since "
		       "is not known, and slabs\nare charged object by object, which pages do not "
		       "tell (none)\n",
		       how);
	return *how && result->nr_layouts && result->layouts[0].payers.memcgs
		       ? print_payers_by(result, BY_MEMCG, err)
		       : 0;
}

static int print_payers(const struct replay_result *result, struct error *err)
{
	uint32_t hidden = kinds_not_named(&result->start, &result->end);
	int r;

	puts("\nWho pays, at the end");
	r = print_payers_by(result, BY_KIND, err);
	if (!r)
		r = print_payers_by(result, BY_ORDER, err);
	if (!r)
		r = print_memcgs(result, err);
	if (r || !hidden)
		return r;
	printf("\nThis trace names no page as ");
	print_kinds(hidden);
	printf(": what there is of them is counted as\n");
	print_kinds(kinds_vague());
	puts(".");
	return 0;
}

static const struct table_column scaled_columns[] = {
	{"LAYOUT", false},
	{"FIXED", true},
	{"DESCRIPTORS", true},
	{"TOTAL", true},
	{"MEAN", true},
	{"PEAK", true},
	{0},
};

static int print_scaled(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(scaled_columns, err);
	char ram[16];

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		struct scaled s;

		scale_layout(result, &result->layouts[i], result->scale_ram, &s);
		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		table_size(t, s.fixed_bytes);
		table_size(t, s.desc_bytes);
		table_size(t, s.total_bytes);
		table_size(t, s.total_mean_bytes);
		table_size(t, s.total_peak_bytes);
	}
	printf("\nOn a machine with %s of RAM, assuming that it has as many folios, slabs and page "
	       "tables of each\nsize per byte of RAM as this one\n\n",
	       num_format_size(result->scale_ram, ram, sizeof(ram)));
	return table_print(t, stdout, err);
}

static const struct table_column guest_columns[] = {
	{"LAYOUT", false},
	{"HOST", true},
	{"FOR GUESTS", true},
	{"IN GUESTS", true},
	{"TOTAL", true},
	{"% OF RAM", true},
	{0},
};

static int print_guests(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(guest_columns, err);
	char guests[16], backed[16];

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		struct guests_cost c;

		guests_cost_of(result, i, &c);
		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		table_size(t, c.host_bytes);
		table_size(t, c.host_twice_bytes);
		table_size(t, c.guest_bytes);
		table_size(t, c.total_bytes);
		table_format(t, "%.3f", percent(c.total_bytes, replay_ram_bytes(result)));
	}
	printf("\nHost and %zu guest%s with %s of RAM, paid for twice: FOR GUESTS is the host's "
	       "share "
	       "for the %s\nof anonymous, shmem and hugetlb memory that can back them (assumed, at "
	       "its "
	       "mean cost)\n\n",
	       result->nr_guests, result->nr_guests == 1 ? "" : "s",
	       num_format_size(guests_ram_bytes(result), guests, sizeof(guests)),
	       num_format_size(guests_backed_bytes(result), backed, sizeof(backed)));
	return table_print(t, stdout, err);
}

/* What a kernel with larger pages would also do, and no trace of smaller ones can show. */
static void print_rounding(const struct replay_result *result)
{
	for (size_t i = 0; i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];
		char pages[16], bytes[16];

		if (r->layout->base_page == 4096)
			continue;
		printf("\n%s: the recorded kernel's allocations and operations, with an entry for "
		       "every "
		       "%s.\nMemory in use would grow by rounding, which is not counted: by %s at "
		       "most.\n",
		       r->layout->name, num_format_size(r->layout->base_page, pages, sizeof(pages)),
		       num_format_size(r->fixed.rounding_bytes, bytes, sizeof(bytes)));
	}
}

int replay_memory_print(const struct replay_result *result, bool payers, struct error *err)
{
	int r = print_totals(result, err);

	print_rounding(result);
	if (!r)
		r = print_objects(result, err);
	if (!r)
		r = print_break_even(result, err);
	if (!r && payers)
		r = print_payers(result, err);
	if (!r && result->scale_ram)
		r = print_scaled(result, err);
	if (!r && result->nr_guests)
		r = print_guests(result, err);
	return r ? r : replay_params_print(result, err);
}
