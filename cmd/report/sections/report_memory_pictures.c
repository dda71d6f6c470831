// SPDX-License-Identifier: GPL-2.0-only
/* Memory over time and memory in space: for people who would rather look than read. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/page_kind.h"
#include "cmd/report/sections/report_sections.h"

/* More could not be told apart in a picture of this size. */
enum { TIME_POINTS = 40, MAX_PARTS = 32, MAP_CELLS_PER_ROW = 64 };

/* Names of descriptors that any layout of any trace has ever had. */
struct parts {
	size_t nr;
	const char *name[MAX_PARTS];
};

static void collect_parts(const struct report_runs *runs, struct parts *ret)
{
	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t l = 0; l < runs->args->nr_layouts; l++) {
			const struct layout_result *lr = &runs->traces[i].result->layouts[l];

			for (size_t o = 0; o < lr->nr_objects && ret->nr < MAX_PARTS; o++) {
				size_t known = 0;

				while (known < ret->nr &&
				       strcmp(ret->name[known], lr->objects[o].object->name))
					known++;
				if (known == ret->nr && lr->objects[o].peak)
					ret->name[ret->nr++] = lr->objects[o].object->name;
			}
		}
	}
}

/* Bytes of one sort of descriptor at a point in time; 0 where the layout has none of them. */
static uint64_t part_at(const struct layout_result *lr, const char *name, size_t point)
{
	for (size_t o = 0; o < lr->nr_objects; o++)
		if (!strcmp(lr->objects[o].object->name, name))
			return lr->series.object[o].point[point];
	return 0;
}

/* What is fixed moves where it follows huge pages or slabs; elsewhere it is what it is at the end. */
static uint64_t fixed_at(const struct layout_result *lr, uint32_t point)
{
	if (!lr->fixed_moves || lr->bytes.step_ns != lr->series.total.step_ns ||
	    point >= lr->bytes.nr)
		return memory_fixed_bytes(&lr->fixed);
	return lr->bytes.point[point] - lr->series.total.point[point];
}

static void time_rows(struct report_table *t, const struct report_trace *trace,
		      const struct layout_result *lr, const struct parts *parts)
{
	const struct series *total = &lr->series.total;
	uint32_t step = 1 + (total->nr - 1) / TIME_POINTS;

	for (uint32_t i = 0; i < total->nr; i += step) {
		uint64_t known = 0;

		report_cell_text(t, trace->name);
		report_cell_text(t, lr->layout->name);
		report_cell_real(t, (double)(i * total->step_ns) / 1e9);
		report_cell_int(t, (int64_t)fixed_at(lr, i));
		for (size_t p = 0; p < parts->nr; p++) {
			uint64_t bytes = part_at(lr, parts->name[p], i);

			known += bytes;
			report_cell_int(t, (int64_t)bytes);
		}
		/* emptied slabs that wait for the end of a grace period */
		report_cell_int(t,
				total->point[i] > known ? (int64_t)(total->point[i] - known) : 0);
	}
}

static void write_over_time(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(r, "over_time", "Page metadata over time");
	struct parts parts = {.nr = 0};

	collect_parts(runs, &parts);
	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "layout", "layout", REPORT_TEXT);
	report_column(t, "seconds", "seconds", REPORT_SECONDS);
	report_column(t, "fixed_bytes", "fixed", REPORT_BYTES);
	for (size_t p = 0; p < parts.nr; p++) {
		char key[64];

		snprintf(key, sizeof(key), "%s_bytes", parts.name[p]);
		report_column(t, key, parts.name[p], REPORT_BYTES);
	}
	report_column(t, "waiting_bytes", "waiting for RCU", REPORT_BYTES);
	report_table_grouped(t);
	report_table_detail(t);
	report_section(r, "over-time", "Memory over time");
	for (size_t i = 0; i < runs->nr; i++) {
		struct report_text title = {.len = 0};

		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			time_rows(t, &runs->traces[i], &runs->traces[i].result->layouts[l], &parts);
		report_add(&title, "Page metadata over time in %s", runs->traces[i].name);
		report_plot(r, REPORT_PLOT_AREA, t, runs->traces[i].name, NULL, title.s,
			    "One picture for each layout, all with the same scale: the memmap, "
			    "and on top of it the slabs of each sort of descriptor.");
	}
}

static void write_kinds(struct report *r, const struct report_runs *runs)
{
	struct report_table *t = report_table(r, "kinds", "What pages were used for");

	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "kind", "kind", REPORT_TEXT);
	report_column(t, "pages_start", "pages at the start", REPORT_COUNT);
	report_column(t, "pages_end", "at the end", REPORT_COUNT);
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;

		for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
			if (!result->start.kind_pages[kind] && !result->end.kind_pages[kind])
				continue;
			report_cell_text(t, runs->traces[i].name);
			report_cell_text(t, page_kind_name(kind));
			report_cell_int(t, (int64_t)result->start.kind_pages[kind]);
			report_cell_int(t, (int64_t)result->end.kind_pages[kind]);
		}
	}
	report_show_table(r, t);
}

/* Every byte of a layout's total, by the kind of page that it is for. */
static void write_payers(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"kind", "kind", REPORT_TEXT},
		{"fixed_bytes", "fixed", REPORT_BYTES},
		{"descriptor_bytes", "descriptors", REPORT_BYTES},
		{"total_bytes", "total", REPORT_BYTES},
	};
	struct report_table *t = report_table(r, "payers", "Who pays for it");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++) {
		for (size_t l = 0; l < runs->args->nr_layouts; l++) {
			const struct payers *payers = &runs->traces[i].result->layouts[l].payers;

			if (l != runs->baseline && !report_is_proposal(runs, l))
				continue;
			for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
				const struct payer *p = &payers->kinds[kind];

				if (!payer_bytes(p))
					continue;
				report_cell_text(t, runs->traces[i].name);
				report_cell_text(t, runs->args->layouts[l]->name);
				report_cell_text(t, page_kind_name(kind));
				report_cell_int(t, (int64_t)(p->memmap_bytes + p->side_bytes));
				report_cell_int(t, (int64_t)p->descriptor_bytes);
				report_cell_int(t, (int64_t)payer_bytes(p));
			}
		}
	}
	report_paragraph(r, "Who pays: the memmap entries and descriptors of each kind of page. "
			    "Slabs hold more than the descriptors in use; that part nobody is "
			    "charged with.");
	report_show_table(r, t);
}

static void memcg_cells(struct report_table *t, const struct report_trace *trace, size_t layout)
{
	const struct layout_result *r = &trace->result->layouts[layout];

	for (size_t i = 0; i < r->payers.nr_memcgs; i++) {
		const char *name = payer_memcg_name(&r->payers, i, &trace->result->meta);
		const struct payer *p = &r->payers.memcgs[i];
		char number[24];

		if (!payer_bytes(p))
			continue;
		(void)snprintf(number, sizeof(number), "%" PRIu64, r->payers.memcg_inodes[i]);
		report_cell_text(t, trace->name);
		report_cell_text(t, r->layout->name);
		report_cell_text(t, *name ? name : number);
		report_cell_int(t, (int64_t)p->pages);
		report_cell_int(t, (int64_t)(p->memmap_bytes + p->side_bytes));
		report_cell_int(t, (int64_t)p->descriptor_bytes);
		report_cell_int(t, (int64_t)payer_bytes(p));
	}
}

/* The same by memory cgroup, of traces that tell it. */
static void write_memcgs(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"layout", "layout", REPORT_TEXT},
		{"memcg", "cgroup", REPORT_TEXT},
		{"pages", "pages", REPORT_COUNT},
		{"fixed_bytes", "fixed", REPORT_BYTES},
		{"descriptor_bytes", "descriptors", REPORT_BYTES},
		{"total_bytes", "total", REPORT_BYTES},
	};
	struct report_table *t;
	bool any = false;

	for (size_t i = 0; i < runs->nr; i++)
		any |= runs->args->nr_layouts &&
		       runs->traces[i].result->layouts[0].payers.nr_memcgs > CHARGED_FIRST;
	if (!any)
		return;
	t = report_table(r, "memcgs", "Which memory cgroups pay for it");
	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++)
		for (size_t l = 0; l < runs->args->nr_layouts; l++)
			if (l == runs->baseline || report_is_proposal(runs, l))
				memcg_cells(t, &runs->traces[i], l);
	report_paragraph(r, "By memory cgroup, as the census found pages charged (a path where the "
			    "trace holds names, else the inode of the group's folder). Slabs are "
			    "charged object by object, which pages do not tell: they are nobody's "
			    "here (none), as is free memory; of memory allocated since the census "
			    "the group is not known.");
	report_show_table(r, t);
}

/* A letter for each cell, A for number 0. */
static void map_rows(struct report_table *t, const struct report_trace *trace,
		     const uint8_t *numbers)
{
	const struct page_map *map = &trace->result->map;

	for (uint32_t i = 0; i < map->nr; i += MAP_CELLS_PER_ROW) {
		char cells[MAP_CELLS_PER_ROW + 1];
		uint32_t n = 0;

		for (; n < MAP_CELLS_PER_ROW && i + n < map->nr; n++)
			cells[n] = (char)('A' + numbers[i + n]);
		cells[n] = '\0';
		report_cell_text(t, trace->name);
		report_cell_int(t, (int64_t)(i * map->cell_pages * trace->result->meta.page_size));
		report_cell_text(t, cells);
	}
}

static struct report_table *map_table(struct report *r, const char *id, const char *title)
{
	struct report_table *t = report_table(r, id, title);

	report_column(t, "trace", "trace", REPORT_TEXT);
	report_column(t, "address", "from", REPORT_BYTES);
	report_column(t, "cells", "cells", REPORT_TEXT);
	report_table_grouped(t);
	report_table_detail(t);
	return t;
}

static void write_map(struct report *r, const struct report_runs *runs)
{
	struct report_table *t =
		map_table(r, "map", "Physical memory: kinds by address, A is kind 0");

	for (size_t i = 0; i < runs->nr; i++) {
		struct report_text title = {.len = 0}, text = {.len = 0};
		const struct page_map *map = &runs->traces[i].result->map;

		map_rows(t, &runs->traces[i], map->kind);
		report_add(&title, "Physical memory at the end of %s", runs->traces[i].name);
		report_add(&text,
			   "Each cell is %" PRIu64 " pages, coloured by what most of them are.",
			   map->cell_pages);
		report_plot(r, REPORT_PLOT_MAP, t, runs->traces[i].name, NULL, title.s, text.s);
	}
}

static void write_writes(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"writer", "written by", REPORT_TEXT},
		{"operations_per_second", "operations/s", REPORT_RATE},
		{"cells", "cells where it leads", REPORT_COUNT},
	};
	struct report_table *t =
		report_table(r, "writes", "Operations that write to page metadata");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_grouped(t);
	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;
		int64_t cells[PAGE_WRITER_MAX] = {0};

		for (uint32_t c = 0; c < result->map.nr; c++)
			cells[result->map.writer[c]]++;
		for (int w = 0; w < PAGE_WRITER_MAX; w++) {
			double n = (double)result->map.writes[w] * result->sample_events_factor;
			double rate = w == PAGE_WRITER_NOBODY ? NAN : report_per_second(result, n);

			report_cell_text(t, runs->traces[i].name);
			report_cell_text(t, page_writer_name(w));
			report_cell_real(t, rate);
			report_cell_int(t, cells[w]);
		}
	}
	report_show_table(r, t);
}

static void write_writers(struct report *r, const struct report_runs *runs)
{
	struct report_table *t =
		map_table(r, "writers",
			  "Physical memory: who writes to its metadata, by address; A is nobody");

	for (size_t i = 0; i < runs->nr; i++) {
		struct report_text title = {.len = 0}, text = {.len = 0};
		const struct page_map *map = &runs->traces[i].result->map;

		map_rows(t, &runs->traces[i], map->writer);
		report_add(&title, "Who wrote to page metadata in %s", runs->traces[i].name);
		report_add(
			&text,
			"Each cell is %" PRIu64 " pages, coloured by the sort of operation that "
			"wrote most often to their metadata while the trace was recorded; this is "
			"of the events, the same for all layouts.",
			map->cell_pages);
		report_plot(r, REPORT_PLOT_WRITERS, t, runs->traces[i].name, NULL, title.s, text.s);
	}
}

void report_memory_pictures(struct report *r, const struct report_runs *runs)
{
	write_over_time(r, runs);
	report_section(r, "kinds", "What memory was used for");
	report_paragraph(r,
			 "Pages by kind. Free pages on per-CPU lists are pcp; compound are "
			 "those of large kmalloc() and drivers, mapped those mapped to user space "
			 "but on no LRU list, kernel those of the kernel without a type. What the "
			 "trace does not tell counts as unknown, and the layouts give it no "
			 "descriptors.");
	write_kinds(r, runs);
	write_payers(r, runs);
	write_memcgs(r, runs);
	write_map(r, runs);
	report_section(r, "writers", "Who writes to page metadata");
	report_paragraph(r,
			 "Each operation that the trace shows or that follows from it, by what "
			 "it is about, where it writes to a field of a page, folio, slab or page "
			 "table in any layout.");
	write_writes(r, runs);
	write_writers(r, runs);
}
