// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a trace with the census of another one and its events several times over, one after the other: for rates in
 * which what a replay begins with counts for little. What is free at the end of a C build was mostly so at its beginning,
 * so that the events go on making sense.
 * usage: bench_longer TRACE TIMES OUT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "trace/reader.h"
#include "trace/writer.h"

struct events {
	struct event *events;
	size_t nr, cap;
	uint64_t last_ns; /* of each time */
};

static void check(int failure, const struct error *err)
{
	if (failure >= 0)
		return;
	fprintf(stderr, "bench_longer: %s\n", err->msg);
	exit(1);
}

static void gather(struct events *all, const struct event *events, size_t nr)
{
	if (all->nr + nr > all->cap) {
		all->cap = 2 * (all->nr + nr);
		all->events = reallocarray(all->events, all->cap, sizeof(*all->events));
		if (!all->events)
			abort();
	}
	memcpy(all->events + all->nr, events, nr * sizeof(*events));
	all->nr += nr;
}

static void write_again(struct trace_writer *w, struct events *all)
{
	struct error err;

	check(trace_writer_events(w, all->events, all->nr, &err), &err);
	for (size_t i = 0; i < all->nr; i++)
		all->events[i].ts_ns += all->last_ns + 1;
}

int main(int argc, char **argv)
{
	struct trace_footer footer = {.stop = "duration", .command_status = -1};
	struct events all = {.events = NULL};
	uint64_t times;
	struct trace_writer *w;
	struct trace_reader *r;
	struct trace_block b;
	struct error err;
	int n;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_longer TRACE TIMES OUT\n");
		return 2;
	}
	check(num_parse(argv[2], "TIMES", 1, 1000, &times, &err), &err);
	check(trace_reader_open(argv[1], &r, &err), &err);
	check(trace_writer_create(argv[3], trace_reader_meta(r), &(struct trace_writer_opts){0}, &w,
				  &err),
	      &err);
	while ((n = trace_reader_next(r, &b, &err)) > 0) {
		if (b.type == BLOCK_CENSUS)
			check(trace_writer_census(w, b.census.ts_ns, b.census.start_pfn,
						  b.census.end_pfn, b.census.runs, b.census.nr,
						  &err),
			      &err);
		else if (b.type == BLOCK_EVENTS)
			gather(&all, b.events.events, b.events.nr);
	}
	check(n, &err);
	all.last_ns = all.nr ? all.events[all.nr - 1].ts_ns : 0;
	for (uint64_t i = 0; i < times; i++)
		write_again(w, &all);
	footer.end_ns = times * (all.last_ns + 1);
	check(trace_writer_finish(w, &footer, &err), &err);
	trace_writer_destroy(w);
	trace_reader_destroy(r);
	free(all.events);
	return 0;
}
