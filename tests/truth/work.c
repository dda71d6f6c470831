// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small workloads, each of one kind of kernel work.
 *	work anon|thp|file|forks|net [FILE]
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	HUGE = 2 << 20,
	AREA = 32 << 20,
	FILE_BYTES = 16 << 20,
	CHUNK = 16 << 10,
	NET_BYTES = 64 << 20
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* mmap, touch and munmap, in pages or in huge pages; all of it can be huge on kernels that do not see to that, too. */
static void anonymous(int advice, int rounds)
{
	for (int round = 0; round < rounds; round++) {
		char *map = mmap(NULL, AREA + HUGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		volatile char *area = map + (-(uintptr_t)map & (HUGE - 1));

		if (map == MAP_FAILED || madvise((void *)area, AREA, advice) < 0)
			fail("mmap");
		for (size_t at = 0; at < AREA; at += PAGE)
			area[at] = 1;
		munmap(map, AREA + HUGE);
	}
}

/* Written, overwritten, each time to disk; read three times, mapped and read, removed. */
static void file(const char *name)
{
	static char buffer[CHUNK];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const volatile char *map;

	if (fd < 0)
		fail(name);
	for (int round = 0; round < 5; round++) {
		for (off_t at = 0; at < FILE_BYTES; at += CHUNK)
			if ((round < 2 ? pwrite(fd, buffer, CHUNK, at)
				       : pread(fd, buffer, CHUNK, at)) != CHUNK)
				fail(name);
		if (round < 2 && fsync(fd) < 0)
			fail(name);
	}
	map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fail("mmap");
	for (size_t at = 0; at < FILE_BYTES; at += PAGE)
		(void)map[at];
	munmap((void *)map, FILE_BYTES);
	close(fd);
	unlink(name);
}

/* Processes that write to some of what they share with their parent. */
static void forks(void)
{
	volatile char *area =
		mmap(NULL, AREA / 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED || madvise((void *)area, AREA / 8, MADV_NOHUGEPAGE) < 0)
		fail("mmap");
	for (size_t at = 0; at < AREA / 8; at += PAGE)
		area[at] = 1;
	for (int round = 0; round < 50; round++) {
		pid_t child = fork();

		if (!child) {
			for (size_t at = 0; at < AREA / 64; at += PAGE)
				area[at] = 2;
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			fail("fork");
	}
}

static void send_all(const struct sockaddr_in *to)
{
	static char buffer[CHUNK];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		fail("connect");
	for (size_t at = 0; at < NET_BYTES; at += CHUNK)
		if (write(fd, buffer, CHUNK) != CHUNK)
			fail("write");
	close(fd);
}

/* From one process to another by TCP over the loopback device. */
static void net(void)
{
	static char buffer[CHUNK];
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	socklen_t size = sizeof(at);
	ssize_t n, sum = 0;
	pid_t child;

	/* any port */
	if (listening < 0 || listen(listening, 1) < 0 ||
	    getsockname(listening, (struct sockaddr *)&at, &size) < 0)
		fail("listen");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	child = fork();
	if (!child) {
		send_all(&at);
		_exit(0);
	}
	fd = accept(listening, NULL, NULL);
	if (child < 0 || fd < 0)
		fail("accept");
	while ((n = read(fd, buffer, CHUNK)) > 0)
		sum += n;
	if (n < 0 || sum != NET_BYTES || waitpid(child, NULL, 0) != child)
		fail("read");
	close(fd);
	close(listening);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "anon") == 0)
		anonymous(MADV_NOHUGEPAGE, 6);
	else if (strcmp(what, "thp") == 0)
		anonymous(MADV_HUGEPAGE, 12);
	else if (strcmp(what, "forks") == 0)
		forks();
	else if (strcmp(what, "net") == 0)
		net();
	else if (strcmp(what, "file") == 0 && argc > 2)
		file(argv[2]);
	else
		return 2;
	return 0;
}
