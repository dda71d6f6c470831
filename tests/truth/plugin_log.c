// SPDX-License-Identifier: GPL-2.0-only
#include "tests/truth/plugin_log.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Stays behind when the rest is written: another CPU may be between the load and the store of an instruction. */
enum { LOG_KEPT = LOG_CPUS };

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "records are written as they lie in memory");

static void put(const struct log *log, const void *data, size_t len)
{
	if (fwrite(data, 1, len, log->out) == len)
		return;
	perror("truth plugin: log");
	abort();
}

int log_open(struct log *log, const char *path)
{
	const uint64_t magic = ACCESS_LOG_MAGIC;

	log->out = fopen(path, "we");
	if (!log->out) {
		perror(path);
		return -1;
	}
	put(log, &magic, sizeof(magic));
	return 0;
}

static void write_out(struct log *log, size_t kept)
{
	size_t nr = log->nr - kept;

	put(log, log->records, nr * sizeof(*log->records));
	memmove(log->records, log->records + nr, kept * sizeof(*log->records));
	log->nr = kept;
	for (unsigned int cpu = 0; cpu < LOG_CPUS; cpu++)
		log->last[cpu].at = log->last[cpu].at > nr ? log->last[cpu].at - nr : 0;
}

static void append(struct log *log, uint64_t ns, uint64_t what, uint64_t site)
{
	if (log->nr == LOG_RECORDS)
		write_out(log, LOG_KEPT);
	log->records[log->nr++] = (struct access_log_record){ns, what, site};
}

void log_access(struct log *log, uint64_t ns, unsigned int cpu, uint64_t what, uint64_t site)
{
	const uint64_t kinds = ACCESS_LOG_LOAD | ACCESS_LOG_STORE;
	const uint64_t levels = UINT64_C(7) << ACCESS_LOG_LEVEL_SHIFT;
	uint64_t where = what & ~(kinds | levels);
	uint32_t pc = (uint32_t)(site >> 32);

	if (!log->out)
		return;
	cpu %= LOG_CPUS;
	if ((what & kinds) == ACCESS_LOG_STORE && log->last[cpu].at && log->last[cpu].pc == pc &&
	    log->last[cpu].what == where) {
		/* the load was the one that could miss */
		log->records[log->last[cpu].at - 1].what |= ACCESS_LOG_STORE;
		log->last[cpu].at = 0;
		return;
	}
	append(log, ns, what | (uint64_t)cpu << ACCESS_LOG_CPU_SHIFT, site);
	log->last[cpu].at = (what & kinds) == ACCESS_LOG_LOAD ? log->nr : 0;
	log->last[cpu].what = where;
	log->last[cpu].pc = pc;
}

void log_add(struct log *log, uint64_t ns, enum access_log_type type, uint64_t number,
	     uint64_t value)
{
	if (log->out)
		append(log, ns, (uint64_t)type << ACCESS_LOG_TYPE_SHIFT | number, value);
}

int log_close(struct log *log)
{
	if (!log->out)
		return 0;
	write_out(log, 0);
	return fclose(log->out);
}
