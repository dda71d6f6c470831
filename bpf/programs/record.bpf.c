// SPDX-License-Identifier: GPL-2.0-only
/* The recorder's half inside the kernel: one program per tracepoint or function, each appends one record. */
#include "bpf/programs/lookup.bpf.h"
#include "bpf/programs/object.bpf.h"
#include "bpf/programs/rmap.bpf.h"
#include "bpf/programs/served.bpf.h"
#include "bpf/programs/table.bpf.h"
#include "bpf/programs/thp.bpf.h"
#include "bpf/programs/use.bpf.h"

char LICENSE[] SEC("license") = "GPL"; /* tp_btf programs may only read kernel memory under it */

static __always_inline void put_birth(struct wire_cpu *c, uint32_t cpu, uint64_t page,
				      uint32_t order, uint32_t gfp, uint32_t mt)
{
	if (bulk_hooked)
		c->last_alloc = page;
	put_page(c, cpu, EVENT_PAGE_ALLOC, CLASS_ALLOC, page, order & 31,
		 gfp_arg_again(c, gfp) | (mt & 15) << WIRE_MT_SHIFT);
}

static __always_inline void put_death(struct wire_cpu *c, uint32_t cpu, const struct page *page,
				      uint32_t order)
{
	uint32_t arg = 0;

	if (page_mapping(page) & 1)
		arg |= FREE_ANON;
	if (PAGEFLAG(page_flags(page), head))
		arg |= FREE_HEAD;
	put_page(c, cpu, EVENT_PAGE_FREE, CLASS_ALLOC, address(page), order & 31, arg);
}

SEC("tp_btf/mm_page_alloc")
int BPF_PROG(page_calibrate, struct page *page)
{
	if (page)
		calibrate(address(page));
	return 0;
}

SEC("tp_btf/mm_page_alloc")
int BPF_PROG(page_alloc, struct page *page, unsigned int order, unsigned int gfp, int mt)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (!page || !c) /* no page: a failed allocation */
		return 0;
	mark_served(&c->served[0], address(page), ctx);
	put_birth(c, cpu, address(page), order, gfp, (uint32_t)mt);
	return 0;
}

SEC("tp_btf/mm_page_free")
int BPF_PROG(page_free, struct page *page, unsigned int order)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (!c)
		return 0;
	mark_served(&c->served[1], address(page), ctx);
	put_death(c, cpu, page, order);
	return 0;
}

/* Out of line: what the backups do so rarely shall not take registers from what they do always. */
static __noinline int rescue_alloc(unsigned long long *ctx)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	struct page *page = (void *)ctx[0];

	if (c && page && !was_served_below(&c->served[0], address(page), address(ctx)))
		put_birth(c, cpu, address(page), (uint32_t)ctx[1], (uint32_t)ctx[2],
			  (uint32_t)ctx[3]);
	return 0;
}

SEC("tp_btf/mm_page_alloc")
int BPF_PROG(page_alloc_backup, struct page *page)
{
	struct wire_cpu *c = home_of(bpf_get_smp_processor_id());

	if (!page || !c || was_served(&c->served[0], address(page)))
		return 0;
	return rescue_alloc(ctx);
}

static __noinline int rescue_free(unsigned long long *ctx)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	struct page *page = (void *)ctx[0];

	if (c && !was_served_below(&c->served[1], address(page), address(ctx)))
		put_death(c, cpu, page, (uint32_t)ctx[1]);
	return 0;
}

SEC("tp_btf/mm_page_free")
int BPF_PROG(page_free_backup, struct page *page)
{
	struct wire_cpu *c = home_of(bpf_get_smp_processor_id());

	if (!c || was_served(&c->served[1], address(page)))
		return 0;
	return rescue_free(ctx);
}

/*
 * A block that leaves the free lists may have come from another CPU, which put it there before this CPU got the
 * zone's lock: so the first of a row has a time of its own.
 */
static __always_inline void put_taken(uint32_t kind, uint64_t page, uint32_t order, uint32_t arg)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (!c)
		return;
	if (c->taken != c->head)
		stamp_next(c);
	put_page(c, cpu, kind, CLASS_BUDDY, page, order, arg);
	c->taken = c->head;
}

SEC("tp_btf/mm_page_alloc_zone_locked")
int BPF_PROG(buddy_take, struct page *page, unsigned int order, int mt)
{
	uint32_t arg = mt & 15;

	if (!page)
		return 0;
	if (has_percpu_refill && (int)ctx[3])
		arg |= BUDDY_TAKE_PCP_REFILL;
	put_taken(EVENT_BUDDY_TAKE, address(page), order & 31, arg);
	return 0;
}

SEC("tp_btf/mm_page_alloc_extfrag")
int BPF_PROG(buddy_steal, struct page *page, int order, int from_order, int mt, int from_mt)
{
	put_taken(EVENT_BUDDY_STEAL, address(page), order & 31,
		  (from_order & 31) | (mt & 15) << 8 | (from_mt & 15) << 16);
	return 0;
}

SEC("tp_btf/mm_page_pcpu_drain")
int BPF_PROG(pcp_drain, struct page *page, unsigned int order, int mt)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (page && c)
		put_page(c, cpu, EVENT_PCP_DRAIN, CLASS_BUDDY, address(page), order & 31, mt & 15);
	return 0;
}

static __always_inline uint32_t lru_flags(uint64_t flags, uint64_t mapping)
{
	uint32_t out = 0;

	if (mapping & 1)
		out |= (mapping & 3) == 3 ? LRUF_ANON | LRUF_KSM : LRUF_ANON;
	if (PAGEFLAG(flags, swapbacked)) {
		out |= LRUF_SWAPBACKED;
		if (PAGEFLAG(flags, swapcache)) /* the bit means something else on file folios */
			out |= LRUF_SWAPCACHE;
	}
	return out << LRUF_SHIFT;
}

/* enum lru_list, computed as the kernel's folio_lru_list() does: v5.15 and later do not pass it. */
static __always_inline uint32_t lru_list(uint64_t flags)
{
	if (PAGEFLAG(flags, unevictable))
		return 4;
	return (PAGEFLAG(flags, swapbacked) ? 0 : 2) + PAGEFLAG(flags, active);
}

static __always_inline void put_lru(uint32_t kind, struct folio *folio, uint64_t flags,
				    uint32_t list)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c)
		put_page(c, cpu, kind, CLASS_LRU, address(folio), folio_order(folio, flags),
			 list | lru_flags(flags, page_mapping(folio)));
}

SEC("tp_btf/mm_lru_insertion")
int BPF_PROG(lru_add, struct folio *folio)
{
	uint64_t flags = page_flags(folio);

	put_lru(EVENT_LRU_ADD, folio, flags, lru_list(flags));
	return 0;
}

SEC("tp_btf/mm_lru_activate")
int BPF_PROG(lru_activate, struct folio *folio)
{
	put_lru(EVENT_LRU_ACTIVATE, folio, page_flags(folio), 0);
	return 0;
}

static __always_inline void put_cache(struct wire_cpu *c, uint32_t cpu, uint32_t kind,
				      struct folio *folio)
{
	uint64_t pfn = pfn_above(c->vmemmap_base, address(folio));

	put(c, cpu, kind, CLASS_CACHE,
	    wire_word0(kind, folio_order(folio, page_flags(folio)), 0, pfn), page_mapping(folio),
	    page_index(folio));
}

SEC("tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(cache_add, struct folio *folio)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (!c)
		return 0;
	c->added = address(folio);
	c->added_by = bpf_get_current_pid_tgid();
	put_cache(c, cpu, EVENT_CACHE_ADD, folio);
	return 0;
}

SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(cache_del, struct folio *folio)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c)
		put_cache(c, cpu, EVENT_CACHE_DEL, folio);
	return 0;
}

static __always_inline void put_lookup(uint32_t kind, uint64_t mapping, uint64_t first,
				       uint64_t last)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	uint64_t count = last - first + 1;

	if (!c)
		return;
	if (count > 0xffffffff)
		count = 0xffffffff;
	put(c, cpu, kind, CLASS_LOOKUP, wire_word0(kind, 0, 0, count), mapping, first);
}

SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(cache_read, struct address_space *mapping, unsigned long first, unsigned long last)
{
	put_lookup(EVENT_CACHE_READ, (uint64_t)mapping, first, last);
	return 0;
}

SEC("tp_btf/mm_filemap_map_pages")
int BPF_PROG(cache_map, struct address_space *mapping, unsigned long first, unsigned long last)
{
	put_lookup(EVENT_CACHE_MAP, (uint64_t)mapping, first, last);
	return 0;
}

SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(cache_fault, struct address_space *mapping, unsigned long index)
{
	put_lookup(EVENT_CACHE_FAULT, (uint64_t)mapping, index, index);
	return 0;
}

SEC("tp_btf/rss_stat")
int BPF_PROG(rss_stat, struct mm_struct *mm, int member)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c)
		put(c, cpu, EVENT_RSS_STAT, CLASS_RSS,
		    wire_word0(EVENT_RSS_STAT, 0, member & 15, 0), address(mm), 0);
	return 0;
}
