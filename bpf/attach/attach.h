/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs in the kernel and the rings that they fill. The only file that knows the
 * skeleton.
 */
#ifndef BPF_ATTACH_H
#define BPF_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/attach/hooks.h"
#include "bpf/ring.h"
#include "bpf/select.h"
#include "trace/meta.h"

struct attach;

struct attach_opts {
	uint64_t ring_words;
	uint64_t max_bytes; /* of all rings: smaller ones if they would take more; 0: any */
	uint32_t classes;   /* bit per enum event_class, 0: all but OBJECT and RSS */
	const struct select_opts *select; /* NULL: everything */
	bool backups;			  /* see served.bpf.h */
};

/*
 * Loads what this kernel has of these classes and describes it in meta->classes and
 * meta->struct_page_size. meta->max_pfn must be there to select. Nothing is recorded before attach_start().
 * Errors as recorder_create().
 */
int attach_create(const struct attach_opts *opts, struct trace_meta *meta, struct attach **ret,
		  struct error *err) __must_check;

/* From now on record one page in so many, a power of two. */
void attach_sample(struct attach *a, uint32_t one_in);

/* Finds the vmemmap base by a few pages of its own; nothing is recorded. Once found, it stays. */
int attach_find_memmap(struct attach *a, struct error *err) __must_check;

/*
 * Attaches, once it is known where the memmap is; when it returns 0, events flow, and meta->classes says of hooked
 * functions only what was seen to work. On failure some may be attached: attach_stop() detaches them.
 */
int attach_start(struct attach *a, struct trace_meta *meta, struct error *err) __must_check;

/* Address of pfn 0's struct page, once found. */
uint64_t attach_vmemmap_base(const struct attach *a);

/* Detaches, until attach_start() is called again. Programs that are running may still put a record each. */
void attach_stop(struct attach *a);
void attach_destroy(struct attach *a);

/* One per CPU, or some for each: see append.bpf.h. */
struct ring *attach_rings(struct attach *a, size_t *ret_nr);

/* Runs so far of the program that serves each slot of hooks.def, and what was chosen for it (-1: nothing). */
void attach_hits(struct attach *a, uint64_t hits[HOOK_SLOT_MAX]);
const int *attach_chosen(const struct attach *a);

/* Records lost so far, by class: no room, or the program was interrupted by itself. */
void attach_lost(struct attach *a, uint64_t lost[CLASS_MAX]);

/* Events that found no room so far: on all CPUs, and on one. */
uint64_t attach_no_room(const struct attach *a);
void attach_no_room_on(const struct attach *a, unsigned int cpu, uint64_t lost[CLASS_MAX]);

/* ns spent in the programs of each class while the kernel took the time. */
void attach_run_times(const struct attach *a, uint64_t ns[CLASS_MAX]);

/* Any of the programs. */
int attach_program_fd(const struct attach *a);

/* Records of pages outside the sample, by class. */
void attach_unsampled(const struct attach *a, uint64_t unsampled[CLASS_MAX]);

#endif
