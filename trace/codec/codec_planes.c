// SPDX-License-Identifier: GPL-2.0-only
/* From byte planes back to numbers: straight vector code, for what every machine has and for AVX2. */
#include "trace/codec/codec.h"

/* On x86-64 compilers may use SSE2 only, which has neither wide nor widening instructions. */
#ifdef __x86_64__
#define PLANES_AVX2 __attribute__((target("avx2")))
#endif

/* is_signed and the width are constants wherever this is inlined, so that no value costs a branch. */
#define PLANES_INLINE static inline __attribute__((always_inline))

PLANES_INLINE void unplane_width(const uint8_t *p, size_t stride, size_t nr, unsigned int width,
				 bool is_signed, uint64_t *out)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t v = 0;

		for (unsigned int plane = 0; plane < width; plane++)
			v |= (uint64_t)p[plane * stride + i] << 8 * plane;
		out[i] = is_signed ? (uint64_t)unzigzag(v) : v;
	}
}

/* The same for up to four planes: twice as many numbers of 32 bits fit into a register. */
PLANES_INLINE void unplane_narrow(const uint8_t *p, size_t stride, size_t nr, unsigned int width,
				  bool is_signed, uint64_t *out)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t v = 0;

		for (unsigned int plane = 0; plane < width; plane++)
			v |= (uint32_t)p[plane * stride + i] << 8 * plane;
		/* unzigzag() of 32 bits is one of 32 bits, with their sign */
		out[i] = is_signed ? (uint64_t)(int32_t)(v >> 1 ^ -(v & 1)) : v;
	}
}

PLANES_INLINE void unplane_width32(const uint8_t *p, size_t stride, size_t nr, unsigned int width,
				   uint32_t *out)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t v = 0;

		for (unsigned int plane = 0; plane < width; plane++)
			v |= (uint32_t)p[plane * stride + i] << 8 * plane;
		out[i] = v;
	}
}

/* How many of the wanted values the planes hold; *ret_at: the first of them. */
static size_t planes_at(const struct column *col, size_t first, size_t nr, const uint8_t **ret_at)
{
	size_t here = first >= col->values	 ? 0
		      : col->values - first < nr ? col->values - first
						 : nr;

	*ret_at = col->data + (here ? first : 0);
	return here;
}

PLANES_INLINE void unplane(const struct column *col, size_t first, size_t nr, bool is_signed,
			   uint64_t *out)
{
	const uint8_t *p;
	size_t here;

	if (!col->present || col->encoding == CODEC_CONST) {
		for (size_t i = 0; i < nr; i++)
			out[i] = is_signed ? (uint64_t)unzigzag(col->value) : col->value;
		return;
	}
	here = planes_at(col, first, nr, &p);
	switch (here ? col->encoding : 0) {
	case 1:
		unplane_narrow(p, col->values, here, 1, is_signed, out);
		break;
	case 2:
		unplane_narrow(p, col->values, here, 2, is_signed, out);
		break;
	case 3:
		unplane_narrow(p, col->values, here, 3, is_signed, out);
		break;
	case 4:
		unplane_narrow(p, col->values, here, 4, is_signed, out);
		break;
	case 0:
		break;
	default:
		unplane_width(p, col->values, here, col->encoding, is_signed, out);
	}
	memset(out + here, 0, (nr - here) * sizeof(*out));
}

PLANES_INLINE void unplane32(const struct column *col, size_t first, size_t nr, uint32_t *out)
{
	const uint8_t *p;
	size_t here;

	if (!col->present || col->encoding == CODEC_CONST) {
		for (size_t i = 0; i < nr; i++)
			out[i] = (uint32_t)col->value;
		return;
	}
	here = planes_at(col, first, nr, &p);
	switch (here ? col->encoding : 0) {
	case 1:
		unplane_width32(p, col->values, here, 1, out);
		break;
	case 2:
		unplane_width32(p, col->values, here, 2, out);
		break;
	case 3:
		unplane_width32(p, col->values, here, 3, out);
		break;
	case 0:
		break;
	default:
		unplane_width32(p, col->values, here, col->encoding, out);
	}
	memset(out + here, 0, (nr - here) * sizeof(*out));
}

void codec_unplane_plain(const struct column *col, size_t first, size_t nr, bool is_signed,
			 uint64_t *out)
{
	if (is_signed)
		unplane(col, first, nr, true, out);
	else
		unplane(col, first, nr, false, out);
}

void codec_unplane32_plain(const struct column *col, size_t first, size_t nr, uint32_t *out)
{
	unplane32(col, first, nr, out);
}

#ifdef PLANES_AVX2
PLANES_AVX2 static void unplane_avx2(const struct column *col, size_t first, size_t nr,
				     bool is_signed, uint64_t *out)
{
	if (is_signed)
		unplane(col, first, nr, true, out);
	else
		unplane(col, first, nr, false, out);
}

PLANES_AVX2 static void unplane32_avx2(const struct column *col, size_t first, size_t nr,
				       uint32_t *out)
{
	unplane32(col, first, nr, out);
}
#endif

void codec_unplane(const struct column *col, size_t first, size_t nr, bool is_signed, uint64_t *out)
{
#ifdef PLANES_AVX2
	if (__builtin_cpu_supports("avx2")) {
		unplane_avx2(col, first, nr, is_signed, out);
		return;
	}
#endif
	codec_unplane_plain(col, first, nr, is_signed, out);
}

void codec_unplane32(const struct column *col, size_t first, size_t nr, uint32_t *out)
{
#ifdef PLANES_AVX2
	if (__builtin_cpu_supports("avx2")) {
		unplane32_avx2(col, first, nr, out);
		return;
	}
#endif
	codec_unplane32_plain(col, first, nr, out);
}
