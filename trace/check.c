// SPDX-License-Identifier: GPL-2.0-only
#include "trace/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/page_kind.h"

/* What is known of one page. */
enum state {
	UNKNOWN = 0, /* nothing, or nothing certain */
	FREE,
	CENSUS_USED, /* the census saw it in use, with a type that only a used page has */
	ALLOC_HEAD,  /* first page of an allocation in the trace; the order is in the low bits */
	ALLOC_TAIL,
};

enum { STATE_SHIFT = 5, ORDER_MASK = (1 << STATE_SHIFT) - 1 };

/*
 * A part of the census. Looking at many pages takes a while: what happens to them from its time
 * until it is over may be in the census already, or not. The recorder's next step shows that it
 * is over.
 */
struct span {
	uint64_t start_pfn, end_pfn;
	uint64_t ts_ns; /* until settled: of the census; then: when it was over */
};

struct check {
	const struct trace_meta *meta;
	struct check_counts *counts;
	uint8_t *pages; /* per pfn: state << STATE_SHIFT | order */
	size_t nr_pages;
	struct span *spans;
	size_t nr_spans, nr_settled, spans_cap;
	uint64_t census_end; /* the latest ts_ns of the settled spans */
	uint64_t last_ts;
};

static void check_fini(struct check *c)
{
	if (c->pages)
		munmap(c->pages, c->nr_pages);
	free(c->spans);
}

static enum state state_of(const struct check *c, uint64_t pfn)
{
	return c->pages[pfn] >> STATE_SHIFT;
}

static void set_states(struct check *c, uint64_t pfn, uint64_t nr, enum state state)
{
	memset(c->pages + pfn, state << STATE_SHIFT, nr);
}

/*
 * Only types that the kernel sets on pages in use make a page surely used: a page without a type
 * may as well sit free on a per-CPU list, and hotplug or a balloon may give back reserved and
 * offline ones.
 */
static enum state census_state(unsigned int kind)
{
	switch (kind) {
	case PAGE_KIND_FREE:
	case PAGE_KIND_PCP:
		return FREE;
	case PAGE_KIND_ANON:
	case PAGE_KIND_FILE:
	case PAGE_KIND_SHMEM:
	case PAGE_KIND_KSM:
	case PAGE_KIND_HUGETLB:
	case PAGE_KIND_SLAB:
	case PAGE_KIND_PGTABLE:
	case PAGE_KIND_COMPOUND:
		return CENSUS_USED;
	default:
		return UNKNOWN;
	}
}

static int add_span(struct check *c, const struct span *span, struct error *err)
{
	if (c->nr_spans == c->spans_cap) {
		size_t cap = c->spans_cap ? 2 * c->spans_cap : 64;
		struct span *spans = realloc(c->spans, cap * sizeof(*spans));

		if (!spans)
			return error_nomem(err);
		c->spans = spans;
		c->spans_cap = cap;
	}
	c->spans[c->nr_spans++] = *span;
	return 0;
}

/*
 * A later step of the recorder at ts_ns: all that was begun before is over. Pieces of one step
 * share its time.
 */
static void settle(struct check *c, uint64_t ts_ns)
{
	for (; c->nr_settled < c->nr_spans && c->spans[c->nr_settled].ts_ns < ts_ns;
	     c->nr_settled++) {
		c->spans[c->nr_settled].ts_ns = ts_ns;
		if (ts_ns > c->census_end)
			c->census_end = ts_ns;
	}
}

static int see_census(struct check *c, const struct trace_block *b, struct error *err)
{
	const struct span span = {b->census.start_pfn, b->census.end_pfn, b->census.ts_ns};

	for (size_t i = 0; i < b->census.nr; i++) {
		const struct census_run *run = b->census.runs + i;
		uint64_t end = run->start_pfn + (run->count << run->order);
		enum state state = census_state(run->kind);

		if (end > c->nr_pages)
			end = c->nr_pages;
		/* events that were read already and are newer than this census know better */
		if (b->census.ts_ns >= c->last_ts && run->start_pfn < end)
			set_states(c, run->start_pfn, end - run->start_pfn, state);
		for (uint64_t pfn = run->start_pfn; b->census.ts_ns < c->last_ts && pfn < end;
		     pfn++)
			if (state_of(c, pfn) == UNKNOWN)
				set_states(c, pfn, 1, state);
	}
	settle(c, b->census.ts_ns);
	return add_span(c, &span, err);
}

/* True if the census of these pages was not over then: the event may be in it already, or not. */
static bool superseded(const struct check *c, const struct event *e)
{
	size_t i = e->ts_ns < c->census_end ? 0 : c->nr_settled;

	for (; i < c->nr_spans; i++) {
		const struct span *s = c->spans + i;

		if ((i >= c->nr_settled || e->ts_ns < s->ts_ns) && e->pfn < s->end_pfn &&
		    s->start_pfn < e->pfn + (UINT64_C(1) << e->order))
			return true;
	}
	return false;
}

static bool inside_memory(const struct trace_meta *meta, uint64_t pfn, uint64_t nr)
{
	size_t low = 0, high = meta->nr_ranges;

	/* the last range that starts at or before pfn */
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (meta->ranges[mid].start_pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low && low <= meta->nr_ranges; low++) {
		const struct trace_range *range = meta->ranges + low - 1;
		uint64_t end = range->start_pfn + range->nr_pages;

		if (pfn < range->start_pfn || pfn >= end)
			return false;
		if (pfn + nr <= end)
			return true;
		/* memory goes on in the next range if that begins where this one ends */
		nr -= end - pfn;
		pfn = end;
	}
	return false;
}

static void see_alloc(struct check *c, const struct event *e)
{
	uint64_t nr = UINT64_C(1) << e->order;

	for (uint64_t pfn = e->pfn; pfn < e->pfn + nr; pfn++) {
		if (state_of(c, pfn) > FREE) {
			/* a filter may well have left out who freed it */
			if (*c->meta->filter)
				c->counts->allocs_unfreed++;
			else
				c->counts->double_allocs++;
			break;
		}
	}
	set_states(c, e->pfn, nr, ALLOC_TAIL);
	c->pages[e->pfn] = (uint8_t)(ALLOC_HEAD << STATE_SHIFT | e->order);
}

static void see_free(struct check *c, const struct event *e)
{
	uint64_t nr = UINT64_C(1) << e->order;
	unsigned int order = c->pages[e->pfn] & ORDER_MASK;

	switch (state_of(c, e->pfn)) {
	case ALLOC_HEAD:
		if (order == e->order)
			c->counts->frees_matched++;
		else if (order > e->order)
			c->counts->frees_split++;
		else
			c->counts->frees_unseen++;
		break;
	case ALLOC_TAIL:
		c->counts->frees_split++;
		break;
	case CENSUS_USED:
		c->counts->frees_census++;
		break;
	default:
		c->counts->frees_unseen++;
	}
	set_states(c, e->pfn, nr, FREE);
}

static void see_event(struct check *c, const struct event *e)
{
	unsigned int fields = event_info(e->kind)->fields;
	uint64_t nr = UINT64_C(1) << e->order;

	c->counts->events++;
	c->counts->allocs += e->kind == EVENT_PAGE_ALLOC || e->kind == EVENT_BULK_ALLOC;
	c->counts->frees += e->kind == EVENT_PAGE_FREE;
	c->last_ts = e->ts_ns;
	if (e->cpu >= c->meta->nr_cpus)
		c->counts->cpu_bad++;
	/* with a count the pfn is of a page in the folio, and the order the folio's */
	if (fields & F_COUNT)
		nr = e->count;
	else if (fields & F_ORDER && e->pfn & (nr - 1))
		c->counts->order_bad++;
	if (!(fields & F_PFN))
		return;
	if (!inside_memory(c->meta, e->pfn, nr)) {
		c->counts->pfn_outside++;
		return;
	}
	if (e->kind != EVENT_PAGE_ALLOC && e->kind != EVENT_PAGE_FREE &&
	    e->kind != EVENT_BULK_ALLOC)
		return;
	if (superseded(c, e)) {
		/* and so is the order of the census and of this event */
		c->counts->frees_unseen += e->kind == EVENT_PAGE_FREE;
		set_states(c, e->pfn, nr, UNKNOWN);
	} else if (e->kind != EVENT_PAGE_FREE) {
		see_alloc(c, e);
	} else {
		see_free(c, e);
	}
}

static int check_init(struct check *c, const struct trace_meta *meta, struct check_counts *counts,
		      struct error *err)
{
	void *pages;

	*c = (struct check){.meta = meta, .counts = counts, .nr_pages = meta->max_pfn};
	if (!c->nr_pages)
		return 0;
	/* untouched pages of the table cost nothing, so holes in the memory cost nothing */
	pages = mmap(NULL, c->nr_pages, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages == MAP_FAILED)
		return error_set(err, -ENOMEM, "cannot keep the state of %" PRIu64 " pages: %s",
				 meta->max_pfn, strerror(errno));
	c->pages = pages;
	return 0;
}

static uint64_t unexplained(const struct check_counts *c, const struct trace_footer *footer)
{
	uint64_t may = CHECK_UNTOLD + c->allocs / CHECK_UNTOLD_IN;

	if (footer)
		may += footer->lost[CLASS_ALLOC];
	return c->double_allocs > may ? c->double_allocs - may : 0;
}

int trace_check(struct trace_reader *r, struct check_counts *ret, struct error *err)
{
	struct check c __attribute__((cleanup(check_fini)));
	struct trace_block block;
	int res;

	*ret = (struct check_counts){0};
	res = check_init(&c, trace_reader_meta(r), ret, err);
	if (res)
		return res;
	while ((res = trace_reader_next(r, &block, err)) > 0) {
		if (block.type == BLOCK_CENSUS) {
			res = see_census(&c, &block, err);
			if (res)
				return res;
		}
		if (block.type == BLOCK_STAT)
			settle(&c, block.stat->ts_ns);
		for (size_t i = 0; block.type == BLOCK_EVENTS && i < block.events.nr; i++)
			see_event(&c, block.events.events + i);
	}
	ret->double_unexplained = unexplained(ret, trace_reader_footer(r));
	return res;
}

uint64_t check_violations(const struct check_counts *c)
{
	uint64_t sum = 0;

#define CHECK_COUNT(name, violation, doc) sum += (violation) ? c->name : 0;
	CHECK_COUNTS(CHECK_COUNT)
#undef CHECK_COUNT
	return sum;
}
