// SPDX-License-Identifier: GPL-2.0-only
/* The census inside the kernel: reads struct pages and says in a word and a number what each is. */
#include "bpf/flavors.bpf.h"
#include "bpf/kpf.h"
#include "bpf/memmap_wire.h"

char LICENSE[] SEC("license") = "GPL"; /* reading kernel memory asks for it */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MEMMAP_PAGES);
	__type(key, uint32_t);
	__type(value, struct memmap_page);
} pages SEC(".maps");

enum { WORDS = 16 }; /* read of a struct page at most; larger ones end in what debuggers add */

struct walk {
	uint64_t at, raw[WORDS];
};

/* Mappings of the whole folio that the scan is in; it survives from call to call. */
uint64_t entire;

#define FIELD(raw, type, field) (*(type *)((void *)(raw) + bpf_core_field_offset(field)))
#define TYPE_IS(type, NAME)                                                                        \
	(bpf_core_enum_value_exists(enum pagetype, PGTY_##NAME) &&                                 \
	 (type) == bpf_core_enum_value(enum pagetype, PGTY_##NAME))
#define FLAG_BIT(flags, NAME, KPF)                                                                 \
	(bpf_core_enum_value_exists(enum pageflags, PG_##NAME)                                     \
		 ? (uint64_t)PAGEFLAG(flags, NAME) << KPF_##KPF                                    \
		 : 0)

static __always_inline uint64_t flags_of(const void *raw)
{
	const struct page___memdesc *memdesc = NULL;
	const struct page___word *word = NULL;

	if (bpf_core_field_exists(memdesc->flags.f))
		return FIELD(raw, uint64_t, memdesc->flags);
	return FIELD(raw, uint64_t, word->flags);
}

/* The word whose bit 0 marks a tail. */
static __always_inline uint64_t head_word(const void *raw)
{
	const struct page___compound_head *old = NULL;
	const struct page___compound_info *new = NULL;

	if (bpf_core_field_exists(new->compound_info))
		return FIELD(raw, uint64_t, new->compound_info);
	return FIELD(raw, uint64_t, old->compound_head);
}

static __always_inline uint64_t from_flags(uint64_t flags)
{
	uint64_t kpf = FLAG_BIT(flags, locked, LOCKED) | FLAG_BIT(flags, referenced, REFERENCED) |
		       FLAG_BIT(flags, uptodate, UPTODATE) | FLAG_BIT(flags, dirty, DIRTY) |
		       FLAG_BIT(flags, lru, LRU) | FLAG_BIT(flags, active, ACTIVE) |
		       FLAG_BIT(flags, writeback, WRITEBACK) | FLAG_BIT(flags, reclaim, RECLAIM) |
		       FLAG_BIT(flags, swapbacked, SWAPBACKED) |
		       FLAG_BIT(flags, unevictable, UNEVICTABLE) |
		       FLAG_BIT(flags, mlocked, MLOCKED) | FLAG_BIT(flags, private, PRIVATE) |
		       FLAG_BIT(flags, hwpoison, HWPOISON) | FLAG_BIT(flags, reserved, RESERVED);

	/* the bit means something else on file folios */
	if (PAGEFLAG(flags, swapbacked) && PAGEFLAG(flags, swapcache))
		kpf |= 1ULL << KPF_SWAPCACHE;
	return kpf;
}

static __always_inline uint64_t from_type(const void *raw, uint32_t type)
{
	const struct page___buddy *buddy = NULL;

	if (TYPE_IS(type, buddy))
		return 1ULL << KPF_BUDDY |
		       ((FIELD(raw, uint64_t, buddy->private) + 1) & ((1 << KPF_ORDER_BITS) - 1))
			       << KPF_MEMMAP_ORDER;
	if (TYPE_IS(type, slab))
		return 1ULL << KPF_SLAB;
	if (TYPE_IS(type, table))
		return 1ULL << KPF_PGTABLE;
	if (TYPE_IS(type, offline) || TYPE_IS(type, unaccepted))
		return 1ULL << KPF_OFFLINE;
	if (TYPE_IS(type, hugetlb))
		return 1ULL << KPF_HUGE;
	if (TYPE_IS(type, large_kmalloc))
		return 1ULL << KPF_MEMMAP_KMALLOC;
	if (TYPE_IS(type, zsmalloc))
		return 1ULL << KPF_MEMMAP_ZSMALLOC;
	if (TYPE_IS(type, netpp))
		return 1ULL << KPF_MEMMAP_NETPOOL;
	return 0;
}

/* struct folio lies over the struct pages of the folio; this counter is in the second. */
static __always_inline uint64_t entire_mapcount(uint64_t head)
{
	const struct folio___entire *folio = (void *)head;
	int count = -1;

	if (bpf_core_field_exists(folio->_entire_mapcount))
		bpf_core_read(&count, sizeof(count), &folio->_entire_mapcount);
	return count >= 0 ? (uint64_t)count + 1 : 0;
}

static __always_inline int is_zero(const struct walk *w)
{
	uint64_t any = 0;

#pragma unroll
	for (uint32_t i = 0; i < 8; i++)
		any |= w->raw[i];
	return !any;
}

static __always_inline void describe(struct walk *w, struct memmap_page *out)
{
	const struct page___counts *p = NULL;
	const struct page *page = NULL;
	const struct page___lru *list = NULL;
	uint64_t flags = flags_of(w->raw), tail = head_word(w->raw) & 1, kpf = from_flags(flags);
	uint32_t word = FIELD(w->raw, uint32_t, p->_mapcount), type = word >> 24;
	int32_t mapcount = (int32_t)word;
	uint64_t mapping = FIELD(w->raw, uint64_t, page->mapping), count = 0;

	if (is_zero(w)) { /* never initialised: the allocator does not have this memory yet */
		out->kpf = 1ULL << KPF_OFFLINE;
		out->count = 0;
		return;
	}
	if (!tail)
		entire = PAGEFLAG(flags, head) ? entire_mapcount(w->at) : 0;
	if (tail)
		kpf = 1ULL << KPF_COMPOUND_TAIL;
	else if (PAGEFLAG(flags, head))
		kpf |= 1ULL << KPF_COMPOUND_HEAD;
	/* the highest bits of the counter are the type's, from far below zero (mapcounts are not) */
	count = (mapcount >= 0 ? (uint64_t)mapcount + 1 : 0) + entire;
	if (count)
		kpf |= 1ULL << KPF_MMAP;
	if (tail)
		;
	else if (mapcount < -1)
		kpf |= from_type(w->raw, type);
	else if (!count && !FIELD(w->raw, int32_t, p->_refcount) && !PAGEFLAG(flags, head) &&
		 FIELD(w->raw, uint64_t, list->lru.next))
		kpf |= 1ULL << KPF_MEMMAP_PCP;
	if (mapcount >= -1 && !tail && mapping & 1)
		kpf |= 1ULL << KPF_ANON | ((mapping & 3) == 3 ? 1ULL << KPF_KSM : 0);
	out->kpf = kpf;
	out->count = count;
}

static long read_page(uint32_t i, struct walk *w)
{
	struct memmap_page *out = bpf_map_lookup_elem(&pages, &i);
	uint32_t size = bpf_core_type_size(struct page);

	if (!out)
		return 1;
	if (size > sizeof(w->raw))
		size = sizeof(w->raw);
	if (bpf_probe_read_kernel(w->raw, size, (void *)w->at)) {
		out->kpf = 1ULL << KPF_NOPAGE;
		out->count = 0;
	} else {
		describe(w, out);
	}
	w->at += bpf_core_type_size(struct page);
	return 0;
}

SEC("syscall")
int read_pages(struct memmap_args *args)
{
	struct walk w = {.at = args->base + args->pfn * bpf_core_type_size(struct page)};

	bpf_loop(args->nr, read_page, &w, 0);
	return 0;
}
