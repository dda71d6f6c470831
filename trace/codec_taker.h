/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns whose values are taken one after the other, by the events that have one. */
#ifndef TRACE_CODEC_TAKER_H
#define TRACE_CODEC_TAKER_H

#include <stdbool.h>

#include "trace/codec.h"

enum {
	TAKER_STEP = 256,
	TAKER_AHEAD = 2 * TAKER_STEP, /* values that are made ready at once */
};

/* A column of which not every event has a value: taken in turn. */
struct taker {
	const struct column *column;
	bool is_signed; /* zigzag on disk */
	size_t taken;	/* before values[0] */
	size_t at, nr;	/* in values */
	/* one more, because a value is read before it is known whether it is wanted */
	uint64_t values[TAKER_AHEAD + 1];
};

static inline bool is_constant(const struct column *column)
{
	return !column->present || column->encoding == CODEC_CONST;
}

static inline void taker_read(struct taker *t)
{
	codec_unplane(t->column, t->taken, TAKER_AHEAD + 1, t->is_signed, t->values);
}

static inline void taker_init(struct taker *t, const struct column *column, bool is_signed)
{
	t->column = column;
	t->is_signed = is_signed;
	t->taken = t->at = t->nr = 0;
	if (is_constant(column))
		taker_read(t);
}

/* Makes TAKER_STEP values ready at least. */
static inline void taker_fill(struct taker *t)
{
	if (is_constant(t->column)) {
		t->taken += t->at;
		t->at = 0;
	} else if (t->nr < t->at + TAKER_STEP) {
		t->taken += t->at;
		t->at = 0;
		t->nr = TAKER_AHEAD;
		taker_read(t);
	}
}

static inline bool taker_finished(const struct taker *t)
{
	if (t->column->present && t->column->encoding == CODEC_CONST)
		return true;
	return t->taken + t->at == t->column->values;
}

#endif
