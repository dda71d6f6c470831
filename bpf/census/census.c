// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/census/census.h"

#include <string.h>
#include <sys/mman.h>

#include "base/page_kind.h"

#define BIT(n) (1ULL << (n))

/* include/linux/mmzone.h: MAX_PAGE_ORDER of every configuration that memsim knows */
enum { BUDDY_MAX_ORDER = 10 };

static uint32_t census_flags(uint64_t kpf)
{
	static const struct {
		uint8_t kpf;
		uint32_t flag;
	} map[] = {
		{KPF_LRU, CENSUS_LRU},
		{KPF_ACTIVE, CENSUS_ACTIVE},
		{KPF_REFERENCED, CENSUS_REFERENCED},
		{KPF_UPTODATE, CENSUS_UPTODATE},
		{KPF_DIRTY, CENSUS_DIRTY},
		{KPF_WRITEBACK, CENSUS_WRITEBACK},
		{KPF_LOCKED, CENSUS_LOCKED},
		{KPF_MMAP, CENSUS_MAPPED},
		{KPF_SWAPBACKED, CENSUS_SWAPBACKED},
		{KPF_SWAPCACHE, CENSUS_SWAPCACHE},
		{KPF_UNEVICTABLE, CENSUS_UNEVICTABLE},
		{KPF_MLOCKED, CENSUS_MLOCKED},
		{KPF_PRIVATE, CENSUS_PRIVATE},
		{KPF_COMPOUND_HEAD, CENSUS_COMPOUND},
		{KPF_COMPOUND_TAIL, CENSUS_COMPOUND},
		{KPF_RECLAIM, CENSUS_RECLAIM},
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (kpf & BIT(map[i].kpf))
			flags |= map[i].flag;
	return flags;
}

static enum page_kind kind_of(uint64_t kpf)
{
	/*
	 * Types before the bits of user pages: v6.6 and later read `mapping` of a slab, where its
	 * list pointer lies, and so report anon and ksm for some slabs.
	 */
	if (kpf & BIT(KPF_NOPAGE))
		return PAGE_KIND_HOLE;
	if (kpf & BIT(KPF_BUDDY))
		return PAGE_KIND_FREE;
	if (kpf & BIT(KPF_SLAB))
		return PAGE_KIND_SLAB;
	if (kpf & BIT(KPF_PGTABLE))
		return PAGE_KIND_PGTABLE;
	if (kpf & BIT(KPF_MEMMAP_PCP))
		return PAGE_KIND_PCP;
	if (kpf & BIT(KPF_MEMMAP_ZSMALLOC))
		return PAGE_KIND_ZSMALLOC;
	if (kpf & BIT(KPF_MEMMAP_NETPOOL))
		return PAGE_KIND_NETPOOL;
	if (kpf & BIT(KPF_MEMMAP_KMALLOC))
		return PAGE_KIND_COMPOUND;
	if (kpf & BIT(KPF_OFFLINE))
		return PAGE_KIND_OFFLINE;
	if (kpf & BIT(KPF_HWPOISON))
		return PAGE_KIND_HWPOISON;
	if (kpf & BIT(KPF_HUGE))
		return PAGE_KIND_HUGETLB;
	if (kpf & BIT(KPF_ZERO_PAGE))
		return PAGE_KIND_ZERO;
	if (kpf & BIT(KPF_RESERVED))
		return PAGE_KIND_RESERVED;
	if (kpf & BIT(KPF_KSM))
		return PAGE_KIND_KSM;
	if (kpf & BIT(KPF_ANON))
		return PAGE_KIND_ANON;
	if (kpf & BIT(KPF_SWAPBACKED))
		return PAGE_KIND_SHMEM;
	if (kpf & (BIT(KPF_LRU) | BIT(KPF_UNEVICTABLE)))
		return PAGE_KIND_FILE;
	if (kpf & BIT(KPF_MMAP))
		return PAGE_KIND_MAPPED;
	if (kpf & (BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL)))
		return PAGE_KIND_COMPOUND;
	/* on a per-CPU list, vmalloc, percpu, driver, not yet initialised */
	return PAGE_KIND_UNKNOWN;
}

void census_classify(uint64_t kpf, uint8_t *ret_kind, uint32_t *ret_flags)
{
	enum page_kind kind = kind_of(kpf);
	uint32_t flags = census_flags(kpf);

	/* bits of these show what other users of the same words left there */
	if (kind == PAGE_KIND_SLAB || kind == PAGE_KIND_PGTABLE || kind == PAGE_KIND_OFFLINE ||
	    kind == PAGE_KIND_COMPOUND || kind == PAGE_KIND_ZSMALLOC || kind == PAGE_KIND_NETPOOL)
		flags &= CENSUS_COMPOUND;
	if (kind == PAGE_KIND_FREE || kind == PAGE_KIND_PCP)
		flags = 0;
	*ret_kind = (uint8_t)kind;
	*ret_flags = flags;
}

static bool counts_mappings(uint8_t kind)
{
	switch (kind) {
	case PAGE_KIND_ANON:
	case PAGE_KIND_KSM:
	case PAGE_KIND_FILE:
	case PAGE_KIND_SHMEM:
	case PAGE_KIND_HUGETLB:
	case PAGE_KIND_MAPPED:
	case PAGE_KIND_RESERVED:
		return true;
	default:
		return false; /* the word holds something else */
	}
}

/* Slabs are charged object by object; memory that nobody has is not, whatever its word still says. */
static bool is_charged(uint8_t kind)
{
	return kind != PAGE_KIND_SLAB && kind != PAGE_KIND_PCP && kind != PAGE_KIND_OFFLINE &&
	       kind != PAGE_KIND_RESERVED;
}

int census_builder_init(struct census_builder *b, size_t window, struct error *err)
{
	void *runs;

	memset(b, 0, sizeof(*b));
	/*
	 * each page of a window may end up alone; and a free block may be split 11 times at either
	 * end
	 */
	b->cap = window + 64;
	runs = mmap(NULL, b->cap * sizeof(*b->runs), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (runs == MAP_FAILED)
		return error_nomem(err);
	b->runs = runs;
	return 0;
}

void census_builder_fini(struct census_builder *b)
{
	if (b->runs)
		munmap(b->runs, b->cap * sizeof(*b->runs));
	memset(b, 0, sizeof(*b));
}

/* One unit more; its count is 1. */
static void put_unit(struct census_builder *b, struct census_run unit)
{
	struct census_run *last = b->nr ? &b->runs[b->nr - 1] : NULL;

	if (unit.kind == PAGE_KIND_HOLE)
		return;
	if (last && last->kind == unit.kind && last->order == unit.order &&
	    last->flags == unit.flags && last->mapcount == unit.mapcount &&
	    last->memcg == unit.memcg &&
	    last->start_pfn + (last->count << last->order) == unit.start_pfn)
		last->count++;
	else
		b->runs[b->nr++] = unit;
}

static void put_block(struct census_builder *b, uint64_t pfn, uint8_t order)
{
	put_unit(b, (struct census_run){
			    .start_pfn = pfn, .count = 1, .kind = PAGE_KIND_FREE, .order = order});
}

/* A unit in use, by what its first page shows. */
static void put_used(struct census_builder *b, uint64_t pfn, uint8_t order, uint64_t kpf,
		     uint64_t count, uint64_t memcg)
{
	struct census_run unit = {.start_pfn = pfn, .count = 1, .order = order};

	census_classify(kpf, &unit.kind, &unit.flags);
	if (counts_mappings(unit.kind))
		unit.mapcount = count;
	if (is_charged(unit.kind))
		unit.memcg = memcg;
	put_unit(b, unit);
}

/* The largest order at which pfn is aligned and that fits into nr pages. */
static uint8_t fitting_order(uint64_t pfn, uint64_t nr, uint8_t max)
{
	uint8_t order = 0;

	while (order < max && !(pfn & ((2ULL << order) - 1)) && 2ULL << order <= nr)
		order++;
	return order;
}

/* The buddy allocator merges whatever it can, so its blocks are the largest aligned ones. */
static void put_free(struct census_builder *b, uint64_t end)
{
	while (b->unit_pfn < end) {
		uint8_t order = fitting_order(b->unit_pfn, end - b->unit_pfn, BUDDY_MAX_ORDER);

		put_block(b, b->unit_pfn, order);
		b->unit_pfn += 1ULL << order;
	}
}

/*
 * A head and its tails. Changes during the scan can leave a length that is no power of two: what
 * is too much becomes pages of unknown use.
 */
static void put_pages(struct census_builder *b, uint64_t end)
{
	uint8_t order = fitting_order(b->unit_pfn, end - b->unit_pfn, CENSUS_MAX_ORDER);
	uint64_t pfn = b->unit_pfn + (1ULL << order);

	put_used(b, b->unit_pfn, order, b->unit_kpf, b->unit_count, b->unit_memcg);
	for (; pfn < end; pfn++)
		put_unit(b, (struct census_run){.start_pfn = pfn,
						.count = 1,
						.kind = PAGE_KIND_UNKNOWN,
						.flags = CENSUS_COMPOUND});
	b->unit_pfn = end;
}

static void close_unit(struct census_builder *b, uint64_t end)
{
	if (b->open == UNIT_FREE)
		put_free(b, end);
	else if (b->open == UNIT_PAGES)
		put_pages(b, end);
	b->open = UNIT_NONE;
}

void census_begin(struct census_builder *b, uint64_t pfn)
{
	b->next_pfn = pfn;
	b->unit_pfn = pfn;
	b->skip_to = 0;
	b->open = UNIT_NONE;
	b->nr = 0;
}

/* A head again, inside an open hugetlb page. */
static bool is_same_huge_page(const struct census_builder *b, uint64_t pfn, uint64_t kpf)
{
	return b->huge_order && b->open == UNIT_PAGES && kpf & BIT(KPF_HUGE) &&
	       b->unit_kpf & BIT(KPF_HUGE) && pfn >> b->huge_order == b->unit_pfn >> b->huge_order;
}

/*
 * A free block that says its order. It is taken as it is: its other pages say nothing, or what
 * became of them since.
 */
static bool add_block(struct census_builder *b, uint64_t pfn, uint64_t kpf)
{
	uint64_t order = (kpf >> KPF_MEMMAP_ORDER & ((1U << KPF_ORDER_BITS) - 1)) - 1;
	uint64_t end = pfn + (1ULL << (order & 63));

	if (order > BUDDY_MAX_ORDER || pfn & (end - pfn - 1) || end > b->window_end)
		return false;
	close_unit(b, pfn);
	put_block(b, pfn, (uint8_t)order);
	b->unit_pfn = b->skip_to = end;
	return true;
}

static void add_page(struct census_builder *b, uint64_t pfn, uint64_t kpf, uint64_t count,
		     uint64_t memcg)
{
	bool is_free = kpf & BIT(KPF_BUDDY) && !(kpf & BIT(KPF_NOPAGE));

	if (pfn < b->skip_to || (is_free && add_block(b, pfn, kpf)))
		return;
	if (is_free && b->open == UNIT_FREE)
		return;
	if (!is_free && b->open == UNIT_PAGES && kpf & BIT(KPF_COMPOUND_TAIL)) {
		b->unit_count += count;
		b->unit_kpf |= kpf & BIT(KPF_MMAP);
		return;
	}
	if (is_same_huge_page(b, pfn, kpf))
		return;
	close_unit(b, pfn);
	b->unit_pfn = pfn;
	if (is_free) {
		b->open = UNIT_FREE;
	} else if (kpf & BIT(KPF_COMPOUND_HEAD)) {
		b->open = UNIT_PAGES;
		b->unit_kpf = kpf;
		b->unit_count = count;
		b->unit_memcg = memcg;
	} else {
		/* a tail without a head: its folio came into being during the scan */
		if (kpf & BIT(KPF_COMPOUND_TAIL) && !(kpf & BIT(KPF_NOPAGE)))
			kpf = BIT(KPF_COMPOUND_TAIL);
		put_used(b, pfn, 0, kpf, count, memcg);
	}
}

/* Only hugetlb pages reach beyond the largest block of the buddy allocator. */
static bool may_end_here(const struct census_builder *b)
{
	return b->open == UNIT_PAGES && !(b->unit_kpf & BIT(KPF_HUGE)) &&
	       !(b->next_pfn & ((1ULL << BUDDY_MAX_ORDER) - 1));
}

uint64_t census_add(struct census_builder *b, const struct census_window *window, size_t n,
		    bool last)
{
	b->window_end = b->next_pfn + n;
	for (size_t i = 0; i < n; i++)
		add_page(b, b->next_pfn + i, window->kpf[i], window->counts[i], window->memcgs[i]);
	b->next_pfn += n;
	/* what waits for the next step would get that one's time, and may be gone by then */
	if (last || may_end_here(b))
		close_unit(b, b->next_pfn);
	if (b->open == UNIT_FREE)
		put_free(b, b->next_pfn & ~((1ULL << BUDDY_MAX_ORDER) - 1));
	return b->open == UNIT_NONE ? b->next_pfn : b->unit_pfn;
}
