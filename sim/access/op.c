// SPDX-License-Identifier: GPL-2.0-only
#include "sim/access/op.h"

#include <stdlib.h>

#include "trace/code.h"

/*
 * The steps of all operations in one array, in the order of access.def. A marker row stands before
 * each operation's first step, so that the ranges follow from the same list and cannot drift from it,
 * and rows of conditions where those begin and end.
 */
enum { MARK = 0xff, ALWAYS_ROW = 0xfe, WITH_ROW = 0xfd, WITHOUT_ROW = 0xfc, SAME_ROW = 0xfb };

static const struct op_step all_rows[] = {
#define OP(NAME, name, doc) {.target = MARK},
#define STEP_MIN(TARGET, CLASS, FIELD, MODE, n, min)                                               \
	{TARGET_##TARGET, MODE_##MODE, (min), (n), FIELD_##CLASS##_##FIELD},
#define STEP(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 0)
#define STEP_LARGE(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 1)
#define STEP_LARGE2(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 2)
#define SAME_AS(NAME) {.target = SAME_ROW, .field = OP_##NAME},
#define ALWAYS {.target = ALWAYS_ROW},
#define AND_WITH(code) {.target = WITH_ROW, .field = CODE_##code},
#define AND_WITHOUT(code) {.target = WITHOUT_ROW, .field = CODE_##code},
#define WITH(code) ALWAYS AND_WITH(code)
#define WITHOUT(code) ALWAYS AND_WITHOUT(code)
#include "sim/access/access.def"
	{.target = MARK},
};

static const struct {
	const char *name, *doc;
} names[OP_MAX] = {
	[OP_TIME] = {"time", "time passes on a CPU"},
	[OP_SEED] = {"seed", "in use when the trace began"},
	[OP_REKIND] = {"rekind", "the use of a page became known"},
#define OP(NAME, name, doc) [OP_##NAME] = {name, doc},
#include "sim/access/access.def"
};

const char *op_name(enum op_kind kind)
{
	return (unsigned int)kind < OP_MAX ? names[kind].name : "invalid";
}

const char *op_doc(enum op_kind kind)
{
	return (unsigned int)kind < OP_MAX ? names[kind].doc : "";
}

/* The first row of the operation; or of the one that it is like. */
static const struct op_step *first_row(unsigned int kind)
{
	const struct op_step *row = all_rows;

	for (unsigned int op = OP_REKIND; op < kind; row++)
		op += row->target == MARK;
	return row->target == SAME_ROW ? first_row(row->field) : row;
}

size_t op_steps(enum op_kind kind, uint64_t code, struct op_step ret[OP_MAX_STEPS])
{
	bool holds = true;
	size_t nr = 0;

	if (kind <= OP_REKIND || kind >= OP_MAX)
		return 0;
	for (const struct op_step *row = first_row(kind); row->target != MARK; row++) {
		bool has = code >> (row->field & 63) & 1;

		if (row->target == ALWAYS_ROW)
			holds = true;
		else if (row->target == WITH_ROW)
			holds &= has;
		else if (row->target == WITHOUT_ROW)
			holds &= !has;
		else if (holds && nr++ < OP_MAX_STEPS)
			ret[nr - 1] = *row;
	}
	return nr;
}

bool op_list_reserve(struct op_list *list, size_t nr)
{
	size_t cap = list->cap ? list->cap : 4096;
	struct op *ops;

	while (cap - list->nr < nr)
		cap *= 2;
	if (list->failed || cap == list->cap)
		return !list->failed;
	ops = realloc(list->ops, cap * sizeof(*ops));
	if (!ops) {
		list->failed = true;
		return false;
	}
	list->ops = ops;
	list->cap = cap;
	return true;
}

void op_list_fini(struct op_list *list)
{
	free(list->ops);
	*list = (struct op_list){0};
}
