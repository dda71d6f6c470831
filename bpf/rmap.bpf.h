/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages mapped, unmapped and duplicated by fork. BPF side. */
#ifndef BPF_RMAP_BPF_H
#define BPF_RMAP_BPF_H

#include "bpf/page.bpf.h"

enum {
	PMD_ORDER = 9,
	PMD_PAGES = 1 << PMD_ORDER, /* 4 KiB pages on x86-64 and arm64 */
	RMAP_COMPOUND = 2,	    /* a flag of page_add_anon_rmap() up to v6.6 */
};

static __always_inline int mapped_new(uint64_t folio)
{
	uint32_t order = read_order(folio), arg = WIRE_MAP_ANON | WIRE_MAP_NEW;

	/* the mapping word, which would tell, is only written by the function */
	arg |= order >= PMD_ORDER ? MAPF_PMD : MAPF_PTE;
	arg |= ((1u << order) & WIRE_COUNT_MASK) << WIRE_COUNT_SHIFT;
	if (recording)
		note_page(SLOT_MAP_NEW, EVENT_MAP_ADD, CLASS_MAPCOUNT, folio, order, arg);
	return 0;
}

SEC("fentry/folio_add_new_anon_rmap")
int map_new(uint64_t *ctx)
{
	return mapped_new(ARG(0));
}

SEC("fentry/page_add_new_anon_rmap")
int map_new_page(uint64_t *ctx)
{
	return mapped_new(ARG(0));
}

/* With folio, page and number. */
static __always_inline int mapped(uint32_t slot, uint32_t kind, uint64_t folio, uint64_t page,
				  uint32_t nr, uint32_t flags)
{
	if (recording)
		note_map(slot, kind, folio, page, nr, flags);
	return 0;
}

/* With a page, one or the whole folio behind it. */
static __always_inline int mapped_page(uint32_t slot, uint32_t kind, uint64_t page, int compound,
				       uint32_t flags)
{
	if (recording)
		note_map(slot, kind, folio_of(page), page, compound ? PMD_PAGES : 1,
			 flags | (compound ? MAPF_PMD : MAPF_PTE));
	return 0;
}

SEC("fentry/folio_add_anon_rmap_ptes")
int map_anon(uint64_t *ctx)
{
	return mapped(SLOT_MAP_ANON, EVENT_MAP_ADD, ARG(0), ARG(1), (uint32_t)ctx[2],
		      WIRE_MAP_ANON);
}

SEC("fentry/do_page_add_anon_rmap")
int map_anon_do(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_ANON, EVENT_MAP_ADD, ARG(0), ctx[3] & RMAP_COMPOUND,
			   WIRE_MAP_ANON);
}

SEC("fentry/page_add_anon_rmap")
int map_anon_page(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_ANON, EVENT_MAP_ADD, ARG(0), ctx[3] & RMAP_COMPOUND,
			   WIRE_MAP_ANON);
}

SEC("fentry/folio_add_anon_rmap_pmd")
int map_anon_pmd(uint64_t *ctx)
{
	return mapped(SLOT_MAP_ANON_PMD, EVENT_MAP_ADD, ARG(0), ARG(1), PMD_PAGES,
		      MAPF_PMD | WIRE_MAP_ANON);
}

SEC("fentry/folio_add_file_rmap_ptes")
int map_file(uint64_t *ctx)
{
	return mapped(SLOT_MAP_FILE, EVENT_MAP_ADD, ARG(0), ARG(1), (uint32_t)ctx[2], 0);
}

SEC("fentry/folio_add_file_rmap_pmd")
int map_file_pmd(uint64_t *ctx)
{
	return mapped(SLOT_MAP_FILE_PMD, EVENT_MAP_ADD, ARG(0), ARG(1), PMD_PAGES, MAPF_PMD);
}

SEC("fentry/page_add_file_rmap")
int map_file_page(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_FILE, EVENT_MAP_ADD, ARG(0), ctx[2] & 1, 0);
}

SEC("fentry/page_add_file_rmap")
int map_file_old(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_FILE, EVENT_MAP_ADD, ARG(0), ctx[1] & 1, 0);
}

SEC("fentry/folio_remove_rmap_ptes")
int unmap(uint64_t *ctx)
{
	return mapped(SLOT_UNMAP, EVENT_MAP_DEL, ARG(0), ARG(1), (uint32_t)ctx[2], 0);
}

SEC("fentry/folio_remove_rmap_pmd")
int unmap_pmd(uint64_t *ctx)
{
	return mapped(SLOT_UNMAP_PMD, EVENT_MAP_DEL, ARG(0), ARG(1), PMD_PAGES, MAPF_PMD);
}

SEC("fentry/page_remove_rmap")
int unmap_page(uint64_t *ctx)
{
	return mapped_page(SLOT_UNMAP, EVENT_MAP_DEL, ARG(0), ctx[2] & 1, 0);
}

SEC("fentry/page_remove_rmap")
int unmap_old(uint64_t *ctx)
{
	return mapped_page(SLOT_UNMAP, EVENT_MAP_DEL, ARG(0), ctx[1] & 1, 0);
}

/*
 * Fork: while a thread is in copy_page_range(), every page that vm_normal_page() finds is duplicated. Since
 * v6.9 one call may stand for several pages of a large folio: how many shows in the next call's address.
 */
struct fork_state {
	uint64_t end;  /* of the VMA */
	uint64_t page; /* found, not recorded yet; 0: none */
	uint64_t at;   /* its address */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, uint32_t);
	__type(value, struct fork_state);
} forks SEC(".maps");

uint64_t forking; /* threads inside: vm_normal_page() has many other callers */

static __always_inline void fork_flush(struct fork_state *f, uint64_t next)
{
	uint64_t page = f->page, nr = 1, folio, most;
	uint32_t order;

	if (!page)
		return;
	f->page = 0;
	folio = folio_of(page);
	order = read_order(folio);
	if (order) {
		nr = (next - f->at) >> 12;
		most = pfn_of(folio) + (1ull << order) - pfn_of(page);
		if (nr > most)
			nr = most;
		/* a batch ends with its page table */
		most = PMD_PAGES - (f->at >> 12) % PMD_PAGES;
		if (nr > most || !nr)
			nr = most;
	}
	note_map(SLOT_FORK_PAGE, EVENT_MAP_DUP, folio, page, (uint32_t)nr, 0);
}

static __always_inline void count_hit(uint32_t slot)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c)
		c->hits[slot]++;
}

SEC("fentry/copy_page_range")
int fork_enter(uint64_t *ctx)
{
	const struct vm_area_struct *vma = (void *)ARG(1);
	uint32_t thread = (uint32_t)bpf_get_current_pid_tgid();
	struct fork_state f = {0};

	if (!recording)
		return 0;
	bpf_core_read(&f.end, sizeof(f.end), &vma->vm_end);
	if (bpf_map_update_elem(&forks, &thread, &f, 0))
		return 0;
	__sync_fetch_and_add(&forking, 1);
	count_hit(SLOT_FORK_ENTER);
	return 0;
}

SEC("fexit/vm_normal_page")
int fork_page(uint64_t *ctx)
{
	uint32_t thread;
	struct fork_state *f;
	uint64_t page;

	if (!forking)
		return 0;
	thread = (uint32_t)bpf_get_current_pid_tgid();
	f = bpf_map_lookup_elem(&forks, &thread);
	if (!f)
		return 0;
	fork_flush(f, ctx[1]);
	page = ARG(3);
	if (is_page(page)) {
		f->page = page;
		f->at = ctx[1];
	}
	return 0;
}

SEC("fexit/copy_page_range")
int fork_leave(uint64_t *ctx)
{
	uint32_t thread = (uint32_t)bpf_get_current_pid_tgid();
	struct fork_state *f = bpf_map_lookup_elem(&forks, &thread);

	if (!f)
		return 0;
	fork_flush(f, f->end);
	bpf_map_delete_elem(&forks, &thread);
	__sync_fetch_and_add(&forking, -1);
	count_hit(SLOT_FORK_LEAVE);
	return 0;
}

static __always_inline int forked_pmd(uint64_t entry)
{
	uint64_t page;

	if (!recording)
		return 0;
	page = entry_page(entry);
	/* the huge zero page is not counted */
	if (page && read_anon(page))
		note_map(SLOT_FORK_PMD, EVENT_MAP_DUP, page, page, PMD_PAGES, MAPF_PMD);
	return 0;
}

SEC("fexit/copy_huge_pmd")
int fork_pmd(uint64_t *ctx)
{
	return (int)ctx[7] ? 0 : forked_pmd(ARG(3));
}

/* Before v6.6 trampolines take six arguments at most. */
SEC("kprobe")
int fork_pmd_kprobe(struct pt_regs *ctx)
{
	return forked_pmd(PARM4(ctx));
}

#endif
