// SPDX-License-Identifier: GPL-2.0-only
#include "trace/codec/packer.h"

#include <errno.h>
#include <xxhash.h>
/* for ZSTD_c_literalCompressionMode: without matches literals are all there is */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "trace/codec/frames.h"

enum {
	MIN_PLANE = 1024,
	TRY_EVERY =
		16, /* blocks of events; what it costs to compress one of them twice is spread over these */
	FAR_APART =
		1000, /* bytes between the places where a match is looked for: as good as nowhere */
};

int packer_write(struct packer *p, const void *data, size_t len, struct error *err)
{
	int r = outfile_write(p->out, data, len, &p->failed);

	if (r && err)
		*err = p->failed;
	return r;
}

static int zstd_check(struct packer *p, size_t r, struct error *err)
{
	if (!ZSTD_isError(r))
		return 0;
	return error_set(err, -EIO, "%s: cannot compress: %s", outfile_name(p->out),
			 ZSTD_getErrorName(r));
}

int packer_init(struct packer *p, const char *path, int level, struct error *err)
{
	int r;

	*p = (struct packer){0};
	/* what pages a host uses is nobody else's business */
	r = outfile_create(path, 0600, &p->out, err);
	if (r)
		return r;
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		return error_nomem(err);
	r = zstd_check(p, ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, level), err);
	return r ? r : zstd_check(p, ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1), err);
}

void packer_fini(struct packer *p)
{
	outfile_destroy(p->out);
	ZSTD_freeCCtx(p->zstd);
	codec_fini(&p->codec);
	buf_fini(&p->raw);
	buf_fini(&p->packed);
	buf_fini(&p->other);
}

/*
 * What many CPUs do at once hardly repeats itself: the matches that zstd finds then are by chance, and cost more than
 * the literals that they stand for. Without them such blocks are smaller, and unpacked in two thirds of the time.
 */
static void look_for_matches(struct packer *p, bool matches)
{
	if (ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_literalCompressionMode,
						matches ? ZSTD_ps_auto : ZSTD_ps_enable))) {
		p->always_matches = true;
		return;
	}
	/* 0: what the level says; no other value can be wrong */
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_strategy, matches ? 0 : ZSTD_fast);
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_targetLength, matches ? 0 : FAR_APART);
}

/*
 * Compresses p->raw behind the space for the frame's header. Every plane ends a zstd block of its own:
 * its bytes are alike, so its own entropy table fits them better, and noise is stored, not coded.
 */
static int pack(struct packer *p, bool matches, struct buf *packed, struct error *err)
{
	ZSTD_inBuffer in = {.src = p->raw.data};
	ZSTD_outBuffer out;
	size_t room =
		FRAME_BLOCK_SIZE + ZSTD_compressBound(p->raw.len) + 16 * (p->codec.nr_ends + 1);
	size_t left;
	int r;

	packed->len = 0;
	r = buf_reserve(packed, room, err);
	if (!r)
		r = zstd_check(p, ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only), err);
	if (!r)
		look_for_matches(p, matches);
	if (!r)
		r = zstd_check(p, ZSTD_CCtx_setPledgedSrcSize(p->zstd, p->raw.len), err);
	if (r)
		return r;
	out = (ZSTD_outBuffer){.dst = packed->data, .size = packed->cap, .pos = FRAME_BLOCK_SIZE};
	for (unsigned int i = 0; i < p->codec.nr_ends; i++) {
		in.size = p->codec.ends[i];
		/* tiny blocks cost more than they save */
		if (in.size - in.pos < MIN_PLANE)
			continue;
		r = zstd_check(p, ZSTD_compressStream2(p->zstd, &out, &in, ZSTD_e_flush), err);
		if (r)
			return r;
	}
	in.size = p->raw.len;
	left = ZSTD_compressStream2(p->zstd, &out, &in, ZSTD_e_end);
	r = zstd_check(p, left, err);
	/* the room is by zstd's own bound; a frame without its end would pass every checksum */
	if (!r && left)
		r = error_set(err, -EIO, "%s: cannot compress: %zu bytes found no room",
			      outfile_name(p->out), left);
	packed->len = out.pos;
	return r;
}

/* Both ways now and then, the better one in between. */
static int pack_events(struct packer *p, struct error *err)
{
	int r = pack(p, !p->no_matches, &p->packed, err);
	struct buf worse;

	if (r || p->always_matches || p->until_tried--)
		return r;
	p->until_tried = TRY_EVERY - 1;
	r = pack(p, p->no_matches, &p->other, err);
	if (r || p->other.len >= p->packed.len)
		return r;
	p->no_matches = !p->no_matches;
	worse = p->packed;
	p->packed = p->other;
	p->other = worse;
	return 0;
}

int packer_block(struct packer *p, enum format_block type, uint64_t count, struct error *err)
{
	struct frame_block frame = {.type = (uint8_t)type, .count = count, .sequence = p->blocks};
	size_t packed;
	int r;

	if (p->raw.len > FORMAT_MAX_RAW)
		return error_set(err, -EFBIG, "%s: a block of %zu bytes is too large",
				 outfile_name(p->out), p->raw.len);
	r = type == BLOCK_EVENTS ? pack_events(p, err) : pack(p, true, &p->packed, err);
	if (r)
		return r;
	if (p->limit && outfile_size(p->out) + p->packed.len > p->limit)
		return 1;
	packed = p->packed.len - FRAME_BLOCK_SIZE;
	frame.compressed = (uint32_t)packed;
	frame.raw = (uint32_t)p->raw.len;
	frame.payload = XXH64(p->packed.data + FRAME_BLOCK_SIZE, packed, 0);
	frame_put_block(&frame, p->packed.data);
	r = packer_write(p, p->packed.data, FRAME_BLOCK_SIZE + packed, err);
	if (r)
		return r;
	p->blocks++;
	p->chain = frame_chain(p->chain, frame.checksum);
	return 0;
}
