// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does something to pages that a recorder must see, and says what.
 *	live_workload PAGES ROUNDS [FILE]
 * Maps, touches and unmaps PAGES single pages ROUNDS times. FILE receives the process id and, one
 * per line, the pfns of the last round as /proc/self/pagemap tells them: a witness that shares
 * nothing with the recorder.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_pfns(const char *path, const volatile char *area, uint64_t pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	FILE *f = fopen(path, "w");

	if (fd < 0 || !f)
		return -1;
	fprintf(f, "%d\n", getpid());
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t entry;

		if (pread(fd, &entry, 8, (off_t)(((uintptr_t)area / 4096 + i) * 8)) != 8)
			return -1;
		fprintf(f, "%" PRIu64 "\n", entry & (((uint64_t)1 << 55) - 1));
	}
	close(fd);
	return fclose(f);
}

int main(int argc, char **argv)
{
	uint64_t pages, rounds;

	if (argc < 3 || sscanf(argv[1], "%" SCNu64, &pages) != 1 ||
	    sscanf(argv[2], "%" SCNu64, &rounds) != 1)
		return 2;
	for (uint64_t round = 1; round <= rounds; round++) {
		volatile char *area = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (area == MAP_FAILED)
			return 1;
		(void)madvise((void *)area, pages * 4096, MADV_NOHUGEPAGE);
		for (uint64_t i = 0; i < pages; i++)
			area[i * 4096] = 1;
		if (argc > 3 && round == rounds && write_pfns(argv[3], area, pages) < 0)
			return 1;
		munmap((void *)area, pages * 4096);
	}
	return 0;
}
