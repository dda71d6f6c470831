/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns whose values are taken one after the other, by the events that have one. */
#ifndef TRACE_CODEC_TAKER_H
#define TRACE_CODEC_TAKER_H

#include <stdbool.h>

#include "trace/codec/codec.h"

enum {
	TAKER_STEP = 256,
	TAKER_AHEAD = 2 * TAKER_STEP, /* values that are made ready at once */
};

enum taker_type {
	TAKER_UNSIGNED,
	TAKER_SIGNED, /* zigzag on disk */
	TAKER_NARROW, /* of 32 bits: in narrow[], which takes half the work */
};

/* A column of which not every event has a value: taken in turn. */
struct taker {
	const struct column *column;
	enum taker_type type;
	size_t taken;  /* before the first that is ready */
	size_t at, nr; /* among those that are */
	/* one more, because a value is read before it is known whether it is wanted */
	union {
		uint64_t values[TAKER_AHEAD + 1];
		uint32_t narrow[TAKER_AHEAD + 1];
	};
};

static inline bool is_constant(const struct column *column)
{
	return !column->present || column->encoding == CODEC_CONST;
}

static inline void taker_read(struct taker *t)
{
	if (t->type == TAKER_NARROW)
		codec_unplane32(t->column, t->taken, TAKER_AHEAD + 1, t->narrow);
	else
		codec_unplane(t->column, t->taken, TAKER_AHEAD + 1, t->type == TAKER_SIGNED,
			      t->values);
}

static inline void taker_init(struct taker *t, const struct column *column, enum taker_type type)
{
	t->column = column;
	t->type = type;
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
