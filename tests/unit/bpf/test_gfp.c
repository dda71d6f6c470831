// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>

#include "bpf/gfp.h"

enum {
	KERNEL = GFPC_DIRECT_RECLAIM | GFPC_KSWAPD_RECLAIM | GFPC_IO | GFPC_FS,
	HIGHUSER_MOVABLE = KERNEL | GFPC_HARDWALL | GFPC_HIGHMEM | GFPC_MOVABLE,
};

/* The numbers as kernels 5.x and 6.x print them beside the names in their out-of-memory reports. */
static const struct {
	uint32_t kernel, memsim;
} known[] = {
	{0xcc0, KERNEL},
	{0xdc0, KERNEL | GFPC_ZERO},
	{0x400cc0, KERNEL | GFPC_ACCOUNT},
	{0x400dc0, KERNEL | GFPC_ACCOUNT | GFPC_ZERO},
	{0x100cca, HIGHUSER_MOVABLE},
	{0x100dca, HIGHUSER_MOVABLE | GFPC_ZERO},
	{0x140cca, HIGHUSER_MOVABLE | GFPC_COMP},
	{0x800, GFPC_KSWAPD_RECLAIM}, /* GFP_NOWAIT */
	{0xcd0, KERNEL | GFPC_RECLAIMABLE},
	{0x12cc0, KERNEL | GFPC_NOWARN | GFPC_NORETRY},
	{0xccc0, KERNEL | GFPC_RETRY_MAYFAIL | GFPC_NOFAIL},
	{0x80000, GFPC_NOMEMALLOC},
	{0x221205, 0}, /* DMA, DMA32, 0x200, WRITE, MEMALLOC, THISNODE: not kept */
};

Test(gfp, fixed_positions_translate_what_kernels_print)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_expect_eq(gfp_translate_fixed(known[i].kernel), known[i].memsim, "%#x gives %#x",
			     known[i].kernel, gfp_translate_fixed(known[i].kernel));
}

/* A kernel whose flags all lie elsewhere: each flag alone finds its own bit. */
Test(gfp, positions_from_btf_are_followed)
{
	uint8_t bits[GFP_ROWS];
	uint32_t seen = 0;

	for (uint8_t row = 0; row < GFP_ROWS; row++)
		bits[row] = (uint8_t)(30 - row);
	for (int row = 0; row < GFP_ROWS; row++) {
		uint32_t out = gfp_translate_bits(1u << bits[row], bits);

		cr_expect_eq(__builtin_popcount(out), 1);
		seen |= out;
	}
	cr_expect_eq(seen, 0xffff);
	cr_expect_eq(gfp_translate_bits(1u << bits[GFP_ROW_COMP], bits), GFPC_COMP);
	cr_expect_eq(gfp_translate_bits(1u << bits[GFP_ROW_NOFAIL], bits), GFPC_NOFAIL);
}
