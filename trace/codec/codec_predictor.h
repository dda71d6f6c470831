/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pfn and index columns of events are distances from; both sides start every block with zeros. */
#ifndef TRACE_CODEC_PREDICTOR_H
#define TRACE_CODEC_PREDICTOR_H

#include <stdint.h>
#include <string.h>

#include "trace/codec/codec.h"

struct codec_predictor {
	uint64_t pfn[256 * CODEC_CPU_SLOTS];
	uint64_t index[CODEC_OBJ_SLOTS];
};

/* Only the rows of existing kinds are ever touched: no need to clear 128 KiB per block. */
static inline void codec_predictor_init(struct codec_predictor *p)
{
	memset(p->pfn, 0, sizeof(p->pfn[0]) * EVENT_KIND_MAX * CODEC_CPU_SLOTS);
	memset(p->index, 0, sizeof(p->index));
}

static inline size_t codec_pfn_slot(unsigned int kind, unsigned int cpu)
{
	return (size_t)kind * CODEC_CPU_SLOTS + cpu % CODEC_CPU_SLOTS;
}

#endif
