// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/counted.h"

#include <glob.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Its number, wherever among the events it is. */
static int find(const char *tracepoint, uint64_t *ret)
{
	_cleanup_fclose_ FILE *f = NULL;
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/tracing/events/*/%s/id", tracepoint);
	if (glob(pattern, 0, NULL, &found))
		return -1;
	f = fopen(found.gl_pathv[0], "re");
	globfree(&found);
	return f && fscanf(f, "%" SCNu64, ret) == 1 ? 0 : -1;
}

int counted_add(struct counted *c, const char *tracepoint)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .inherit = 1};
	uint64_t id;
	int fd;

	if (c->nr == COUNTED_MAX || find(tracepoint, &id) < 0)
		return -1;
	attr.config = id;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -1;
	c->fds[c->nr++] = fd;
	return 0;
}

uint64_t counted_sum(const struct counted *c)
{
	uint64_t sum = 0, value;

	for (unsigned int i = 0; i < c->nr; i++)
		if (read(c->fds[i], &value, sizeof(value)) == sizeof(value))
			sum += value;
	return sum;
}

void counted_close(struct counted *c)
{
	while (c->nr)
		close(c->fds[--c->nr]);
}
