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

/* The lock under which the page fault found the page; it maps the copy under a second one. */
SEC("fentry/wp_page_copy")
int table_copy(uint64_t *ctx)
{
	return locked_under(SLOT_TABLE_COPY, fault_pmd(ARG(0)));
}

extern const void pgdir_shift __ksym
	__weak; /* of x86-64: 39, or 48 with five levels of page tables */

enum { TABLE_BITS = 9, TABLE_PMD_SHIFT = 21 };

/*
 * The entry of the level above page tables: the lock is held, so nothing goes away. Of the levels that x86-64 has where
 * it folds the others; where the kernel does not say how many there are, nothing is seen.
 */
static __always_inline uint64_t pmd_of(uint64_t area, uint64_t at)
{
	const struct vm_area_struct *vma = (void *)area;
	uint64_t table = address(BPF_CORE_READ(vma, vm_mm, pgd)), base = 0, entry;
	uint32_t shift = 0;

	if (!&pgdir_shift || !&page_offset_base) {
		no_direct_map = 1;
		return 0;
	}
	bpf_probe_read_kernel(&base, sizeof(base), &page_offset_base);
	bpf_probe_read_kernel(&shift, sizeof(shift), &pgdir_shift);
	for (int level = 0; level < 3; level++, shift -= TABLE_BITS) {
		if (shift <= TABLE_PMD_SHIFT)
			break;
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)(table + (at >> (shift & 63) & 511) * 8));
		if (!(entry & 1))
			return 0;
		table = base + (wire_entry_pfn(entry) << 12);
	}
	return table + (at >> TABLE_PMD_SHIFT & 511) * 8;
}

SEC("fentry/page_add_new_anon_rmap")
int table_new(uint64_t *ctx)
{
	return recording ? locked_under(SLOT_TABLE_LOCK, pmd_of(ARG(1), ctx[2])) : 0;
}

#endif
