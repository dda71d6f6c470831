/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON objects from and to C structs by tables: one row per member, so that both ways agree. */
#ifndef TRACE_META_JSON_H
#define TRACE_META_JSON_H

#include <jansson.h>
#include <stdbool.h>
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
	bool optional; /* came with a later minor version: where it is missing, `to` keeps what it holds */
};

/* Adds the members to an object; -1: no memory, or a text that is not UTF-8. */
int json_put_members(json_t *object, const struct json_member *members, const void *from);
/* Every member must be there unless optional, of the right type and in range; `what` begins the sentence. */
int json_get_members(const json_t *object, const struct json_member *members, void *to,
		     const char *what, struct error *err) __must_check;

#define MEMBER(type_, strct, name_, min_, max_)                                                    \
	{                                                                                          \
		.name = #name_, .type = type_, .offset = offsetof(struct strct, name_),            \
		.size = sizeof(((struct strct *)0)->name_), .min = min_, .max = max_               \
	}
#define LATER_MEMBER(type_, strct, name_, min_, max_)                                              \
	{                                                                                          \
		.name = #name_, .type = type_, .offset = offsetof(struct strct, name_),            \
		.size = sizeof(((struct strct *)0)->name_), .min = min_, .max = max_,              \
		.optional = true                                                                   \
	}
#define TEXT(strct, name) MEMBER(JSON_TEXT, strct, name, 0, 0)

/* An array of objects in a document ("header", "footer") under a key. -1: no memory, or a text that is not UTF-8. */
struct json_array {
	const char *document, *key;
	const struct json_member *members;
	size_t size; /* of an element */
};

int json_put_array(json_t *object, const struct json_array *array, const void *from, size_t nr);
int json_get_array(const json_t *object, const struct json_array *array, void *to, size_t max,
		   size_t *ret_nr, struct error *err) __must_check;

#endif
