// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a trace against what is known otherwise.
 *	live_check events TRACE PFNS	every page in PFNS was allocated by that process, then freed
 *	live_check census TRACE PERMILLE	the census against the counters around it
 *	live_check lost TRACE PAGES	recorded + lost against PAGES touched and counters
 *	live_check stepped TRACE PAGES	the same with what a sample left out
 *	live_check sample TRACE		only pages of the sample, and as many as it should hold
 *	live_check only TRACE PROCESS	no allocation by that process
 *	live_check addresses TRACE	files and mms are small numbers, places in files no addresses
 *	live_check atleast|atmost TRACE N	single pages allocated
 *	live_check count TRACE FILE	recorded + lost against what perf counted (see count.c)
 *	live_check tally TRACE FILE	prints what of that a part of a recording has: recorded, lost
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/counters.h"
#include "trace/sample.h"

enum {
	MAX_CPUS = 4096,
	MAX_THREADS = 64,
	BATCHES = 256, /* pages that CPUs hold back from a counter */
};

struct seen {
	uint64_t kinds[EVENT_KIND_MAX];
	struct counters_seen counters;
	uint8_t *wanted; /* by pfn: 1 looked for, 2 allocated by the process, 3 and then freed */
	uint64_t nr_wanted, max_pfn, outside;
	uint64_t number;    /* that the command line names */
	uint64_t unsampled; /* events of pages outside the sample */
	uint64_t
		since_first; /* allocations and frees since the kernel's counters were read first */
	uint64_t by_process; /* allocations by `process` */
	uint64_t named, highest_name, highest_index; /* events with a file or mm; of all events */
	uint32_t sample;
	uint32_t process, task[MAX_CPUS];
	uint32_t threads[MAX_THREADS],
		running[MAX_CPUS]; /* those that perf counted; who is on a CPU */
	size_t nr_threads;
	uint64_t counted[2], recorded[2]; /* allocations, frees of these threads */
};

static void see_counted(struct seen *s, const struct event *e)
{
	if (e->kind == EVENT_TASK)
		s->running[e->cpu % MAX_CPUS] = e->arg;
	if (e->kind != EVENT_PAGE_ALLOC && e->kind != EVENT_PAGE_FREE)
		return;
	for (size_t i = 0; i < s->nr_threads; i++)
		s->recorded[e->kind == EVENT_PAGE_FREE] +=
			s->threads[i] == s->running[e->cpu % MAX_CPUS];
}

static void see_event(struct seen *s, const struct event *e)
{
	bool ours;

	s->kinds[e->kind]++;
	s->since_first += (e->kind == EVENT_PAGE_ALLOC || e->kind == EVENT_PAGE_FREE) &&
			  s->counters.nr_stats && e->ts_ns >= s->counters.first.ts_ns;
	see_counted(s, e);
	s->named += e->obj != 0;
	if (e->obj > s->highest_name)
		s->highest_name = e->obj;
	if (e->index > s->highest_index)
		s->highest_index = e->index;
	if (e->kind == EVENT_TASK)
		s->task[e->cpu % MAX_CPUS] = e->count;
	if (!(event_info(e->kind)->fields & F_PFN))
		return;
	if (e->pfn >= s->max_pfn) {
		s->outside++;
		return;
	}
	s->unsampled += !sample_holds(e->pfn, s->sample - 1);
	ours = s->task[e->cpu % MAX_CPUS] == s->process;
	s->by_process += e->kind == EVENT_PAGE_ALLOC && ours;
	if (!s->wanted[e->pfn] || e->order)
		return;
	/*
	 * A page may come and go several times before the round that counts. Who gives it back is
	 * another matter: a per-CPU LRU batch may hold on to it until somebody else flushes the
	 * batch.
	 */
	if (e->kind == EVENT_PAGE_ALLOC && ours)
		s->wanted[e->pfn] = 2;
	else if (e->kind == EVENT_PAGE_FREE && s->wanted[e->pfn] == 2)
		s->wanted[e->pfn] = 3;
}

static void see(struct seen *s, const struct trace_block *b)
{
	if (b->type == BLOCK_EVENTS)
		for (size_t i = 0; i < b->events.nr; i++)
			see_event(s, &b->events.events[i]);
	counters_see(&s->counters, b);
}

static int read_wanted(struct seen *s, const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t pfn;

	if (!f || fscanf(f, "%" SCNu32, &s->process) != 1)
		return -1;
	for (; fscanf(f, "%" SCNu64, &pfn) == 1; s->nr_wanted++)
		if (pfn < s->max_pfn)
			s->wanted[pfn] = 1;
	return fclose(f);
}

static int read_counts(struct seen *s, const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%" SCNu64 "%" SCNu64, &s->counted[0], &s->counted[1]) != 2)
		return -1;
	while (s->nr_threads < MAX_THREADS &&
	       fscanf(f, "%" SCNu32, &s->threads[s->nr_threads]) == 1)
		s->nr_threads++;
	return fclose(f);
}

/*
 * Exactly, and the lost ones may be anybody's; but what an interrupt does while the thread on the
 * CPU changes may go under either's name, and a backup may serve an event of its program again
 * when it was itself interrupted: one in 100,000.
 */
static int check_count(const struct seen *s, const struct trace_footer *f)
{
	uint64_t recorded = s->recorded[0] + s->recorded[1];
	uint64_t counted = s->counted[0] + s->counted[1], lost = f->lost[CLASS_ALLOC];

	printf("allocations: %" PRIu64 " counted, %" PRIu64 " recorded; frees: %" PRIu64
	       " counted, %" PRIu64 " recorded; %" PRIu64 " lost by all threads, %" PRIu64
	       " of %" PRIu64 " bytes of a buffer were full\n",
	       s->counted[0], s->recorded[0], s->counted[1], s->recorded[1], lost,
	       f->buffer_high_water, f->buffer_size);
	return !recorded || recorded > counted + counted / 100000 ||
	       recorded + lost + counted / 100000 < counted;
}

static int check_events(const struct seen *s)
{
	uint64_t state[4] = {0};

	for (uint64_t pfn = 0; pfn < s->max_pfn; pfn++)
		state[s->wanted[pfn]]++;
	printf("pages of process %" PRIu32 ": %" PRIu64 " known, %" PRIu64 " allocated and freed, "
	       "%" PRIu64 " only allocated, %" PRIu64 " not seen; %" PRIu64
	       " events outside of memory\n",
	       s->process, s->nr_wanted, state[3], state[2], state[1], s->outside);
	/* PAGEVEC_SIZE is 31 at most, and the program may have been on two CPUs */
	return !s->nr_wanted || state[3] + state[2] != s->nr_wanted || state[2] > 62 || s->outside;
}

static uint64_t page_traffic(const struct trace_stat *stat)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stat->nr; i++)
		if (!strncmp(stat->counters[i].name, "pgalloc_", 8) ||
		    !strcmp(stat->counters[i].name, "pgfree"))
			sum += stat->counters[i].value;
	return sum;
}

static uint64_t lost_by(const struct trace_stat *stat)
{
	const uint64_t *lost = trace_stat_find(stat, "memsim_lost_alloc");

	return lost ? *lost : 0;
}

/* The kernel's counters begin with the first of them, and until then others may have done any amount. */
static int check_lost(const struct seen *s, const struct trace_footer *f, uint64_t pages)
{
	uint64_t gone =
		f->lost[CLASS_ALLOC] - lost_by(&s->counters.first) + f->unsampled[CLASS_ALLOC];
	uint64_t sum = s->since_first + gone;
	uint64_t traffic = page_traffic(&s->counters.last) - page_traffic(&s->counters.first);

	printf("page_alloc + page_free: %" PRIu64 " recorded + %" PRIu64
	       " lost or left out = %" PRIu64 "; at least %" PRIu64 " happened, at most %" PRIu64
	       "\n",
	       s->since_first, gone, sum, 2 * pages, traffic);
	/*
	 * a page counted by the kernel is at least one event; the counters lag by a batch per CPU
	 */
	return gone > 0 && sum >= 2 * pages && sum <= traffic + traffic / 50 ? 0 : 1;
}

/* Whole blocks of pages are in or out (see sample.h), so what a program of few blocks does varies. */
static int check_sample(const struct seen *s, const struct trace_footer *f)
{
	uint64_t in = s->kinds[EVENT_PAGE_ALLOC] + s->kinds[EVENT_PAGE_FREE];
	uint64_t all = in + f->lost[CLASS_ALLOC] + f->unsampled[CLASS_ALLOC];

	printf("one page in %" PRIu32 ": %" PRIu64 " of %" PRIu64 " allocations and frees, %" PRIu64
	       " events of the wrong pages\n",
	       s->sample, in, all, s->unsampled);
	return s->sample < 2 || s->unsampled || in * s->sample < all / 2 ||
	       in * s->sample > all * 2;
}

/*
 * A name is given to what an event is about, so there are no more than such events: half an address is larger. No file
 * here has 16 TiB, and where a page moves to is a pfn.
 */
static int check_addresses(const struct seen *s)
{
	printf("%" PRIu64 " events of files and mms, whose numbers end with %" PRIu64
	       "; places up to %" PRIu64 "\n",
	       s->named, s->highest_name, s->highest_index);
	return !s->named || s->highest_name > s->named || s->highest_index >> 32 || s->outside;
}

static int read_trace(struct trace_reader *r, struct seen *s)
{
	struct trace_block block;
	struct error err = {0};
	int n;

	while ((n = trace_reader_next(r, &block, &err)) > 0)
		see(s, &block);
	if (n < 0)
		fprintf(stderr, "%s\n", err.msg);
	return n;
}

static int judge(char **argv, const struct seen *s, const struct trace_meta *meta,
		 const struct trace_footer *f)
{
	const char *what = argv[1];
	uint64_t nr = s->number;

	if (!strcmp(what, "events"))
		return check_events(s);
	if (!strcmp(what, "census"))
		return counters_check_census(&s->counters, nr, BATCHES) ||
		       counters_check_memmap(meta);
	if (!strcmp(what, "lost") || !strcmp(what, "stepped"))
		return check_lost(s, f, nr);
	if (!strcmp(what, "sample"))
		return check_sample(s, f);
	if (!strcmp(what, "addresses"))
		return check_addresses(s);
	if (!strcmp(what, "count"))
		return check_count(s, f);
	if (!strcmp(what, "tally")) {
		printf("%" PRIu64 " %" PRIu64 "\n", s->recorded[0] + s->recorded[1],
		       f->lost[CLASS_ALLOC]);
		return 0;
	}
	printf("%" PRIu64 " allocations, %" PRIu64 " of them by process %" PRIu64 "\n",
	       s->kinds[EVENT_PAGE_ALLOC], s->by_process, nr);
	if (!strcmp(what, "only"))
		return s->by_process != 0;
	return !strcmp(what, "atleast") ? s->kinds[EVENT_PAGE_ALLOC] < nr
					: s->kinds[EVENT_PAGE_ALLOC] > nr;
}

int main(int argc, char **argv)
{
	static struct seen s;
	struct trace_reader *r;
	struct error err = {0};
	int status = 1;

	if (argc < 3 || trace_reader_open(argv[2], &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	s.max_pfn = trace_reader_meta(r)->max_pfn;
	s.sample = trace_reader_meta(r)->sample;
	if (argc == 4 && sscanf(argv[3], "%" SCNu64, &s.number) == 1)
		s.process = (uint32_t)s.number;
	s.wanted = calloc(s.max_pfn, 1);
	if (!s.wanted ||
	    (!strcmp(argv[1], "events") && argc == 4 && read_wanted(&s, argv[3]) < 0) ||
	    ((!strcmp(argv[1], "count") || !strcmp(argv[1], "tally")) &&
	     (argc != 4 || read_counts(&s, argv[3]) < 0)) ||
	    read_trace(r, &s) < 0)
		return 2;
	status = judge(argv, &s, trace_reader_meta(r), trace_reader_footer(r));
	free(s.wanted);
	trace_reader_destroy(r);
	return status;
}
