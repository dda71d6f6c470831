// SPDX-License-Identifier: GPL-2.0-only
#include "sim/plan.h"

#include <assert.h>
#include <string.h>

static void add_tails(struct plan_tails *tails, const struct op_step *step,
		      const struct layout_place *place)
{
	uint16_t end = (uint16_t)(place->at + place->size);

	if (!tails->end || place->at < tails->at)
		tails->at = place->at;
	if (end > tails->end)
		tails->end = end;
	tails->accesses = (uint16_t)(tails->accesses + step->times);
	if (step->mode == MODE_A)
		tails->atomics = (uint16_t)(tails->atomics + step->times);
	tails->write |= step->mode != MODE_R;
}

static void add_step(const struct layout *layout, struct plan_op *op, const struct op_step *step)
{
	const struct layout_place *place = &layout->places[step->field];
	enum layout_class cls = field_class(step->field);
	bool in_memmap = cls == LAYOUT_CLASS_PAGE || layout->overlaid >> cls & 1;

	if (!place->size)
		return;
	if (step->target == TARGET_TAILS) {
		add_tails(&op->tails, step, place);
		return;
	}
	assert(op->nr_steps < PLAN_MAX_STEPS);
	op->steps[op->nr_steps++] = (struct plan_step){
		.target = step->target,
		.cls = (uint8_t)cls,
		.in_memmap = in_memmap,
		.write = step->mode != MODE_R,
		.atomic = step->mode == MODE_A,
		.times = step->times,
		.at = place->at,
		.end = (uint16_t)(place->at + place->size),
	};
}

static void make_op(const struct layout *layout, enum op_kind kind, unsigned int size,
		    struct plan_op *ret)
{
	size_t nr;
	const struct op_step *steps = op_steps(kind, &nr);

	for (size_t i = 0; i < nr; i++) {
		/* the tie between pages and descriptor is charged by the model: it depends on the unit */
		if (steps[i].target == TARGET_DESCRIPTOR || steps[i].min_order > size)
			continue;
		if (steps[i].target == TARGET_TAILS && size == 0)
			continue;
		add_step(layout, ret, &steps[i]);
	}
}

static void place_of(const struct layout *layout, enum field field, uint16_t *ret_at,
		     uint16_t *ret_end)
{
	const struct layout_place *place = &layout->places[field];

	*ret_at = place->at;
	*ret_end = place->size ? (uint16_t)(place->at + place->size) : 0;
}

void plan_make(const struct layout *layout, struct plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int kind = 0; kind < OP_MAX; kind++)
		for (unsigned int size = 0; size < PLAN_SIZES; size++)
			make_op(layout, kind, size, &ret->ops[kind][size]);
	place_of(layout, FIELD_PAGE_MEMDESC, &ret->memdesc_at, &ret->memdesc_end);
	place_of(layout, FIELD_SLAB_CACHE, &ret->slab_cache_at, &ret->slab_cache_end);
	for (int field = 0; field < FIELD_MAX; field++)
		if (layout->places[field].size)
			ret->class_fields[field_class(field)]++;
}
