// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the slab caches of files and processes busy.
 *	slab_workload DIR FILES FORKS
 * Creates FILES files in DIR, keeping every second one open for a while, up to 20,000, has FORKS processes started meanwhile
 * (up to 64 at a time, each with some mappings), and deletes everything again: every second file first, so that slabs stay
 * partly full for a while. One open file in KEPT_ONE_IN stays open, deleted as it is, until the process that started this
 * ends: so that at the end, too, there are hundreds of slabs, and which of them are left is not chance.
 *
 * What keeps a file open is a mapping, and children come from a process that has none. Of each file descriptor whoever looks at
 * /proc/PID/fd, as monitors do, makes a dentry, and no tracepoint tells of these: of 20,000 in each of 1,000 processes that
 * was as many as there are files.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPEN_MAX_FILES = 20000, CHILDREN = 64, KEPT_ONE_IN = 16 };

static void path_of(const char *dir, uint64_t i, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/%" PRIu64, dir, i);
}

static int create_file(const char *dir, uint64_t i)
{
	char path[4096];
	int fd;

	path_of(dir, i, path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, path, sizeof(path) / 8) < 0)
		return -1;
	return fd;
}

/* One child in four runs a program; the others hold some mappings for a while. */
static void child_main(uint64_t i)
{
	if (i % 4 == 0)
		execl("/bin/true", "true", (char *)NULL);
	for (int k = 0; k < 40; k++) {
		volatile char *p = mmap(NULL, 8192, k % 2 ? PROT_READ | PROT_WRITE : PROT_READ,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p != MAP_FAILED && k % 2)
			p[0] = 1;
	}
	usleep(20000);
	_exit(0);
}

static int start_child(uint64_t i, unsigned int *running)
{
	pid_t pid;

	if (*running == CHILDREN) {
		(void)wait(NULL);
		--*running;
	}
	pid = fork();
	if (!pid)
		child_main(i);
	if (pid < 0)
		return -1;
	++*running;
	return 0;
}

/* Starts a child for each byte that comes, and waits for all when no more do. */
static int start_children(int from)
{
	unsigned int running = 0;
	uint64_t started = 0;
	char byte;

	while (read(from, &byte, 1) == 1)
		if (start_child(started++, &running) < 0)
			return 1;
	while (running--)
		(void)wait(NULL);
	return 0;
}

/* Returns where the bytes go. */
static int begin_children(void)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		close(ends[1]);
		_exit(start_children(ends[0]));
	}
	close(ends[0]);
	return ends[1];
}

static int end_children(int to)
{
	int status;

	close(to);
	return wait(&status) < 0 || status ? -1 : 0;
}

static int remove_files(const char *dir, uint64_t first, uint64_t nr)
{
	char path[4096];

	for (uint64_t i = first; i < nr; i += 2) {
		path_of(dir, i, path, sizeof(path));
		if (unlink(path) < 0)
			return -1;
	}
	return 0;
}

/* Scattered over the slabs, and the same each time: a multiplicative hash. */
static bool is_kept(unsigned int i)
{
	return (i * 2654435761u >> 16) % KEPT_ONE_IN == 0;
}

/* It stays open as long as it is mapped. */
static void *keep_open(int fd)
{
	return mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
}

static void close_files(void *const *kept, unsigned int nr)
{
	while (nr--)
		if (!is_kept(nr))
			(void)munmap(kept[nr], 1);
}

/* Leaves a process behind that holds what is open. */
static int hold_until_end_of(pid_t parent)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -1 : 0;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (!kill(parent, 0) || errno == EPERM)
		usleep(10000);
	_exit(0);
}

int main(int argc, char **argv)
{
	uint64_t files, forks, started = 0;
	unsigned int nr_open = 0;
	pid_t parent = getppid();
	static void *kept[OPEN_MAX_FILES];
	int children;

	if (argc != 4 || sscanf(argv[2], "%" SCNu64, &files) != 1 ||
	    sscanf(argv[3], "%" SCNu64, &forks) != 1)
		return 2;
	if (mkdir(argv[1], 0700) < 0)
		return 1;
	children = begin_children();
	if (children < 0)
		return 1;
	for (uint64_t i = 0; i < files; i++) {
		int fd = create_file(argv[1], i);

		if (fd < 0)
			return 1;
		if (i % 2 == 0 && nr_open < OPEN_MAX_FILES) {
			kept[nr_open] = keep_open(fd);
			if (kept[nr_open++] == MAP_FAILED)
				return 1;
		}
		close(fd);
		for (; started < forks * (i + 1) / files; started++)
			if (write(children, "", 1) != 1)
				return 1;
	}
	if (remove_files(argv[1], 0, files) < 0)
		return 1;
	close_files(kept, nr_open);
	if (remove_files(argv[1], 1, files) < 0)
		return 1;
	if (end_children(children) < 0)
		return 1;
	return hold_until_end_of(parent) < 0 || rmdir(argv[1]) < 0;
}
