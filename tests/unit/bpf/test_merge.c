// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/merge.h"

enum { CPUS = 7, PER_CPU = 5000 };

struct sink {
	struct event *events;
	size_t nr;
};

static int gather(void *arg, const struct event *events, size_t n, struct error *err)
{
	struct sink *s = arg;

	(void)err;
	memcpy(s->events + s->nr, events, n * sizeof(*events));
	s->nr += n;
	return 0;
}

/* By time, then CPU, then the order within the CPU, which index holds. */
static int compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static uint64_t draw(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Bursts and ties, so that both long runs and single events occur; one CPU stays silent. */
static size_t make(struct stage *stages, struct event *all, uint64_t seed)
{
	size_t nr = 0;

	for (uint16_t cpu = 0; cpu < CPUS; cpu++) {
		uint64_t ns = draw(&seed) % 100;
		size_t n = cpu == 4 ? 0 : PER_CPU;

		stages[cpu] = (struct stage){.events = calloc(PER_CPU, sizeof(struct event)),
					     .cap = PER_CPU};
		for (size_t i = 0; i < n; i++) {
			ns += draw(&seed) % 200 ? draw(&seed) % 3 : draw(&seed) % 5000;
			stages[cpu].events[i] = (struct event){
				.ts_ns = ns, .cpu = cpu, .index = i, .kind = EVENT_PAGE_FREE};
			all[nr++] = stages[cpu].events[i];
		}
		stages[cpu].nr = n;
	}
	return nr;
}

Test(merge, gives_what_sorting_everything_gives)
{
	struct event *all = calloc(CPUS * PER_CPU, sizeof(*all));
	struct sink sink = {.events = calloc(CPUS * PER_CPU, sizeof(struct event))};
	struct stage stages[CPUS];
	struct merge *m;

	cr_assert_eq(merge_create(CPUS, gather, &sink, &m, NULL), 0);
	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t nr = make(stages, all, seed * 0x9e3779b97f4a7c15ULL);

		qsort(all, nr, sizeof(*all), compare);
		sink.nr = 0;
		/* in two helpings, the first with a limit in the middle of a tie perhaps */
		cr_assert_eq(merge_run(m, stages, all[nr / 2].ts_ns, NULL), 0);
		cr_assert_gt(sink.nr, nr / 2);
		for (size_t i = 0; i < sink.nr; i++)
			cr_assert(sink.events[i].ts_ns <= all[nr / 2].ts_ns);
		cr_assert_gt(all[sink.nr].ts_ns, all[nr / 2].ts_ns);
		cr_assert_eq(merge_run(m, stages, UINT64_MAX, NULL), 0);
		cr_assert_eq(sink.nr, nr);
		cr_assert_eq(memcmp(sink.events, all, nr * sizeof(*all)), 0, "seed %lu", seed);
		for (int cpu = 0; cpu < CPUS; cpu++) {
			cr_assert_eq(stages[cpu].nr, 0);
			stage_fini(&stages[cpu]);
		}
	}
	merge_destroy(m);
	free(sink.events);
	free(all);
}

static int refuse(void *arg, const struct event *events, size_t n, struct error *err)
{
	(void)arg;
	(void)events;
	return n ? error_set(err, -28, "the disk is full") : 0;
}

Test(merge, passes_on_what_the_sink_says)
{
	struct event event = {.ts_ns = 1, .kind = EVENT_PAGE_FREE};
	struct stage stage = {.events = &event, .nr = 1, .cap = 1};
	struct error err = {0};
	struct merge *m;

	cr_assert_eq(merge_create(1, refuse, NULL, &m, NULL), 0);
	cr_assert_eq(merge_run(m, &stage, UINT64_MAX, &err), -28);
	cr_assert_str_eq(err.msg, "the disk is full");
	merge_destroy(m);
}
