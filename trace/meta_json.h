/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON objects from and to C structs by tables: one row per member, so that both ways agree. */
#ifndef TRACE_META_JSON_H
#define TRACE_META_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum json_type { JSON_TEXT, JSON_U32, JSON_U64, JSON_I64, JSON_INT };

/* One member of a struct; MEMBERS(...) tables end with a row without a name. */
struct json_member {
	const char *name;
	enum json_type type;
	size_t offset, size; /* size: of a text's array, with its NUL */
	int64_t min, max;    /* of numbers */
};

/* Adds the members to an object; -1: no memory, or a text that is not UTF-8. */
int json_put_members(json_t *object, const struct json_member *members, const void *from);
/* Every member must be there, of the right type and in range; `what` begins the sentence. */
int json_get_members(const json_t *object, const struct json_member *members, void *to,
		     const char *what, struct error *err) __must_check;

#endif
