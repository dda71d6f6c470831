// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/recipe.h"

_Static_assert(1024 == RECIPE_SLOTS && 64 - 54 == 10, "recipe_find() takes ten bits of the hash");

bool recipe_has_run(const struct plan *plan, unsigned int kind, unsigned int size)
{
	return size && (plan->ops[kind][size].tails.end || recipe_is_descriptor_op(kind));
}

/* False: the operation does not go together with those before it. */
static bool add_op(const struct recipes *r, struct recipe *recipe, uint8_t i, unsigned int kind)
{
	const unsigned int size = (unsigned int)(recipe->names >> PROGRAM_SIZE_SHIFT);
	const struct plan_op *plan = &r->plan->ops[kind][size];

	if (kind <= OP_REKIND || recipe_has_run(r->plan, kind, size))
		return false;
	if (recipe_is_descriptor_op(kind)) {
		if (!r->has_descriptors)
			return true;
		/* one descriptor for all of them, with one beginning or one end */
		if (recipe->desc_op != RECIPE_NO_OP)
			return false;
		recipe->desc_op = i;
	}
	if (plan_has_neighbours(plan)) {
		if (recipe->neighbours_op != RECIPE_NO_OP)
			return false;
		recipe->neighbours_op = i;
		recipe->next = plan->bases >> PLAN_NEXT_ENTRY & 3;
		recipe->prev = plan->bases >> PLAN_PREV_ENTRY;
	}
	recipe->has_desc = recipe->has_desc || plan->bases >> PLAN_DESC & 1;
	recipe->ops = recipe->ops << PROGRAM_KIND_BITS | kind;
	return true;
}

const struct recipe *recipe_work_out(struct recipes *r, struct recipe *slot, uint64_t names)
{
	const uint64_t kinds = names & ((1ULL << PROGRAM_SIZE_SHIFT) - 1);
	uint8_t nr = 0;

	while (nr < PROGRAM_OPS && kinds >> nr * PROGRAM_KIND_BITS)
		nr++;
	*slot = (struct recipe){
		.names = names, .desc_op = RECIPE_NO_OP, .neighbours_op = RECIPE_NO_OP};
	while (slot->taken < nr) {
		unsigned int kind = kinds >> (nr - 1 - slot->taken) * PROGRAM_KIND_BITS &
				    ((1U << PROGRAM_KIND_BITS) - 1);

		if (!add_op(r, slot, slot->taken, kind))
			break;
		slot->taken++;
	}
	slot->has_desc = slot->has_desc && r->has_descriptors;
	slot->idle = !slot->ops;
	slot->ops |= names & ~((1ULL << PROGRAM_SIZE_SHIFT) - 1);
	return slot;
}
