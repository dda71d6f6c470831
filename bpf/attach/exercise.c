// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/exercise.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Fork duplicates anonymous pages only, so some must be there. */
static int fork_with_pages(struct error *err)
{
	enum { PAGES = 16 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *area = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	if (area == MAP_FAILED)
		return error_nomem(err);
	(void)madvise((void *)area, PAGES * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		area[i * page] = 1;
	child = fork();
	if (!child)
		_exit(0);
	munmap((void *)area, PAGES * page);
	if (child < 0)
		return error_set(err, -errno, "cannot start a process: %m");
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* Some file systems have no page cache, so nothing that fails here matters. */
static void read_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile const char *area;
	char byte;

	if (fd < 0)
		return;
	area = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	if (pread(fd, &byte, 1, 0) == 1 && area != MAP_FAILED)
		(void)*area;
	if (area != MAP_FAILED)
		munmap((void *)area, page);
	close(fd);
}

int exercise(struct error *err)
{
	read_file();
	return fork_with_pages(err);
}
