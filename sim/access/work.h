/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of kernel work: what functions of a kernel are at when they touch a struct page, and what memsim's
 * operations are. By them an event-level prediction is held against the accesses of a real kernel.
 */
#ifndef SIM_WORK_H
#define SIM_WORK_H

#include <stdbool.h>

#include "sim/access/op.h"

enum work {
#define WORK(NAME, name, doc) WORK_##NAME,
#include "sim/access/functions.def"
	WORK_MAX
};

/* lock, two compared, two written, unlock: mm/slub.c, slab_lock() in __slab_update_freelist() */
enum { WORK_STEPS = 6, WORK_STEPS_INLINED = 0 };

const char *work_name(enum work work);
/* On a kernel with this code, bits by enum code; WORK_OTHER where no row names it. */
enum work work_of_operation(enum op_kind kind, uint64_t code);

/* The recorder's own work in the kernel, or that of BPF programs at large. */
bool work_is_recorder(const char *function);

/* Works for whoever called it: has no class of its own. */
bool work_is_helper(const char *function);

/*
 * WORK_OTHER where no row names the function; "helper < caller" is the caller's. *ret_steps: accesses that the
 * emulator makes for one of a real machine, at least 1; or WORK_STEPS_INLINED: beside others, from one read-modify-write of
 * the flags, where SLUB takes its bit lock, to the next, where it lets it go, WORK_STEPS for one.
 */
enum work work_of_function(const char *function, unsigned int *ret_steps);

#endif
