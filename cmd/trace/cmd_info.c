// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/page_kind.h"
#include "cmd/cmd.h"
#include "cmd/trace/info_counts.h"
#include "cmd/table.h"
#include "cmd/trace/trace_args.h"

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);

/* What reading the whole trace tells beyond its header and footer. */
struct info {
	const char *file;
	const struct trace_reader *reader;
	const struct trace_meta *meta;
	const struct trace_footer *footer; /* NULL: the trace is cut off */
	bool complete;
	uint64_t events[EVENT_KIND_MAX], class_events[CLASS_MAX], nr_events, event_bytes, last_ts;
	uint64_t census_runs, census_pages[PAGE_KIND_MAX], suspended_ms;
	struct info_counts counts;
};

static void info_fini(struct info *info)
{
	info_counts_fini(&info->counts);
}

static const struct argp_child children[] = {{&trace_args_argp, 0, NULL, 0}, {0}};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp argp = {
	.parser = parse_opt,
	.args_doc = "TRACE",
	.doc = "What a trace holds, how it was taken, what it cannot see and what was lost.",
	.children = children,
};

static int see_block(struct info *info, const struct trace_block *b, uint64_t bytes,
		     struct error *err)
{
	if (b->type == BLOCK_EVENTS) {
		for (size_t i = 0; i < b->events.nr; i++) {
			unsigned int kind = b->events.events[i].kind;

			info->events[kind]++;
			info->class_events[event_info(kind)->cls]++;
		}
		info->nr_events += b->events.nr;
		info->event_bytes += bytes;
		info->last_ts = b->events.events[b->events.nr - 1].ts_ns;
	} else if (b->type == BLOCK_CENSUS) {
		for (size_t i = 0; i < b->census.nr; i++)
			info->census_pages[b->census.runs[i].kind] += b->census.runs[i].count
								      << b->census.runs[i].order;
		info->census_runs += b->census.nr;
	} else if (b->type == BLOCK_STAT) {
		const uint64_t *ms = trace_stat_find(b->stat, "memsim_suspended_ms");

		info->suspended_ms = ms ? *ms : info->suspended_ms;
	} else if (b->type == BLOCK_COUNTS) {
		return info_counts_add(&info->counts, info->meta, b->counts.counts, b->counts.nr,
				       err);
	}
	return 0;
}

static int read_trace(struct info *info, struct trace_reader *r, struct error *err)
{
	struct trace_block block;
	uint64_t before = trace_reader_offset(r);
	int res;

	while ((res = trace_reader_next(r, &block, err)) > 0) {
		int bad = see_block(info, &block, trace_reader_offset(r) - before, err);

		if (bad < 0)
			return bad;
		before = trace_reader_offset(r);
	}
	info->footer = trace_reader_footer(r);
	info->complete = !res;
	return res;
}

/* Without a footer the last event is the best that is known. */
static uint64_t duration(const struct info *info)
{
	return info->footer ? info->footer->end_ns : info->last_ts;
}

static double bytes_per_event(const struct info *info)
{
	return info->nr_events ? (double)info->event_bytes / (double)info->nr_events : 0;
}

static const char *size_text(uint64_t bytes, char buf[32])
{
	return num_format_size(bytes, buf, 32);
}

/* The pages and CPUs of each node, where there are several. */
static void print_nodes(const struct trace_meta *m)
{
	char size[32];

	if (m->nr_nodes < 2)
		return;
	for (size_t i = 0; i < m->nr_node_ranges; i++) {
		const struct trace_node_range *r = &m->node_ranges[i];

		printf("node %-5" PRIu32 " pfn %#" PRIx64 " to %#" PRIx64 ", %s\n", r->node,
		       r->start_pfn, r->start_pfn + r->nr_pages - 1,
		       size_text(r->nr_pages * m->page_size, size));
	}
	for (size_t i = 0; i < m->nr_node_cpus; i++) {
		const struct trace_node_cpus *c = &m->node_cpus[i];

		printf("node %-5" PRIu32 " CPUs %" PRIu32 " to %" PRIu32 "\n", c->node,
		       c->first_cpu, c->first_cpu + c->nr_cpus - 1);
	}
}

static void print_sampling(const struct info *info)
{
	uint32_t first = info->meta->sample, last = info->footer ? info->footer->sample : 0;

	if (last > first)
		printf("sampling   one page in %" PRIu32
		       " at first; that was too much to record: one in %" PRIu32 " at the end\n",
		       first, last);
	else if (first > 1)
		printf("sampling   one page in %" PRIu32 "\n", first);
}

static void print_header(const struct info *info)
{
	const struct trace_meta *m = info->meta;
	time_t start = (time_t)(m->start_unix_ns / 1000000000);
	char when[32] = "at a time not told", a[32], b[32], c[32];
	struct tm tm;

	/* imported text has no date */
	if (start && gmtime_r(&start, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	printf("trace      %s, %s, %s\n", cmd_basename(info->file),
	       size_text(trace_reader_file_size(info->reader), a),
	       info->complete ? "complete" : "INCOMPLETE");
	printf("recorded   %s by %s, %.3f s%s%s\n", when, m->tool, (double)duration(info) / 1e9,
	       info->footer ? ", ended by " : "", info->footer ? info->footer->stop : "");
	if (info->suspended_ms)
		printf("suspended  %.3f s besides, in which nothing ran and no time of the trace "
		       "passed\n",
		       (double)info->suspended_ms / 1e3);
	printf("kernel     %s%s%s, LRU %s, THP %s\n", *m->kernel ? m->kernel : "not told",
	       *m->arch ? " " : "", m->arch,
	       m->lru_gen < 0 ? "not known"
	       : m->lru_gen   ? "multi-generational"
			      : "classic",
	       *m->thp ? m->thp : "not known");
	printf("machine    %s%s%" PRIu32 " CPUs online (%" PRIu32 " possible), %" PRIu32 " nodes\n",
	       m->cpu_model, *m->cpu_model ? ", " : "", m->nr_online_cpus, m->nr_cpus, m->nr_nodes);
	printf("memory     %s present, %s managed, %zu ranges up to pfn %#" PRIx64 ", %" PRIu32
	       "-byte pages\n",
	       size_text(m->ram_pages * m->page_size, a),
	       size_text(m->managed_pages * m->page_size, b), m->nr_ranges, m->max_pfn,
	       m->page_size);
	print_nodes(m);
	if (m->struct_page_size)
		printf("page       struct page has %" PRIu32 " bytes\n", m->struct_page_size);
	if (m->memmap_pages)
		printf("memmap     %s, says the kernel\n",
		       size_text(m->memmap_pages * m->page_size, c));
	if (*m->census)
		printf("census     read from %s; memory cgroups %s%s\n", m->census,
		       *m->memcg ? "told by " : "not told", m->memcg);
	if (*m->filter)
		printf("only       %s, and the pages that they allocated\n", m->filter);
	print_sampling(info);
	for (size_t i = 0; i < m->nr_caches; i++)
		printf("cache      L%" PRIu32 " %s, %" PRIu32 " ways, %" PRIu32
		       "-byte lines, shared by %" PRIu32 " CPUs\n",
		       m->caches[i].level, size_text(m->caches[i].size, a), m->caches[i].ways,
		       m->caches[i].line, m->caches[i].shared_cpus);
	if (info->footer)
		printf("recorder   %.3f s of CPU time, buffers of %s at most %s full, %" PRIu64
		       " late events\n",
		       (double)info->footer->self_cpu_ns / 1e9,
		       size_text(info->footer->buffer_size, a),
		       size_text(info->footer->buffer_high_water, b), info->footer->late);
	info_counts_print_how(m);
	printf("events     %" PRIu64 ", %.2f bytes each\n", info->nr_events, bytes_per_event(info));
}

static const struct table_column class_columns[] = {
	{"CLASS", false}, {"FIDELITY", false}, {"HOW", false},	{"EVENTS", true},
	{"LOST", true},	  {"NS", true},	       {"NOTE", false}, {0},
};

static int print_classes(const struct info *info, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(class_columns, err);

	for (int i = 0; t && i < CLASS_MAX; i++) {
		const struct trace_class *c = &info->meta->classes[i];

		if (!trace_meta_tells(info->meta, i))
			continue;
		table_row(t);
		table_text(t, event_class_name(i));
		table_text(t, fidelity_name(c->fidelity));
		table_text(t, c->how);
		table_count(t, info->class_events[i]);
		if (info->footer)
			table_count(t, info->footer->lost[i]);
		else
			table_text(t, "?");
		if (info->footer && info->footer->ns_per_event[i])
			table_count(t, info->footer->ns_per_event[i]);
		else
			table_text(t, "");
		table_text(t, c->note);
	}
	return table_print(t, stdout, err);
}

static const struct table_column loss_columns[] = {
	{"NO ROOM ON CPU", true},
	{"CLASS", false},
	{"LOST", true},
	{0},
};

static int print_losses(const struct trace_footer *footer, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(loss_columns, err);

	for (size_t i = 0; t && i < footer->nr_cpu_losses; i++) {
		table_row(t);
		table_count(t, footer->cpu_losses[i].cpu);
		table_text(t, footer->cpu_losses[i].cls);
		table_count(t, footer->cpu_losses[i].lost);
	}
	return table_print(t, stdout, err);
}

static const struct table_column kind_columns[] = {
	{"EVENT", false},
	{"COUNT", true},
	{"PER SECOND", true},
	{0},
};

static int print_kinds(const struct info *info, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(kind_columns, err);
	double seconds = (double)duration(info) / 1e9;

	for (unsigned int i = 0; t && i < EVENT_KIND_MAX; i++) {
		if (!info->events[i])
			continue;
		table_row(t);
		table_text(t, event_info(i)->name);
		table_count(t, info->events[i]);
		if (seconds > 0)
			table_count(t, (uint64_t)((double)info->events[i] / seconds + 0.5));
	}
	return table_print(t, stdout, err);
}

static const struct table_column census_columns[] = {
	{"CENSUS", false},
	{"PAGES", true},
	{"SIZE", true},
	{0},
};

static int print_census(const struct info *info, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(census_columns, err);

	for (int i = 0; t && i < PAGE_KIND_MAX; i++) {
		if (!info->census_pages[i])
			continue;
		table_row(t);
		table_text(t, page_kind_name(i));
		table_count(t, info->census_pages[i]);
		table_size(t, info->census_pages[i] * info->meta->page_size);
	}
	return table_print(t, stdout, err);
}

static int print_text(const struct info *info, struct error *err)
{
	int r;

	print_header(info);
	putchar('\n');
	r = print_classes(info, err);
	if (!r && info->footer && info->footer->nr_cpu_losses) {
		putchar('\n');
		r = print_losses(info->footer, err);
	}
	if (!r && info->nr_events) {
		putchar('\n');
		r = print_kinds(info, err);
	}
	if (!r && info->census_runs) {
		putchar('\n');
		r = print_census(info, err);
	}
	return r ? r : info_counts_print(&info->counts, err);
}

static int print_json(const struct info *info, struct error *err)
{
	json_t *events = json_object(), *census = json_object(), *json;
	int bad = 0;

	for (unsigned int i = 1; i < EVENT_KIND_MAX; i++)
		if (event_info(i))
			bad |= json_object_set_new(events, event_info(i)->name,
						   json_integer((json_int_t)info->events[i]));
	for (int i = 0; i < PAGE_KIND_MAX; i++)
		bad |= json_object_set_new(census, page_kind_name(i),
					   json_integer((json_int_t)info->census_pages[i]));
	json = json_pack(
		"{s:s, s:I, s:b, s:I, s:I, s:f, s:o?, s:o?, s:I, s:o?, s:o?, s:o?}", "trace",
		cmd_basename(info->file), "size", (json_int_t)trace_reader_file_size(info->reader),
		"complete", info->complete, "duration_ns", (json_int_t)duration(info), "nr_events",
		(json_int_t)info->nr_events, "bytes_per_event", bytes_per_event(info), "events",
		events, "census_pages", census, "census_runs", (json_int_t)info->census_runs,
		"counts", info_counts_json(&info->counts), "header", trace_meta_to_json(info->meta),
		"footer", info->footer ? trace_footer_to_json(info->footer) : json_null());
	if (bad || !json) {
		json_decref(json);
		return error_nomem(err);
	}
	return cmd_print_json(json, err);
}

int cmd_info(int argc, char **argv)
{
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	struct trace_args args = {0};
	struct error err = {0}, print_err = {0};
	struct info info __attribute__((cleanup(info_fini))) = {0};
	int res, status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (trace_reader_open(args.file, &r, &err))
		return cmd_fail(&err);
	info.file = args.file;
	info.reader = r;
	info.meta = trace_reader_meta(r);
	cmd_warn_too_large(info.meta);
	res = read_trace(&info, r, &err);
	status = trace_args_verdict(&args, r, res, &err);
	if (status == EXIT_FAILED)
		return status;
	if (args.json ? print_json(&info, &print_err) : print_text(&info, &print_err))
		return cmd_fail(&print_err);
	return status;
}
