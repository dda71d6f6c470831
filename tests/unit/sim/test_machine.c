// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sim/machine/machine.h"
#include "trace/meta.h"

static const char GOOD[] = "memsim-machine: 1\n"
			   "name: mine\n"
			   "summary: a test\n"
			   "status: measured\n"
			   "date: 2026-11-22\n"
			   "sources: [here, \"say \\\"there\\\"\"]\n"
			   "nodes: 4\n"
			   "line: 64\n"
			   "caches:\n"
			   "  l1: {size: 48K, ways: 12, how: pmu}\n"
			   "  l2: {size: 2M, ways: 16, how: timing}\n"
			   "  llc: {size: 1024, ways: 16, cpus: 6, how: assumed}\n"
			   "latency:\n"
			   "  l1: {ns: 1.25, how: pmu}\n"
			   "  remote: {ns: 171.5, how: timing}\n"
			   "  transfer: {ns: 131, how: assumed}\n"
			   "  group: {ns: 93, how: assumed}\n"
			   "  hop: {ns: 0.005, how: published}\n"
			   "tlb:\n"
			   "  4k: {entries: 2048, how: timing}\n"
			   "core:\n"
			   "  parallelism: {lines: 11.5, how: timing}\n";

Test(machine, profile_is_read_in_full)
{
	struct machine *m = malloc(sizeof(*m));
	struct error err = {0};

	cr_assert_eq(machine_parse("t.yaml", GOOD, strlen(GOOD), m, &err), 0, "%s", err.msg);
	cr_assert_str_eq(m->name, "mine");
	cr_assert_str_eq(m->origin, "t.yaml");
	cr_assert(m->measured);
	cr_assert_eq(m->nr_sources, 2);
	cr_assert_str_eq(m->sources[1], "say \"there\"");
	cr_assert_eq(m->nodes, 4);
	cr_assert_eq(m->figures[FIGURE_LATENCY_REMOTE].value, 171500);
	cr_assert_eq(m->figures[FIGURE_TRANSFER].value, 131000);
	cr_assert_eq(m->figures[FIGURE_GROUP].value, 93000);
	cr_assert_eq(m->llc_cpus, 6);
	cr_assert_eq(m->figures[FIGURE_L1].value, 48 << 10);
	cr_assert_eq(m->figures[FIGURE_L1].ways, 12);
	cr_assert_eq(m->figures[FIGURE_L1].how, HOW_PMU);
	cr_assert_eq(m->figures[FIGURE_LLC].how, HOW_ASSUMED);
	cr_assert_eq(m->figures[FIGURE_LATENCY_L1].value, 1250);
	cr_assert_eq(m->figures[FIGURE_HOP].value, 5);
	cr_assert_eq(m->figures[FIGURE_TLB_4K].value, 2048);
	cr_assert_eq(m->figures[FIGURE_TLB_4K].ways, 0);
	cr_assert_eq(m->figures[FIGURE_PARALLELISM].value, 11500);
	cr_assert_eq(m->figures[FIGURE_LATENCY_L2].how, HOW_UNKNOWN);
	free(m);
}

static void expect_same(const struct machine *a, const struct machine *b)
{
	cr_expect_str_eq(a->name, b->name);
	cr_expect_str_eq(a->summary, b->summary);
	cr_expect_str_eq(a->date, b->date);
	cr_expect_eq(a->measured, b->measured);
	cr_expect_eq(a->nodes, b->nodes);
	cr_expect_eq(a->line, b->line);
	cr_expect_eq(a->nr_sources, b->nr_sources);
	for (size_t i = 0; i < a->nr_sources; i++)
		cr_expect_str_eq(a->sources[i], b->sources[i]);
	for (int id = 0; id < FIGURE_MAX; id++) {
		cr_expect_eq(a->figures[id].value, b->figures[id].value, "figure %d of %s", id,
			     a->name);
		cr_expect_eq(a->figures[id].ways, b->figures[id].ways);
		cr_expect_eq(a->figures[id].how, b->figures[id].how);
	}
}

static void round_trip(const struct machine *m)
{
	struct machine *again = malloc(sizeof(*again));
	struct error err = {0};
	struct buf text = {0};

	cr_assert_eq(machine_to_yaml(m, &text, &err), 0);
	cr_assert_eq(machine_parse("again.yaml", text.data, text.len, again, &err), 0, "%s",
		     err.msg);
	expect_same(m, again);
	buf_fini(&text);
	free(again);
}

Test(machine, what_is_written_is_read_back_the_same)
{
	struct machine *m = malloc(sizeof(*m));

	cr_assert_eq(machine_parse("t.yaml", GOOD, strlen(GOOD), m, NULL), 0);
	round_trip(m);
	for (size_t i = 0; i < machine_nr_builtins; i++) {
		cr_assert_eq(machine_load(machine_builtins[i].name, m, NULL), 0);
		round_trip(m);
	}
	free(m);
}

Test(machine, built_in_profiles_are_named_as_their_files_and_have_what_stalls_need)
{
	struct machine *m = malloc(sizeof(*m));
	struct error err = {0};

	cr_assert_geq(machine_nr_builtins, 5);
	for (size_t i = 0; i < machine_nr_builtins; i++) {
		struct cache_geometry g;

		cr_assert_eq(machine_load(machine_builtins[i].name, m, &err), 0, "%s", err.msg);
		cr_expect_str_eq(m->name, machine_builtins[i].name);
		cr_expect_str_eq(m->origin, "built-in");
		machine_geometry(m, &g);
		cr_expect_eq(cache_geometry_check(&g, &err), 0, "%s", err.msg);
		for (int id = FIGURE_LATENCY_L1; id <= FIGURE_LATENCY_MEMORY; id++)
			cr_expect_neq(m->figures[id].how, HOW_UNKNOWN, "%s", m->name);
		cr_expect_neq(m->figures[FIGURE_PARALLELISM].how, HOW_UNKNOWN, "%s", m->name);
	}
	free(m);
}

Test(machine, caches_alone_are_a_machine_of_which_nothing_else_is_known)
{
	static const char spec[] = "l1=48K/12,l2=2M/16,llc=32M/16,line=128,llc-cpus=8";
	struct machine *m = malloc(sizeof(*m));
	struct cache_geometry g;
	char text[160];

	cr_assert_eq(machine_load(spec, m, NULL), 0);
	machine_geometry(m, &g);
	cr_assert_str_eq(cache_geometry_format(&g, text, sizeof(text)), spec);
	for (int id = FIGURE_LATENCY_L1; id < FIGURE_MAX; id++)
		cr_assert_eq(m->figures[id].how, HOW_UNKNOWN);
	free(m);
}

/* So many CPUs on so many nodes; so many share a last level, or 0: it does not say. */
static uint32_t recorded_llc_cpus(uint32_t cpus, uint32_t nodes, uint32_t shared)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct machine *m = malloc(sizeof(*m));
	uint32_t ret;

	meta->nr_cpus = cpus + 8; /* that could be there, too */
	meta->nr_online_cpus = cpus;
	meta->nr_nodes = nodes;
	meta->nr_caches = 3;
	for (uint32_t level = 1; level <= 3; level++)
		meta->caches[level - 1] =
			(struct trace_cache){level, 64 << 10, 8, 64, level == 3 ? shared : 1};
	cr_assert_eq(machine_recorded(meta, m, NULL), 0);
	ret = m->llc_cpus;
	free(m);
	free(meta);
	return ret;
}

Test(machine, a_recorded_one_tells_that_not_all_cpus_of_a_node_share_a_last_level)
{
	cr_expect_eq(recorded_llc_cpus(96, 1, 8), 8);
	cr_expect_eq(recorded_llc_cpus(192, 2, 8), 8);
	cr_expect_eq(recorded_llc_cpus(6, 1, 4), 4);
	cr_expect_eq(recorded_llc_cpus(8, 1, 8), 0);
	cr_expect_eq(recorded_llc_cpus(16, 2, 8), 0);
	cr_expect_eq(recorded_llc_cpus(2, 2, 2), 0, "two nodes share one");
	cr_expect_eq(recorded_llc_cpus(8, 1, 0), 0);
}

Test(machine, unknown_names_are_refused_with_those_that_exist)
{
	struct machine *m = malloc(sizeof(*m));
	struct error err = {0};

	memset(m, 0x5a, sizeof(*m));
	cr_assert_eq(machine_load("cray1", m, &err), -ENOENT);
	cr_assert_not_null(strstr(err.msg, "zen4"));
	cr_assert_eq(machine_load("/nowhere/x.yaml", m, &err), -ENOENT);
	cr_assert_eq(machine_load("l1=48K/12", m, &err), -EINVAL);
	cr_assert_eq(m->name[0], 0x5a, "what failed must not touch the result");
	free(m);
}

/* "# expect: LINE:COLUMN: words", to which the reader puts "FILE:". */
static void expect_refusal(const char *name)
{
	static const char mark[] = "# expect: ";
	_cleanup_free_ char *message = NULL;
	struct machine *m = calloc(1, sizeof(*m));
	struct error err = {0};
	char first[480];
	FILE *f = fopen(name, "r");

	cr_assert_not_null(f);
	cr_assert_not_null(fgets(first, sizeof(first), f), "%s", name);
	fclose(f);
	first[strcspn(first, "\n")] = '\0';
	cr_assert_eq(strncmp(first, mark, strlen(mark)), 0, "%s", name);
	cr_assert_geq(asprintf(&message, "%s:%s", name, first + strlen(mark)), 0);
	cr_expect_eq(machine_load(name, m, &err), -EINVAL, "%s", name);
	cr_expect_str_eq(err.msg, message);
	cr_expect_eq(m->name[0], '\0', "%s", name);
	free(m);
}

Test(machine, each_bad_file_gets_its_one_message)
{
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir;

	/* so that messages hold bare file names, wherever the sources are */
	cr_assert_eq(chdir(MEMSIM_BAD_MACHINES), 0);
	dir = opendir(".");
	cr_assert_not_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		expect_refusal(entry->d_name);
		nr++;
	}
	closedir(dir);
	cr_assert_geq(nr, 30, "only %u files", nr);
}

/* A reader that takes a cut-off file for a whole one would be worse than none. */
Test(machine, of_a_profile_cut_anywhere_nothing_is_taken_but_whole_figures)
{
	struct machine *m = malloc(sizeof(*m));
	const char *after_caches = strstr(GOOD, "latency:");

	for (size_t len = 0; len < (size_t)(after_caches - GOOD) - 1; len++)
		cr_assert_lt(machine_parse("cut.yaml", GOOD, len, m, NULL), 0, "%zu bytes", len);
	free(m);
}
