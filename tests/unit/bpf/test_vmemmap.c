// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>

#include "bpf/census/vmemmap.h"

static const uint64_t base = 0xffffea0000000000;

/* Pages in any order, among pointers of page tables and one page that the kernel had cached. */
Test(vmemmap, base_is_found_among_other_allocations)
{
	for (uint32_t size = 56; size <= 64; size += 8) {
		uint64_t pfns[16], pointers[40], found = 0;
		size_t nr = 0;

		for (uint64_t i = 0; i < 16; i++) {
			pfns[i] = 0x100000 + i * 7919 % 512;
			if (i == 3)
				continue;
			pointers[nr++] = base + pfns[i] * size;
			if (i % 5 == 0)
				pointers[nr++] = base + (0x4000 + i) * size;
		}
		cr_assert_eq(vmemmap_solve(pointers, nr, pfns, 16, size, &found, NULL), 0);
		cr_assert_eq(found, base);
	}
}

Test(vmemmap, disagreement_is_an_error_and_leaves_the_result_alone)
{
	uint64_t pfns[8], pointers[8], found = 7;
	struct error err = {0};

	for (uint64_t i = 0; i < 8; i++) {
		pfns[i] = 1000 + i;
		pointers[i] = base + (2000 + i * i * 31) * 64;
	}
	cr_assert_eq(vmemmap_solve(pointers, 8, pfns, 8, 64, &found, &err), -EPROTO);
	cr_assert_eq(vmemmap_solve(pointers, 0, pfns, 8, 64, &found, &err), -EPROTO);
	cr_assert_eq(vmemmap_solve(pointers, 8, pfns, 0, 64, &found, &err), -EPROTO);
	cr_assert_eq(found, 7);
}
