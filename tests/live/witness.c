// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a trace against ftrace, which watched the same tracepoints meanwhile.
 *	live_witness TRACE FTRACE [SECONDS]
 * FTRACE is the text of an instance's `trace` with the clock "mono" and the events mm_page_alloc
 * and mm_page_free, running from before the recording began until after it ended. For every page
 * the trace must hold as many allocations and frees as ftrace saw while both looked; the kernel's
 * own gaps, pages that come again without a free that any tracepoint tells of, are the same in
 * both and so no matter here. From SECONDS on (CLOCK_MONOTONIC) ftrace's buffers hold all; what was before, others
 * who traced at full rate have made it overwrite.
 *
 * Some sandboxes' kernels run no BPF program at all while process 1 is on a CPU (bare programs on this tracepoint, tp_btf
 * and raw, counted 0 events where ftrace had 17 of softirqs there). No recorder can see those. So where the trace has
 * no event of process 1, ftrace's are put aside, and told.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/reader.h"

enum { ALLOC, FREE, NR_EVENTS };

/* Events of one page: in the trace, while both perhaps and while both surely looked; the same in ftrace. */
struct count {
	uint32_t trace_perhaps, trace_surely, perhaps, surely;
};

struct witness {
	uint64_t max_pfn;
	struct count *counts[NR_EVENTS]; /* by pfn */
	uint64_t first_ns, last_ns;	 /* CLOCK_MONOTONIC of the trace's events */
	uint64_t end_ns;		 /* the same of its end */
	uint64_t from_ns;		 /* ftrace holds all since */
	uint64_t nr[NR_EVENTS], aside;
	bool sees_init; /* the trace has events of process 1 */
};

/* An event's time in the trace and in ftrace differ by what interrupts the kernel between them. */
static const uint64_t margin_ns = 20000000;

static int see_trace(struct witness *w, struct trace_reader *r)
{
	/* the trace's clock is the wall clock's at its start plus the monotonic clock */
	uint64_t apart = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	uint64_t start = (uint64_t)trace_reader_meta(r)->start_unix_ns - apart;
	struct trace_block b;
	struct error err = {0};
	int n;

	while ((n = trace_reader_next(r, &b, &err)) > 0) {
		if (b.type != BLOCK_EVENTS)
			continue;
		for (size_t i = 0; i < b.events.nr; i++) {
			const struct event *e = &b.events.events[i];
			int which = e->kind == EVENT_PAGE_FREE ? FREE : ALLOC;

			w->last_ns = start + e->ts_ns;
			if (!w->first_ns)
				w->first_ns = w->last_ns;
			w->sees_init |= e->kind == EVENT_TASK && e->count == 1;
			if ((e->kind != EVENT_PAGE_ALLOC && e->kind != EVENT_PAGE_FREE) ||
			    e->pfn >= w->max_pfn)
				continue;
			w->counts[which][e->pfn].trace_perhaps += w->last_ns >= w->from_ns;
			w->counts[which][e->pfn].trace_surely +=
				w->last_ns >= w->from_ns + margin_ns;
			w->nr[which]++;
		}
	}
	if (n < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return n;
	}
	/* of a CPU that slowed down the last events may bear a time of long before: see bpf/wire.h */
	w->end_ns = start + trace_reader_footer(r)->end_ns;
	return 0;
}

/* Whether the line is of a thread of process 1. */
static bool is_of_init(const char *line)
{
	const char *end = strstr(line, " ["), *at;
	char path[64];

	while (end && end > line && end[-1] == ' ')
		end--;
	for (at = end; at && at > line && at[-1] >= '0' && at[-1] <= '9';)
		at--;
	if (!at || at == end)
		return false;
	snprintf(path, sizeof(path), "/proc/1/task/%.*s", (int)(end - at), at);
	return !access(path, F_OK);
}

/* "  cc-42  [001] ..s1.  12.345678: mm_page_free: page=... pfn=0x1a2b order=0 ..." */
static void see_line(struct witness *w, const char *line)
{
	const char *event = strstr(line, ": mm_page_"), *pfn_at, *time;
	uint64_t seconds, micro, pfn, ns;
	struct count *count;

	pfn_at = event ? strstr(event, " pfn=") : NULL;
	if (!pfn_at || sscanf(pfn_at, " pfn=%" SCNx64, &pfn) != 1 || !pfn || pfn >= w->max_pfn)
		return;
	for (time = event; time > line && time[-1] != ' ';)
		time--;
	if (sscanf(time, "%" SCNu64 ".%" SCNu64, &seconds, &micro) != 2)
		return;
	if (!w->sees_init && is_of_init(line)) {
		w->aside++;
		return;
	}
	ns = seconds * 1000000000 + micro * 1000;
	count = &w->counts[strncmp(event, ": mm_page_free", 14) ? ALLOC : FREE][pfn];
	count->perhaps +=
		ns + margin_ns >= w->first_ns && ns >= w->from_ns && ns <= w->end_ns + margin_ns;
	count->surely += ns >= w->first_ns + margin_ns && ns >= w->from_ns + margin_ns &&
			 ns + margin_ns <= w->last_ns;
}

static int see_ftrace(struct witness *w, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;

	if (!f)
		return -1;
	while (getline(&line, &cap, f) > 0)
		see_line(w, line);
	free(line);
	return fclose(f);
}

static int judge(const struct witness *w, uint64_t lost)
{
	static const char *const names[NR_EVENTS] = {"allocations", "frees"};
	uint64_t missing = 0, extra = 0;

	for (int which = 0; which < NR_EVENTS; which++) {
		uint64_t surely = 0;

		for (uint64_t pfn = 0; pfn < w->max_pfn; pfn++) {
			const struct count *c = &w->counts[which][pfn];

			surely += c->surely;
			if (c->trace_perhaps < c->surely)
				missing += c->surely - c->trace_perhaps;
			if (c->trace_surely > c->perhaps)
				extra += c->trace_surely - c->perhaps;
		}
		printf("%s: %" PRIu64 " in the trace, at least %" PRIu64 " in ftrace\n",
		       names[which], w->nr[which], surely);
		if (!surely)
			return 1;
	}
	printf("%" PRIu64 " of ftrace's are not in the trace, which says that %" PRIu64
	       " were lost; %" PRIu64 " are only in the trace\n",
	       missing, lost, extra);
	if (w->aside)
		printf("%" PRIu64
		       " of ftrace's are of process 1, of which the trace has none at all\n",
		       w->aside);
	return missing > lost || extra;
}

int main(int argc, char **argv)
{
	struct witness w = {0};
	struct trace_reader *r;
	struct error err = {0};
	int status = 2;
	double from = 0;

	if (argc < 3 || (argc > 3 && sscanf(argv[3], "%lf", &from) != 1) ||
	    trace_reader_open(argv[1], &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	w.from_ns = (uint64_t)(from * 1e9);
	w.max_pfn = trace_reader_meta(r)->max_pfn;
	for (int which = 0; which < NR_EVENTS; which++)
		w.counts[which] = calloc(w.max_pfn, sizeof(**w.counts));
	if (w.counts[ALLOC] && w.counts[FREE] && see_trace(&w, r) >= 0 &&
	    see_ftrace(&w, argv[2]) >= 0)
		status = judge(&w, trace_reader_footer(r)->lost[CLASS_ALLOC]);
	for (int which = 0; which < NR_EVENTS; which++)
		free(w.counts[which]);
	trace_reader_destroy(r);
	return status;
}
