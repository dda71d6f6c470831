/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translates the kernel's gfp flags into GFPC_*. Shared by the BPF program, the recorder and tests.
 */
#ifndef BPF_GFP_H
#define BPF_GFP_H

#include <stdint.h>

#include "trace/event.h"

enum gfp_row {
#define GFP(NAME, KERNEL, bit) GFP_ROW_##NAME,
#include "bpf/gfp.def"
#undef GFP
	GFP_ROWS
};

/* The numbers of v5.0 .. v6.9, which v6.10 and later keep unless configured otherwise: no loads. */
static inline uint32_t gfp_translate_fixed(uint32_t gfp)
{
	uint32_t out = 0;

#define GFP(NAME, KERNEL, bit) out |= (gfp >> (bit)&1) * (uint32_t)GFPC_##NAME;
#include "bpf/gfp.def"
#undef GFP
	return out;
}

/* bits[] says where this kernel has each row's flag. */
static inline uint32_t gfp_translate_bits(uint32_t gfp, const volatile uint8_t *bits)
{
	uint32_t out = 0;

#define GFP(NAME, KERNEL, bit)                                                                     \
	out |= (gfp >> (bits[GFP_ROW_##NAME] & 31) & 1) * (uint32_t)GFPC_##NAME;
#include "bpf/gfp.def"
#undef GFP
	return out;
}

#endif
