// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sheaves of v6.18: arrays of free objects in front of the slabs, two for each CPU and up to ten full
 * ones for the node. The slabs count what lies in them as in use.
 */
#include "sim/heap/slub_internal.h"

#include <stdlib.h>

#define MAX_FULL_SHEAVES 10

struct sheaf {
	struct sheaf *next;
	uint32_t size;
	slub_object objects[];
};

static void push(struct sheaf **list, struct sheaf *s)
{
	s->next = *list;
	*list = s;
}

static struct sheaf *pop(struct sheaf **list)
{
	struct sheaf *s = *list;

	if (s)
		*list = s->next;
	return s;
}

static void swap_sheaves(struct cpu_slab *cpu)
{
	struct sheaf *main = cpu->main;

	cpu->main = cpu->spare;
	cpu->spare = main;
}

/* "alloc_empty_sheaf" */
static struct sheaf *new_sheaf(const struct slub_cache *c)
{
	struct sheaf *s = malloc(sizeof(*s) + c->sheaf_capacity * sizeof(s->objects[0]));

	if (s)
		s->size = 0;
	return s;
}

bool slub_sheaves_init(struct slub_cache *c)
{
	for (uint32_t i = 0; i < c->nr_cpus && c->sheaf_capacity; i++) {
		c->cpu[i].main = new_sheaf(c);
		if (!c->cpu[i].main)
			return false;
	}
	return true;
}

void slub_sheaves_fini(struct slub_cache *c)
{
	struct sheaf *s;

	for (uint32_t i = 0; c->cpu && i < c->nr_cpus; i++) {
		free(c->cpu[i].main);
		free(c->cpu[i].spare);
	}
	while ((s = pop(&c->barn_full)) || (s = pop(&c->barn_empty)))
		free(s);
}

/* "refill_sheaf": false if memory ran out before there was one object. */
static bool refill_sheaf(struct slub_cache *c, struct cpu_slab *cpu, struct sheaf *s, bool *new)
{
	while (s->size < c->sheaf_capacity) {
		slub_object object = slub_take(c, cpu, new);

		if (object == SLUB_NONE)
			break;
		s->objects[s->size++] = object;
	}
	return s->size;
}

/* "__pcs_replace_empty_main", for an allocation that may sleep */
static bool replace_empty_main(struct slub_cache *c, struct cpu_slab *cpu, bool *new)
{
	struct sheaf *full;

	if (cpu->spare && cpu->spare->size) {
		swap_sheaves(cpu);
		return true;
	}
	full = pop(&c->barn_full);
	if (full) {
		c->barn_nr_full--;
		push(&c->barn_empty, cpu->main);
		cpu->main = full;
		return true;
	}
	full = cpu->spare;
	cpu->spare = NULL;
	if (!full)
		full = pop(&c->barn_empty);
	if (!full)
		full = new_sheaf(c);
	if (!full)
		return false;
	cpu->spare = cpu->main; /* the empty one; there is no spare any more */
	cpu->main = full;
	return refill_sheaf(c, cpu, full, new);
}

slub_object slub_sheaf_alloc(struct slub_cache *c, struct cpu_slab *cpu, bool *new)
{
	if (!cpu->main->size && !replace_empty_main(c, cpu, new))
		return SLUB_NONE;
	return cpu->main->objects[--cpu->main->size];
}

/* "sheaf_flush_unused": from the end, as "build_detached_freelist" goes */
static bool flush(struct slub_cache *c, struct cpu_slab *cpu, struct sheaf *s)
{
	bool gave_back = false;

	while (s->size)
		gave_back |= slub_put(c, cpu, s->objects[--s->size]);
	return gave_back;
}

/*
 * "__pcs_replace_full_main" and "__pcs_install_empty_sheaf": false without memory for a sheaf, then
 * the object goes to its slab.
 */
static bool replace_full_main(struct slub_cache *c, struct cpu_slab *cpu, bool *gave_back)
{
	struct sheaf *empty;

	if (cpu->spare && cpu->spare->size < c->sheaf_capacity) {
		swap_sheaves(cpu);
		return true;
	}
	if (cpu->spare && c->barn_nr_full >= MAX_FULL_SHEAVES) {
		empty = cpu->spare;
		cpu->spare = NULL;
		*gave_back = flush(c, cpu, empty);
	} else {
		empty = pop(&c->barn_empty);
		if (!empty)
			empty = new_sheaf(c);
	}
	if (!empty)
		return false;
	if (!cpu->spare) {
		cpu->spare = cpu->main;
	} else {
		push(&c->barn_full, cpu->main);
		c->barn_nr_full++;
	}
	cpu->main = empty;
	return true;
}

bool slub_sheaf_free(struct slub_cache *c, struct cpu_slab *cpu, slub_object object)
{
	bool gave_back = false;

	if (cpu->main->size == c->sheaf_capacity && !replace_full_main(c, cpu, &gave_back))
		return slub_put(c, cpu, object);
	cpu->main->objects[cpu->main->size++] = object;
	return gave_back;
}
