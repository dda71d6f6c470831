// SPDX-License-Identifier: GPL-2.0-only
#include "base/zeroes.h"

#include <sys/mman.h>

void *zeroes_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}

void zeroes_unmap(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}
