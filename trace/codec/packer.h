/* SPDX-License-Identifier: GPL-2.0-only */
/* The file on its way out: blocks compressed and written one after the other, without a look at what they mean. */
#ifndef TRACE_PACKER_H
#define TRACE_PACKER_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/outfile.h"
#include "trace/codec/codec.h"
#include "trace/format.h"

struct packer {
	struct outfile *out;
	struct ZSTD_CCtx_s *zstd;
	struct codec codec;
	struct buf raw, packed; /* the next block's payload; its frames */
	struct buf other;	/* the same, compressed in the other way */
	bool no_matches;	/* how blocks of events are compressed, until that is tried again */
	bool always_matches;	/* the library cannot do without */
	uint32_t until_tried;	/* such blocks to come before that */
	uint32_t blocks;
	uint64_t
		limit; /* a block that would end behind this byte of the file is not written; 0: none */
	uint64_t chain;
	struct error failed; /* the first failure to write; nothing may follow half a block */
};

/* Creates the file, with a name that shows that it is not complete. packer_fini() is due on failure too. */
int packer_init(struct packer *p, const char *path, int level, struct error *err) __must_check;
void packer_fini(struct packer *p);

int packer_write(struct packer *p, const void *data, size_t len, struct error *err) __must_check;
/*
 * Compresses p->raw, plane by plane as p->codec has put it there, and writes it as the next block. 1: it would have ended
 * behind the limit.
 */
int packer_block(struct packer *p, enum format_block type, uint64_t count,
		 struct error *err) __must_check;

#endif
