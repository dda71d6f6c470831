/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file format's constants; memsim-trace(5) defines them in words. A trace is a legal .zst file:
 *
 *	file header	skippable frame
 *	block ...	each a skippable frame (block header) followed by one checksummed zstd frame
 *	trailer		skippable frame
 *
 * Every byte is covered by a checksum or by an exact comparison, so no damage goes unnoticed, and
 * every block stands alone, so what comes before the damage stays usable. All numbers are little-endian.
 */
#ifndef TRACE_FORMAT_H
#define TRACE_FORMAT_H

enum {
	FORMAT_MAJOR = 1, /* a reader refuses any other */
	FORMAT_MINOR = 5, /* a newer one may hold blocks and columns that an older reader skips */

	/* zstd's skippable-frame magics are 0x184D2A50..5F; three of them tell our frames apart */
	FORMAT_FRAME_FILE = 0x184D2A50,
	FORMAT_FRAME_BLOCK = 0x184D2A5B,
	FORMAT_FRAME_TRAILER = 0x184D2A5E,

	FORMAT_FILE_LEN = 40,	 /* content of the file header frame */
	FORMAT_BLOCK_LEN = 48,	 /* content of a block header frame */
	FORMAT_TRAILER_LEN = 48, /* content of the trailer frame */

	FORMAT_MAX_RAW = 64 << 20, /* a block's payload; larger ones are refused */
	FORMAT_MAX_JSON =
		1 << 20, /* a JSON block's payload: parsed, it takes many times its size */
	FORMAT_MAX_EVENTS = 1 << 20, /* events in one block */
	FORMAT_MAX_RUNS = 1 << 20,   /* census runs in one block; the writer splits larger ones */

	FORMAT_MAX_COUNTS = 1 << 16, /* counts in one block */

	FORMAT_PFN_BITS = 52, /* pfns are below 1 << 52: 64 bits of physical address */
	FORMAT_MAX_ORDER = 20,

	FORMAT_OPTIONAL_BLOCK = 128, /* unknown types from here on are skipped, others refused */
};

/* First bytes of the file header's content: not ASCII, not UTF-8, survives no text-mode transfer. */
#define FORMAT_MAGIC "\x8aMemsim\r\n\x1a\n\x00\x9c\xff\xd7\x01" /* 16 bytes with the last one */
#define FORMAT_END_MAGIC                                                                           \
	"\xd7\xff\x9c\x00\n\x1amisMem" /* the file's last 12 bytes, without the NUL */

enum format_block {
	BLOCK_META = 1,	  /* JSON: struct trace_meta; the first block, exactly once */
	BLOCK_CENSUS = 2, /* what a range of pfns is at a moment */
	BLOCK_EVENTS = 3, /* columns of events, in time order over the whole file */
	BLOCK_STAT = 4,	  /* JSON: counters at a moment */
	BLOCK_FOOTER = 5, /* JSON: struct trace_footer; the last block, exactly once */
	BLOCK_COUNTS = FORMAT_OPTIONAL_BLOCK, /* columns: what CPUs counted, see counts.h */
};

/* Blocks that came with a later version and may be left out. */
static inline int format_skips(unsigned int type)
{
	return type > BLOCK_COUNTS;
}

_Static_assert(sizeof(FORMAT_MAGIC) - 1 == 16 && sizeof(FORMAT_END_MAGIC) - 1 == 12,
	       "the magics have their sizes on disk");

#endif
