// SPDX-License-Identifier: GPL-2.0-only
#include "trace/meta_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static json_t *number_of(const struct json_member *m, const void *from)
{
	const char *at = (const char *)from + m->offset;
	uint64_t u64;
	uint32_t u32;
	int i;

	switch (m->type) {
	case JSON_TEXT:
		return json_stringn(at, strnlen(at, m->size));
	case JSON_U32:
		memcpy(&u32, at, sizeof(u32));
		return json_integer(u32);
	case JSON_INT:
		memcpy(&i, at, sizeof(i));
		return json_integer(i);
	default:
		/* above INT64_MAX it becomes negative, which reading it back refuses */
		memcpy(&u64, at, sizeof(u64));
		return json_integer((json_int_t)u64);
	}
}

int json_put_members(json_t *object, const struct json_member *members, const void *from)
{
	for (const struct json_member *m = members; m->name; m++)
		if (json_object_set_new(object, m->name, number_of(m, from)) < 0)
			return -1;
	return 0;
}

static int get_text(const json_t *value, const struct json_member *m, char *at, const char *what,
		    struct error *err)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value))
		return error_set(err, -EINVAL, "%s: \"%s\" is not a text", what, m->name);
	if (len >= m->size)
		return error_set(err, -EINVAL, "%s: \"%s\" is longer than %zu bytes", what, m->name,
				 m->size - 1);
	if (strlen(json_string_value(value)) != len)
		return error_set(err, -EINVAL, "%s: \"%s\" holds a NUL", what, m->name);
	memset(at, 0, m->size);
	memcpy(at, json_string_value(value), len);
	return 0;
}

static int get_number(const json_t *value, const struct json_member *m, char *at, const char *what,
		      struct error *err)
{
	int64_t number = json_integer_value(value);
	uint32_t u32 = (uint32_t)number;
	int i = (int)number;

	if (!json_is_integer(value))
		return error_set(err, -EINVAL, "%s: \"%s\" is not an integer", what, m->name);
	if (number < m->min || number > m->max)
		return error_set(err, -EINVAL,
				 "%s: \"%s\" is %" PRId64 ", not %" PRId64 " to %" PRId64, what,
				 m->name, number, m->min, m->max);
	if (m->type == JSON_U32)
		memcpy(at, &u32, sizeof(u32));
	else if (m->type == JSON_INT)
		memcpy(at, &i, sizeof(i));
	else
		memcpy(at, &number, sizeof(number));
	return 0;
}

int json_get_members(const json_t *object, const struct json_member *members, void *to,
		     const char *what, struct error *err)
{
	if (!json_is_object(object))
		return error_set(err, -EINVAL, "%s: this is not a JSON object", what);
	for (const struct json_member *m = members; m->name; m++) {
		const json_t *value = json_object_get(object, m->name);
		char *at = (char *)to + m->offset;
		int r;

		if (!value && m->optional)
			continue;
		if (!value)
			return error_set(err, -EINVAL, "%s: \"%s\" is missing", what, m->name);
		r = m->type == JSON_TEXT ? get_text(value, m, at, what, err)
					 : get_number(value, m, at, what, err);
		if (r)
			return r;
	}
	return 0;
}

int json_put_array(json_t *object, const struct json_array *array, const void *from, size_t nr)
{
	json_t *list = json_array();

	if (json_object_set_new(object, array->key, list) < 0)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		json_t *element = json_object();

		if (json_array_append_new(list, element) < 0 ||
		    json_put_members(element, array->members,
				     (const char *)from + i * array->size) < 0)
			return -1;
	}
	return 0;
}

int json_get_array(const json_t *object, const struct json_array *array, void *to, size_t max,
		   size_t *ret_nr, struct error *err)
{
	const json_t *list = json_object_get(object, array->key);
	size_t nr = json_array_size(list);

	if (!json_is_array(list))
		return error_set(err, -EINVAL, "%s: \"%s\" is missing or not an array",
				 array->document, array->key);
	if (nr > max)
		return error_set(err, -EINVAL, "%s: \"%s\" has %zu elements, at most %zu fit",
				 array->document, array->key, nr, max);
	for (size_t i = 0; i < nr; i++) {
		int r = json_get_members(json_array_get(list, i), array->members,
					 (char *)to + i * array->size, array->key, err);

		if (r)
			return error_prefix(err, r, "%s", array->document);
	}
	*ret_nr = nr;
	return 0;
}
