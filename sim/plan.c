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

static enum plan_base base_of(enum op_target target, bool in_memmap)
{
	if (target == TARGET_NEXT)
		return in_memmap ? PLAN_NEXT_ENTRY : PLAN_NEXT_DESC;
	if (target == TARGET_PREV)
		return in_memmap ? PLAN_PREV_ENTRY : PLAN_PREV_DESC;
	return in_memmap ? PLAN_ENTRY : PLAN_DESC;
}

static void add_step(const struct layout *layout, struct plan_op *op, const struct op_step *step)
{
	const struct layout_place *place = &layout->places[step->field];
	enum layout_class cls = field_class(step->field);
	bool in_memmap = cls == LAYOUT_CLASS_PAGE || layout->overlaid >> cls & 1;
	enum plan_base base = base_of(step->target, in_memmap);

	if (!place->size)
		return;
	if (step->target == TARGET_TAILS) {
		add_tails(&op->tails, step, place);
		return;
	}
	op->bases |= (uint8_t)(1U << base);
	assert(op->nr_steps < PLAN_MAX_STEPS);
	op->steps[op->nr_steps++] = (struct plan_step){
		.base = (uint8_t)base,
		.cls = (uint8_t)cls,
		.via_page = base == PLAN_DESC && step->target == TARGET_VIA_PAGE,
		.hop = base >= PLAN_NEXT_ENTRY ||
		       (base == PLAN_DESC && step->target == TARGET_VIA_PAGE),
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

static uint8_t entry_mask(const struct layout *layout)
{
	bool inside = true;

	for (int field = 0; field < FIELD_MAX; field++) {
		const struct layout_place *place = &layout->places[field];
		enum layout_class cls = field_class(field);

		if (cls == LAYOUT_CLASS_PAGE || layout->overlaid >> cls & 1)
			inside = inside && place->at + place->size <= layout->page_size;
	}
	return layout->page_size % 64 == 0 || (64 % layout->page_size == 0 && inside) ? 0 : 63;
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
	ret->entry_mask = entry_mask(layout);
	place_of(layout, FIELD_PAGE_MEMDESC, &ret->memdesc_at, &ret->memdesc_end);
	place_of(layout, FIELD_SLAB_CACHE, &ret->slab_cache_at, &ret->slab_cache_end);
	for (int field = 0; field < FIELD_MAX; field++)
		if (layout->places[field].size)
			ret->class_fields[field_class(field)]++;
}
