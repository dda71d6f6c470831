// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/capability.h"

#include <errno.h>
#include <sys/capability.h>
#include <unistd.h>

int capability_check(struct error *err)
{
	static const struct {
		cap_value_t cap;
		const char *name, *why;
	} needed[] = {
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "page frame numbers, BPF and tracing"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "/proc/kpageflags"},
	};
	cap_t caps = cap_get_proc();
	int r = 0;

	for (size_t i = 0; caps && !r && i < sizeof(needed) / sizeof(needed[0]); i++) {
		cap_flag_value_t has = CAP_CLEAR;

		/* the files belong to root, who needs no capability to open them */
		if (needed[i].cap == CAP_DAC_READ_SEARCH && geteuid() == 0)
			continue;
		if (cap_get_flag(caps, needed[i].cap, CAP_EFFECTIVE, &has) < 0 || has != CAP_SET)
			r = error_set(err, -EPERM, "recording needs root: %s is missing (for %s)",
				      needed[i].name, needed[i].why);
	}
	cap_free(caps);
	return r;
}
