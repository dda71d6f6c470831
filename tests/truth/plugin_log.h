/* SPDX-License-Identifier: GPL-2.0-only */
/* The plugin's log: trace/access_log.h. Not thread-safe. What cannot be written ends the emulator. */
#ifndef TRUTH_PLUGIN_LOG_H
#define TRUTH_PLUGIN_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/access_log.h"

enum {
	LOG_RECORDS = 1 << 16, /* gathered at a time */
	LOG_CPUS = 64,
};

struct log {
	FILE *out; /* NULL: nothing is kept */
	size_t nr;
	struct {
		size_t at;     /* record + 1 of its last access, if it is still here */
		uint64_t what; /* without the kind of access */
		uint32_t pc;
	} last[LOG_CPUS];
	struct access_log_record records[LOG_RECORDS];
};

int log_open(struct log *log, const char *path);
/* An instruction that stores where it has loaded just before makes one access of both. */
void log_access(struct log *log, uint64_t ns, unsigned int cpu, uint64_t what, uint64_t site);
void log_add(struct log *log, uint64_t ns, enum access_log_type type, uint64_t number,
	     uint64_t value);
int log_close(struct log *log);

#endif
