// SPDX-License-Identifier: GPL-2.0-only
/* What the layouts take in memory: in all, by descriptor, by order. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/page_kind.h"
#include "cmd/report/sections/report_sections.h"
#include "sim/memory/break_even.h"

/* The kernel's own figure, where it publishes one, beside the layouts'. */
static void write_memmap_check(struct report *r, const struct report_runs *runs)
{
	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;
		uint64_t kernel = result->meta.memmap_pages * result->meta.page_size;
		struct report_text t = {.len = 0};
		unsigned int same = 0;
		char a[32];

		if (!kernel)
			continue;
		report_add(&t,
			   "As a check, the kernel recorded in %s says itself that its memmap "
			   "takes %s "
			   "bytes",
			   runs->traces[i].name, num_format_count(kernel, a, sizeof(a)));
		for (size_t l = 0; l < result->nr_layouts; l++)
			if (result->layouts[l].fixed.memmap_bytes == kernel)
				report_add(&t, "%s %s", same++ ? "," : "; the same here:",
					   result->layouts[l].layout->name);
		report_add(&t, ".");
		report_paragraph(r, t.s);
		return; /* the others come from the same host or are like it */
	}
}

static void memory_row(struct report_table *t, const struct report_trace *trace,
		       const struct layout_result *l, const struct layout_result *base)
{
	uint64_t bytes = layout_result_bytes(l), ram = replay_ram_bytes(trace->result);

	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	report_cell_int(t, l->layout->page_size);
	report_cell_int(t, (int64_t)memory_fixed_bytes(&l->fixed));
	report_cell_int(t, (int64_t)l->desc_bytes);
	report_cell_int(t, (int64_t)bytes);
	report_cell_int(t, (int64_t)layout_result_peak_bytes(l));
	report_cell_real(t, 100 * (double)bytes / (double)ram);
	report_cell_real(t, report_change((double)bytes, (double)layout_result_bytes(base)));
}

static void write_totals(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"page_bytes", "page", REPORT_COUNT},
		{"fixed_bytes", "fixed", REPORT_BYTES},
		{"descriptor_bytes", "descriptors", REPORT_BYTES},
		{"total_bytes", "total", REPORT_BYTES},
		{"peak_bytes", "peak", REPORT_BYTES},
		{"percent_of_ram", "% RAM", REPORT_PERCENT},
		{"change_percent", "change", REPORT_CHANGE},
	};
	struct report_table *t = report_table(r, "memory", "Bytes of page metadata at the end");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			memory_row(t, &runs->traces[i], &runs->traces[i].result->layouts[l],
				   report_base(runs, &runs->traces[i]));
	report_show_table(r, t);
}

static void descriptor_row(struct report_table *t, const struct report_trace *trace,
			   const struct layout_result *l, const struct heap_counts *c)
{
	report_cell_text(t, trace->name);
	report_cell_text(t, l->layout->name);
	report_cell_text(t, c->object->name);
	report_cell_int(t, c->object->size);
	report_cell_int(t, (int64_t)c->live);
	report_cell_int(t, (int64_t)c->slab_bytes);
	report_cell_int(t, (int64_t)(c->slab_bytes - c->live * c->stride));
}

static void write_descriptors(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},	   {"layout", "layout", REPORT_TEXT},
		{"descriptor", "descriptor", REPORT_TEXT}, {"size_bytes", "bytes", REPORT_COUNT},
		{"in_use", "in use", REPORT_COUNT},	   {"slab_bytes", "slabs", REPORT_BYTES},
		{"waste_bytes", "waste", REPORT_BYTES},
	};
	struct report_table *t = report_table(r, "descriptors", "Descriptors at the end");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t l = 0; l < runs->args->nr_layouts; l++) {
			const struct layout_result *lr = &runs->traces[i].result->layouts[l];

			for (size_t o = 0; o < lr->nr_objects; o++)
				if (lr->objects[o].peak)
					descriptor_row(t, &runs->traces[i], lr, &lr->objects[o]);
		}
	}
	if (!t || !t->nr_rows)
		return;
	report_section(r, "descriptors", "Descriptors");
	report_paragraph(r, "Allocated apart from the memmap, from slabs of their own; waste is "
			    "what those slabs hold free or cannot use.");
	report_show_table(r, t);
}

/* Orders whose cost is shown: the small ones, where the break-even lies, and THP's. */
static const uint8_t shown_orders[] = {0, 1, 2, 3, 4, 9};
enum { NR_SHOWN_ORDERS = sizeof(shown_orders) };

/* What one page-cache folio takes: its pages' entries and its descriptor. */
static uint64_t folio_bytes(const struct layout *layout, unsigned int order)
{
	int object = layout_object_for(layout, PAGE_KIND_FILE, order);

	return ((uint64_t)layout->page_size << order) +
	       (object < 0 ? 0 : layout->objects[object].stride);
}

static void cell_order(struct report_table *t, unsigned int order)
{
	if (order == BREAK_EVEN_NEVER)
		report_cell_none(t);
	else
		report_cell_int(t, order);
}

static uint64_t folios_of_order(const struct replay_result *result, unsigned int order)
{
	static const enum page_kind kinds[] = {PAGE_KIND_ANON, PAGE_KIND_FILE, PAGE_KIND_SHMEM,
					       PAGE_KIND_USER};
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		n += result->end.units[kinds[i]][order];
	return n;
}

static void order_columns(struct report_table *t, const char *first, const char *what,
			  enum report_unit unit)
{
	report_column(t, first, first, REPORT_TEXT);
	for (int i = 0; i < NR_SHOWN_ORDERS; i++) {
		char key[40], name[16];

		snprintf(key, sizeof(key), "%s_order_%d", what, shown_orders[i]);
		snprintf(name, sizeof(name), i ? "%d" : "order %d", shown_orders[i]);
		report_column(t, key, name, unit);
	}
}

static void write_folio_bytes(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(r, "bytes_per_folio", "Bytes for one folio");

	order_columns(t, "layout", "bytes", REPORT_COUNT);
	report_column(t, "tie_order", "same at", REPORT_COUNT);
	report_column(t, "less_order", "less from", REPORT_COUNT);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const struct layout *layout = runs->args->layouts[l];
		struct break_even even;

		break_even_of(layout, runs->traces[0].result->layouts[l].objects, PAGE_KIND_FILE,
			      &even);
		report_cell_text(t, layout->name);
		for (int i = 0; i < NR_SHOWN_ORDERS; i++)
			report_cell_int(t, (int64_t)folio_bytes(layout, shown_orders[i]));
		cell_order(t, even.tie);
		cell_order(t, even.less);
	}
	report_show_table(r, t);
}

static void write_folio_counts(struct report *r, const struct report_runs *runs)
{
	struct report_table *t =
		report_table(r, "folios", "Folios at the end, by order, as traced");

	order_columns(t, "trace", "folios", REPORT_COUNT);
	for (size_t i = 0; i < runs->nr; i++) {
		report_cell_text(t, runs->traces[i].name);
		for (int o = 0; o < NR_SHOWN_ORDERS; o++)
			report_cell_int(t, (int64_t)folios_of_order(runs->traces[i].result,
								    shown_orders[o]));
	}
	report_show_table(r, t);
}

/* The same for each page, which is what can be compared by eye. */
static void write_page_bytes(struct report *r, const struct report_runs *runs)
{
	struct report_table *t =
		report_table(r, "bytes_per_page", "Bytes for each page of a folio");

	order_columns(t, "layout", "bytes", REPORT_NUMBER);
	report_table_detail(t);
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const struct layout *layout = runs->args->layouts[l];

		report_cell_text(t, layout->name);
		for (int i = 0; i < NR_SHOWN_ORDERS; i++)
			report_cell_real(t, (double)folio_bytes(layout, shown_orders[i]) /
						    (double)(1ULL << shown_orders[i]));
	}
	report_plot(r, REPORT_PLOT_LINES, t, NULL, NULL,
		    "Bytes of metadata for each page, by the order of its folio",
		    "One line for each layout. Where a line lies below the baseline's, folios of "
		    "this order and above take less.");
}

static void write_orders(struct report *r, const struct report_runs *runs)
{
	report_section(r, "orders", "Bytes per folio");
	report_paragraph(r, "What one folio of an order takes with its descriptor; the order from "
			    "which on that is no more, and less, than the 64 bytes for each page "
			    "of today. Then how many folios of that order there were at the end, "
			    "as traced.");
	write_folio_bytes(r, runs);
	write_folio_counts(r, runs);
	write_page_bytes(r, runs);
}

void report_memory(struct report *r, const struct report_runs *runs)
{
	report_section(r, "memory", "Memory");
	write_memmap_check(r, runs);
	write_totals(r, runs);
	write_descriptors(r, runs);
	write_orders(r, runs);
}
