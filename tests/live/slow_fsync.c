// SPDX-License-Identifier: GPL-2.0-only
/* A disk that takes its time: loaded before the C library's own. */
#include <time.h>
#include <unistd.h>

int fsync(int fd)
{
	(void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
	return fdatasync(fd);
}
