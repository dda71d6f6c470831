// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "bpf/select.h"

bool select_is_all(const struct select_opts *opts)
{
	return !opts->nr_pids && !opts->cgroup && !opts->cpus;
}

static const char *separator(const char *buf)
{
	return *buf ? "; " : "";
}

void select_describe(const struct select_opts *opts, char *buf, size_t len)
{
	char pids[256] = "";
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < opts->nr_pids && used < sizeof(pids); i++)
		used += (size_t)snprintf(pids + used, sizeof(pids) - used, "%s%d", i ? ", " : " ",
					 opts->pids[i]);
	if (opts->nr_pids)
		snprintf(buf, len, "process%s%s and %s children", opts->nr_pids > 1 ? "es" : "",
			 pids, opts->nr_pids > 1 ? "their" : "its");
	used = strlen(buf);
	if (opts->cgroup)
		snprintf(buf + used, len - used, "%scgroup %s", separator(buf), opts->cgroup);
	used = strlen(buf);
	if (opts->cpus)
		snprintf(buf + used, len - used, "%sCPUs %s", separator(buf), opts->cpus);
}

static int set_cpus(char *part, unsigned int nr_cpus, uint8_t *cpus, struct error *err)
{
	char *dash = strchr(part, '-');
	uint64_t first, last;
	int r;

	if (dash)
		*dash = '\0';
	r = num_parse(part, "--cpus", 0, nr_cpus - 1, &first, err);
	last = first;
	if (!r && dash)
		r = num_parse(dash + 1, "--cpus", first, nr_cpus - 1, &last, err);
	for (uint64_t cpu = first; !r && cpu <= last; cpu++)
		cpus[cpu] = 1;
	return r;
}

int select_parse_cpus(const char *list, unsigned int nr_cpus, uint8_t *ret, struct error *err)
{
	_cleanup_free_ char *copy = strdup(list);
	uint8_t cpus[SELECT_MAX_CPUS] = {0};
	char *rest = copy, *part;
	int r = 0;

	if (!copy)
		return error_nomem(err);
	if (nr_cpus > SELECT_MAX_CPUS)
		nr_cpus = SELECT_MAX_CPUS;
	while (!r && (part = strsep(&rest, ",")))
		r = set_cpus(part, nr_cpus, cpus, err);
	if (!r)
		memcpy(ret, cpus, sizeof(cpus));
	return r;
}

pid_t select_parse_parent(const char *stat)
{
	const char *end = strrchr(stat, ')');
	char state;
	int parent;

	if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2)
		return -1;
	return parent;
}
