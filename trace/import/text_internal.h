/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces of a line, for text.c and text_fields.c: they cannot be read past their end. */
#ifndef TRACE_TEXT_INTERNAL_H
#define TRACE_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/import/text.h"

struct span {
	const char *at, *end;
};

bool span_is_digit(const struct span *s);
void span_skip_blanks(struct span *s);
/* These move on only as far as they have understood; false if that is not all. */
bool span_take_char(struct span *s, char c);
bool span_take_number(struct span *s, unsigned int base, uint64_t *ret);
/* What follows "key=" or "key " at the begin of a word; false if it is not there. */
bool span_find_key(const struct span *s, const char *key, struct span *ret);

/* The event of that name with these fields. */
enum text_line text_parse_fields(const struct span *name, const struct span *fields,
				 struct text_event *ret);

#endif
