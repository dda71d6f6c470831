// SPDX-License-Identifier: GPL-2.0-only
/*
 * A replay of whatever a trace may tell: any events on any pages and CPUs in any order, which no kernel would
 * make. A file of a trace is replayed as it is. Else the input is a header of 8 bytes (enum head) and then
 * records of 12 bytes, of which the first says what it is: an event, a run of the census or something counted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/replay/replay.h"
#include "tests/fuzz/blocks.h"
#include "trace/codec/codec.h"
#include "trace/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX_PFN = 1 << 14,
	MAX_RECORDS = 1 << 12,
	MAX_CPUS = 4,
	RECORD_SIZE = 12,
	FIRST_OF_FILE = 0x50, /* a trace begins with it */
	RECORD_COUNT = 0xf0,
	RECORD_RUN = 0xe0,
	LAYOUTS = 3,
};

/* Bytes of the header. */
enum head { HEAD_KIND, HEAD_OPTIONS, HEAD_HOST, HEAD_EXACT, HEAD_CODE = 6, HEAD_SIZE = 8 };

enum {
	OPTION_MEMORY_ONLY = 1,
	OPTION_MACHINE = 2,
	OPTION_PRESSURE = 4,
	OPTION_FOLIOS = 8,
	OPTION_MAP = 16,
	OPTION_DETAIL = 32,
	OPTION_EVENTS = 64,
	OPTION_SETS = 128,
};

struct script {
	struct trace_meta meta;
	struct event events[MAX_RECORDS];
	struct census_run runs[MAX_RECORDS];
	struct trace_count counts[MAX_RECORDS];
	size_t nr_events, nr_runs, nr_counts;
};

DEFINE_CLEANUP(struct trace_reader *, trace_reader_destroy);
DEFINE_CLEANUP(struct replay_result *, replay_result_destroy);
DEFINE_CLEANUP(struct layout *, layout_destroy);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Whatever was replayed, these hold. */
static void check_result(const struct replay_result *result)
{
	json_t *json = replay_result_to_json(result, "fuzz");

	must(json);
	json_decref(json);
	for (size_t i = 0; i < result->nr_layouts; i++) {
		const struct op_cost *total = &result->layouts[i].total;
		uint64_t hits = 0;

		for (int level = 0; level < CACHE_LEVEL_MAX; level++)
			hits += total->hits[level];
		/* what is scaled up is rounded at each level; an access to the line of the one before is no line more */
		must(result->sample > 1 || result->sample_sets > 1 || hits == total->lines ||
		     (result->accesses && hits > total->lines));
		must(layout_result_peak_bytes(&result->layouts[i]) >=
		     result->layouts[i].start_desc_bytes);
	}
}

static void load(const char *name, struct layout **ret)
{
	must(!layout_load(name, ret, NULL));
}

static void replay(const uint8_t *data, size_t size, uint8_t options)
{
	_cleanup_(replay_result_destroyp) struct replay_result *result = NULL;
	_cleanup_(trace_reader_destroyp) struct trace_reader *r = NULL;
	_cleanup_free_ struct machine *machine = NULL;
	_cleanup_(layout_destroyp) struct layout *a = NULL, *b = NULL, *c = NULL;
	struct replay_opts opts = {.nr_layouts = LAYOUTS, .jobs = 1, .partial = true};
	struct error err = {0};
	int e = trace_reader_open_mem("fuzz", data, size, &r, &err);

	/* a table over more pages, or caches of more CPUs, are only slow */
	if (e || trace_reader_meta(r)->max_pfn > 4 * MAX_PFN ||
	    trace_reader_meta(r)->nr_cpus > 2 * MAX_CPUS)
		return;
	load("v6.12", &a);
	load("page32", &b);
	load("memdesc8", &c);
	opts.layouts = (const struct layout *const[]){a, b, c};
	opts.policy.max_order = options & OPTION_FOLIOS ? 0 : POLICY_AS_TRACED;
	opts.memory_only = options & OPTION_MEMORY_ONLY;
	opts.map = options & OPTION_MAP;
	opts.detail = options & OPTION_DETAIL;
	opts.events = options & OPTION_EVENTS;
	opts.sample_sets = options & OPTION_SETS ? 4 : 0;
	if (options & OPTION_PRESSURE)
		must(!pressure_parse("heavy", &opts.pressure, NULL));
	if (options & OPTION_MACHINE) {
		machine = malloc(sizeof(*machine));
		must(machine && !machine_load("zen4", machine, NULL));
		opts.machine = machine;
	}
	e = replay_run(r, &opts, &result, &err);
	must(e ? !result && err.code == e && err.msg[0] : !!result);
	if (result)
		check_result(result);
}

/* Two nodes where there are CPUs for both; caches so small that they are full at once. */
static void set_meta(struct trace_meta *meta, const uint8_t *head)
{
	uint32_t exact = head[HEAD_EXACT] | (uint32_t)head[HEAD_EXACT + 1] << 8 |
			 (uint32_t)head[HEAD_EXACT + 2] << 16;
	uint32_t cpus = 1 + head[HEAD_HOST] % MAX_CPUS;

	*meta = (struct trace_meta){.nr_cpus = cpus,
				    .nr_online_cpus = cpus,
				    .nr_nodes = 1,
				    .page_size = 4096,
				    .struct_page_size = 64,
				    .ram_pages = MAX_PFN,
				    .managed_pages = MAX_PFN,
				    .max_pfn = MAX_PFN,
				    .sample = head[HEAD_HOST] & 64 ? 2 : 1,
				    .lru_gen = head[HEAD_HOST] >> 7,
				    .layout = "v6.12",
				    .nr_ranges = 1,
				    .nr_caches = 3};
	meta->ranges[0].nr_pages = MAX_PFN;
	meta->caches[0] = (struct trace_cache){1, 4 << 10, 4, 64, 1};
	meta->caches[1] = (struct trace_cache){2, 16 << 10, 4, 64, 1};
	meta->caches[2] = (struct trace_cache){3, 64 << 10, 8, 64, cpus};
	for (int cls = 0; cls < CLASS_MAX; cls++)
		meta->classes[cls].fidelity = exact >> cls & 1 ? FIDELITY_EXACT : FIDELITY_ABSENT;
	meta->code.told = (1ULL << CODE_MAX) - 1;
	meta->code.has = meta->code.told & (head[HEAD_CODE] | (uint64_t)head[HEAD_CODE + 1] << 8) *
						   0x0001000100010001ULL;
	if (head[HEAD_HOST] & 32 && cpus > 1) {
		meta->nr_nodes = 2;
		meta->nr_node_ranges = meta->nr_node_cpus = 2;
		meta->node_ranges[0] = (struct trace_node_range){0, 0, MAX_PFN / 2};
		meta->node_ranges[1] = (struct trace_node_range){1, MAX_PFN / 2, MAX_PFN / 2};
		meta->node_cpus[0] = (struct trace_node_cpus){0, 0, 1};
		meta->node_cpus[1] = (struct trace_node_cpus){1, 1, cpus - 1};
	}
}

static void add_run(struct script *s, struct cursor *c, uint64_t *end)
{
	struct census_run run = {.kind = cursor_u8(c), .order = cursor_u8(c)};

	run.start_pfn = *end + cursor_u8(c);
	run.count = cursor_u8(c);
	run.flags = cursor_u8(c) * 0x101U;
	run.mapcount = cursor_u8(c);
	run.memcg = cursor_u8(c);
	if (!census_run_check(&run, MAX_PFN, end, NULL))
		s->runs[s->nr_runs++] = run;
}

/* 0, as much as can be stored, and some between. */
static uint64_t any_size(struct cursor *c)
{
	uint64_t digits = cursor_u8(c);

	return digits << cursor_u8(c) % 64 & INT64_MAX;
}

static void add_count(struct script *s, struct cursor *c)
{
	const struct trace_count *last = s->nr_counts ? &s->counts[s->nr_counts - 1] : NULL;
	struct trace_count count = {.counter = (uint8_t)(1 + cursor_u8(c) % (COUNTER_MAX - 1)),
				    .cpu = cursor_u8(c) % (MAX_CPUS + 2)};

	count.ts_ns = (last ? last->ts_ns : 0) + any_size(c);
	count.span_ns = any_size(c);
	count.value = any_size(c);
	if (count.ts_ns <= INT64_MAX)
		s->counts[s->nr_counts++] = count;
}

static void add_event(struct script *s, struct cursor *c, uint8_t kind)
{
	const uint64_t last = s->nr_events ? s->events[s->nr_events - 1].ts_ns : 0;
	struct event e = {.kind = (uint8_t)(1 + kind % (EVENT_KIND_MAX - 1))};
	unsigned int fields = event_info(e.kind)->fields;
	uint32_t where = cursor_u32(c), arg = cursor_u32(c);

	/* one CPU, and some pages, more than there are */
	e.cpu = (where >> 16 & 0xff) % (MAX_CPUS + 1);
	e.order = (uint8_t)((where >> 24) % (FORMAT_MAX_ORDER + 1));
	e.ts_ns = last + ((uint64_t)cursor_u8(c) << 8);
	e.obj = cursor_u8(c);
	e.count = fields & F_COUNT ? (uint32_t)e.obj * e.obj : 0;
	e.index = fields & F_INDEX ? arg % (MAX_PFN + 9) : 0;
	e.pfn = fields & F_PFN ? (where & 0xffff) % (MAX_PFN + 9) : 0;
	e.arg = fields & F_ARG ? arg : 0;
	e.order = fields & F_ORDER ? e.order : 0;
	e.obj = fields & F_OBJ ? e.obj : 0;
	s->events[s->nr_events++] = e;
}

static void read_records(struct script *s, const uint8_t *data, size_t size)
{
	uint64_t end = 0;

	for (size_t i = 0; i < size / RECORD_SIZE && i < MAX_RECORDS; i++) {
		struct cursor c = cursor_init(data + i * RECORD_SIZE, RECORD_SIZE);
		uint8_t what = cursor_u8(&c);

		if (what >= RECORD_COUNT)
			add_count(s, &c);
		else if (what >= RECORD_RUN)
			add_run(s, &c, &end);
		else
			add_event(s, &c, what);
	}
}

static void put_script(const struct script *s, struct buf *file)
{
	const struct census_span span = {.end_pfn = MAX_PFN};
	json_auto_t *json = trace_meta_to_json(&s->meta);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	struct codec codec = {0};
	struct buf raw = {0};
	uint32_t sequence = 0;

	must(text);
	put_file(file);
	put_block(file, BLOCK_META, sequence++, 1, false, text, strlen(text));
	if (s->nr_runs) {
		must(!codec_encode_census(&codec, &span, s->runs, s->nr_runs, &raw, NULL));
		put_block(file, BLOCK_CENSUS, sequence++, s->nr_runs, false, raw.data, raw.len);
		raw.len = 0;
	}
	if (s->nr_counts) {
		must(!codec_encode_counts(&codec, s->counts, s->nr_counts, &raw, NULL));
		put_block(file, BLOCK_COUNTS, sequence++, s->nr_counts, false, raw.data, raw.len);
		raw.len = 0;
	}
	if (s->nr_events) {
		must(!codec_encode_events(&codec, s->events, s->nr_events, &raw, NULL));
		put_block(file, BLOCK_EVENTS, sequence++, s->nr_events, false, raw.data, raw.len);
	}
	codec_fini(&codec);
	buf_fini(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ struct script *s = NULL;
	struct buf file = {0};

	if (size < HEAD_SIZE)
		return 0;
	if (data[HEAD_KIND] == FIRST_OF_FILE) {
		replay(data, size, OPTION_MAP | OPTION_DETAIL);
		return 0;
	}
	s = calloc(1, sizeof(*s));
	must(s);
	set_meta(&s->meta, data);
	read_records(s, data + HEAD_SIZE, size - HEAD_SIZE);
	put_script(s, &file);
	replay(file.data, file.len, data[HEAD_OPTIONS]);
	buf_fini(&file);
	return 0;
}
