/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages mapped, unmapped and duplicated by fork. BPF side. */
#ifndef BPF_RMAP_BPF_H
#define BPF_RMAP_BPF_H

#include "bpf/programs/page.bpf.h"

enum {
	PMD_ORDER = 9,
	PMD_PAGES = 1 << PMD_ORDER, /* 4 KiB pages on x86-64 and arm64 */
	RMAP_COMPOUND = 2,	    /* a flag of page_add_anon_rmap() up to v6.6 */
};

static __always_inline int mapped_new(uint64_t folio, uint32_t order)
{
	uint32_t arg = WIRE_MAP_ANON | WIRE_MAP_NEW;

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
	return mapped_new(ARG(0), typed_order(TYPED(0)));
}

SEC("fentry/page_add_new_anon_rmap")
int map_new_page(uint64_t *ctx)
{
	return mapped_new(ARG(0), typed_page_order(TYPED(0)));
}

/* With folio, page and number. */
static __always_inline int mapped(uint32_t slot, uint32_t kind, const void *folio, uint64_t page,
				  uint32_t nr, uint32_t flags)
{
	if (recording)
		note_mapped(slot, kind, page, typed_order(folio), page_mapping(folio) & 1, nr,
			    flags);
	return 0;
}

/* With a page, one or the whole folio behind it. */
static __always_inline int mapped_page(uint32_t slot, uint32_t kind, const void *page, int compound,
				       uint32_t flags)
{
	uint64_t word, at = address(page);
	uint32_t count = compound ? PMD_PAGES : 1;

	if (!recording)
		return 0;
	word = compound_word(page);
	flags |= compound ? MAPF_PMD : MAPF_PTE;
	if (word & 1)
		note_map(slot, kind, folio_by(at, word), at, count, flags);
	else
		note_mapped(slot, kind, at, typed_page_order(page), page_mapping(page) & 1, count,
			    flags);
	return 0;
}

SEC("fentry/folio_add_anon_rmap_ptes")
int map_anon(uint64_t *ctx)
{
	return mapped(SLOT_MAP_ANON, EVENT_MAP_ADD, TYPED(0), ARG(1), (uint32_t)ctx[2],
		      WIRE_MAP_ANON);
}

SEC("fentry/do_page_add_anon_rmap")
int map_anon_do(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_ANON, EVENT_MAP_ADD, TYPED(0), ctx[3] & RMAP_COMPOUND,
			   WIRE_MAP_ANON);
}

SEC("fentry/page_add_anon_rmap")
int map_anon_page(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_ANON, EVENT_MAP_ADD, TYPED(0), ctx[3] & RMAP_COMPOUND,
			   WIRE_MAP_ANON);
}

SEC("fentry/folio_add_anon_rmap_pmd")
int map_anon_pmd(uint64_t *ctx)
{
	return mapped(SLOT_MAP_ANON_PMD, EVENT_MAP_ADD, TYPED(0), ARG(1), PMD_PAGES,
		      MAPF_PMD | WIRE_MAP_ANON);
}

SEC("fentry/folio_add_file_rmap_ptes")
int map_file(uint64_t *ctx)
{
	return mapped(SLOT_MAP_FILE, EVENT_MAP_ADD, TYPED(0), ARG(1), (uint32_t)ctx[2], 0);
}

SEC("fentry/folio_add_file_rmap_pmd")
int map_file_pmd(uint64_t *ctx)
{
	return mapped(SLOT_MAP_FILE_PMD, EVENT_MAP_ADD, TYPED(0), ARG(1), PMD_PAGES, MAPF_PMD);
}

SEC("fentry/page_add_file_rmap")
int map_file_page(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_FILE, EVENT_MAP_ADD, TYPED(0), ctx[2] & 1, 0);
}

SEC("fentry/page_add_file_rmap")
int map_file_old(uint64_t *ctx)
{
	return mapped_page(SLOT_MAP_FILE, EVENT_MAP_ADD, TYPED(0), ctx[1] & 1, 0);
}

SEC("fentry/folio_remove_rmap_ptes")
int unmap(uint64_t *ctx)
{
	return mapped(SLOT_UNMAP, EVENT_MAP_DEL, TYPED(0), ARG(1), (uint32_t)ctx[2], 0);
}

SEC("fentry/folio_remove_rmap_pmd")
int unmap_pmd(uint64_t *ctx)
{
	return mapped(SLOT_UNMAP_PMD, EVENT_MAP_DEL, TYPED(0), ARG(1), PMD_PAGES, MAPF_PMD);
}

SEC("fentry/page_remove_rmap")
int unmap_page(uint64_t *ctx)
{
	return mapped_page(SLOT_UNMAP, EVENT_MAP_DEL, TYPED(0), ctx[2] & 1, 0);
}

SEC("fentry/page_remove_rmap")
int unmap_old(uint64_t *ctx)
{
	return mapped_page(SLOT_UNMAP, EVENT_MAP_DEL, TYPED(0), ctx[1] & 1, 0);
}

/*
 * While a thread is in copy_page_range() or in khugepaged's functions, it is about every page that vm_normal_page()
 * finds. Since v6.9 one call of copy_page_range()'s may stand for several pages of a large folio: how many shows in the
 * next call's address.
 */
enum walk_what { WALK_FORK, WALK_SCAN, WALK_COLLAPSE };

struct walk {
	uint64_t end;  /* fork: of the VMA */
	uint64_t page; /* fork: found, not recorded yet; 0: none */
	uint64_t at;   /* its address */
	uint64_t what; /* enum walk_what */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, uint32_t);
	__type(value, struct walk);
} walks SEC(".maps");

uint64_t walking; /* threads inside */

static __always_inline void fork_flush(struct walk *f, uint64_t next)
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

static __always_inline void walk_begin(uint32_t slot, uint64_t end, uint64_t what)
{
	uint32_t thread = (uint32_t)bpf_get_current_pid_tgid();
	struct walk w = {.end = end, .what = what};

	if (bpf_map_update_elem(&walks, &thread, &w, 0))
		return;
	__sync_fetch_and_add(&walking, 1);
	count_hit(slot);
}

static __always_inline struct walk *walk_of_thread(void)
{
	uint32_t thread;

	if (!*(volatile uint64_t *)&walking) /* vm_normal_page() has many other callers */
		return NULL;
	thread = (uint32_t)bpf_get_current_pid_tgid();
	return bpf_map_lookup_elem(&walks, &thread);
}

static __always_inline void walk_end(uint32_t slot)
{
	uint32_t thread = (uint32_t)bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&walks, &thread);
	__sync_fetch_and_add(&walking, -1);
	count_hit(slot);
}

SEC("fentry/copy_page_range")
int fork_enter(uint64_t *ctx)
{
	const struct vm_area_struct *vma = (void *)ARG(1);
	uint64_t end = 0;

	if (!recording)
		return 0;
	bpf_core_read(&end, sizeof(end), &vma->vm_end);
	walk_begin(SLOT_FORK_ENTER, end, WALK_FORK);
	return 0;
}

SEC("fexit/vm_normal_page")
int walk_page(uint64_t *ctx)
{
	struct walk *w = walk_of_thread();
	uint64_t page;

	if (!w)
		return 0;
	page = ARG(3);
	if (w->what != WALK_FORK) {
		if (is_page(page))
			note_page(SLOT_COLLAPSE_PAGE, EVENT_THP, CLASS_THP, page, 0,
				  w->what == WALK_SCAN ? THP_SCAN : THP_COLLAPSE);
		return 0;
	}
	fork_flush(w, ctx[1]);
	if (is_page(page)) {
		w->page = page;
		w->at = ctx[1];
	}
	return 0;
}

SEC("fexit/copy_page_range")
int fork_leave(uint64_t *ctx)
{
	struct walk *w = walk_of_thread();

	if (!w)
		return 0;
	fork_flush(w, w->end);
	walk_end(SLOT_FORK_LEAVE);
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

/*
 * Before v6.2, which did away with PG_double_map, this counts the mappings itself; later by the functions above. The
 * entry may be a table's by then, or a file's, whose mapping just goes.
 */
SEC("fentry/__split_huge_pmd")
int pmd_split(uint64_t *ctx)
{
	uint64_t page;

	if (!recording || !bpf_core_enum_value_exists(enum pageflags, PG_double_map))
		return 0;
	page = entry_page(ARG(1));
	if (!page || read_order(page) != PMD_ORDER || !read_anon(page))
		return 0;
	note_map(SLOT_PMD_SPLIT, EVENT_MAP_ADD, page, page, PMD_PAGES, MAPF_PTE);
	note_map(SLOT_PMD_SPLIT, EVENT_MAP_DEL, page, page, PMD_PAGES, MAPF_PMD);
	return 0;
}

#endif
