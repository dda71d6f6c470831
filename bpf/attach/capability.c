// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/capability.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "base/cleanup.h"

static inline void cap_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

int capability_check(struct error *err)
{
	static const struct {
		cap_value_t cap;
		const char *name, *why;
	} needed[] = {
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "page frame numbers, BPF and tracing"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "/proc/kpageflags"},
	};
	_cleanup_(cap_freep) cap_t caps = cap_get_proc();

	for (size_t i = 0; caps && i < sizeof(needed) / sizeof(needed[0]); i++) {
		cap_flag_value_t has = CAP_CLEAR;

		/* the files belong to root, who needs no capability to open them */
		if (needed[i].cap == CAP_DAC_READ_SEARCH && geteuid() == 0)
			continue;
		if (cap_get_flag(caps, needed[i].cap, CAP_EFFECTIVE, &has) < 0 || has != CAP_SET)
			return error_set(err, -EPERM,
					 "recording needs root: %s is missing (for %s)",
					 needed[i].name, needed[i].why);
	}
	return 0;
}

/* Whether new files can be made beside this one. */
static bool can_write_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");

	return folder && !faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS);
}

static bool can_ask(int program_fd)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(program_fd, &info, &len) >= 0;
}

int capability_drop(const struct capability_needs *needs, struct error *err)
{
	_cleanup_(cap_freep) cap_t before = cap_get_proc(), after = cap_init();
	cap_value_t keep[4];
	int nr = 0;

	if (!before || !after)
		return error_nomem(err);
	/* what is only out of effect can be had back: so it shows what is needed */
	if (cap_clear_flag(before, CAP_EFFECTIVE) < 0 || cap_set_proc(before) < 0)
		return error_set(err, -errno, "cannot drop capabilities: %m");
	if (!can_write_beside(needs->output))
		keep[nr++] = CAP_DAC_OVERRIDE;
	if (!can_ask(needs->program_fd))
		keep[nr++] = CAP_BPF;
	if (needs->kill)
		keep[nr++] = CAP_KILL;
	for (int i = 0; i < nr; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(before, keep[i], CAP_PERMITTED, &has) < 0 || has != CAP_SET)
			keep[i--] = keep[--nr];
	}
	if (nr && (cap_set_flag(after, CAP_PERMITTED, nr, keep, CAP_SET) < 0 ||
		   cap_set_flag(after, CAP_EFFECTIVE, nr, keep, CAP_SET) < 0))
		return error_set(err, -errno, "cannot drop capabilities: %m");
	if (cap_set_proc(after) < 0)
		return error_set(err, -errno, "cannot drop capabilities: %m");
	return 0;
}
