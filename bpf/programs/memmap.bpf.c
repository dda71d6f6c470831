// SPDX-License-Identifier: GPL-2.0-only
/* The census inside the kernel: reads struct pages and says in a word and a number what each is. */
#include "bpf/programs/flavors.bpf.h"
#include "bpf/census/kpf.h"
#include "bpf/census/memmap_wire.h"

char LICENSE[] SEC("license") = "GPL"; /* reading kernel memory asks for it */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MEMMAP_PAGES);
	__type(key, uint32_t);
	__type(value, struct memmap_page);
} pages SEC(".maps");

enum {
	WORDS = 16, /* read of a struct page at most; larger ones end in what debuggers add */
	CGROUP_DEPTH = 16, /* groups one inside the other that are being removed, at the most */
};

struct walk {
	uint64_t at, raw[WORDS];
	uint64_t charge, memcg; /* the last page's word, and the cgroup that it names */
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

/* cgroup_ino() of the group, or, as /proc/kpagecgroup does, of the nearest one above that is not being removed. */
static __always_inline uint64_t memcg_inode(struct mem_cgroup *memcg)
{
	struct cgroup_subsys_state *css = &memcg->css;

	for (int i = 0; i < CGROUP_DEPTH && css; i++) {
		if (BPF_CORE_READ(css, flags) & CSS_ONLINE)
			return BPF_CORE_READ(css, cgroup, kn, id);
		css = BPF_CORE_READ(css, parent);
	}
	return 0;
}

/* Pages of user memory and of the page cache name their group; the kernel's own name an obj_cgroup that does. */
static __always_inline uint64_t charged_to(uint64_t charge)
{
	const struct obj_cgroup___for_all *any = NULL;
	uint64_t flags = bpf_core_enum_value(enum page_memcg_data_flags, __NR_MEMCG_DATA_FLAGS) - 1;
	uint64_t kmem = bpf_core_enum_value(enum page_memcg_data_flags, MEMCG_DATA_KMEM);
	const struct obj_cgroup *objcg = (void *)(charge & ~flags);

	if (!(charge & ~flags) ||
	    charge & bpf_core_enum_value(enum page_memcg_data_flags, MEMCG_DATA_OBJEXTS))
		return 0;
	if (charge & kmem || bpf_core_field_exists(any->is_root))
		return memcg_inode(BPF_CORE_READ(objcg, memcg));
	return memcg_inode((void *)objcg);
}

/* Neighbours are mostly charged to the same group. */
static __always_inline uint64_t memcg_of(struct walk *w)
{
	const struct page___memcg *page = NULL;
	uint64_t charge;

	/* the kernel has no memory cgroups, or another way to note them */
	if (!bpf_core_field_exists(page->memcg_data) ||
	    !bpf_core_enum_value_exists(enum page_memcg_data_flags, MEMCG_DATA_OBJEXTS))
		return 0;
	charge = FIELD(w->raw, uint64_t, page->memcg_data);
	if (charge != w->charge) {
		w->charge = charge;
		w->memcg = charged_to(charge);
	}
	return w->memcg;
}

/* What a tail does not have, and what the flags do not say. */
static __always_inline uint64_t describe_head(const struct walk *w, uint64_t flags, uint64_t count)
{
	const struct page___counts *p = NULL;
	const struct page *page = NULL;
	const struct page___lru *list = NULL;
	uint32_t word = FIELD(w->raw, uint32_t, p->_mapcount);
	uint64_t mapping = FIELD(w->raw, uint64_t, page->mapping);
	uint64_t kpf = from_flags(flags) | PAGEFLAG(flags, head) << KPF_COMPOUND_HEAD;

	/* the highest bits of the counter are the type's, from far below zero (mapcounts are not) */
	if ((int32_t)word < -1)
		return kpf | from_type(w->raw, word >> 24);
	if (mapping & 1)
		kpf |= 1ULL << KPF_ANON | ((mapping & 3) == 3 ? 1ULL << KPF_KSM : 0);
	if (!count && !FIELD(w->raw, int32_t, p->_refcount) && !PAGEFLAG(flags, head) &&
	    FIELD(w->raw, uint64_t, list->lru.next))
		kpf |= 1ULL << KPF_MEMMAP_PCP;
	return kpf;
}

static __always_inline void describe(struct walk *w, struct memmap_page *out)
{
	const struct page___counts *p = NULL;
	uint64_t flags = flags_of(w->raw), tail = head_word(w->raw) & 1;
	int32_t mapcount = FIELD(w->raw, int32_t, p->_mapcount);
	uint64_t kpf = 1ULL << KPF_COMPOUND_TAIL, count;

	*out = (struct memmap_page){0};
	if (is_zero(w)) { /* never initialised: the allocator does not have this memory yet */
		out->kpf = 1ULL << KPF_OFFLINE;
		return;
	}
	if (!tail)
		entire = PAGEFLAG(flags, head) ? entire_mapcount(w->at) : 0;
	count = (mapcount >= 0 ? (uint64_t)mapcount + 1 : 0) + entire;
	if (!tail) {
		kpf = describe_head(w, flags, count);
		out->memcg = memcg_of(w);
	}
	out->kpf = kpf | (count ? 1ULL << KPF_MMAP : 0);
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
		*out = (struct memmap_page){.kpf = 1ULL << KPF_NOPAGE};
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
