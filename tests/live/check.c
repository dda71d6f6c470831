// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a trace against what is known otherwise.
 *	live_check events TRACE PFNS	every page in PFNS was allocated by that process, then freed
 *	live_check census TRACE		the census against the counters around it
 *	live_check balance TRACE	the trace is whole, and no page was allocated twice
 *	live_check lost TRACE PAGES	recorded + lost against PAGES touched and counters
 *	live_check count TRACE FILE	recorded + lost against what perf counted (see count.c)
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/page_kind.h"
#include "trace/reader.h"

enum { MAX_CPUS = 4096, MAX_THREADS = 64 };

struct seen {
	uint64_t kinds[EVENT_KIND_MAX], pages[PAGE_KIND_MAX];
	uint8_t *wanted; /* by pfn: 1 looked for, 2 allocated by the process, 3 and then freed */
	uint64_t nr_wanted, max_pfn, outside;
	uint8_t *state; /* by pfn, see below */
	uint64_t twice;
	uint32_t process, task[MAX_CPUS];
	uint32_t threads[MAX_THREADS], running[MAX_CPUS]; /* those that perf counted; who is on a CPU */
	size_t nr_threads;
	uint64_t counted[2], recorded[2]; /* allocations, frees of these threads */
	struct trace_stat first, second, last;
	int nr_stats;
};

/* state[]: 0 not known, FREED, or ALLOCATED + the order of the allocation. */
enum { FREED = 1, ALLOCATED = 2 };

/* One free was lost, whatever its order: the other pages of that allocation are no further losses. */
static void forget_allocation(struct seen *s, uint64_t pfn)
{
	unsigned int order = s->state[pfn] - ALLOCATED;
	uint64_t head = pfn & ~((1ULL << order) - 1);

	for (uint64_t page = head; page < head + (1ULL << order) && page < s->max_pfn; page++)
		if (s->state[page] == ALLOCATED + order)
			s->state[page] = 0;
}

/* Counts allocations that were never given back, as far as the trace tells, when their pages are handed out again. */
static void see_balance(struct seen *s, const struct event *e)
{
	if (e->kind != EVENT_PAGE_ALLOC && e->kind != EVENT_PAGE_FREE)
		return;
	for (uint64_t pfn = e->pfn; pfn < e->pfn + (1ULL << e->order) && pfn < s->max_pfn; pfn++) {
		/* a free without an allocation is legal: not all allocations have an event */
		if (e->kind == EVENT_PAGE_ALLOC && s->state[pfn] >= ALLOCATED) {
			s->twice++;
			forget_allocation(s, pfn);
		}
	}
	for (uint64_t pfn = e->pfn; pfn < e->pfn + (1ULL << e->order) && pfn < s->max_pfn; pfn++)
		s->state[pfn] =
			e->kind == EVENT_PAGE_ALLOC ? (uint8_t)(ALLOCATED + e->order) : FREED;
}

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
	see_counted(s, e);
	if (e->kind == EVENT_TASK)
		s->task[e->cpu % MAX_CPUS] = e->count;
	if (!(event_info(e->kind)->fields & F_PFN))
		return;
	if (e->pfn >= s->max_pfn) {
		s->outside++;
		return;
	}
	see_balance(s, e);
	if (!s->wanted[e->pfn] || e->order)
		return;
	ours = s->task[e->cpu % MAX_CPUS] == s->process;
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
	switch (b->type) {
	case BLOCK_EVENTS:
		for (size_t i = 0; i < b->events.nr; i++)
			see_event(s, &b->events.events[i]);
		break;
	case BLOCK_CENSUS:
		for (size_t i = 0; i < b->census.nr; i++)
			s->pages[b->census.runs[i].kind] += b->census.runs[i].count
							    << b->census.runs[i].order;
		break;
	case BLOCK_STAT:
		if (s->nr_stats++ == 0)
			s->first = *b->stat;
		else if (s->nr_stats == 2)
			s->second = *b->stat;
		s->last = *b->stat;
		break;
	default:
		break;
	}
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
	while (s->nr_threads < MAX_THREADS && fscanf(f, "%" SCNu32, &s->threads[s->nr_threads]) == 1)
		s->nr_threads++;
	return fclose(f);
}

/* Exactly, and the lost ones may be anybody's. */
static int check_count(const struct seen *s, const struct trace_footer *f)
{
	uint64_t recorded = s->recorded[0] + s->recorded[1];
	uint64_t counted = s->counted[0] + s->counted[1], lost = f->lost[CLASS_ALLOC];

	printf("allocations: %" PRIu64 " counted, %" PRIu64 " recorded; frees: %" PRIu64
	       " counted, %" PRIu64 " recorded; %" PRIu64 " lost by all threads, %" PRIu64
	       " of %" PRIu64 " bytes of a buffer were full\n",
	       s->counted[0], s->recorded[0], s->counted[1], s->recorded[1], lost,
	       f->buffer_high_water, f->buffer_size);
	return !recorded || recorded > counted || recorded + lost < counted;
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

static int check_balance(const struct seen *s, const struct trace_footer *f)
{
	uint64_t lost = f->lost[CLASS_ALLOC];

	printf("%" PRIu64 " allocations and %" PRIu64 " frees, %" PRIu64
	       " allocations of an allocated page, %" PRIu64 " events lost\n",
	       s->kinds[EVENT_PAGE_ALLOC], s->kinds[EVENT_PAGE_FREE], s->twice, lost);
	/* every contradiction must be owned up to; about 1 in 50,000 is lost */
	return s->twice > lost || lost > 8 + s->kinds[EVENT_PAGE_FREE] / 10000;
}

static uint64_t counter(const struct trace_stat *stat, const char *name)
{
	const uint64_t *value = trace_stat_find(stat, name);

	return value ? *value : 0;
}

/*
 * In the table's tolerance: what the counter itself moved, 1 %, and what CPUs hold back in batches.
 */
static int row(const char *name, uint64_t census, uint64_t before, uint64_t after)
{
	uint64_t low = before < after ? before : after, high = before < after ? after : before;
	uint64_t tolerance = high - low + high / 100 + 256;
	bool ok = census + tolerance >= low && census <= high + tolerance;
	uint64_t off = census < low ? low - census : census > high ? census - high : 0;

	printf("%-12s census %9" PRIu64 "  counter %9" PRIu64 " .. %9" PRIu64
	       "  off %6.3f %%  %s\n",
	       name, census, before, after, high ? 100.0 * (double)off / (double)high : 0.0,
	       ok ? "ok" : "WRONG");
	return !ok;
}

static int check_census(const struct seen *s)
{
	const struct trace_stat *a = &s->first, *b = &s->second;
	uint64_t slab[2] = {
		counter(a, "nr_slab_reclaimable") + counter(a, "nr_slab_unreclaimable"),
		counter(b, "nr_slab_reclaimable") + counter(b, "nr_slab_unreclaimable"),
	};
	uint64_t known = s->pages[PAGE_KIND_SLAB], most = known + s->pages[PAGE_KIND_COMPOUND];
	int bad = 0;

	bad += row("free", s->pages[PAGE_KIND_FREE], counter(a, "nr_free_pages"),
		   counter(b, "nr_free_pages"));
	bad += row("anon", s->pages[PAGE_KIND_ANON], counter(a, "nr_anon_pages"),
		   counter(b, "nr_anon_pages"));
	bad += row("file+shmem", s->pages[PAGE_KIND_FILE] + s->pages[PAGE_KIND_SHMEM],
		   counter(a, "nr_file_pages"), counter(b, "nr_file_pages"));
	bad += row("shmem", s->pages[PAGE_KIND_SHMEM], counter(a, "nr_shmem"),
		   counter(b, "nr_shmem"));
	bad += row("pgtable", s->pages[PAGE_KIND_PGTABLE], counter(a, "nr_page_table_pages"),
		   counter(b, "nr_page_table_pages"));
	/*
	 * the counter includes large kmalloc, which /proc/kpageflags shows as untyped compound
	 * pages
	 */
	bad += row("slab",
		   slab[0] < known  ? known
		   : slab[0] > most ? most
				    : slab[0],
		   slab[0], slab[1]);
	return bad || s->nr_stats < 2;
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

static int check_lost(const struct seen *s, const struct trace_footer *f, uint64_t pages)
{
	uint64_t recorded = s->kinds[EVENT_PAGE_ALLOC] + s->kinds[EVENT_PAGE_FREE];
	uint64_t sum = recorded + f->lost[CLASS_ALLOC];
	uint64_t traffic = page_traffic(&s->last) - page_traffic(&s->first);

	printf("page_alloc + page_free: %" PRIu64 " recorded + %" PRIu64 " lost = %" PRIu64
	       "; at least %" PRIu64 " happened, at most %" PRIu64 "\n",
	       recorded, f->lost[CLASS_ALLOC], sum, 2 * pages, traffic);
	/*
	 * a page counted by the kernel is at least one event; the counters lag by a batch per CPU
	 */
	return f->lost[CLASS_ALLOC] > 0 && sum >= 2 * pages && sum <= traffic + traffic / 50 ? 0
											     : 1;
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

int main(int argc, char **argv)
{
	static struct seen s;
	struct trace_reader *r;
	struct error err = {0};
	uint64_t pages = 0;
	int status = 1;

	if (argc < 3 || trace_reader_open(argv[2], &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	s.max_pfn = trace_reader_meta(r)->max_pfn;
	s.wanted = calloc(s.max_pfn, 1);
	s.state = calloc(s.max_pfn, 1);
	if (!s.wanted || !s.state ||
	    (!strcmp(argv[1], "events") && argc == 4 && read_wanted(&s, argv[3]) < 0) ||
	    (!strcmp(argv[1], "count") && (argc != 4 || read_counts(&s, argv[3]) < 0)) ||
	    read_trace(r, &s) < 0)
		return 2;
	if (!strcmp(argv[1], "events"))
		status = check_events(&s);
	else if (!strcmp(argv[1], "census"))
		status = check_census(&s);
	else if (!strcmp(argv[1], "count"))
		status = check_count(&s, trace_reader_footer(r));
	else if (!strcmp(argv[1], "balance"))
		status = check_balance(&s, trace_reader_footer(r));
	else if (argc == 4 && sscanf(argv[3], "%" SCNu64, &pages) == 1)
		status = check_lost(&s, trace_reader_footer(r), pages);
	free(s.wanted);
	free(s.state);
	trace_reader_destroy(r);
	return status;
}
