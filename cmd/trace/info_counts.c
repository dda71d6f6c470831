// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/trace/info_counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"

enum { MAX_CPU_ROWS = 16 };

void info_counts_fini(struct info_counts *c)
{
	free(c->sums);
	c->sums = NULL;
}

int info_counts_add(struct info_counts *c, const struct trace_meta *meta,
		    const struct trace_count *counts, size_t nr, struct error *err)
{
	if (!c->sums) {
		c->nr_cpus = meta->nr_cpus;
		c->sums = calloc((size_t)c->nr_cpus * COUNTER_MAX, sizeof(*c->sums));
	}
	if (!c->sums)
		return error_nomem(err);
	for (size_t i = 0; i < nr; i++) {
		struct info_count *sum;

		if (counts[i].cpu >= c->nr_cpus)
			continue;
		sum = &c->sums[(size_t)counts[i].cpu * COUNTER_MAX + counts[i].counter];
		sum->value += counts[i].value;
		sum->span_ns += counts[i].span_ns;
		sum->scaled |= counts[i].scaled;
	}
	return 0;
}

void info_counts_print_how(const struct trace_meta *meta)
{
	if (!*meta->pmu)
		return;
	printf("counters   %s%s%s", meta->pmu, *meta->pmu_note ? ": " : "", meta->pmu_note);
	for (size_t i = 0; i < meta->nr_counted; i++)
		printf("%s%s by %s", i ? ", " : ": ", meta->counted[i].name,
		       meta->counted[i].event);
	putchar('\n');
}

static void add_row(struct table *t, unsigned int counter, const char *cpu,
		    const struct info_count *sum, double per_second)
{
	table_row(t);
	table_text(t, counter_name(counter));
	table_text(t, cpu);
	table_count(t, sum->value);
	table_count(t, (uint64_t)(per_second + 0.5));
	table_text(t, sum->scaled ? "counted in turns, and scaled up" : "");
}

int info_counts_print(const struct info_counts *c, struct error *err)
{
	static const struct table_column columns[] = {{"COUNTER", false}, {"CPU", true},
						      {"COUNT", true},	  {"PER SECOND", true},
						      {"", false},	  {0}};
	_cleanup_(table_destroyp) struct table *t = c->sums ? table_create(columns, err) : NULL;

	if (!c->sums)
		return 0;
	putchar('\n');
	for (unsigned int counter = 0; t && counter < COUNTER_MAX; counter++) {
		struct info_count all = {0};
		double all_per_second = 0;
		char name[16];

		for (uint32_t cpu = 0; cpu < c->nr_cpus; cpu++) {
			const struct info_count *sum =
				&c->sums[(size_t)cpu * COUNTER_MAX + counter];
			double per_second =
				sum->span_ns ? (double)sum->value / (double)sum->span_ns * 1e9 : 0;

			all_per_second += per_second;
			all.value += sum->value;
			all.span_ns += sum->span_ns;
			all.scaled |= sum->scaled;
			if (!sum->span_ns || c->nr_cpus > MAX_CPU_ROWS)
				continue;
			snprintf(name, sizeof(name), "%u", cpu);
			add_row(t, counter, name, sum, per_second);
		}
		if (all.span_ns)
			add_row(t, counter, "all", &all, all_per_second);
	}
	return table_print(t, stdout, err);
}

json_t *info_counts_json(const struct info_counts *c)
{
	json_t *list = json_array();

	for (size_t i = 0; list && c->sums && i < (size_t)c->nr_cpus * COUNTER_MAX; i++) {
		const struct info_count *sum = &c->sums[i];

		if (sum->span_ns &&
		    json_array_append_new(
			    list, json_pack("{s:I, s:s, s:I, s:I, s:b}", "cpu",
					    (json_int_t)(i / COUNTER_MAX), "counter",
					    counter_name((unsigned int)(i % COUNTER_MAX)), "count",
					    (json_int_t)sum->value, "span_ns",
					    (json_int_t)sum->span_ns, "scaled", sum->scaled))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
