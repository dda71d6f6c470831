/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters in a log of accesses (access_log.h): those of the first and of the last moment become STAT blocks, and from
 * one moment to the next, where the emulator had caches, what other data than the memmap filled of them becomes counts of
 * fills, as CPUs of a machine count theirs (counts.h).
 */
#ifndef TRACE_ACCESSES_COUNTERS_H
#define TRACE_ACCESSES_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/access_log.h"
#include "trace/meta.h"
#include "trace/writer.h"

enum { ACCESS_LOG_LEVELS = ACCESS_LOG_COUNTERS - ACCESS_LOG_OTHER };

/* What the counters said at one moment. */
struct accesses_reading {
	uint64_t ts_ns;
	uint64_t instructions;
	size_t nr;	/* of the next */
	uint64_t *hits; /* by CPU, ACCESS_LOG_LEVELS of each; room for all CPUs of the trace */
};

struct accesses_counters {
	uint32_t nr_cpus;
	size_t moments; /* in the log */
	bool cached;	/* the emulator had caches */
	size_t done;	/* moments that are written */
	bool open;	/* more of `now` may come */
	struct accesses_reading now, before;
	struct trace_count *counts; /* not yet written, FORMAT_MAX_COUNTS at the most */
	size_t nr;
};

int accesses_counters_init(struct accesses_counters *c, uint32_t nr_cpus,
			   struct error *err) __must_check;
void accesses_counters_fini(struct accesses_counters *c);

/* All counters are shown before the head of the trace is written, which accesses_counters_describe() says in what is counted. */
void accesses_counters_survey(struct accesses_counters *c, const struct access_log_record *r);
void accesses_counters_describe(const struct accesses_counters *c, struct trace_meta *meta);

/* One more, of a moment in the trace's time. -EBADMSG: it cannot be there. */
int accesses_counters_add(struct accesses_counters *c, const struct access_log_record *r,
			  uint64_t ts_ns, struct error *err) __must_check;
/* Something else than a counter comes next; last_ns: the time of what was written last. */
int accesses_counters_complete(struct accesses_counters *c, uint64_t last_ns,
			       struct trace_writer *w, struct error *err) __must_check;
/* No more will come. */
int accesses_counters_end(struct accesses_counters *c, uint64_t last_ns, struct trace_writer *w,
			  struct error *err) __must_check;

#endif
