/* SPDX-License-Identifier: GPL-2.0-only */
/* Events, census runs and counts as lines for people, and events as JSON lines. */
#ifndef CMD_EVENT_TEXT_H
#define CMD_EVENT_TEXT_H

#include <stdio.h>

#include "trace/census.h"
#include "trace/counts.h"
#include "trace/event.h"
#include "trace/meta.h"

/* meta: of the event's trace, which names the functions of accesses. */
void event_print(const struct event *e, const struct trace_meta *meta, FILE *to);
/* Keys are the members of struct event that the kind carries; arg stays a number. */
void event_print_json(const struct event *e, FILE *to);
void census_print(uint64_t ts_ns, const struct census_run *run, FILE *to);
void count_print(const struct trace_count *c, FILE *to);

#endif
