// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/census/vmemmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "base/cleanup.h"

/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 are the pfn, bit 63 says that there is one */
#define PAGEMAP_PFN ((1ULL << 55) - 1)
#define PAGEMAP_PRESENT (1ULL << 63)

static int read_pfns(const volatile char *area, size_t page_size, uint64_t *pfns, size_t nr,
		     struct error *err)
{
	_cleanup_close_ int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t place = (off_t)((uintptr_t)area / page_size * sizeof(*pfns));

	if (fd < 0 || pread(fd, pfns, nr * sizeof(*pfns), place) != (ssize_t)(nr * sizeof(*pfns)))
		return error_set(err, -errno, "/proc/self/pagemap: cannot read: %m");
	for (size_t i = 0; i < nr; i++) {
		if (!(pfns[i] & PAGEMAP_PRESENT))
			return error_set(err, -EPROTO,
					 "/proc/self/pagemap does not show a page just touched");
		pfns[i] &= PAGEMAP_PFN;
		if (!pfns[i])
			return error_set(err, -EPERM,
					 "/proc/self/pagemap hides page frame numbers:"
					 " CAP_SYS_ADMIN is missing");
	}
	return 0;
}

int vmemmap_touch(uint64_t *pfns, size_t nr, struct error *err)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *area = mmap(NULL, nr * page_size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (area == MAP_FAILED)
		return error_nomem(err);
	/*
	 * one huge page would be reported once; without THP in the kernel this fails, rightly
	 * unheeded
	 */
	(void)madvise((void *)area, nr * page_size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < nr; i++)
		area[i * page_size] = 1;
	r = read_pfns(area, page_size, pfns, nr, err);
	munmap((void *)area, nr * page_size);
	return r;
}

static size_t agreeing(const uint64_t *pointers, size_t nr_pointers, const uint64_t *pfns,
		       size_t nr_pfns, uint32_t struct_size, uint64_t base)
{
	size_t agree = 0;

	for (size_t i = 0; i < nr_pfns; i++)
		for (size_t j = 0; j < nr_pointers; j++)
			if (pointers[j] == base + pfns[i] * struct_size) {
				agree++;
				break;
			}
	return agree;
}

int vmemmap_solve(const uint64_t *pointers, size_t nr_pointers, const uint64_t *pfns,
		  size_t nr_pfns, uint32_t struct_size, uint64_t *ret_base, struct error *err)
{
	uint64_t best_base = 0;
	size_t best = 0;

	/* a right base shows in the first quarter already, since three quarters have to agree */
	for (size_t i = 0; i < nr_pfns / 4 + 1 && i < nr_pfns; i++)
		for (size_t j = 0; j < nr_pointers && best < nr_pfns; j++) {
			uint64_t base = pointers[j] - pfns[i] * struct_size;
			size_t agree =
				agreeing(pointers, nr_pointers, pfns, nr_pfns, struct_size, base);

			if (agree > best) {
				best = agree;
				best_base = base;
			}
		}
	if (!nr_pfns || best * 4 < nr_pfns * 3)
		return error_set(
			err, -EPROTO,
			"cannot find the kernel's array of struct page: of %zu pages touched, "
			"the allocation tracepoint reported %zu pointers and only %zu agree",
			nr_pfns, nr_pointers, best);
	*ret_base = best_base;
	return 0;
}
