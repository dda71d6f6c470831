// SPDX-License-Identifier: GPL-2.0-only
/* Where the figures come from, what they cannot know, and how to get them again. */
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/report/sections/report_sections.h"

static void write_trace_items(struct report *r, const struct report_runs *runs, size_t index)
{
	const struct report_trace *trace = &runs->traces[index];
	const struct replay_result *result = trace->result;
	char number[32], ram[16];
	struct report_text t = {.len = 0};

	report_add(&t, "%s events in %.1f s, XXH3 %s",
		   num_format_count(result->events, number, sizeof(number)),
		   (double)result->duration_ns / 1e9, trace->hash);
	if (result->meta.sample > 1)
		report_add(&t, ", 1 page in %u was recorded", result->meta.sample);
	report_item(r, trace->name, t.s);
	t.len = 0;
	if (*result->meta.kernel)
		report_add(&t, "kernel %s, %s, ", result->meta.kernel, result->meta.arch);
	else
		report_add(&t, "kernel not told, ");
	report_add(&t, "%u CPUs, %u node%s, %s of RAM", result->meta.nr_online_cpus,
		   result->meta.nr_nodes, result->meta.nr_nodes == 1 ? "" : "s",
		   num_format_size(replay_ram_bytes(result), ram, sizeof(ram)));
	if (result->meta.thp[0])
		report_add(&t, ", transparent huge pages %s", result->meta.thp);
	report_item(r, "  host", t.s);
	t.len = 0;
	if (*result->meta.filter) {
		report_add(&t, "%s, and the pages that they allocated", result->meta.filter);
		report_item(r, "  only", t.s);
	}
	t.len = 0;
	if (result->sample > 1) {
		report_add(&t,
			   "one page in %u, on caches as much smaller; pages and bytes were "
			   "multiplied by %.2f, costs by %.2f; no TLB",
			   result->sample, result->sample_factor, result->sample_events_factor);
		report_item(r, "  sample", t.s);
	}
	report_trace_machine(r, runs, index);
}

static uint64_t lost_events(const struct replay_result *result)
{
	uint64_t lost = 0;

	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += result->footer.lost[cls];
	return lost;
}

/* What sentences say of recordings, as data. */
static void write_recordings(struct report *r, const struct report_runs *runs)
{
	static const struct report_column_spec columns[] = {
		{"trace", "trace", REPORT_TEXT},
		{"kernel", "kernel", REPORT_TEXT},
		{"xxh3", "XXH3", REPORT_TEXT},
		{"events", "events", REPORT_COUNT},
		{"events_lost", "lost", REPORT_COUNT},
		{"seconds", "seconds", REPORT_SECONDS},
		{"cpus", "CPUs", REPORT_COUNT},
		{"ram_bytes", "RAM", REPORT_BYTES},
		{"kernel_memmap_bytes", "memmap", REPORT_BYTES},
		{"free_percent", "free", REPORT_PERCENT},
		{"unknown_percent", "unknown", REPORT_PERCENT},
		{"offline_percent", "offline", REPORT_PERCENT},
	};
	struct report_table *t = report_table(r, "recordings", "What was recorded");

	report_columns(t, columns, sizeof(columns) / sizeof(columns[0]));
	report_table_detail(t);
	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;

		report_cell_text(t, runs->traces[i].name);
		report_cell_text(t, result->meta.kernel);
		report_cell_text(t, runs->traces[i].hash);
		report_cell_int(t, (int64_t)result->events);
		report_cell_int(t, (int64_t)lost_events(result));
		report_cell_real(t, (double)result->duration_ns / 1e9);
		report_cell_int(t, result->meta.nr_online_cpus);
		report_cell_int(t, (int64_t)replay_ram_bytes(result));
		if (result->meta.memmap_pages)
			report_cell_int(
				t, (int64_t)(result->meta.memmap_pages * result->meta.page_size));
		else
			report_cell_none(t);
		report_cell_real(t, report_percent_of_pages(result, report_free_pages(result)));
		report_cell_real(t, report_percent_of_pages(
					    result, result->end.kind_pages[PAGE_KIND_UNKNOWN]));
		report_cell_real(t, report_percent_of_pages(
					    result, result->end.kind_pages[PAGE_KIND_OFFLINE]));
	}
}

static void write_layouts(struct report *r, const struct report_runs *runs)
{
	for (size_t l = 0; l < runs->args->nr_layouts; l++) {
		const struct layout *layout = runs->args->layouts[l];
		struct report_text t = {.len = 0};
		unsigned int nr = 0;

		report_add(&t, "%s; %s", layout->status, layout->summary);
		for (size_t p = 0; p < layout->nr_params; p++) {
			const struct layout_param *param = &layout->params[p];

			if (param->set)
				report_add(&t, "%s%s=%" PRIu32,
					   nr++ ? ", " : "; changed: ", param->name, param->value);
		}
		for (size_t s = 0; s < layout->nr_sources; s++)
			report_add(&t, "%s%s", s ? "; " : ". From ", layout->sources[s]);
		report_item(r, layout->name, t.s);
	}
}

static bool same_fidelity(const struct replay_result *a, const struct replay_result *b)
{
	return !memcmp(a->meta.classes, b->meta.classes, sizeof(a->meta.classes));
}

/* Traces that saw the same in the same way are told of together. */
static void write_fidelity_of(struct report *r, const struct report_runs *runs, size_t first)
{
	const struct replay_result *result = runs->traces[first].result;
	struct report_text names = {.len = 0};

	for (size_t i = first; i < runs->nr; i++)
		if (same_fidelity(result, runs->traces[i].result))
			report_add(&names, "%s%s", names.len ? ", " : "", runs->traces[i].name);
	if (runs->nr > 1) {
		report_add(&names, ":");
		report_paragraph(r, names.s);
	}
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		const struct trace_class *c = &result->meta.classes[cls];
		struct report_text t = {.len = 0};

		if (!trace_meta_tells(&result->meta, cls))
			continue;
		report_add(&t, "%s", fidelity_name(c->fidelity));
		if (c->how[0])
			report_add(&t, " (%s)", c->how);
		report_add(&t, ", %s", event_class_doc(cls));
		if (c->note[0])
			report_add(&t, ": %s", c->note);
		report_item(r, event_class_name(cls), t.s);
	}
}

static void write_fidelity(struct report *r, const struct report_runs *runs)
{
	struct report_table *table =
		report_table(r, "fidelity", "What was seen of each class of events, and lost");

	report_column(table, "trace", "trace", REPORT_TEXT);
	report_column(table, "class", "class", REPORT_TEXT);
	report_column(table, "fidelity", "fidelity", REPORT_TEXT);
	report_column(table, "how", "how", REPORT_TEXT);
	report_column(table, "lost", "lost", REPORT_COUNT);
	report_table_grouped(table);
	report_table_detail(table);
	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;
		bool told = false;

		for (int cls = 0; cls < CLASS_MAX; cls++) {
			if (!trace_meta_tells(&result->meta, cls))
				continue;
			report_cell_text(table, runs->traces[i].name);
			report_cell_text(table, event_class_name(cls));
			report_cell_text(table, fidelity_name(result->meta.classes[cls].fidelity));
			report_cell_text(table, result->meta.classes[cls].how);
			report_cell_int(table, (int64_t)result->footer.lost[cls]);
		}
		for (size_t k = 0; k < i; k++)
			told |= same_fidelity(runs->traces[k].result, result);
		if (!told)
			write_fidelity_of(r, runs, i);
	}
}

static void write_losses(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	unsigned int incomplete = 0;

	for (size_t i = 0; i < runs->nr; i++) {
		const struct replay_result *result = runs->traces[i].result;
		uint64_t lost = lost_events(result);
		char number[32];

		incomplete += !result->complete;
		if (result->damaged)
			report_add(&t,
				   "The trace %s is damaged and was used up to the damage: %s. ",
				   runs->traces[i].name, result->damage.msg);
		if (lost)
			report_add(&t,
				   "The recorder of %s LOST %s event%s, %.2g %% of them; what "
				   "is counted of it is too low by about that. ",
				   runs->traces[i].name,
				   num_format_count(lost, number, sizeof(number)),
				   lost == 1 ? "" : "s",
				   100 * (double)lost / (double)(lost + result->events));
	}
	if (!incomplete)
		report_add(&t,
			   "%s complete: the recorder lost no event of the classes that it saw.",
			   runs->nr == 1 ? "The trace is" : "All traces are");
	report_paragraph(r, t.s);
}

static void write_unknowns(struct report *r, const struct report_runs *runs)
{
	static const struct {
		size_t offset;
		const char *name, *doc;
	} rows[] = {
#define PAGES_COUNT(name, doc) {offsetof(struct pages_counts, name), #name, doc},
		PAGES_COUNTS(PAGES_COUNT)
#undef PAGES_COUNT
	};
	struct report_table *table = report_table(r, "unknowns", "What was left open or inferred");

	report_column(table, "trace", "trace", REPORT_TEXT);
	report_column(table, "name", "name", REPORT_TEXT);
	report_column(table, "count", "count", REPORT_COUNT);
	report_column(table, "meaning", "of these", REPORT_TEXT);
	report_table_grouped(table);
	report_table_detail(table);
	report_paragraph(r, "What the replay had to leave open or to infer:");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sum = 0;
		char number[32];

		for (size_t k = 0; k < runs->nr; k++) {
			uint64_t n;

			memcpy(&n, (const char *)&runs->traces[k].result->end + rows[i].offset,
			       sizeof(n));
			sum += n;
			report_cell_text(table, runs->traces[k].name);
			report_cell_text(table, rows[i].name);
			report_cell_int(table, (int64_t)n);
			report_cell_text(table, rows[i].doc);
		}
		if (sum)
			report_item(r, num_format_count(sum, number, sizeof(number)), rows[i].doc);
	}
}

static void add_layout_arguments(struct report_text *t, const struct report_runs *runs)
{
	const struct replay_args *args = runs->args;

	report_add(t, " --layout=");
	for (size_t i = 0; i < args->nr_layouts; i++)
		report_add(t, "%s%s", i ? "," : "", args->names[i]);
	for (size_t i = 0; i < args->nr_sets; i++)
		report_add(t, " --set=%s", args->sets[i]);
	if (args->policy.max_order != POLICY_AS_TRACED)
		report_add(t, " --max-folio-order=%u", args->policy.max_order);
	if (args->policy.no_thp)
		report_add(t, " --no-thp");
	if (args->code)
		report_add(t, " --code=%s", args->code);
}

/* Only what was asked for: what was taken from each trace will be again. */
static void add_machine_arguments(struct report_text *t, const struct replay_args *args)
{
	const struct machine *machine = &args->machine;
	struct cache_geometry geometry;
	char buf[160];

	if (args->has_machine) {
		machine_geometry(machine, &geometry);
		report_add(t, " --machine=%s",
			   !strcmp(machine->origin, "given")
				   ? cache_geometry_format(&geometry, buf, sizeof(buf))
			   : !strcmp(machine->origin, "built-in") ? machine->name
								  : machine->origin);
	}
	if (args->has_prefetch)
		report_add(t, " --prefetch=%s",
			   cache_prefetch_format(args->prefetch, buf, sizeof(buf)));
	if (args->pressure.name && strcmp(args->pressure.name, "given"))
		report_add(t, " --pressure=%s", args->pressure.name);
	else if (args->pressure.name)
		report_add(t, " --pressure=%" PRIu64, args->pressure.fills[CACHE_L2]);
}

static void write_commands(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	bool damaged = false;

	report_add(&t, "memsim report");
	add_layout_arguments(&t, runs);
	report_add(&t, " --baseline=%s", runs->args->layouts[runs->baseline]->name);
	add_machine_arguments(&t, runs->args);
	if (runs->quick)
		report_add(&t, " --quick");
	for (size_t i = 0; i < runs->nr; i++)
		damaged |= runs->traces[i].result->damaged;
	if (damaged)
		report_add(&t, " --partial");
	for (size_t i = 0; i < runs->nr; i++)
		report_add(&t, " %s", cmd_basename(runs->traces[i].path));
	report_command(r, t.s);
}

void report_limits(struct report *r, const struct report_runs *runs)
{
	report_section(r, "limits", "What was seen, and what was not");
	write_fidelity(r, runs);
	write_losses(r, runs);
	write_unknowns(r, runs);
	report_paragraph(
		r,
		"What an operation touches comes from the kernel's source, and was compared "
		"with what an emulator saw running kernels do to their struct pages. For the "
		"code (how a kernel works with its pages) nearest to that of the traces here, "
		"the table has what per cent of the accesses seen memsim explains, how far its "
		"number of accesses is off, and that of their misses in the same caches; the last "
		"column has the misses in caches that the workload's own data crowds. "
		"docs/validation.md of memsim has it class by "
		"class.");
	report_measured(r, runs);
	report_section(r, "provenance", "Where it comes from");
	for (size_t i = 0; i < runs->nr; i++)
		write_trace_items(r, runs, i);
	write_recordings(r, runs);
	report_machine(r, runs);
	report_section(r, "layouts", "The layouts");
	write_layouts(r, runs);
	report_section(r, "reproduce", "To reproduce");
	write_commands(r, runs);
}
