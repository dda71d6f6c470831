/* SPDX-License-Identifier: GPL-2.0-only */
/* For programs on functions: one record for a page that is known by its address only. BPF side. */
#ifndef BPF_PAGE_BPF_H
#define BPF_PAGE_BPF_H

#include "bpf/programs/select.bpf.h"

enum slot {
#define SLOT(NAME, name, CLASS, ROLE, without) SLOT_##NAME,
#define HOOK(...)
#define HOOK_IF(...)
#define HOOK_PART(...)
#include "bpf/attach/hooks.def"
#undef SLOT
#undef HOOK
#undef HOOK_IF
#undef HOOK_PART
	SLOT_MAX
};

_Static_assert(SLOT_MAX <= WIRE_SLOTS, "slots fit");

/*
 * Argument n of the function, or what it returned, as a number. Functions are known by name and number of
 * arguments; their types change from kernel to kernel, so nothing is read through them directly.
 */
#define ARG(n) address((void *)ctx[n])

/*
 * The same, still a pointer to what the kernel's BTF says: of a struct folio or struct page, which the program may read by
 * itself. What is read of a page most often must not take a helper call: three of them are as many instructions
 * (150) as all else that an event takes. Where the page is none, the kernel reads zeros.
 */
#define TYPED(n) ((const void *)ctx[n])

/* Whether this can be a struct page: not NULL, not an error, not a value kept in an xarray. */
static __always_inline int is_page(uint64_t address)
{
	return !(address & 7) && !(pfn_of(address) >> WIRE_PFN_BITS);
}

static __always_inline uint64_t read_flags(uint64_t page)
{
	const struct page___memdesc *memdesc = (void *)page;
	const struct page___word *word = (void *)page;
	unsigned long flags = 0;

	if (bpf_core_field_exists(memdesc->flags.f))
		bpf_core_read(&flags, sizeof(flags), &memdesc->flags.f);
	else
		bpf_core_read(&flags, sizeof(flags), &word->flags);
	return flags;
}

static __always_inline uint32_t read_order(uint64_t folio)
{
	return folio_order((void *)folio, read_flags(folio)) & 31;
}

static __always_inline int read_anon(uint64_t folio)
{
	const struct page *page = (void *)folio;
	unsigned long mapping = 0;

	bpf_core_read(&mapping, sizeof(mapping), &page->mapping);
	return mapping & 1;
}

/*
 * The first page of the folio. The word with bit 0 set points to it, or is a mask for the page's own address
 * (some configurations since v7.0, where the word is called compound_info).
 */
static __always_inline uint64_t folio_by(uint64_t page, uint64_t word)
{
	if (!(word & 1))
		return page;
	return is_page(word - 1) ? word - 1 : page & word;
}

static __always_inline uint64_t folio_of(uint64_t page)
{
	const struct page___compound_head *old = (void *)page;
	const struct page___compound_info *new = (void *)page;
	unsigned long word = 0;

	if (bpf_core_field_exists(new->compound_info))
		bpf_core_read(&word, sizeof(word), &new->compound_info);
	else
		bpf_core_read(&word, sizeof(word), &old->compound_head);
	return folio_by(page, word);
}

/* The word as it lies in a typed page, where the verifier may take it for one of the pointers that share its place. */
static __always_inline uint64_t compound_word(const void *typed)
{
	const struct page___compound_head *old = typed;
	const struct page___compound_info *new = typed;

	if (bpf_core_field_exists(new->compound_info))
		return address((void *)new->compound_info);
	return address((void *)old->compound_head);
}

/* A page table's entry: the page that it points to, or 0. */
static __always_inline uint64_t entry_page(uint64_t entry)
{
	uint64_t value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)entry);
	if (!(value & 1)) /* not present; the same bit on x86-64 and arm64 */
		return 0;
	return vmemmap_base + wire_entry_pfn(value) * bpf_core_type_size(struct page);
}

/* Out of line: the programs are many, and some put records in a loop. */
static __noinline int note(uint32_t slot, uint32_t cls, uint64_t word0)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (!c)
		return 0;
	c->hits[slot & (WIRE_SLOTS - 1)]++;
	/* every kind that comes here takes as many words as this one */
	put(c, cpu, EVENT_FOLIO_GET, cls, word0, 0, 0);
	return 0;
}

static __always_inline void note_page(uint32_t slot, uint32_t kind, uint32_t cls, uint64_t page,
				      uint32_t order, uint32_t arg)
{
	note(slot, cls, wire_word0(kind, order, arg, pfn_of(page)));
}

static __always_inline void note_mapped(uint32_t slot, uint32_t kind, uint64_t page, uint32_t order,
					int anon, uint32_t count, uint32_t flags)
{
	uint32_t arg = flags | (count & WIRE_COUNT_MASK) << WIRE_COUNT_SHIFT;

	if (anon)
		arg |= WIRE_MAP_ANON;
	note_page(slot, kind, kind == EVENT_MAP_DUP ? CLASS_FORK : CLASS_MAPCOUNT, page, order,
		  arg);
}

static __always_inline void note_map(uint32_t slot, uint32_t kind, uint64_t folio, uint64_t page,
				     uint32_t count, uint32_t flags)
{
	note_mapped(slot, kind, page, read_order(folio), read_anon(folio), count, flags);
}

#endif
