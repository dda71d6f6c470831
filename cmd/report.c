// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "cmd/replay_args.h"

/* printf into a paragraph-sized buffer, for the form's functions that take a whole text. */
struct text {
	char s[1024];
	size_t len;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < sizeof(t->s) - t->len ? (size_t)n : sizeof(t->s) - t->len - 1;
}

static const char *size(uint64_t bytes, char buf[16])
{
	return num_format_size(bytes, buf, 16);
}

static const char *count(uint64_t n, char buf[32])
{
	return num_format_count(n, buf, 32);
}

/* Change against the baseline in percent; 0 where there is nothing to compare. */
static double change(uint64_t value, uint64_t base)
{
	return base ? 100 * ((double)value / (double)base - 1) : 0;
}

/* "12.3 % more cache lines" */
static void add_change(struct text *t, uint64_t value, uint64_t base, const char *what)
{
	double percent = change(value, base);

	add(t, "%.1f %% %s %s", percent < 0 ? -percent : percent, percent < 0 ? "fewer" : "more",
	    what);
}

/* Lines that were not in L1, at any deeper level from `level` on: misses of the level before. */
static uint64_t misses(const struct op_cost *cost, enum cache_level level)
{
	uint64_t n = 0;

	for (int l = level + 1; l < CACHE_LEVEL_MAX; l++)
		n += cost->hits[l];
	return n;
}

static void write_answer(const struct report_form *form, const struct replay_result *result,
			 size_t baseline, FILE *to)
{
	const struct layout_result *base = &result->layouts[baseline];
	char a[16], b[16];
	struct text t = {.len = 0};

	add(&t, "On this host page metadata takes %s with %s, %.2f %% of its memory.",
	    size(layout_result_bytes(base), a), base->layout->name,
	    100 * (double)layout_result_bytes(base) / (double)replay_ram_bytes(result));
	for (size_t i = 0; i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];
		uint64_t bytes = layout_result_bytes(r), base_bytes = layout_result_bytes(base);

		if (i == baseline || !strcmp(r->layout->status, "released"))
			continue;
		add(&t, " With %s it would take %s, %s %s", r->layout->name, size(bytes, a),
		    size(bytes < base_bytes ? base_bytes - bytes : bytes - base_bytes, b),
		    bytes < base_bytes ? "less" : "more");
		if (!result->events) {
			add(&t, ".");
			continue;
		}
		add(&t, "; the recorded operations%s would touch ",
		    pressure_is_none(&result->pressure) ? ", with the caches to themselves," : "");
		add_change(&t, r->total.lines, base->total.lines, "cache lines");
		add(&t, " and fetch ");
		add_change(&t, r->total.hits[CACHE_MEMORY], base->total.hits[CACHE_MEMORY],
			   "of them from memory");
		add(&t, ".");
	}
	form->paragraph(to, t.s);
}

static void write_origin(const struct report_form *form, const struct replay_result *result,
			 const char *trace_name, size_t baseline, FILE *to)
{
	char number[32], ram[16], geometry[160], machine[400], pressure[80];
	struct text t = {.len = 0};

	add(&t, "%s, %s events in %.1f s", trace_name, count(result->events, number),
	    (double)result->duration_ns / 1e9);
	form->item(to, "trace", t.s);
	t.len = 0;
	add(&t, "kernel %s, %s, %u CPUs, %u node%s, %s of RAM", result->meta.kernel,
	    result->meta.arch, result->meta.nr_online_cpus, result->meta.nr_nodes,
	    result->meta.nr_nodes == 1 ? "" : "s", size(replay_ram_bytes(result), ram));
	form->item(to, "host", t.s);
	t.len = 0;
	add(&t, "%s, %s; %s%s",
	    cache_geometry_format(&result->geometry, geometry, sizeof(geometry)),
	    result->geometry_recorded ? "as the host advertised them"
				      : replay_machine_text(result, machine, sizeof(machine)),
	    pressure_format(&result->pressure, pressure, sizeof(pressure)),
	    pressure_is_none(&result->pressure)
		    ? ": the workload's own data does not compete for the caches"
		    : " (assumed)");
	form->item(to, "caches", t.s);
	form->item(to, "policy", policy_text(&result->policy, t.s, sizeof(t.s)));
	form->item(to, "baseline", result->layouts[baseline].layout->name);
}

/* The kernel's own figure, where it publishes one, beside the layout's. */
static void write_memmap_check(const struct report_form *form, const struct replay_result *result,
			       FILE *to)
{
	uint64_t kernel = result->meta.memmap_pages * result->meta.page_size;
	struct text t = {.len = 0};
	unsigned int same = 0;
	char a[32];

	if (!kernel)
		return;
	add(&t, "The recorded kernel says that its memmap takes %s bytes", count(kernel, a));
	for (size_t i = 0; i < result->nr_layouts; i++)
		if (result->layouts[i].fixed.memmap_bytes == kernel)
			add(&t, "%s %s",
			    same++ ? "," : "; the same here:", result->layouts[i].layout->name);
	add(&t, ".");
	form->paragraph(to, t.s);
}

static const struct table_column memory_columns[] = {
	{"layout", false}, {"page", true},  {"memmap", true}, {"descriptors", true},
	{"total", true},   {"% RAM", true}, {"change", true}, {0},
};

static int write_memory(const struct report_form *form, const struct replay_result *result,
			size_t baseline, FILE *to, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(memory_columns, err);
	uint64_t base = layout_result_bytes(&result->layouts[baseline]);

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout_result *r = &result->layouts[i];

		table_row(t);
		table_text(t, r->layout->name);
		table_count(t, r->layout->page_size);
		table_size(t, memory_fixed_bytes(&r->fixed));
		table_size(t, r->desc_bytes);
		table_size(t, layout_result_bytes(r));
		table_format(t, "%.3f",
			     100 * (double)layout_result_bytes(r) /
				     (double)replay_ram_bytes(result));
		table_format(t, "%+.1f %%", change(layout_result_bytes(r), base));
	}
	return form->table(t, to, err);
}

static const struct table_column object_columns[] = {
	{"layout", false},
	{"descriptor", false},
	{"bytes", true},
	{"in use", true},
	{"slabs", true},
	{"waste", true},
	{0},
};

static int write_objects(const struct report_form *form, const struct replay_result *result,
			 FILE *to, struct error *err)
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
			table_count(t, c->live);
			table_size(t, c->slab_bytes);
			table_size(t, c->slab_bytes - c->live * c->stride);
		}
	}
	if (t && !any)
		return 0;
	form->heading(to, 2, "Descriptors");
	form->paragraph(to,
			"Allocated apart from the memmap, from slabs of their own; waste is what "
			"those slabs hold free or cannot use.");
	return form->table(t, to, err);
}

/* Orders whose cost is shown: the small ones, where the break-even lies, and THP's. */
static const uint8_t shown_orders[] = {0, 1, 2, 3, 4, 9};
enum { NR_SHOWN_ORDERS = sizeof(shown_orders) };

static const struct table_column order_columns[] = {
	{"layout", false}, {"order 0", true}, {"1", true}, {"2", true},
	{"3", true},	   {"4", true},	      {"9", true}, {0},
};

/* What one page-cache folio takes: its pages' entries and its descriptor. */
static uint64_t folio_bytes(const struct layout *layout, unsigned int order)
{
	int object = layout_object_for(layout, PAGE_KIND_FILE, order);

	return ((uint64_t)layout->page_size << order) +
	       (object < 0 ? 0 : layout->objects[object].stride);
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

static int write_orders(const struct report_form *form, const struct replay_result *result,
			FILE *to, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(order_columns, err);

	if (t) {
		table_row(t);
		table_text(t, "folios here");
		for (int i = 0; i < NR_SHOWN_ORDERS; i++)
			table_count(t, folios_of_order(result, shown_orders[i]));
	}
	for (size_t l = 0; t && l < result->nr_layouts; l++) {
		table_row(t);
		table_text(t, result->layouts[l].layout->name);
		for (int i = 0; i < NR_SHOWN_ORDERS; i++)
			table_count(t, folio_bytes(result->layouts[l].layout, shown_orders[i]));
	}
	form->heading(to, 2, "Bytes per folio");
	form->paragraph(to,
			"What one folio of an order takes with its descriptor, and how many folios "
			"of that order there were at the end, as traced.");
	return form->table(t, to, err);
}

static const struct table_column cache_columns[] = {
	{"layout", false}, {"accesses", true}, {"lines", true},
	{"L1 miss", true}, {"L2 miss", true},  {"memory", true},
	{"lines", true},   {"memory", true},   {0},
};

static int write_caches(const struct report_form *form, const struct replay_result *result,
			size_t baseline, FILE *to, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(cache_columns, err);
	const struct op_cost *base = &result->layouts[baseline].total;

	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct op_cost *cost = &result->layouts[i].total;

		table_row(t);
		table_text(t, result->layouts[i].layout->name);
		table_count(t, cost->accesses);
		table_count(t, cost->lines);
		table_count(t, misses(cost, CACHE_L1));
		table_count(t, misses(cost, CACHE_L2));
		table_count(t, misses(cost, CACHE_LLC));
		table_format(t, "%+.1f %%", change(cost->lines, base->lines));
		table_format(t, "%+.1f %%",
			     change(cost->hits[CACHE_MEMORY], base->hits[CACHE_MEMORY]));
	}
	return form->table(t, to, err);
}

static int write_costs(const struct report_form *form, const struct replay_result *result,
		       size_t baseline, FILE *to, struct error *err)
{
	form->heading(to, 2, "Caches");
	form->paragraph(
		to, "Accesses to page metadata by the recorded operations; distinct lines per "
		    "operation, summed up; how many of these lines each level did not have. The "
		    "last two columns compare lines and fetches from memory with the baseline.");
	if (pressure_is_none(&result->pressure))
		form->paragraph(to, "Nothing else competes for the caches here, so these are lower "
				    "bounds, and which layout goes to memory more often may change "
				    "with --pressure=light or heavy.");
	return write_caches(form, result, baseline, to, err);
}

static void write_fidelity(const struct report_form *form, const struct replay_result *result,
			   FILE *to)
{
	char number[32];

	for (int cls = 0; cls < CLASS_MAX; cls++) {
		const struct trace_class *c = &result->meta.classes[cls];
		struct text t = {.len = 0};

		add(&t, "%s", fidelity_name(c->fidelity));
		if (c->how[0])
			add(&t, " (%s)", c->how);
		if (result->footer.lost[cls])
			add(&t, ", %s LOST", count(result->footer.lost[cls], number));
		if (c->note[0])
			add(&t, ": %s", c->note);
		form->item(to, event_class_name(cls), t.s);
	}
	fputc('\n', to);
}

static void write_losses(const struct report_form *form, const struct replay_result *result,
			 FILE *to)
{
	struct text t = {.len = 0};
	uint64_t lost = 0;
	char number[32];

	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += result->footer.lost[cls];
	if (result->damaged)
		add(&t, "The trace is damaged and was used up to the damage: %s. ",
		    result->damage.msg);
	if (lost)
		add(&t, "The recorder lost %s events; every figure here is too low by their share.",
		    count(lost, number));
	else if (!result->damaged)
		add(&t, "The trace is complete: the recorder lost no event of the classes that it "
			"saw.");
	form->paragraph(to, t.s);
}

static void write_unknowns(const struct report_form *form, const struct pages_counts *counts,
			   FILE *to)
{
	static const struct {
		size_t offset;
		const char *doc;
	} rows[] = {
#define PAGES_COUNT(name, doc) {offsetof(struct pages_counts, name), doc},
		PAGES_COUNTS(PAGES_COUNT)
#undef PAGES_COUNT
	};
	char number[32];

	form->paragraph(to, "What the replay had to leave open or to infer:");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n;

		memcpy(&n, (const char *)counts + rows[i].offset, sizeof(n));
		if (n)
			form->item(to, count(n, number), rows[i].doc);
	}
}

static void write_commands(const struct report_form *form, const struct replay_result *result,
			   const char *trace_name, FILE *to)
{
	char geometry[160];
	struct text t = {.len = 0};

	add(&t, "memsim replay --layout=");
	for (size_t i = 0; i < result->nr_layouts; i++)
		add(&t, "%s%s", i ? "," : "", result->layouts[i].layout->name);
	if (result->policy.max_order != POLICY_AS_TRACED)
		add(&t, " --max-folio-order=%u", result->policy.max_order);
	if (result->policy.no_thp)
		add(&t, " --no-thp");
	/* a profile is named, a machine that was not is spelled out */
	add(&t, " --machine=%s",
	    result->geometry_recorded || !strcmp(result->machine.origin, "given")
		    ? cache_geometry_format(&result->geometry, geometry, sizeof(geometry))
	    : !strcmp(result->machine.origin, "built-in") ? result->machine.name
							  : result->machine.origin);
	if (!pressure_is_none(&result->pressure)) {
		if (strcmp(pressure_name(&result->pressure), "given"))
			add(&t, " --pressure=%s", pressure_name(&result->pressure));
		else
			add(&t, " --pressure=%" PRIu64, result->pressure.fills[CACHE_L2]);
	}
	add(&t, " %s%s", result->damaged ? "--partial " : "", trace_name);
	form->command(to, t.s);
}

int report_write(const struct report_form *form, const struct replay_result *result,
		 const char *trace_name, size_t baseline, FILE *to, struct error *err)
{
	int r;

	form->heading(to, 1, "Page metadata under different layouts of struct page");
	write_answer(form, result, baseline, to);
	write_origin(form, result, trace_name, baseline, to);
	form->heading(to, 2, "Memory");
	write_memmap_check(form, result, to);
	r = write_memory(form, result, baseline, to, err);
	if (!r)
		r = write_objects(form, result, to, err);
	if (!r)
		r = write_orders(form, result, to, err);
	if (!r && result->events)
		r = write_costs(form, result, baseline, to, err);
	if (r)
		return r;
	form->heading(to, 2, "What was seen, and what was not");
	write_fidelity(form, result, to);
	write_losses(form, result, to);
	write_unknowns(form, &result->end, to);
	form->heading(to, 2, "To reproduce");
	write_commands(form, result, trace_name, to);
	return 0;
}
