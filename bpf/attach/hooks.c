// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/hooks.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

const struct slot_info slots[HOOK_SLOT_MAX] = {
#define SLOT(NAME, name, CLASS, ROLE, without) {name, without, CLASS_##CLASS, PROBE_##ROLE},
#define HOOK(...)
#define HOOK_IF(...)
#define HOOK_PART(...)
#include "bpf/attach/hooks.def"
#undef SLOT
#undef HOOK
#undef HOOK_IF
#undef HOOK_PART
};

/* A row without a program name stands where its slot begins, so hooks cannot drift from their slots. */
const struct hook hooks[] = {
#define SLOT(NAME, name, CLASS, ROLE, without)                                                     \
	{NULL, NULL, NULL, NULL, HOOK_SLOT_##NAME, HOOK_VIA, 0},
#define HOOK(program, HOW, target, args) {#program, #target, NULL, NULL, 0, HOOK_##HOW, args},
#define HOOK_IF(needs, program, HOW, target, args)                                                 \
	{#program, #target, #needs, NULL, 0, HOOK_##HOW, args},
#define HOOK_PART(lacks, program, HOW, target, args)                                               \
	{#program, #target, NULL, lacks, 0, HOOK_##HOW, args},
#include "bpf/attach/hooks.def"
#undef SLOT
#undef HOOK
#undef HOOK_IF
#undef HOOK_PART
};

const size_t hooks_nr = sizeof(hooks) / sizeof(hooks[0]);

/* What a class is worth when its NEEDED slots are served. */
static const char *const notes[CLASS_MAX] = {
	[CLASS_LOOKUP] =
		"lookups by swap and hugetlbfs, and references taken by other means, are not seen",
	[CLASS_MAPCOUNT] = "hugetlb pages and device memory are not seen",
	[CLASS_FORK] =
		"of a large folio the pages of one batch are bounded by what comes next, not told",
	[CLASS_BULK] = "pages returned as a list are not seen",
	[CLASS_WRITEBACK] = "tmpfs marks pages dirty without telling",
	[CLASS_SCAN] = "the pages of a range that were skipped are not told",
	[CLASS_KIND] = "other uses by the kernel are not told",
	[CLASS_TABLE] = "locks taken by other ways, and those of upper tables, are not seen",
	[CLASS_MIGRATE] = "pages of drivers (balloon, zsmalloc) that move are not seen",
	[CLASS_THP] = "what khugepaged looks at in the page cache is not seen",
	[CLASS_OBJECT] = "objects freed after a grace period of their cache are not seen",
};

const char *hook_how_name(enum hook_how how)
{
	static const char *const names[] = {
		[HOOK_FENTRY] = "fentry", [HOOK_FEXIT] = "fexit", [HOOK_KPROBE] = "kprobe",
		[HOOK_TP] = "tp_btf",	  [HOOK_VIA] = "via",
	};

	return names[how];
}

int hook_args(const struct btf *btf, const char *function)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) : -1;
}

void hooks_code(const struct btf *btf, struct trace_code *ret)
{
	struct trace_code code = {0};

	for (int i = 0; i < CODE_MAX; i++) {
		const char *name = code_name(i);
		uint32_t kind = code_kind(i) == CODE_KIND_FUNC ? BTF_KIND_FUNC : BTF_KIND_STRUCT;
		bool has = btf__find_by_name_kind(btf, name, kind) >= 0;

		if (code_kind(i) == CODE_KIND_MODE)
			continue;
		if (code_kind(i) == CODE_KIND_TYPE)
			has |= btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) >= 0;
		code.told |= 1ULL << i;
		code.has |= (uint64_t)has << i;
	}
	*ret = code;
}

void hooks_choose(hook_usable_fn *usable, void *arg, int chosen[HOOK_SLOT_MAX])
{
	int slot = -1;

	for (size_t i = 0; i < hooks_nr; i++) {
		if (!hooks[i].program)
			chosen[slot = hooks[i].slot] = -1;
		else if (chosen[slot] < 0 && usable(arg, &hooks[i]))
			chosen[slot] = (int)i;
	}
}

bool hooks_serve(const int chosen[HOOK_SLOT_MAX], enum event_class cls)
{
	bool any = false;

	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		if (slots[slot].cls != cls || slots[slot].role != PROBE_NEEDED)
			continue;
		if (chosen[slot] < 0)
			return false;
		any = true;
	}
	return any;
}

bool hooks_wants(const int chosen[HOOK_SLOT_MAX], uint32_t classes, int slot)
{
	for (int other = 0; chosen[slot] >= 0 && other < HOOK_SLOT_MAX; other++) {
		/* half a class is worth nothing */
		if (chosen[other] < 0 || !(classes >> slots[other].cls & 1) ||
		    !hooks_serve(chosen, slots[other].cls))
			continue;
		if (other == slot ||
		    (hooks[chosen[other]].how == HOOK_VIA &&
		     !strcmp(hooks[chosen[other]].target, hooks[chosen[slot]].target)))
			return true;
	}
	return false;
}

/* The function that this slot would rather have: the first in its list. */
static const char *wanted(int slot)
{
	for (size_t i = 0; i + 1 < hooks_nr; i++)
		if (!hooks[i].program && hooks[i].slot == slot)
			return hooks[i + 1].target;
	return "";
}

static void lacks(struct trace_class *c, int slot, const char *why)
{
	if (*why && c->fidelity == FIDELITY_ABSENT)
		snprintf(c->note, sizeof(c->note), "%s", why);
	else if (*why)
		snprintf(c->note, sizeof(c->note), "%s: %s", slots[slot].without, why);
	else
		snprintf(c->note, sizeof(c->note), "without a hook on %s %s", wanted(slot),
			 slots[slot].without);
}

static bool is_function(int slot)
{
	for (size_t i = 0; i + 1 < hooks_nr; i++)
		if (!hooks[i].program && hooks[i].slot == slot)
			return hooks[i + 1].how != HOOK_TP;
	return false;
}

void hooks_classes(const int chosen[HOOK_SLOT_MAX], const char *why, struct trace_class *classes)
{
	bool named[CLASS_MAX] = {false};

	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		enum event_class cls = slots[slot].cls;
		struct trace_class *c = &classes[cls];

		if (hooks_serve(chosen, cls) && c->fidelity < FIDELITY_INFERRED) {
			const char *part = hooks[chosen[slot]].lacks;

			c->fidelity = part ? FIDELITY_INFERRED : FIDELITY_EXACT;
			snprintf(c->note, sizeof(c->note), "%s", part ? part : notes[cls]);
			snprintf(c->how, sizeof(c->how), "%s",
				 hook_how_name(hooks[chosen[slot]].how));
		}
		/* the first thing that is missing is named; a class seen by other means keeps its note */
		if (chosen[slot] >= 0 || named[cls] ||
		    (c->fidelity != FIDELITY_EXACT && c->fidelity != FIDELITY_ABSENT) ||
		    (c->fidelity == FIDELITY_ABSENT && slots[slot].role != PROBE_NEEDED))
			continue;
		named[cls] = true;
		lacks(c, slot, is_function(slot) ? why : "");
	}
}

/* Programs that are given an object, or find their way through page tables (those that show a part). */
static bool wants_map(int hook, int slot)
{
	return slots[slot].cls == CLASS_OBJECT || hooks[hook].lacks;
}

void hooks_verify(const int chosen[HOOK_SLOT_MAX], const uint64_t hits[HOOK_SLOT_MAX], bool mapless,
		  struct trace_class *classes)
{
	/* what exercise() reaches on every file system and with every memory policy */
	static const uint8_t reached[] = {HOOK_SLOT_MAP_NEW,	HOOK_SLOT_UNMAP,
					  HOOK_SLOT_FORK_ENTER, HOOK_SLOT_FORK_PAGE,
					  HOOK_SLOT_FORK_LEAVE, HOOK_SLOT_TABLE_LOCK,
					  HOOK_SLOT_OBJECT_FREE};

	for (size_t i = 0; i < sizeof(reached); i++) {
		int slot = reached[i];
		struct trace_class *c = &classes[slots[slot].cls];

		if (c->fidelity < FIDELITY_INFERRED || chosen[slot] < 0 || hits[slot])
			continue;
		c->fidelity = FIDELITY_ABSENT;
		c->how[0] = '\0';
		if (mapless && wants_map(chosen[slot], slot))
			snprintf(c->note, sizeof(c->note),
				 "this kernel does not tell where memory is mapped "
				 "(page_offset_base), so the pages behind what %s is given are not "
				 "known",
				 hooks[chosen[slot]].target);
		else
			snprintf(c->note, sizeof(c->note),
				 "the program on %s never ran while the recorder made work for it, "
				 "so nothing of it is seen",
				 hooks[chosen[slot]].target);
	}
}
