// SPDX-License-Identifier: GPL-2.0-only
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/cleanup.h"

struct outfile {
	char *name;    /* what the user asked for */
	char *partial; /* what is written until commit; NULL when written directly */
	int fd;
	bool keep, committed;
	uint64_t size;
};

DEFINE_CLEANUP(struct outfile *, outfile_destroy);

int outfile_create(const char *path, mode_t mode, struct outfile **ret, struct error *err)
{
	_cleanup_(outfile_destroyp) struct outfile *out = calloc(1, sizeof(*out));
	struct stat st;

	if (!out)
		return error_nomem(err);
	out->fd = -1;
	out->name = strdup(path);
	if (!out->name)
		return error_nomem(err);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, -EISDIR, "%s: is a directory", path);
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode)) {
		if (asprintf(&out->partial, "%s.partial", path) < 0) {
			out->partial = NULL;
			return error_nomem(err);
		}
	}
	out->fd = open(outfile_name(out), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out->fd < 0) {
		int e = errno;

		free(out->partial); /* not ours: nothing to unlink */
		out->partial = NULL;
		return error_set(err, -e, "%s: cannot write: %s", path, strerror(e));
	}
	*ret = take_ptr(out);
	return 0;
}

int outfile_write(struct outfile *out, const void *data, size_t len, struct error *err)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(out->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno,
					 "%s: cannot write after %" PRIu64 " bytes: %s",
					 outfile_name(out), out->size, strerror(errno));
		p += n;
		len -= (size_t)n;
		out->size += (uint64_t)n;
	}
	return 0;
}

uint64_t outfile_size(const struct outfile *out)
{
	return out->size;
}

const char *outfile_name(const struct outfile *out)
{
	return out->partial ? out->partial : out->name;
}

int outfile_commit(struct outfile *out, struct error *err)
{
	if (out->partial && fsync(out->fd) < 0)
		return error_set(err, -errno, "%s: cannot sync: %s", outfile_name(out),
				 strerror(errno));
	int r = close(out->fd);

	out->fd = -1;
	if (r < 0)
		return error_set(err, -errno, "%s: cannot close: %s", outfile_name(out),
				 strerror(errno));
	if (out->partial && rename(out->partial, out->name) < 0)
		return error_set(err, -errno, "%s: cannot rename to %s: %s", out->partial,
				 out->name, strerror(errno));
	out->committed = true;
	return 0;
}

void outfile_keep(struct outfile *out)
{
	out->keep = true;
}

void outfile_destroy(struct outfile *out)
{
	if (!out)
		return;
	if (out->fd >= 0)
		close(out->fd);
	if (out->partial && !out->committed && !out->keep)
		(void)unlink(out->partial);
	free(out->partial);
	free(out->name);
	free(out);
}
