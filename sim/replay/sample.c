// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "sim/charge/lines_sample.h"
#include "sim/replay/replay.h"
#include "trace/sample.h"

enum { BLOCK_PAGES = 1 << SAMPLE_SHIFT };

static bool holds(const struct sample *s, uint64_t pfn)
{
	return sample_holds(pfn, s->one_in - 1);
}

static int sample_init(struct sample *s, const struct trace_meta *meta, uint32_t one_in,
		       struct error *err)
{
	uint64_t all = 0, in = 0;

	*s = (struct sample){.one_in = one_in, .factor = 1, .events_factor = 1};
	if (one_in == 1)
		return 0;
	for (size_t i = 0; i < meta->nr_ranges; i++) {
		const struct trace_range *range = &meta->ranges[i];
		uint64_t end = range->start_pfn + range->nr_pages, next;

		for (uint64_t pfn = range->start_pfn; pfn < end; pfn = next) {
			next = (pfn / BLOCK_PAGES + 1) * BLOCK_PAGES;
			next = next < end ? next : end;
			all += next - pfn;
			in += holds(s, pfn) ? next - pfn : 0;
		}
	}
	if (!in)
		return error_set(err, -ENODATA,
				 "the trace is a sample of one page in %" PRIu32
				 ", and no page of its host is in it",
				 one_in);
	s->factor = s->events_factor = (double)all / (double)in;
	s->left_out = all - in;
	return 0;
}

int sample_of_trace(struct sample *s, struct trace_reader *reader, const struct replay_opts *opts,
		    struct error *err)
{
	int r = sample_init(s, trace_reader_meta(reader), trace_reader_sample(reader), err);

	if (!r && s->one_in > 1 && opts->native)
		return error_set(err, -ENOTSUP,
				 "the trace is a sample of one page in %" PRIu32
				 ", which cannot be executed",
				 s->one_in);
	return r;
}

void sample_fini(struct sample *s)
{
	free(s->events);
	free(s->runs);
	*s = (struct sample){.one_in = 1};
}

static int make_room(void **array, size_t *cap, size_t nr, size_t size, struct error *err)
{
	void *more;

	if (nr <= *cap)
		return 0;
	more = realloc(*array, nr * size);
	if (!more)
		return error_nomem(err);
	*array = more;
	*cap = nr;
	return 0;
}

/* Ranges of a file have no page: the folios that they find are those in the sample. */
static int filter_events(struct sample *s, struct trace_block *b, struct error *err)
{
	size_t nr = 0;
	int r = make_room((void **)&s->events, &s->events_cap, b->events.nr, sizeof(*s->events),
			  err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < b->events.nr; i++) {
		const struct event *e = &b->events.events[i];

		if (event_info(e->kind)->fields & F_PFN) {
			s->seen++;
			/* a folio that leaves the sample, or comes into it, does so untold */
			if (!holds(s, e->pfn) || (e->kind == EVENT_MIGRATE && !holds(s, e->index)))
				continue;
			s->kept++;
		}
		s->events[nr++] = *e;
	}
	b->events.events = s->events;
	b->events.nr = nr;
	return 0;
}

/* Appends the parts of a run that are in the sample; units of a block or more go by their first page. */
static int filter_run(struct sample *s, const struct census_run *run, size_t *nr, struct error *err)
{
	uint64_t size = UINT64_C(1) << run->order, left = run->count;
	struct census_run part = *run;

	for (; left; part.start_pfn += part.count << run->order, left -= part.count) {
		uint64_t end = (part.start_pfn / BLOCK_PAGES + 1) * BLOCK_PAGES;
		int r;

		part.count = (end - part.start_pfn + size - 1) / size;
		if (part.count > left)
			part.count = left;
		if (!holds(s, part.start_pfn))
			continue;
		r = *nr < s->runs_cap ? 0
				      : make_room((void **)&s->runs, &s->runs_cap,
						  2 * s->runs_cap + 1024, sizeof(*s->runs), err);
		if (r < 0)
			return r;
		s->runs[(*nr)++] = part;
	}
	return 0;
}

static int filter_census(struct sample *s, struct trace_block *b, struct error *err)
{
	size_t nr = 0;
	int r = 0;

	for (size_t i = 0; !r && i < b->census.nr; i++)
		r = filter_run(s, &b->census.runs[i], &nr, err);
	b->census.runs = s->runs;
	b->census.nr = nr;
	return r;
}

int sample_block(struct sample *s, struct trace_block *block, struct error *err)
{
	if (s->one_in == 1)
		return 0;
	if (block->type == BLOCK_EVENTS)
		return filter_events(s, block, err);
	return block->type == BLOCK_CENSUS ? filter_census(s, block, err) : 0;
}

void sample_shrink(const struct sample *s, struct cache_geometry *g, struct pressure *pressure)
{
	for (size_t i = 0; i < sizeof(g->level) / sizeof(g->level[0]); i++) {
		uint64_t set = (uint64_t)g->level[i].ways * g->line;
		uint64_t sets = set ? g->level[i].size / set / s->one_in : 0;

		g->level[i].size = (sets ? sets : 1) * set;
		pressure->fills[i] /= s->one_in;
	}
	pressure->one_in = s->one_in;
}

/* Numbers of a structure that holds nothing else. */
static void scale(double factor, void *numbers, size_t bytes)
{
	uint64_t *number = numbers;

	for (size_t i = 0; i < bytes / sizeof(*number); i++)
		number[i] = (uint64_t)((double)number[i] * factor + 0.5);
}

void sample_end(struct sample *s, const struct trace_footer *footer)
{
	uint64_t all = s->seen;

	if (s->one_in == 1 || !footer || !s->kept)
		return;
	/* counters of address spaces have no page */
	for (int cls = 0; cls < CLASS_MAX; cls++)
		all += cls == CLASS_RSS ? 0 : footer->unsampled[cls];
	s->events_factor = (double)all / (double)s->kept;
}

static void scale_series(const struct sample *s, struct series *series)
{
	scale(s->factor, series->point, sizeof(series->point));
	scale(s->factor, &series->value, sizeof(series->value));
	scale(s->factor, &series->peak, sizeof(series->peak));
	series->area *= s->factor;
}

static void scale_object(const struct sample *s, struct heap_counts *c)
{
	scale(s->factor, &c->live, sizeof(c->live));
	scale(s->factor, &c->peak, sizeof(c->peak));
	scale(s->factor, &c->allocs, sizeof(c->allocs));
	scale(s->factor, &c->slab_bytes, sizeof(c->slab_bytes));
	scale(s->factor, &c->slab_allocs, sizeof(c->slab_allocs));
}

static void scale_heat(double factor, struct heat *heat)
{
	if (!heat)
		return;
	scale(factor, heat->touched, sizeof(heat->touched));
	scale(factor, heat->memory, sizeof(heat->memory));
	scale(factor, &heat->beyond, sizeof(heat->beyond));
	scale(factor, &heat->beyond_memory, sizeof(heat->beyond_memory));
}

void sample_scale_layout(const struct sample *s, struct layout_result *ret)
{
	if (s->one_in == 1)
		return;
	scale_series(s, &ret->series.total);
	for (size_t i = 0; i < ret->nr_objects; i++)
		scale_series(s, &ret->series.object[i]);
	scale(s->factor, &ret->desc_bytes, sizeof(ret->desc_bytes));
	scale(s->factor, &ret->desc_peak_bytes, sizeof(ret->desc_peak_bytes));
	scale(s->factor, &ret->units, sizeof(ret->units));
	scale(s->events_factor, ret->ops, sizeof(ret->ops));
	scale(s->events_factor, &ret->total, sizeof(ret->total));
	scale(s->events_factor, &ret->sharing.totals, sizeof(ret->sharing.totals));
	scale(s->events_factor, &ret->caches, sizeof(ret->caches));
	scale(s->events_factor, &ret->writebacks, sizeof(ret->writebacks));
	for (size_t i = 0; i < ret->nr_objects; i++)
		scale_object(s, &ret->objects[i]);
	scale_heat(s->events_factor, ret->heat);
	if (!ret->breakdown)
		return;
	scale(s->events_factor, ret->breakdown->owners, sizeof(ret->breakdown->owners));
	scale(s->events_factor, ret->breakdown->units, sizeof(ret->breakdown->units));
}

void sample_scale_sets(const struct lines_sample *s, struct layout_result *ret)
{
	double lines = (double)ret->total.lines;

	for (enum cache_level level = CACHE_L1; level < CACHE_MEMORY; level++)
		ret->sample_error[level] =
			lines > 0 ? cache_sample_error(&s->sets, level) / lines : 0;
	ret->sample_share = s->sets.came ? (double)s->sets.taken / (double)s->sets.came : 1;
}

/* Of pages that are not in the sample nothing is ever learnt; a wide unit that begins in it may reach beyond. */
static uint64_t in_sample(const struct sample *s, uint64_t unknown)
{
	return unknown > s->left_out ? unknown - s->left_out : 0;
}

uint64_t sample_kind_pages(const struct sample *s, const struct pages_counts *counts, int kind)
{
	uint64_t pages = counts->kind_pages[kind];

	return kind == PAGE_KIND_UNKNOWN ? in_sample(s, pages) : pages;
}

void sample_scale_counts(const struct sample *s, struct pages_counts *counts)
{
	uint64_t *unknown = &counts->units[PAGE_KIND_UNKNOWN][0];

	if (s->one_in == 1)
		return;
	counts->kind_pages[PAGE_KIND_UNKNOWN] = sample_kind_pages(s, counts, PAGE_KIND_UNKNOWN);
	*unknown = in_sample(s, *unknown);
	scale(s->factor, counts, sizeof(*counts));
}

uint64_t sample_scaled(const struct sample *s, uint64_t bytes)
{
	if (s->one_in > 1)
		scale(s->factor, &bytes, sizeof(bytes));
	return bytes;
}

void sample_scale_pages(const struct sample *s, struct replay_result *ret)
{
	if (s->one_in == 1)
		return;
	sample_scale_counts(s, &ret->start);
	sample_scale_counts(s, &ret->end);
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++)
		scale_series(s, &ret->pages[kind]);
}
