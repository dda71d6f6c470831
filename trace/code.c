// SPDX-License-Identifier: GPL-2.0-only
#include "trace/code.h"

#include <errno.h>

#include "base/cleanup.h"
#include "trace/meta_json.h"

static const struct {
	const char *name;
	enum code_kind kind;
} rows[CODE_MAX] = {
#define CODE(KIND, name, since, doc) {#name, CODE_KIND_##KIND},
#include "trace/code.def"
#undef CODE
};

_Static_assert(CODE_MAX <= 64, "a bit each in struct trace_code");

const char *code_name(enum code code)
{
	return rows[code].name;
}

enum code_kind code_kind(enum code code)
{
	return rows[code].kind;
}

json_t *trace_code_to_json(const struct trace_code *code)
{
	json_auto_t *json = json_object();

	for (int i = 0; i < CODE_MAX && json; i++)
		if (code->told >> i & 1 &&
		    json_object_set_new(json, code_name(i), json_boolean(code->has >> i & 1)) < 0)
			return NULL;
	return take_ptr(json);
}

int trace_code_from_json(const json_t *json, struct trace_code *ret, struct error *err)
{
	struct trace_code code = {0};

	if (json && !json_is_object(json))
		return error_set(err, -EINVAL, "header: \"code\" is not an object");
	for (int i = 0; i < CODE_MAX; i++) {
		const json_t *value = json_object_get(json, code_name(i));

		if (!value || code_kind(i) == CODE_KIND_MODE)
			continue;
		if (!json_is_boolean(value))
			return error_set(err, -EINVAL,
					 "header: code \"%s\" is neither true nor false",
					 code_name(i));
		code.told |= 1ULL << i;
		code.has |= (uint64_t)json_is_true(value) << i;
	}
	*ret = code;
	return 0;
}
