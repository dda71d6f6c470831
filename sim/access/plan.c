// SPDX-License-Identifier: GPL-2.0-only
#include "sim/access/plan.h"

#include <assert.h>
#include <string.h>

static bool is_in_memmap(const struct layout *layout, enum layout_class cls)
{
	return cls == LAYOUT_CLASS_PAGE || layout->overlaid >> cls & 1;
}

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
	tails->field[tails->nr_steps] = step->field;
	tails->times[tails->nr_steps++] = step->times;
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
	bool in_memmap = is_in_memmap(layout, cls);
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
		.target = step->target,
		.base = (uint8_t)base,
		.in_memmap = in_memmap,
		.field = step->field,
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

static void make_op(const struct layout *layout, uint64_t code, enum op_kind kind,
		    unsigned int size, struct plan_op *ret)
{
	struct op_step steps[OP_MAX_STEPS];
	size_t nr = op_steps(kind, code, steps);

	for (size_t i = 0; i < nr; i++) {
		/* the tie between pages and descriptor is charged by the model: it depends on the unit */
		if (steps[i].target == TARGET_DESCRIPTOR || steps[i].min_order > size)
			continue;
		if (steps[i].target == TARGET_TAILS && size == 0)
			continue;
		add_step(layout, ret, &steps[i]);
	}
}

/* How many lines beyond its first one such an object can have. */
static uint8_t reach(unsigned int bytes, unsigned int mask)
{
	unsigned int lines = (bytes + mask - 1) / 64;

	return (uint8_t)(lines < PLAN_MAX_REACH ? lines : PLAN_MAX_REACH);
}

/* The last byte of an entry or of a descriptor that an operation touches in units of this size. */
static void find_ends(const struct plan *plan, unsigned int size, unsigned int *entry,
		      unsigned int *desc)
{
	for (int kind = 0; kind < OP_MAX; kind++) {
		const struct plan_op *op = &plan->ops[kind][size];

		for (unsigned int i = 0; i < op->nr_steps; i++) {
			unsigned int *end = plan_base_is_entry(op->steps[i].base) ? entry : desc;

			*end = op->steps[i].end > *end ? op->steps[i].end : *end;
		}
	}
}

static void measure(const struct layout *layout, struct plan *plan)
{
	unsigned int entry[PLAN_SIZES] = {0}, desc = 1, page = layout->page_size;

	for (size_t i = 0; i < layout->nr_objects; i++)
		desc = layout->objects[i].size > desc ? layout->objects[i].size : desc;
	for (unsigned int size = 0; size < PLAN_SIZES; size++) {
		entry[size] = plan->memdesc_end ? plan->memdesc_end : 1;
		find_ends(plan, size, &entry[size], &desc);
	}
	/* the largest size has the fields of all */
	plan->entry_mask =
		page % 64 == 0 || (64 % page == 0 && entry[PLAN_SIZES - 1] <= page) ? 0 : 63;
	for (unsigned int size = 0; size < PLAN_SIZES; size++)
		plan->entry_reach[size] = reach(entry[size], plan->entry_mask);
	plan->desc_reach = reach(desc, 63);
}

static void place_of(const struct layout *layout, enum field field, uint16_t *ret_at,
		     uint16_t *ret_end)
{
	const struct layout_place *place = &layout->places[field];

	*ret_at = place->at;
	*ret_end = place->size ? (uint16_t)(place->at + place->size) : 0;
}

void plan_make(const struct layout *layout, uint64_t code, struct plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int kind = 0; kind < OP_MAX; kind++)
		for (unsigned int size = 0; size < PLAN_SIZES; size++)
			make_op(layout, code, kind, size, &ret->ops[kind][size]);
	place_of(layout, FIELD_PAGE_MEMDESC, &ret->memdesc_at, &ret->memdesc_end);
	place_of(layout, FIELD_SLAB_CACHE, &ret->slab_cache_at, &ret->slab_cache_end);
	measure(layout, ret);
}
