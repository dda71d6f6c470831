// SPDX-License-Identifier: GPL-2.0-only
#include "sim/access/work.h"

#include <string.h>

#include "trace/code.h"

static const struct {
	const char *name;
	enum work work; /* WORK_MAX: the caller's */
	unsigned int steps;
} rows[] = {
#define FUNCTION(WORK, function) {#function, WORK_##WORK, 1},
#define BY_CALLER(function) {#function, WORK_MAX, 1},
#define FUNCTION_STEPS(WORK, function, steps) {#function, WORK_##WORK, steps},
#define FUNCTION_WITH_STEPS(WORK, function) {#function, WORK_##WORK, WORK_STEPS_INLINED},
#include "sim/access/functions.def"
};

const char *work_name(enum work work)
{
	static const char *const names[] = {
#define WORK(NAME, name, doc) name,
#include "sim/access/functions.def"
	};

	return names[work];
}

enum work work_of_operation(enum op_kind kind, uint64_t code)
{
#define OPERATION_WITHOUT(name, WORK, NAME)                                                        \
	if (kind == OP_##NAME && !(code & CODE_BIT(name)))                                         \
		return WORK_##WORK;
#include "sim/access/functions.def"
	switch (kind) {
#define OPERATION(WORK, NAME)                                                                      \
	case OP_##NAME:                                                                            \
		return WORK_##WORK;
#include "sim/access/functions.def"
	default:
		return WORK_OTHER;
	}
}

static enum work look_up(const char *name, unsigned int *ret_steps)
{
	*ret_steps = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*ret_steps = rows[i].steps;
		return rows[i].work;
	}
	return WORK_OTHER;
}

bool work_is_helper(const char *function)
{
	unsigned int steps;

	return look_up(function, &steps) == WORK_MAX;
}

bool work_is_recorder(const char *function)
{
	unsigned int steps;

	return strcmp(function, "[bpf]") == 0 || look_up(function, &steps) == WORK_RECORDER;
}

enum work work_of_function(const char *function, unsigned int *ret_steps)
{
	const char *caller = strstr(function, " < ");
	enum work work = look_up(caller ? caller + 3 : function, ret_steps);

	/* of a helper that was called by another one nobody knows whom it works for */
	return work == WORK_MAX ? WORK_OTHER : work;
}
