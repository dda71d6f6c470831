/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks in the descriptors of page tables. BPF side. */
#ifndef BPF_TABLE_BPF_H
#define BPF_TABLE_BPF_H

#include "bpf/programs/use.bpf.h"

/* A lock outside the memmap is in no descriptor of a page table: not split, or allocated apart for debugging. */
static __always_inline int table(uint32_t slot, uint64_t where, uint32_t how)
{
	uint64_t lock = 0, pfn;

	if (!recording)
		return 0;
	bpf_probe_read_kernel(&lock, sizeof(lock), (void *)where);
	pfn = pfn_of(lock);
	if (!(pfn >> WIRE_PFN_BITS))
		note(slot, CLASS_TABLE, wire_word0(EVENT_TABLE_LOCK, 0, how, pfn));
	return 0;
}

SEC("fexit/__pte_offset_map_lock")
int table_lock(uint64_t *ctx)
{
	return ctx[4] ? table(SLOT_TABLE_LOCK, func_arg(ctx, 3), TABLE_LOCKED) : 0;
}

SEC("fexit/pte_offset_map_lock")
int table_lock_plain(uint64_t *ctx)
{
	return ctx[4] ? table(SLOT_TABLE_LOCK, func_arg(ctx, 3), TABLE_LOCKED) : 0;
}

SEC("fexit/pte_offset_map_nolock")
int table_find(uint64_t *ctx)
{
	return ctx[4] ? table(SLOT_TABLE_FIND, func_arg(ctx, 3), TABLE_FOUND) : 0;
}

SEC("fexit/pte_offset_map_rw_nolock")
int table_find_rw(uint64_t *ctx)
{
	return ctx[5] ? table(SLOT_TABLE_FIND, func_arg(ctx, 4), TABLE_FOUND) : 0;
}

/* The entry that a new table is put into. */
SEC("fentry/pmd_install")
int table_link(uint64_t *ctx)
{
	return behind(SLOT_TABLE_LINK, EVENT_TABLE_LOCK, CLASS_TABLE, ARG(1), TABLE_LOCKED);
}

/*
 * Before v6.5 pte_offset_map_lock() is a macro. Those who take the lock in a page fault are known, and which table it is
 * says the entry that they were given.
 */
static __always_inline int locked_under(uint32_t slot, uint64_t pmd)
{
	uint64_t table = pmd ? entry_page(pmd) : 0;

	if (is_page(table))
		note(slot, CLASS_TABLE,
		     wire_word0(EVENT_TABLE_LOCK, 0, TABLE_LOCKED, pfn_of(table)));
	return 0;
}

static __always_inline uint64_t fault_pmd(uint64_t fault)
{
	const struct vm_fault *vmf = (void *)fault;

	return recording ? address(BPF_CORE_READ(vmf, pmd)) : 0;
}

SEC("fentry/filemap_map_pages")
int table_around(uint64_t *ctx)
{
	return locked_under(SLOT_TABLE_AROUND, fault_pmd(ARG(0)));
}

/* A private copy of a file's page is a new anonymous page, which the next but one shows. */
SEC("fentry/finish_fault")
int table_finish(uint64_t *ctx)
{
	const struct vm_fault *vmf = (void *)ARG(0);

	if (!recording || BPF_CORE_READ(vmf, cow_page))
		return 0;
	return locked_under(SLOT_TABLE_FINISH, fault_pmd(ARG(0)));
}

/* The lock under which the page fault found the page; if it makes a copy, it maps that under a second one. */
SEC("fentry/do_wp_page")
int table_copy(uint64_t *ctx)
{
	return locked_under(SLOT_TABLE_COPY, fault_pmd(ARG(0)));
}

SEC("fentry/wp_page_copy")
int table_copy_only(uint64_t *ctx)
{
	return locked_under(SLOT_TABLE_COPY, fault_pmd(ARG(0)));
}

extern const void pgdir_shift __ksym
	__weak; /* of x86-64: 39, or 48 with five levels of page tables */

enum {
	TABLE_BITS = 9,
	TABLE_PMD_SHIFT = 21,
	ENTRY_PRESENT = 1,
	ENTRY_HUGE =
		1
		<< 7, /* _PAGE_PSE; at the lowest level, which nobody looks at here, something else */
	TABLES_MAX = 1 << 16, /* of one area: 128 GiB, if all are there */
};

/* The way through the page tables of a process: from the topmost one, where each of its entries holds 1 << shift bytes. */
struct tables {
	uint64_t top, base; /* base: of the direct map */
	uint32_t shift;
};

/* Where the kernel does not say how many levels there are, or where memory is mapped, nothing is seen. */
static __always_inline int tables_of(const struct vm_area_struct *vma, struct tables *t)
{
	t->top = address(BPF_CORE_READ(vma, vm_mm, pgd));
	t->base = 0;
	t->shift = 0;
	if (!&pgdir_shift || !&page_offset_base) {
		no_direct_map = 1;
		return 0;
	}
	bpf_probe_read_kernel(&t->base, sizeof(t->base), &page_offset_base);
	bpf_probe_read_kernel(&t->shift, sizeof(t->shift), &pgdir_shift);
	return 1;
}

/*
 * Where the entry lies that holds the page table for this address; or 0, and in *shift how far what is not there goes. Of
 * the levels that x86-64 has where it folds the others.
 */
static __always_inline uint64_t pmd_in(const struct tables *t, uint64_t at, uint32_t *shift)
{
	uint64_t table = t->top, entry;

	*shift = t->shift;
	for (int level = 0; level < 3; level++, *shift -= TABLE_BITS) {
		if (*shift <= TABLE_PMD_SHIFT)
			break;
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)(table + (at >> (*shift & 63) & 511) * 8));
		if (!(entry & ENTRY_PRESENT) || entry & ENTRY_HUGE)
			return 0;
		table = t->base + (wire_entry_pfn(entry) << 12);
	}
	return table + (at >> TABLE_PMD_SHIFT & 511) * 8;
}

/* The lock is held, so nothing goes away. */
static __always_inline uint64_t pmd_of(uint64_t area, uint64_t at)
{
	struct tables t;
	uint32_t shift;

	return tables_of((void *)area, &t) ? pmd_in(&t, at, &shift) : 0;
}

SEC("fentry/page_add_new_anon_rmap")
int table_new(uint64_t *ctx)
{
	return recording ? locked_under(SLOT_TABLE_LOCK, pmd_of(ARG(1), ctx[2])) : 0;
}

/* Whether the entry holds a page table; what is mapped as a whole has another lock. */
static __always_inline int holds_table(uint64_t pmd)
{
	uint64_t entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)pmd);
	return entry & ENTRY_PRESENT && !(entry & ENTRY_HUGE);
}

/* Page tables of an area, in order, each of which is locked once; with `copy`, as far as that process has them, too. */
struct locking {
	struct tables tables, copy;
	uint64_t at, end;
	uint32_t slot, copied;
};

static long lock_next(uint32_t i, struct locking *l)
{
	uint32_t shift = 0, other = 0;
	uint64_t pmd, copy;

	if (l->at >= l->end)
		return 1;
	pmd = pmd_in(&l->tables, l->at, &shift);
	if (shift < TABLE_PMD_SHIFT || shift > 48)
		return 1;
	if (pmd && holds_table(pmd)) {
		copy = l->copied ? pmd_in(&l->copy, l->at, &other) : 0;
		if (copy)
			locked_under(l->slot, copy);
		if (copy || !l->copied)
			locked_under(l->slot, pmd);
	}
	l->at = ((l->at >> (shift & 63)) + 1) << (shift & 63);
	return 0;
}

/*
 * fork locks a table and its copy, one in the other (copy_pte_range); afterwards the copies are there. Areas without pages of
 * their own it leaves out (vma_needs_copy).
 */
SEC("fexit/copy_page_range")
int table_fork(uint64_t *ctx)
{
	const struct vm_area_struct *vma = (void *)ARG(1);
	struct locking l = {.slot = SLOT_TABLE_FORK, .copied = 1};

	if (!recording || !BPF_CORE_READ(vma, anon_vma))
		return 0;
	if (!tables_of(vma, &l.tables) || !tables_of((void *)ARG(0), &l.copy))
		return 0;
	l.at = BPF_CORE_READ(vma, vm_start);
	l.end = BPF_CORE_READ(vma, vm_end);
	bpf_loop(TABLES_MAX, lock_next, &l, 0);
	return 0;
}

/* zap_pte_range() locks each table that the area has there. */
SEC("fentry/unmap_page_range")
int table_unmap(uint64_t *ctx)
{
	struct locking l = {.slot = SLOT_TABLE_UNMAP, .at = ctx[2], .end = ctx[3]};

	if (recording && tables_of((void *)ARG(1), &l.tables))
		bpf_loop(TABLES_MAX, lock_next, &l, 0);
	return 0;
}

#endif
