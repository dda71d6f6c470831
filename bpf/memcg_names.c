// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/memcg_names.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "bpf/attach/host.h"

DEFINE_CLEANUP(FTS *, fts_close);

/* Whether the word is among those between commas. */
static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = options; (at = strstr(at, word)); at += len)
		if ((at == options || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	return false;
}

bool memcg_find_mount(const char *mountinfo, char *ret, size_t len)
{
	bool found = false;

	for (const char *line = mountinfo; *line;
	     line = strchrnul(line, '\n'), line += *line != '\0') {
		char where[PATH_MAX], type[16], options[256];
		const char *rest = strstr(line, " - ");

		/* proc(5): id, parent, device, root, mount point, ... - type, source, options */
		if (!rest || rest > strchrnul(line, '\n') ||
		    sscanf(line, "%*s %*s %*s %*s %4095s", where) != 1 ||
		    sscanf(rest, " - %15s %*s %255s", type, options) != 2)
			continue;
		if (!strcmp(type, "cgroup") && has_option(options, "memory")) {
			snprintf(ret, len, "%s", where);
			return true;
		}
		if (!strcmp(type, "cgroup2") && !found) {
			snprintf(ret, len, "%s", where);
			found = true;
		}
	}
	return found;
}

static int compare(const void *a, const void *b)
{
	const struct trace_memcg *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static void add(struct trace_meta *meta, uint64_t inode, const char *path)
{
	struct trace_memcg *m = &meta->memcgs[meta->nr_memcgs++];
	size_t len = strlen(path);

	*m = (struct trace_memcg){.inode = inode};
	path += len < sizeof(m->name) ? 0 : len - sizeof(m->name) + 1;
	snprintf(m->name, sizeof(m->name), "%s", *path ? path : "/");
}

int memcg_walk(const char *root, struct trace_meta *meta, struct error *err)
{
	char *const paths[] = {(char *)root, NULL};
	_cleanup_(fts_closep) FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_XDEV, NULL);
	size_t skip = strlen(root);
	FTSENT *e;

	if (!fts)
		return error_set(err, -errno, "%s: cannot look for cgroups: %m", root);
	meta->nr_memcgs = 0;
	while (meta->nr_memcgs < TRACE_MAX_MEMCGS && (e = fts_read(fts)))
		if (e->fts_info == FTS_D)
			add(meta, e->fts_statp->st_ino, e->fts_path + skip);
	qsort(meta->memcgs, meta->nr_memcgs, sizeof(*meta->memcgs), compare);
	return 0;
}

int memcg_name(struct trace_meta *meta, struct error *err)
{
	_cleanup_free_ char *mounts = NULL;
	char root[PATH_MAX];
	int r = host_read_file("/proc/self/mountinfo", &mounts, err);

	if (r < 0 || !memcg_find_mount(mounts, root, sizeof(root)))
		return r;
	return memcg_walk(root, meta, err);
}
