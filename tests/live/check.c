// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a trace against what is known otherwise.
 *	live_check events TRACE PFNS	every page in PFNS was allocated by that process, then freed
 *	live_check census TRACE PERMILLE	the census against the counters around it
 *	live_check lost TRACE PAGES	recorded + lost against PAGES touched and counters
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/page_kind.h"
#include "trace/reader.h"

enum { MAX_CPUS = 4096 };

struct seen {
	uint64_t kinds[EVENT_KIND_MAX], pages[PAGE_KIND_MAX];
	uint8_t *wanted; /* by pfn: 1 looked for, 2 allocated by the process, 3 and then freed */
	uint64_t nr_wanted, max_pfn, outside;
	uint32_t process, task[MAX_CPUS];
	struct trace_stat first, second, last;
	int nr_stats;
};

static void see_event(struct seen *s, const struct event *e)
{
	bool ours;

	s->kinds[e->kind]++;
	if (e->kind == EVENT_TASK)
		s->task[e->cpu % MAX_CPUS] = e->count;
	if (!(event_info(e->kind)->fields & F_PFN))
		return;
	if (e->pfn >= s->max_pfn) {
		s->outside++;
		return;
	}
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

static uint64_t counter(const struct trace_stat *stat, const char *name)
{
	const uint64_t *value = trace_stat_find(stat, name);

	return value ? *value : 0;
}

/*
 * Tolerated: what the counter itself moved, so many per mille, and what CPUs hold back in batches.
 */
static int row(const char *name, uint64_t census, uint64_t before, uint64_t after,
	       uint64_t permille)
{
	uint64_t low = before < after ? before : after, high = before < after ? after : before;
	uint64_t tolerance = high - low + high * permille / 1000 + 256;
	bool ok = census + tolerance >= low && census <= high + tolerance;
	uint64_t off = census < low ? low - census : census > high ? census - high : 0;

	printf("%-12s census %9" PRIu64 "  counter %9" PRIu64 " .. %9" PRIu64
	       "  off %6.3f %%  %s\n",
	       name, census, before, after, high ? 100.0 * (double)off / (double)high : 0.0,
	       ok ? "ok" : "WRONG");
	return !ok;
}

static int check_census(const struct seen *s, uint64_t permille)
{
	const struct trace_stat *a = &s->first, *b = &s->second;
	uint64_t slab[2] = {
		counter(a, "nr_slab_reclaimable") + counter(a, "nr_slab_unreclaimable"),
		counter(b, "nr_slab_reclaimable") + counter(b, "nr_slab_unreclaimable"),
	};
	uint64_t known = s->pages[PAGE_KIND_SLAB], most = known + s->pages[PAGE_KIND_COMPOUND];
	int bad = 0;

	bad += row("free", s->pages[PAGE_KIND_FREE], counter(a, "nr_free_pages"),
		   counter(b, "nr_free_pages"), permille);
	bad += row("anon", s->pages[PAGE_KIND_ANON], counter(a, "nr_anon_pages"),
		   counter(b, "nr_anon_pages"), permille);
	bad += row("file+shmem", s->pages[PAGE_KIND_FILE] + s->pages[PAGE_KIND_SHMEM],
		   counter(a, "nr_file_pages"), counter(b, "nr_file_pages"), permille);
	bad += row("shmem", s->pages[PAGE_KIND_SHMEM], counter(a, "nr_shmem"),
		   counter(b, "nr_shmem"), permille);
	bad += row("pgtable", s->pages[PAGE_KIND_PGTABLE], counter(a, "nr_page_table_pages"),
		   counter(b, "nr_page_table_pages"), permille);
	/*
	 * the counter includes large kmalloc, which /proc/kpageflags shows as untyped compound
	 * pages
	 */
	bad += row("slab",
		   slab[0] < known  ? known
		   : slab[0] > most ? most
				    : slab[0],
		   slab[0], slab[1], permille);
	printf("the counters were read %.3f s apart\n", 1e-9 * (double)(b->ts_ns - a->ts_ns));
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
	uint64_t pages = 0; /* or per mille */
	int status = 1;

	if (argc < 3 || trace_reader_open(argv[2], &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	s.max_pfn = trace_reader_meta(r)->max_pfn;
	s.wanted = calloc(s.max_pfn, 1);
	if (!s.wanted ||
	    (!strcmp(argv[1], "events") && argc == 4 && read_wanted(&s, argv[3]) < 0) ||
	    read_trace(r, &s) < 0)
		return 2;
	if (!strcmp(argv[1], "events"))
		status = check_events(&s);
	else if (argc == 4 && sscanf(argv[3], "%" SCNu64, &pages) != 1)
		status = 2;
	else if (!strcmp(argv[1], "census"))
		status = check_census(&s, pages);
	else
		status = check_lost(&s, trace_reader_footer(r), pages);
	free(s.wanted);
	trace_reader_destroy(r);
	return status;
}
