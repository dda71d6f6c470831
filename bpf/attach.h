/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs in the kernel and the rings that they fill. The only file that knows the
 * skeleton.
 */
#ifndef BPF_ATTACH_H
#define BPF_ATTACH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/hooks.h"
#include "bpf/ring.h"
#include "trace/meta.h"

struct attach;

/*
 * Loads and attaches what this kernel has of these classes (bits, 0: all) and describes it in meta->classes and
 * meta->struct_page_size. Nothing is recorded before attach_start(). Errors as recorder_create().
 */
int attach_create(uint64_t ring_words, uint32_t classes, struct trace_meta *meta,
		  struct attach **ret, struct error *err) __must_check;

/*
 * Finds the vmemmap base; when it returns 0, events flow, and meta->classes says of hooked functions only what was
 * seen to work.
 */
int attach_start(struct attach *a, struct trace_meta *meta, struct error *err) __must_check;

/* Address of pfn 0's struct page, once started. */
uint64_t attach_vmemmap_base(const struct attach *a);

/* Detaches. Programs that are running may still put a record each. */
void attach_stop(struct attach *a);
void attach_destroy(struct attach *a);

/* One per CPU, or some for each where BPF has no fetch-and-add. */
struct ring *attach_rings(struct attach *a, size_t *ret_nr);

/* Runs so far of the program that serves each slot of hooks.def, and what was chosen for it (-1: nothing). */
void attach_hits(struct attach *a, uint64_t hits[HOOK_SLOT_MAX]);
const int *attach_chosen(const struct attach *a);

/* Records lost so far, by class: no room, or the program was interrupted by itself. */
void attach_lost(struct attach *a, uint64_t lost[CLASS_MAX]);

#endif
