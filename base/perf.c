// SPDX-License-Identifier: GPL-2.0-only
#include "base/perf.h"

#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

bool perf_names_begin(void)
{
	return pfm_initialize() == PFM_SUCCESS;
}

void perf_names_end(void)
{
	pfm_terminate();
}

static int open_one(const char *name, const struct perf_where *where)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};
	int fd;

	/* without PLM0 libpfm leaves out the kernel's part */
	if (pfm_get_os_event_encoding(name, where->user ? PFM_PLM3 : PFM_PLM0 | PFM_PLM3,
				      PFM_OS_PERF_EVENT, &arg) != PFM_SUCCESS)
		return -ENOENT;
	attr.exclude_kernel = where->user;
	attr.exclude_hv = where->user;
	attr.read_format = where->read_format;
	fd = (int)syscall(SYS_perf_event_open, &attr, where->pid, where->cpu, where->group,
			  PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int perf_open(const char *const *events, const struct perf_where *where, const char **ret_event)
{
	int r = -ENOENT;

	for (; *events; events++) {
		int fd = open_one(*events, where);

		if (fd >= 0) {
			*ret_event = *events;
			return fd;
		}
		/* what the kernel says of an event that there is tells more than that others are not */
		if (fd != -ENOENT || r == -ENOENT)
			r = fd;
	}
	return r;
}
