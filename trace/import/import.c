// SPDX-License-Identifier: GPL-2.0-only
#include "trace/import/import_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/page_kind.h"
#include "trace/import/text.h"

enum { MAX_CPUS = UINT16_MAX + 1, UNKNOWN_CPU_THREAD = UINT32_MAX };

/* More memory than this is no machine's but a damaged line's. */
#define MAX_PAGES (UINT64_C(1) << 34)

/* What is known of a page, beyond what the next line about it says. */
struct page {
	uint8_t order; /* of the folio or compound page that begins here */
	uint8_t flags; /* LRUF_* when it was put on a list, PAGE_* */
};

enum { PAGE_COMPOUND = 1 << 7 };

typedef int line_fn(struct import *im, struct text_event *e, struct error *err);

static void import_fini(struct import *im)
{
	if (im->pages)
		munmap(im->pages, im->max_pfn * sizeof(*im->pages));
	trace_writer_destroy(im->writer);
	idmap_destroy(im->objects);
	free(im->threads);
	free(im->meta);
}

static int each_event(struct import *im, const char *text, size_t len, line_fn *fn,
		      struct error *err)
{
	struct import_counts *c = im->counts;
	const char *end = text + len;

	memset(c, 0, sizeof(*c));
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		struct text_event e;
		int r = 0;

		c->lines++;
		switch (text_parse_line(text, (size_t)(stop - text), &e)) {
		case TEXT_EVENT:
			c->events++;
			c->gfp_unknown += e.gfp_unknown;
			r = fn(im, &e, err);
			break;
		case TEXT_LOST:
			c->lost += e.lost;
			break;
		case TEXT_FAILED:
			c->failed++;
			break;
		case TEXT_BAD:
			if (!c->bad++)
				c->first_bad_line = c->lines;
			break;
		default:
			c->other++;
		}
		if (r < 0)
			return error_prefix(err, r, "%s: line %" PRIu64, im->name, c->lines);
		text = newline ? newline + 1 : end;
	}
	return 0;
}

static int survey(struct import *im, struct text_event *e, struct error *err)
{
	uint64_t end = e->event.pfn + (UINT64_C(1) << e->event.order);

	if (end > MAX_PAGES)
		return error_set(err, -EINVAL, "pfn %#" PRIx64 " is beyond all memory",
				 e->event.pfn);
	if (im->counts->events == 1 || e->event.ts_ns < im->first_ns)
		im->first_ns = e->event.ts_ns;
	im->steps_back += im->counts->events > 1 && e->event.ts_ns < im->before_ns;
	im->before_ns = e->event.ts_ns;
	if (e->event.ts_ns < im->last_ns)
		im->counts->late++;
	else
		im->last_ns = e->event.ts_ns;
	if (end > im->max_pfn)
		im->max_pfn = end;
	if (e->event.cpu > im->max_cpu)
		im->max_cpu = e->event.cpu;
	im->kinds[e->event.kind]++;
	im->no_order[e->event.kind] |= !e->has_order;
	return 0;
}

/*
 * Texts that were put together go back in time where they meet, and tools may swap a few lines; times that go back
 * all the time are how long it was from one event to the next.
 */
static int check_survey(const struct import *im, struct error *err)
{
	const struct import_counts *c = im->counts;

	if (!c->lines)
		return error_set(err, -ENODATA, "%s: the text is empty", im->name);
	if (!c->events)
		return error_set(err, -ENODATA,
				 "%s: no event of kmem, filemap or pagemap in %" PRIu64
				 " line%s of text: a line has the CPU in brackets, the time in "
				 "seconds and the name, as perf script and trace-cmd report print "
				 "them unless told otherwise",
				 im->name, c->lines, c->lines > 1 ? "s" : "");
	if (im->steps_back > c->events / 16)
		return error_set(err, -EINVAL,
				 "%s: %" PRIu64 " of %" PRIu64
				 " times are before that of the event before: print it with times "
				 "of a clock (not perf script --deltatime, trace-cmd report "
				 "--ts-diff)",
				 im->name, im->steps_back, c->events);
	return 0;
}

static struct page *page_at(struct import *im, uint64_t pfn)
{
	return &im->pages[pfn];
}

static int put_event(struct import *im, const struct event *e, struct error *err)
{
	return trace_writer_events(im->writer, e, 1, err);
}

static int put_task(struct import *im, const struct text_event *e, struct error *err)
{
	const struct event task = {
		.kind = EVENT_TASK,
		.cpu = e->event.cpu,
		.ts_ns = e->event.ts_ns,
		.arg = e->thread,
		.count = e->process ? e->process : e->thread,
	};

	if (im->threads[e->event.cpu] == e->thread)
		return 0;
	im->threads[e->event.cpu] = e->thread;
	return put_event(im, &task, err);
}

static int name_object(struct import *im, uint64_t object, uint32_t *ret, struct error *err)
{
	uint64_t *known = idmap_find(im->objects, object);
	int r = 0;

	if (!known)
		r = idmap_set(im->objects, object, ++im->nr_objects, err);
	*ret = known ? (uint32_t)*known : im->nr_objects;
	return r;
}

/* Fills in what the line does not tell, and remembers what later lines will not tell. */
static void complete(struct import *im, struct text_event *t)
{
	struct event *e = &t->event;
	struct page *page = page_at(im, e->pfn);

	switch (e->kind) {
	case EVENT_PAGE_ALLOC:
		*page = (struct page){0};
		if (e->arg & GFPC_COMP && e->order)
			*page = (struct page){.order = e->order, .flags = PAGE_COMPOUND};
		return;
	case EVENT_PAGE_FREE:
		e->arg = page->flags & LRUF_ANON ? FREE_ANON : 0;
		e->arg |= page->flags & PAGE_COMPOUND && page->order == e->order ? FREE_HEAD : 0;
		*page = (struct page){0};
		return;
	case EVENT_LRU_ADD:
		page->flags = (uint8_t)((page->flags & PAGE_COMPOUND) | e->arg >> LRUF_SHIFT);
		break;
	case EVENT_LRU_ACTIVATE:
		e->arg = (page->flags & ~(uint32_t)PAGE_COMPOUND) << LRUF_SHIFT;
		break;
	case EVENT_CACHE_ADD:
	case EVENT_CACHE_DEL:
		break;
	default:
		return;
	}
	if (!t->has_order)
		e->order = page->order;
}

static int convert(struct import *im, struct text_event *t, struct error *err)
{
	struct event *e = &t->event;
	int r = 0;

	e->ts_ns -= im->first_ns;
	if (event_info(e->kind)->fields & F_PFN)
		complete(im, t);
	if (event_info(e->kind)->fields & F_OBJ)
		r = name_object(im, t->object, &e->obj, err);
	if (!r)
		r = put_task(im, t, err);
	return r ? r : put_event(im, e, err);
}

/* Flags of a page that is on a list already, as an insertion would have told them. */
static uint8_t lru_flags(const struct census_run *run)
{
	uint32_t flags = 0;

	if (run->kind == PAGE_KIND_ANON || run->kind == PAGE_KIND_KSM)
		flags |= LRUF_ANON;
	if (run->kind == PAGE_KIND_KSM)
		flags |= LRUF_KSM;
	if (run->flags & CENSUS_SWAPBACKED)
		flags |= LRUF_SWAPBACKED;
	return (uint8_t)flags;
}

static void learn(struct import *im, const struct census_run *run)
{
	bool used = run->flags & CENSUS_COMPOUND || run->flags & CENSUS_LRU;

	for (uint64_t i = 0; used && i < run->count; i++) {
		uint64_t pfn = run->start_pfn + (i << run->order);

		if (pfn < im->max_pfn)
			*page_at(im, pfn) = (struct page){
				.order = run->order,
				.flags = (uint8_t)(lru_flags(run) |
						   (run->order ? PAGE_COMPOUND : 0)),
			};
	}
}

/* The snapshot was taken before the first event: its census is the host's at time 0. */
static int copy_census(struct import *im, struct error *err)
{
	struct trace_block block;
	int r;

	while ((r = trace_reader_next(im->opts->snapshot, &block, err)) > 0) {
		if (block.type != BLOCK_CENSUS)
			continue;
		for (size_t i = 0; i < block.census.nr; i++)
			learn(im, &block.census.runs[i]);
		r = trace_writer_census(im->writer, 0, block.census.start_pfn, block.census.end_pfn,
					block.census.runs, block.census.nr, err);
		if (r < 0)
			return r;
	}
	return r;
}

static int prepare(struct import *im, struct error *err)
{
	const struct trace_writer_opts opts = {.zstd_level = im->opts->zstd_level};
	void *pages = mmap(NULL, im->max_pfn * sizeof(*im->pages), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r;

	if (pages == MAP_FAILED)
		return error_nomem(err);
	im->pages = pages;
	im->threads = malloc(MAX_CPUS * sizeof(*im->threads));
	if (!im->threads)
		return error_nomem(err);
	for (size_t i = 0; i < MAX_CPUS; i++)
		im->threads[i] = UNKNOWN_CPU_THREAD;
	r = idmap_create(&im->objects, err);
	return r ? r : trace_writer_create(im->opts->output, im->meta, &opts, &im->writer, err);
}

int import_text(const char *name, const void *text, size_t len, const struct import_opts *opts,
		struct import_counts *ret, struct error *err)
{
	struct import_counts counts;
	_cleanup_(import_fini) struct import im = {.name = name, .opts = opts, .counts = &counts};
	struct trace_footer footer = {.stop = "import", .command_status = -1};
	uint64_t late;
	int r;

	im.meta = calloc(1, sizeof(*im.meta));
	if (!im.meta)
		return error_nomem(err);
	r = each_event(&im, text, len, survey, err);
	if (r < 0)
		return r;
	late = counts.late;
	r = check_survey(&im, err);
	if (!r)
		r = import_describe_host(&im, err);
	if (r < 0)
		return r;
	import_describe_classes(&im);
	r = prepare(&im, err);
	if (!r && opts->snapshot)
		r = copy_census(&im, err);
	if (!r)
		r = each_event(&im, text, len, convert, err);
	if (r < 0)
		return r;
	/* of which class the lost ones were is not told; without allocations nothing is whole */
	footer.lost[CLASS_ALLOC] = counts.lost;
	footer.end_ns = im.last_ns - im.first_ns;
	r = trace_writer_finish(im.writer, &footer, err);
	if (r < 0)
		return r;
	counts.late = late;
	*ret = counts;
	return 0;
}
