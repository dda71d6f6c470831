// SPDX-License-Identifier: GPL-2.0-only
#include "lengthen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "trace/reader.h"
#include "trace/writer.h"

enum { AT_ONCE = 4096 };

struct lengthener {
	struct trace_writer *writer;
	enum lengthen_how how;
	uint64_t pages, ns; /* from one time to the next */
	unsigned int times;
	struct trace_footer footer;
	struct event events[AT_ONCE];
};

static void lengthener_fini(struct lengthener *l)
{
	trace_writer_destroy(l->writer);
}

/* So many hosts one behind the other, as one. */
static void stretch_meta(struct trace_meta *meta, unsigned int times)
{
	const size_t nr = meta->nr_ranges;

	for (unsigned int i = 1; i < times; i++)
		for (size_t j = 0; j < nr && meta->nr_ranges < TRACE_MAX_RANGES; j++) {
			meta->ranges[meta->nr_ranges] = meta->ranges[j];
			meta->ranges[meta->nr_ranges++].start_pfn += i * meta->max_pfn;
		}
	meta->max_pfn *= times;
	meta->ram_pages *= times;
	meta->managed_pages *= times;
	meta->memmap_pages *= times;
}

static int put_census(struct lengthener *l, const struct trace_block *b, unsigned int host,
		      struct error *err)
{
	_cleanup_free_ struct census_run *runs = malloc((b->census.nr + 1) * sizeof(*runs));
	const uint64_t pfn = host * l->pages;

	if (!runs)
		return error_nomem(err);
	memcpy(runs, b->census.runs, b->census.nr * sizeof(*runs));
	for (size_t i = 0; i < b->census.nr; i++)
		runs[i].start_pfn += pfn;
	return trace_writer_census(l->writer, b->census.ts_ns, b->census.start_pfn + pfn,
				   b->census.end_pfn + pfn, runs, b->census.nr, err);
}

static int put_events(struct lengthener *l, const struct trace_block *b, unsigned int host,
		      struct error *err)
{
	for (size_t at = 0, nr; at < b->events.nr; at += nr) {
		int r;

		nr = b->events.nr - at < AT_ONCE ? b->events.nr - at : AT_ONCE;
		memcpy(l->events, b->events.events + at, nr * sizeof(*l->events));
		for (size_t i = 0; i < nr; i++) {
			struct event *e = &l->events[i];

			e->ts_ns += host * l->ns;
			if (event_info(e->kind)->fields & F_PFN)
				e->pfn += host * l->pages;
			if (e->kind == EVENT_MIGRATE)
				e->index += host * l->pages;
		}
		r = trace_writer_events(l->writer, l->events, nr, err);
		if (r)
			return r;
	}
	return 0;
}

/* All blocks of this type, moved to one of the hosts. */
static int put_blocks(struct lengthener *l, const char *path, enum format_block type,
		      unsigned int host, struct error *err)
{
	struct trace_reader *r;
	struct trace_block block;
	int res = trace_reader_open(path, &r, err);

	if (res)
		return res;
	while ((res = trace_reader_next(r, &block, err)) > 0) {
		if (block.type == BLOCK_FOOTER)
			l->footer = *block.footer;
		if (block.type != type)
			continue;
		res = type == BLOCK_CENSUS ? put_census(l, &block, host, err)
					   : put_events(l, &block, host, err);
		if (res)
			break;
	}
	trace_reader_destroy(r);
	return res;
}

static int begin(struct lengthener *l, const char *path, const char *to, struct error *err)
{
	struct trace_reader *r;
	struct trace_meta meta;
	int res = trace_reader_open(path, &r, err);

	if (res)
		return res;
	meta = *trace_reader_meta(r);
	trace_reader_destroy(r);
	if (l->how == LENGTHEN_HOSTS) {
		l->pages = meta.max_pfn;
		stretch_meta(&meta, l->times);
	}
	return trace_writer_create(to, &meta, NULL, &l->writer, err);
}

int lengthen(const char *path, unsigned int times, enum lengthen_how how, const char *to,
	     struct error *err)
{
	struct lengthener l
		__attribute__((cleanup(lengthener_fini))) = {.times = times, .how = how};
	unsigned int hosts = how == LENGTHEN_HOSTS ? times : 1;
	int r = begin(&l, path, to, err);

	for (unsigned int host = 0; !r && host < hosts; host++)
		r = put_blocks(&l, path, BLOCK_CENSUS, host, err);
	l.ns = l.footer.end_ns + 1;
	for (unsigned int host = 0; !r && host < times; host++)
		r = put_blocks(&l, path, BLOCK_EVENTS, host, err);
	l.footer.end_ns = l.ns * times;
	return r ? r : trace_writer_finish(l.writer, &l.footer, err);
}
