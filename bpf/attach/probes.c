// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/probes.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#include "bpf/attach/kernel_btf.h"

const struct probe probes[] = {
#define PROBE(program, tracepoint, CLASS, ROLE, without)                                           \
	{#program, #tracepoint, without, CLASS_##CLASS, PROBE_##ROLE},
#include "bpf/attach/probes.def"
#undef PROBE
};

const size_t probes_nr = sizeof(probes) / sizeof(probes[0]);

/* What each class is worth when all its probes are there. Notes from Linux v5.10 .. v7.3. */
static const struct {
	uint8_t fidelity;
	const char *note;
} full[CLASS_MAX] = {
	[CLASS_ALLOC] = {FIDELITY_EXACT,
			 "pages that compaction, CMA and the bulk allocator take are not seen, "
			 "their frees are"},
	[CLASS_BUDDY] = {FIDELITY_EXACT,
			 "frees past the per-CPU lists and isolated pages are not seen"},
	[CLASS_LRU] = {FIDELITY_EXACT, "isolation, deactivation and removal are not seen"},
	[CLASS_CACHE] = {FIDELITY_EXACT,
			 "insertions into shmem and the swap cache are not seen; a file number is "
			 "used again when the kernel uses the address again"},
	[CLASS_LOOKUP] = {FIDELITY_AGGREGATE,
			  "index ranges of reads and faults, not which folios; lookups of write(), "
			  "shmem and truncation are not seen"},
	[CLASS_RSS] = {FIDELITY_AGGREGATE, "which counter changed, not by how much"},
	[CLASS_TASK] = {FIDELITY_EXACT, "an event of an interrupt carries the interrupted thread"},
	/* see hooks.def for those */
	[CLASS_MAPCOUNT] = {FIDELITY_ABSENT, NULL},
	[CLASS_FORK] = {FIDELITY_ABSENT, NULL},
	[CLASS_BULK] = {FIDELITY_ABSENT, NULL},
	[CLASS_WRITEBACK] = {FIDELITY_ABSENT, NULL},
	[CLASS_SCAN] = {FIDELITY_ABSENT, NULL},
	[CLASS_KIND] = {FIDELITY_ABSENT, NULL},
	[CLASS_TABLE] = {FIDELITY_ABSENT, NULL},
	[CLASS_OBJECT] = {FIDELITY_ABSENT, NULL},
	[CLASS_MIGRATE] = {FIDELITY_ABSENT, NULL},
	[CLASS_THP] = {FIDELITY_ABSENT, NULL},
	/* only an emulator sees those */
	[CLASS_ACCESS] = {FIDELITY_ABSENT, NULL},
};

int probe_args(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *type;
	char name[128];
	int id;

	/* the declaration of a tracepoint leaves a typedef of a pointer to a function behind */
	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	if (!type || !btf_is_ptr(type))
		return -1;
	type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type))
		return -1;
	return btf_vlen(type) - 1; /* the first one is private to the tracepoint */
}

void probes_classes(probe_missing_fn *missing, const void *arg, struct trace_class *classes)
{
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		struct trace_class *c = &classes[cls];

		memset(c, 0, sizeof(*c));
		c->fidelity = full[cls].fidelity;
		snprintf(c->note, sizeof(c->note), "%s", full[cls].note ? full[cls].note : "");
		if (c->fidelity != FIDELITY_ABSENT)
			snprintf(c->how, sizeof(c->how), "tp_btf");
	}
	for (size_t i = 0; i < probes_nr; i++) {
		struct trace_class *c = &classes[probes[i].cls];

		if (probes[i].role == PROBE_BACKUP || !missing(arg, probes[i].tracepoint))
			continue;
		snprintf(c->note, sizeof(c->note), "without tracepoint %s %s", probes[i].tracepoint,
			 probes[i].without);
		if (probes[i].role == PROBE_NEEDED) {
			c->fidelity = FIDELITY_ABSENT;
			c->how[0] = '\0';
		}
	}
}

bool probes_guarded(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "bpf_prog", BTF_KIND_STRUCT);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	const struct btf_member *members = type ? btf_members(type) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, members[i].name_off), "active"))
			return true;
	return !type;
}

bool probes_gfp_bits(const struct btf *btf, uint8_t bits[GFP_ROWS])
{
	static const struct {
		const char *enumerator;
		uint8_t usual;
	} rows[GFP_ROWS] = {
#define GFP(NAME, KERNEL, bit) {"___GFP_" #KERNEL "_BIT", bit},
#include "bpf/gfp.def"
#undef GFP
	};
	/* the enumeration has no name, so it is known by what is in it */
	const struct btf_type *type = kernel_enum(btf, "___GFP_COMP_BIT");
	bool usual = true;

	for (int row = 0; row < GFP_ROWS; row++) {
		int32_t bit = rows[row].usual;

		if (type && !kernel_enum_value(btf, type, rows[row].enumerator, &bit))
			bit = rows[row].usual;
		bits[row] = (uint8_t)bit;
		usual &= bit == rows[row].usual;
	}
	return usual;
}
