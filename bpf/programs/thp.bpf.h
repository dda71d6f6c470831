/* SPDX-License-Identifier: GPL-2.0-only */
/* Huge pages being split, and put together by khugepaged or madvise(). BPF side. */
#ifndef BPF_THP_BPF_H
#define BPF_THP_BPF_H

#include "bpf/programs/rmap.bpf.h"

/* Pages that are no folio, a vmalloc() area's say, are split through some of these, too. */
static __always_inline int split(uint64_t folio, uint32_t to_order)
{
	uint32_t order;

	if (!recording)
		return 0;
	order = read_order(folio);
	if (order)
		note_page(SLOT_SPLIT, EVENT_THP, CLASS_THP, folio, order,
			  THP_SPLIT | (to_order & 31) << THP_ORDER_SHIFT);
	return 0;
}

SEC("fentry/folio_split_memcg_refs")
int split_folio(uint64_t *ctx)
{
	return split(ARG(0), (uint32_t)ctx[2]);
}

SEC("fentry/split_page_memcg")
int split_page(uint64_t *ctx)
{
	return split(ARG(0), (uint32_t)ctx[2]);
}

SEC("fentry/split_page_memcg")
int split_head(uint64_t *ctx)
{
	return split(ARG(0), 0);
}

SEC("fentry/mem_cgroup_split_huge_fixup")
int split_fixup(uint64_t *ctx)
{
	return split(ARG(0), 0);
}

static __always_inline int collapse_begin(void)
{
	if (recording)
		walk_begin(SLOT_COLLAPSE_ENTER, 0, WALK_SCAN);
	return 0;
}

SEC("fentry/hpage_collapse_scan_pmd")
int collapse_enter(uint64_t *ctx)
{
	return collapse_begin();
}

SEC("fentry/collapse_single_pmd")
int collapse_enter_single(uint64_t *ctx)
{
	return collapse_begin();
}

/* All that was to be looked at has been: from here on pages are taken. */
static __always_inline int collapse_take(void)
{
	struct walk *w = walk_of_thread();

	if (!w)
		return 0;
	w->what = WALK_COLLAPSE;
	count_hit(SLOT_COLLAPSE);
	return 0;
}

SEC("fentry/collapse_huge_page")
int collapse(uint64_t *ctx)
{
	return collapse_take();
}

SEC("fentry/collapse_huge_page")
int collapse_order(uint64_t *ctx)
{
	return collapse_take();
}

static __always_inline int collapse_end(void)
{
	if (walk_of_thread())
		walk_end(SLOT_COLLAPSE_LEAVE);
	return 0;
}

SEC("fexit/hpage_collapse_scan_pmd")
int collapse_leave(uint64_t *ctx)
{
	return collapse_end();
}

SEC("fexit/collapse_single_pmd")
int collapse_leave_single(uint64_t *ctx)
{
	return collapse_end();
}

#endif
