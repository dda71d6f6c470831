/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a JSON document with jansson, whose setters take the value over and fail on NULL: one failure
 * anywhere makes the whole document fail, and is asked for once, at the end.
 */
#ifndef SIM_JSON_BUILDER_H
#define SIM_JSON_BUILDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct builder {
	bool failed;
};

static inline void put(struct builder *b, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		b->failed = true;
}

static inline void put_int(struct builder *b, json_t *object, const char *key, uint64_t value)
{
	put(b, object, key, json_integer((json_int_t)value));
}

static inline void put_text(struct builder *b, json_t *object, const char *key, const char *value)
{
	put(b, object, key, json_string(value));
}

static inline void append(struct builder *b, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		b->failed = true;
}

/* Borrowed from the parent. */
static inline json_t *add_object(struct builder *b, json_t *parent, const char *key)
{
	json_t *object = json_object();

	put(b, parent, key, object);
	return object;
}

static inline json_t *add_array(struct builder *b, json_t *parent, const char *key)
{
	json_t *array = json_array();

	put(b, parent, key, array);
	return array;
}

static inline json_t *append_object(struct builder *b, json_t *array)
{
	json_t *object = json_object();

	append(b, array, object);
	return object;
}

#endif
