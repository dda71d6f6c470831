// SPDX-License-Identifier: GPL-2.0-only
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
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

static int open_file(struct outfile *out, mode_t mode, struct error *err)
{
	int how = out->partial ? O_CREAT | O_EXCL : 0, e;

	out->fd = open(outfile_name(out), O_WRONLY | O_CLOEXEC | how, mode);
	if (out->fd >= 0)
		return 0;
	e = errno;
	if (e == EEXIST && out->partial)
		error_set(err, -e,
			  "%s: is there already, still being written or left by a crash: move "
			  "it away, or remove it",
			  out->partial);
	else
		error_set(err, -e, "%s: cannot write: %s", out->name, strerror(e));
	free(out->partial); /* not ours: nothing to unlink */
	out->partial = NULL;
	return -e;
}

int outfile_create(const char *path, mode_t mode, struct outfile **ret, struct error *err)
{
	_cleanup_(outfile_destroyp) struct outfile *out = calloc(1, sizeof(*out));
	struct stat st;
	int r;

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
	r = open_file(out, mode, err);
	if (!r)
		*ret = take_ptr(out);
	return r;
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

/* The name is as durable as the content; file systems that cannot do that for a folder say EINVAL. */
static int sync_folder(const struct outfile *out, struct error *err)
{
	_cleanup_free_ char *path = strdup(out->name);
	_cleanup_close_ int fd = -EBADF;

	if (!path)
		return error_nomem(err);
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) < 0 && errno != EINVAL)
		return error_set(err, -errno, "%s: cannot sync its folder: %s", out->name,
				 strerror(errno));
	return 0; /* a folder that may be written to but not read is rare: its name comes to disk later */
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
	return out->partial ? sync_folder(out, err) : 0;
}

void outfile_keep(struct outfile *out, bool keep)
{
	out->keep = keep;
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
