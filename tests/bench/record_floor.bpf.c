// SPDX-License-Identifier: GPL-2.0-only
/* What any BPF program on these tracepoints costs, and what reading the clock adds to that. */
#include "bpf/programs/vmlinux_min.h"

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

uint64_t last_ns; /* so that the clock is read at all */

SEC("tp_btf/mm_page_alloc")
int empty_alloc(void *ctx)
{
	return 0;
}

SEC("tp_btf/mm_page_free")
int empty_free(void *ctx)
{
	return 0;
}

SEC("tp_btf/mm_page_alloc")
int clock_alloc(void *ctx)
{
	last_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/mm_page_free")
int clock_free(void *ctx)
{
	last_ns = bpf_ktime_get_ns();
	return 0;
}
