/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hook of hooks.def serves each slot on the running kernel: the attach ladder. */
#ifndef BPF_HOOKS_H
#define BPF_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/attach/probes.h"

enum hook_slot {
#define SLOT(NAME, name, CLASS, ROLE, without) HOOK_SLOT_##NAME,
#define HOOK(...)
#define HOOK_IF(...)
#define HOOK_PART(...)
#include "bpf/attach/hooks.def"
#undef SLOT
#undef HOOK
#undef HOOK_IF
#undef HOOK_PART
	HOOK_SLOT_MAX
};

/* The rungs, best first, and two that are none. */
enum hook_how { HOOK_FENTRY, HOOK_FEXIT, HOOK_KPROBE, HOOK_TP, HOOK_VIA };

struct slot_info {
	const char *name, *without;
	uint8_t cls;  /* enum event_class */
	uint8_t role; /* enum probe_role */
};

struct hook {
	const char *program; /* empty with HOOK_VIA */
	const char *target;  /* function or tracepoint */
	const char *needs;   /* struct without which it means something else, or NULL */
	const char *lacks;   /* what it does not show of its class, or NULL */
	uint8_t slot, how, args;
};

extern const struct slot_info slots[HOOK_SLOT_MAX];
extern const struct hook hooks[];
extern const size_t hooks_nr;

const char *hook_how_name(enum hook_how how); /* "fentry" */

/* What the kernel's code has of trace/code.def: asked of BTF, never of the kernel's version. */
void hooks_code(const struct btf *btf, struct trace_code *ret);

/* Arguments of the function, or -1 if the kernel's BTF does not have it. */
int hook_args(const struct btf *btf, const char *function);

/* For each slot the index of the first hook that is usable, or -1. usable(arg, hook) answers for the kernel. */
typedef bool hook_usable_fn(void *arg, const struct hook *hook);
void hooks_choose(hook_usable_fn *usable, void *arg, int chosen[HOOK_SLOT_MAX]);

/*
 * Corrects what probes_classes() says by what the chosen hooks see. `why` says what the kernel refuses as a
 * whole, "" if nothing.
 */
void hooks_classes(const int chosen[HOOK_SLOT_MAX], const char *why, struct trace_class *classes);

/*
 * After exercise(): what was attached but did not fire is not seen, and its class is absent. `hits` are the runs
 * of each slot's program. Without a map: the kernel does not tell where its direct map lies.
 */
void hooks_verify(const int chosen[HOOK_SLOT_MAX], const uint64_t hits[HOOK_SLOT_MAX], bool mapless,
		  struct trace_class *classes);

/*
 * Whether the slot's program has to be there where these classes, bits by enum event_class, are asked for: for its own,
 * or for one whose pages pass through the same function.
 */
bool hooks_wants(const int chosen[HOOK_SLOT_MAX], uint32_t classes, int slot);

/* Whether all NEEDED slots of the class are served. False for a class that has none. */
bool hooks_serve(const int chosen[HOOK_SLOT_MAX], enum event_class cls);

#endif
