/* SPDX-License-Identifier: GPL-2.0-only */
/* What attach.c, attach_rings.c and attach_counts.c share. */
#ifndef BPF_ATTACH_INTERNAL_H
#define BPF_ATTACH_INTERNAL_H

#include "bpf/attach/attach.h"
#include "bpf/attach/ladder.h"
#include "bpf/select.h"

#define NR_PROBES_MAX 32

struct attach {
	struct record_bpf *skel;
	struct bpf_link *links[NR_PROBES_MAX];
	struct bpf_program *programs[NR_PROBES_MAX]; /* NULL: this kernel lacks the tracepoint */
	struct ladder ladder;
	struct bpf_link *hook_links[HOOK_SLOT_MAX];
	struct bpf_program *hook_programs[HOOK_SLOT_MAX];
	struct wire_cpu *control;
	size_t control_len;
	struct wire_chunk *chunks;
	size_t chunks_len;
	struct ring *rings;
	size_t nr_rings;     /* levels per CPU */
	uint64_t ring_words; /* of the first level, on a CPU that is online */
	uint32_t levels, nr_cpus;
	uint8_t online[SELECT_MAX_CPUS]; /* when the rings were made */
	uint32_t classes;		 /* bit per class to record */
	uint32_t page_struct_size;
	struct select *select;
	bool backups, select_all;
};

/* Decides how large the rings are: as wanted, or smaller; much smaller for CPUs that are not there yet. */
int attach_fit_rings(struct attach *a, const struct attach_opts *opts,
		     struct error *err) __must_check;
/* Chunks of all rings. */
size_t attach_chunks(const struct attach *a);
/* Once the programs are loaded. */
int attach_map_rings(struct attach *a, struct error *err) __must_check;

#endif
