// SPDX-License-Identifier: GPL-2.0-only
#include "sim/op.h"

#include <stdlib.h>

/*
 * The steps of all operations in one array, in the order of access.def. A marker row stands before
 * each operation's first step, so that the ranges follow from the same list and cannot drift from it.
 */
enum { MARK = 0xff };

static const struct op_step all_steps[] = {
#define OP(NAME, name, doc) {.target = MARK},
#define STEP_MIN(TARGET, CLASS, FIELD, MODE, n, min)                                               \
	{TARGET_##TARGET, MODE_##MODE, (min), (n), FIELD_##CLASS##_##FIELD},
#define STEP(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 0)
#define STEP_LARGE(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 1)
#define STEP_LARGE2(TARGET, CLASS, FIELD, MODE, n) STEP_MIN(TARGET, CLASS, FIELD, MODE, n, 2)
#include "sim/access.def"
#undef OP
#undef STEP
#undef STEP_LARGE
#undef STEP_LARGE2
	{.target = MARK},
};

static const struct {
	const char *name, *doc;
} names[OP_MAX] = {
	[OP_TIME] = {"time", "time passes on a CPU"},
	[OP_SEED] = {"seed", "in use when the trace began"},
	[OP_REKIND] = {"rekind", "the use of a page became known"},
#define OP(NAME, name, doc) [OP_##NAME] = {name, doc},
#define STEP(...)
#define STEP_LARGE(...)
#define STEP_LARGE2(...)
#include "sim/access.def"
};

const char *op_name(enum op_kind kind)
{
	return (unsigned int)kind < OP_MAX ? names[kind].name : "invalid";
}

const char *op_doc(enum op_kind kind)
{
	return (unsigned int)kind < OP_MAX ? names[kind].doc : "";
}

const struct op_step *op_steps(enum op_kind kind, size_t *ret_nr)
{
	const struct op_step *step = all_steps;
	size_t nr = 0;

	if (kind <= OP_REKIND || kind >= OP_MAX) {
		*ret_nr = 0;
		return all_steps;
	}
	for (int op = OP_REKIND; op < (int)kind; step++)
		op += step->target == MARK;
	while (step[nr].target != MARK)
		nr++;
	*ret_nr = nr;
	return step;
}

void op_list_grow(struct op_list *list)
{
	size_t cap = list->cap ? 2 * list->cap : 4096;
	struct op *ops = realloc(list->ops, cap * sizeof(*ops));

	if (!ops) {
		list->failed = true;
		return;
	}
	list->ops = ops;
	list->cap = cap;
}

void op_list_fini(struct op_list *list)
{
	free(list->ops);
	*list = (struct op_list){0};
}
