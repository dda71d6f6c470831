// SPDX-License-Identifier: GPL-2.0-only
#include "trace_helpers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/page_kind.h"

static char dir[] = "/tmp/memsim-trace-XXXXXX";

const struct trace_meta test_meta = {
	.tool = "memsim test",
	.kernel = "6.1.0-test",
	.arch = "x86_64",
	.cpu_model = "A \"quoted\" CPU\\",
	.start_unix_ns = -5,
	.nr_cpus = 4,
	.nr_online_cpus = 3,
	.nr_nodes = 1,
	.page_size = 4096,
	.struct_page_size = 64,
	.ram_pages = 0xe0000,
	.managed_pages = 0xd0000,
	.max_pfn = 0x140000,
	.memmap_pages = 0x3800,
	.thp = "madvise",
	.lru_gen = -1,
	.code = {.told = CODE_BIT(folios_put_refs) | CODE_BIT(ptdesc),
		 .has = CODE_BIT(folios_put_refs)},
	.sample = 1,
	.nr_ranges = 2,
	.ranges = {{0, 0xa0000}, {0x100000, 0x40000}},
	.nr_caches = 1,
	.caches = {{.level = 1, .size = 49152, .ways = 12, .line = 64, .shared_cpus = 1}},
	.classes = {[CLASS_ALLOC] = {FIDELITY_EXACT, "tp_btf", "sees all"}},
	.layout = "v6.1",
	.nr_functions = 2,
	.functions = {{"__free_one_page"}, {"__list_add < lru_add"}},
};

void enter_scratch(void)
{
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

void leave_scratch(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

uint64_t test_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Small, medium and huge values, so that every width of a column occurs. */
static uint64_t any_size(uint64_t *state, unsigned int bits)
{
	uint64_t v = test_random(state);
	unsigned int shift = (unsigned int)(test_random(state) % bits);

	return (v >> (64 - bits)) >> shift;
}

void random_events(struct event *events, size_t nr, uint64_t seed)
{
	uint64_t ts = any_size(&seed, 40);

	for (size_t i = 0; i < nr; i++) {
		unsigned int kind = 1 + (unsigned int)(test_random(&seed) % (EVENT_KIND_MAX - 1));
		unsigned int fields = event_info(kind)->fields;
		struct event *e = events + i;

		ts += any_size(&seed, 34);
		*e = (struct event){.kind = (uint8_t)kind, .ts_ns = ts};
		e->cpu = (uint16_t)any_size(&seed, 16);
		e->pfn = fields & F_PFN ? any_size(&seed, 52) : 0;
		e->order = (uint8_t)(fields & F_ORDER ? test_random(&seed) % 21 : 0);
		e->index = fields & F_INDEX ? any_size(&seed, 64) : 0;
		e->obj = (uint32_t)(fields & F_OBJ ? any_size(&seed, 32) : 0);
		e->arg = (uint32_t)(fields & F_ARG ? any_size(&seed, 32) : 0);
		e->count = (uint32_t)(fields & F_COUNT ? any_size(&seed, 32) : 0);
	}
}

void random_runs(struct census_run *runs, size_t nr, uint64_t start_pfn, uint64_t *ret_end,
		 uint64_t seed)
{
	uint64_t pfn = start_pfn;

	for (size_t i = 0; i < nr; i++) {
		struct census_run *run = runs + i;

		pfn += any_size(&seed, 8);
		*run = (struct census_run){.start_pfn = pfn,
					   .count = 1 + any_size(&seed, 12),
					   .mapcount = any_size(&seed, 64),
					   .memcg = any_size(&seed, 63),
					   .flags = (uint32_t)any_size(&seed, 32),
					   .kind = (uint8_t)(test_random(&seed) % PAGE_KIND_MAX),
					   .order = (uint8_t)(test_random(&seed) % 10)};
		pfn += run->count << run->order;
	}
	*ret_end = pfn;
}

void write_small_trace(const char *path)
{
	const struct trace_writer_opts opts = {.block_events = 8};
	struct trace_footer footer = {.stop = "command", .command_status = 7, .end_ns = 99};
	struct trace_stat stat = {.ts_ns = 1, .nr = 1, .counters = {{"nr_free_pages", 17}}};
	struct census_run runs[5];
	struct event events[12];
	struct trace_writer *w;
	uint64_t end;

	random_events(events, 12, 1);
	random_runs(runs, 5, 100, &end, 2);
	cr_assert_eq(trace_writer_create(path, &test_meta, &opts, &w, NULL), 0);
	cr_assert_eq(trace_writer_census(w, 5, 64, end + 10, runs, 5, NULL), 0);
	cr_assert_eq(trace_writer_stat(w, &stat, NULL), 0);
	cr_assert_eq(trace_writer_events(w, events, 12, NULL), 0);
	cr_assert_eq(trace_writer_finish(w, &footer, NULL), 0);
	trace_writer_destroy(w);
}

uint8_t *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;

	cr_assert_not_null(f, "%s", path);
	cr_assert_eq(fseek(f, 0, SEEK_END), 0);
	*ret_len = (size_t)ftell(f);
	rewind(f);
	data = malloc(*ret_len + 1);
	cr_assert_eq(fread(data, 1, *ret_len, f), *ret_len);
	fclose(f);
	return data;
}

int read_to_end(const void *data, size_t len, unsigned int *ret_blocks, struct error *err)
{
	struct trace_reader *r = NULL;
	struct trace_block block;
	int res = trace_reader_open_mem("mem", data, len, &r, err);

	*ret_blocks = 0;
	if (res)
		return res;
	while ((res = trace_reader_next(r, &block, err)) > 0)
		++*ret_blocks;
	/* the answer at the end never changes */
	cr_assert_eq(trace_reader_next(r, &block, NULL), res);
	trace_reader_destroy(r);
	return res;
}
