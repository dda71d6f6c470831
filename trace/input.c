// SPDX-License-Identifier: GPL-2.0-only
#include "trace/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"

static int read_all(int fd, const char *path, struct input *ret, struct error *err)
{
	struct buf b __attribute__((cleanup(buf_fini))) = {0};

	for (;;) {
		int r = buf_reserve(&b, 1 << 16, err);
		ssize_t n;

		if (r)
			return r;
		n = read(fd, b.data + b.len, b.cap - b.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno, "%s: cannot read: %s", path, strerror(errno));
		if (!n)
			break;
		b.len += (size_t)n;
	}
	*ret = (struct input){.data = b.data, .len = b.len, .owner = INPUT_HEAP};
	b.data = NULL;
	return 0;
}

int input_open(const char *path, struct input *ret, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, -EISDIR, "%s: is a directory", path);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return read_all(fd, path, ret, err);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return error_set(err, -errno, "%s: cannot map: %s", path, strerror(errno));
	/* only advice: a kernel that refuses it reads ahead less, nothing else */
	(void)madvise(data, (size_t)st.st_size, MADV_SEQUENTIAL);
	*ret = (struct input){.data = data, .len = (size_t)st.st_size, .owner = INPUT_MAPPED};
	return 0;
}

void input_fini(struct input *in)
{
	if (in->owner == INPUT_MAPPED)
		munmap((void *)in->data, in->len);
	else if (in->owner == INPUT_HEAP)
		free((void *)in->data);
	*in = (struct input){0};
}
