// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/merge.h"
#include "tests/draw.h"

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

/* Multiples of the trace's unit. Bursts and ties, so that both long runs and single events occur; one CPU stays silent. */
static size_t make(struct stage *stages, struct event *all, uint64_t seed)
{
	size_t nr = 0;

	for (uint16_t cpu = 0; cpu < CPUS; cpu++) {
		uint64_t ns = draw(&seed) % 100 * MERGE_UNIT_NS;
		size_t n = cpu == 4 ? 0 : PER_CPU;

		stages[cpu] = (struct stage){.events = calloc(PER_CPU, sizeof(struct event)),
					     .cap = PER_CPU};
		for (size_t i = 0; i < n; i++) {
			ns += (draw(&seed) % 200 ? draw(&seed) % 3 : draw(&seed) % 5000) *
			      MERGE_UNIT_NS;
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

	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t nr = make(stages, all, seed * 0x9e3779b97f4a7c15ULL);

		cr_assert_eq(merge_create(CPUS, 0, gather, &sink, &m, NULL), 0);
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
		merge_destroy(m);
	}
	free(sink.events);
	free(all);
}

/* Pages allocated by any CPU, used and freed by another; each CPU tells the time every few events only. */
struct world {
	uint16_t owner[64]; /* CPU + 1 that will free the page; 0: free */
	uint64_t stamps[CPUS], now, nr;
};

static void happen(struct world *w, struct stage *stages, uint64_t *seed)
{
	uint64_t pfn = draw(seed) % 64;
	bool used = w->owner[pfn];
	uint16_t cpu = (uint16_t)(used ? w->owner[pfn] - 1u : draw(seed) % CPUS);
	struct event e = {.cpu = cpu, .pfn = pfn, .index = w->nr++};

	w->now += draw(seed) % 400;
	/* what the program sees to: an allocation of what another CPU freed follows a stamp */
	if (!used || draw(seed) % 6 == 0)
		w->stamps[cpu] = w->now;
	e.ts_ns = w->stamps[cpu];
	e.kind = !used ? EVENT_PAGE_ALLOC : draw(seed) % 3 ? EVENT_LRU_ADD : EVENT_PAGE_FREE;
	if (e.kind == EVENT_PAGE_ALLOC)
		w->owner[pfn] = (uint16_t)(1 + draw(seed) % CPUS);
	else if (e.kind == EVENT_PAGE_FREE)
		w->owner[pfn] = 0;
	stages[cpu].events[stages[cpu].nr++] = e;
}

/* How many events contradict what was told before of their page, since its first free. */
static size_t contradictions(const struct event *events, size_t nr)
{
	enum { UNKNOWN, FREE, USED } state[64] = {0};
	uint64_t last_ns = 0, next[CPUS] = {0};
	size_t wrong = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct event *e = &events[i];

		wrong += state[e->pfn] == (e->kind == EVENT_PAGE_ALLOC ? USED : FREE);
		if (e->kind == EVENT_PAGE_FREE)
			state[e->pfn] = FREE;
		else if (e->kind == EVENT_PAGE_ALLOC && state[e->pfn])
			state[e->pfn] = USED;
		cr_assert_geq(e->ts_ns, last_ns);
		cr_assert_eq(e->ts_ns % MERGE_UNIT_NS, 0);
		last_ns = e->ts_ns;
		/* each CPU's own order is untouched */
		cr_assert_geq(e->index, next[e->cpu]);
		next[e->cpu] = e->index + 1;
	}
	return wrong;
}

/* The ring that tells of the free was read earlier, and its stamp is past the limit: it comes first all the same. */
Test(merge, what_an_event_lacks_may_be_past_the_limit)
{
	struct event first[] = {
		{.ts_ns = 64, .index = 0, .cpu = 0, .pfn = 5, .kind = EVENT_PAGE_ALLOC},
		{.ts_ns = 640, .index = 2, .cpu = 0, .pfn = 5, .kind = EVENT_PAGE_FREE},
		{.ts_ns = 704, .index = 3, .cpu = 0, .pfn = 9, .kind = EVENT_PAGE_ALLOC}};
	struct event second[] = {
		{.ts_ns = 320, .index = 1, .cpu = 1, .pfn = 5, .kind = EVENT_PAGE_ALLOC}};
	struct stage stages[] = {{.events = first, .nr = 3}, {.events = second, .nr = 1}};
	struct sink sink = {.events = calloc(4, sizeof(struct event))};
	struct merge *m;

	cr_assert_eq(merge_create(2, 64, gather, &sink, &m, NULL), 0);
	cr_assert_eq(merge_run(m, stages, 400, NULL), 0);
	cr_assert_eq(sink.nr, 3);
	cr_assert_eq(sink.events[1].kind, EVENT_PAGE_FREE);
	cr_assert_eq(sink.events[2].cpu, 1);
	cr_assert_eq(merge_run(m, stages, UINT64_MAX, NULL), 0);
	cr_assert_eq(sink.nr, 4);
	cr_assert_eq(contradictions(sink.events, sink.nr), 0);
	merge_destroy(m);
	free(sink.events);
}

/* Hardly a page is used before it is allocated, though the times alone would have it so. */
Test(merge, what_pages_can_do_decides_where_times_do_not)
{
	enum { EVENTS = 20000 };
	struct sink sink = {.events = calloc(EVENTS, sizeof(struct event))};
	size_t wrong[2];

	for (int pages = 0; pages < 2; pages++) {
		struct stage stages[CPUS];
		uint64_t seed = 88172645463325252;
		struct world w = {0};
		struct merge *m;

		sink.nr = 0;
		for (int cpu = 0; cpu < CPUS; cpu++)
			stages[cpu] = (struct stage){.events = calloc(EVENTS, sizeof(struct event)),
						     .cap = EVENTS};
		while (w.nr < EVENTS)
			happen(&w, stages, &seed);
		cr_assert_eq(merge_create(CPUS, pages ? 64 : 0, gather, &sink, &m, NULL), 0);
		cr_assert_eq(merge_run(m, stages, UINT64_MAX, NULL), 0);
		cr_assert_eq(sink.nr, EVENTS);
		wrong[pages] = contradictions(sink.events, sink.nr);
		for (int cpu = 0; cpu < CPUS; cpu++)
			stage_fini(&stages[cpu]);
		merge_destroy(m);
	}
	cr_assert_gt(wrong[0], 1000, "the times alone gave %zu", wrong[0]);
	/* seven CPUs fight for 64 pages, so what one event lacks may lack something that this CPU has */
	cr_assert_lt(wrong[1] * 20, wrong[0], "%zu of %zu contradictions are left", wrong[1],
		     wrong[0]);
	free(sink.events);
}

/* For a trace that begins here: who is on each CPU as far as events were handed over, not as far as they are known. */
Test(merge, says_again_which_threads_events_belong_to)
{
	struct event first[] = {{.ts_ns = 64, .kind = EVENT_TASK, .arg = 10, .count = 1},
				{.ts_ns = 640, .kind = EVENT_PAGE_FREE},
				{.ts_ns = 1280, .kind = EVENT_TASK, .arg = 11, .count = 1}};
	struct event second[] = {
		{.ts_ns = 128, .cpu = 1, .kind = EVENT_TASK, .arg = 20},
		{.ts_ns = 192, .cpu = 1, .kind = EVENT_TASK, .arg = 21, .count = 2},
		{.ts_ns = 640, .cpu = 1, .kind = EVENT_PAGE_FREE}};
	struct event third = {.ts_ns = 64, .cpu = 2, .kind = EVENT_PAGE_FREE};
	struct stage stages[] = {{first, 0, 3, 3}, {second, 0, 3, 3}, {&third, 0, 1, 1}};
	struct event events[16];
	struct sink sink = {.events = events};
	struct merge *m;

	cr_assert_eq(merge_create(3, 64, gather, &sink, &m, NULL), 0);
	cr_assert_eq(merge_tasks(m, 7, NULL), 0);
	cr_assert_eq(sink.nr, 0);
	cr_assert_eq(merge_run(m, stages, 1000, NULL), 0);
	cr_assert_eq(sink.nr, 6);
	cr_assert_eq(merge_tasks(m, 1000, NULL), 0);
	cr_assert_eq(sink.nr, 8);
	cr_assert(events[6].cpu == 0 && events[6].arg == 10 && events[6].count == 1);
	cr_assert(events[7].cpu == 1 && events[7].arg == 21 && events[7].count == 2);
	cr_assert(events[6].kind == EVENT_TASK && events[6].ts_ns == 1000);
	merge_destroy(m);
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

	cr_assert_eq(merge_create(1, 0, refuse, NULL, &m, NULL), 0);
	cr_assert_eq(merge_run(m, &stage, UINT64_MAX, &err), -28);
	cr_assert_str_eq(err.msg, "the disk is full");
	merge_destroy(m);
}
