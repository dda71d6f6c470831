/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel can show, asked of its BTF. */
#ifndef BPF_PROBES_H
#define BPF_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/gfp.h"
#include "trace/meta.h"

struct btf;

enum probe_role { PROBE_NEEDED, PROBE_EXTRA, PROBE_BACKUP };

struct probe {
	const char *program, *tracepoint, *without;
	uint8_t cls;  /* enum event_class */
	uint8_t role; /* enum probe_role */
};

extern const struct probe probes[];
extern const size_t probes_nr;

/* Arguments of the raw tracepoint, or -1 if the kernel does not have it. */
int probe_args(const struct btf *btf, const char *tracepoint);

/*
 * Fills classes[CLASS_MAX]: what is recorded, how faithfully, and what stays unseen.
 * missing(arg, tracepoint) answers for the kernel; tests bring their own.
 */
typedef bool probe_missing_fn(const void *arg, const char *tracepoint);
void probes_classes(probe_missing_fn *missing, const void *arg, struct trace_class *classes);

/*
 * Whether the kernel may refuse to run a program of a tracepoint inside itself, so that backups have something to do. It
 * counts in bpf_prog.active who is at work (commit ca06f55b9002, v5.12; for tracepoints since 05b24ff9b2cf, v6.2, which
 * stable series have, too: Debian's 6.1). One without the member does not count; where the type is not told, it may.
 */
bool probes_guarded(const struct btf *btf);

/* Where the kernel has each gfp flag; true if all are where v5.0 .. v6.9 had them. */
bool probes_gfp_bits(const struct btf *btf, uint8_t bits[GFP_ROWS]);

#endif
