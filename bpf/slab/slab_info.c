// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/slab/slab_info.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"

enum { NAME_MAX_LEN = 127 };

static int check_name(const char *name, struct error *err)
{
	if (!*name || strchr(name, '/') || name[0] == '.' || strlen(name) > NAME_MAX_LEN)
		return error_set(err, -EINVAL, "'%s' is not the name of a slab cache", name);
	return 0;
}

static int read_number(const char *sysfs, const char *name, const char *file, bool needed,
		       uint32_t *ret, struct error *err)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX], text[64];
	uint64_t value;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", sysfs, name, file);
	f = fopen(path, "re");
	if (!f && errno == ENOENT && !needed) {
		*ret = 0;
		return 0;
	}
	if (!f || !fgets(text, sizeof(text), f))
		return error_set(err, errno ? -errno : -EIO, "%s: cannot read: %s", path,
				 strerror(errno ? errno : EIO));
	text[strcspn(text, " \n")] = '\0'; /* some have details behind the number */
	r = num_parse(text, path, 0, UINT32_MAX, &value, err);
	if (!r)
		*ret = (uint32_t)value;
	return r;
}

int slab_info_shape(const char *sysfs, const char *name, struct slab_shape *ret, struct error *err)
{
	struct slab_shape s;
	const struct {
		const char *file;
		uint32_t *to;
		bool needed;
	} rows[] = {
		{"object_size", &s.object_size, true},
		{"slab_size", &s.slab_size, true},
		{"align", &s.align, true},
		{"order", &s.order, true},
		{"objs_per_slab", &s.objs_per_slab, true},
		{"min_partial", &s.min_partial, true},
		{"cpu_partial", &s.cpu_partial, false},
		{"sheaf_capacity", &s.sheaf_capacity, false},
	};
	int r = check_name(name, err);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !r; i++)
		r = read_number(sysfs, name, rows[i].file, rows[i].needed, rows[i].to, err);
	if (!r && (!s.slab_size || !s.objs_per_slab))
		r = error_set(err, -EINVAL, "%s/%s: a cache without objects", sysfs, name);
	if (!r)
		*ret = s;
	return r;
}

int slab_info_partial(const char *sysfs, const char *name, uint32_t *ret, struct error *err)
{
	return read_number(sysfs, name, "partial", true, ret, err);
}

/* The cache's line, cut into its name and the three counts. */
static bool parse_line(char *line, char **ret_name, struct slab_counts *c)
{
	static const char slabdata[] = ": slabdata";
	char *rest = strchr(line, ' ');
	char *slabs = strstr(line, slabdata);

	if (line[0] == '#' || !rest || !slabs)
		return false;
	if (sscanf(rest, "%" SCNu64 " %" SCNu64, &c->active_objs, &c->num_objs) != 2 ||
	    sscanf(slabs + sizeof(slabdata) - 1, "%*u %" SCNu64, &c->num_slabs) != 1)
		return false;
	*rest = '\0';
	*ret_name = line;
	return true;
}

int slab_info_counts(const char *path, char *const *names, size_t nr, struct slab_counts *ret,
		     struct error *err)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ bool *found = calloc(nr ? nr : 1, sizeof(*found));
	_cleanup_free_ struct slab_counts *counts = calloc(nr ? nr : 1, sizeof(*counts));
	struct slab_counts c;
	char line[512], *name;

	if (!f)
		return error_set(err, -errno, "%s: cannot open: %m", path);
	if (!found || !counts)
		return error_nomem(err);
	while (fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &name, &c))
			continue;
		for (size_t i = 0; i < nr; i++)
			if (!strcmp(name, names[i])) {
				counts[i] = c;
				found[i] = true;
			}
	}
	for (size_t i = 0; i < nr; i++)
		if (!found[i])
			return error_set(err, -ENOENT, "%s: there is no slab cache '%s'", path,
					 names[i]);
	memcpy(ret, counts, nr * sizeof(*ret));
	return 0;
}

/* The link target of a merged cache, "" for one of its own. */
static void link_of(const char *sysfs, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", sysfs, name);
	n = readlink(path, ret, size - 1);
	ret[n < 0 ? 0 : n] = '\0';
}

int slab_info_resolve(const char *sysfs, const char *slabinfo, const char *name, char **ret,
		      struct error *err)
{
	_cleanup_fclose_ FILE *f = NULL;
	char line[512], wanted[NAME_MAX_LEN + 1], target[NAME_MAX_LEN + 1], *listed;
	_cleanup_free_ char *merged = NULL;
	struct slab_counts c;
	int r = check_name(name, err);

	if (r < 0)
		return r;
	f = fopen(slabinfo, "re");
	if (!f)
		return error_set(err, -errno, "%s: cannot open: %m", slabinfo);
	link_of(sysfs, name, wanted, sizeof(wanted));
	while (fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &listed, &c))
			continue;
		if (!strcmp(listed, name)) {
			free(merged);
			merged = strdup(listed);
			break;
		}
		link_of(sysfs, listed, target, sizeof(target));
		if (*wanted && !merged && !strcmp(target, wanted))
			merged = strdup(listed);
	}
	if (!merged)
		return error_set(err, -ENOENT, "%s: there is no slab cache '%s'", slabinfo, name);
	*ret = take_ptr(merged);
	return 0;
}

int slab_info_open_shrink(const char *sysfs, const char *name, struct error *err)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s/shrink", sysfs, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %m", path);
	return fd;
}

int slab_info_shrink(int fd, const char *name, struct error *err)
{
	if (pwrite(fd, "1", 1, 0) != 1)
		return error_set(err, -errno, "%s: cannot shrink the slab cache: %m", name);
	return 0;
}
