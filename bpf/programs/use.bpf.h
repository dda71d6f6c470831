/* SPDX-License-Identifier: GPL-2.0-only */
/* What pages become, from the bulk allocator to page tables; dirtying; compaction. BPF side. */
#ifndef BPF_USE_BPF_H
#define BPF_USE_BPF_H

#include "bpf/programs/page.bpf.h"

enum { MAX_BULK = 256 }; /* vmalloc asks for 100 at most; what is above counts as lost */

/* An argument that points to pointers, which the verifier lets no program read by itself before v6.8. */
static __always_inline uint64_t func_arg(uint64_t *ctx, uint32_t n)
{
	uint64_t value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

/* Entries that were filled before the call are not its own. */
static __always_inline int bulk_begin(uint64_t array)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	uint64_t before = 0;

	if (!c || !recording)
		return 0;
	c->hits[SLOT_BULK_ENTER]++;
	for (uint32_t i = 0; array && i < MAX_BULK; i++) {
		uint64_t page = 0;

		bpf_probe_read_kernel(&page, sizeof(page), (void *)(array + i * 8));
		if (!page)
			break;
		before++;
	}
	c->bulk_before = before;
	return 0;
}

/*
 * Global, so that the verifier looks at it once and not once per entry: 6.1 gives up at 8192 jumps, which the choice of
 * threads and the ring's upkeep take together in fewer entries than there may be.
 */
__noinline int bulk_page(uint64_t page, uint32_t arg)
{
	struct wire_cpu *c = home_of(bpf_get_smp_processor_id());

	/* where it falls back to the single allocator, the tracepoint has shown the page */
	if (c && is_page(page) && page != c->last_alloc)
		note_page(SLOT_BULK, EVENT_BULK_ALLOC, CLASS_BULK, page, 0, arg);
	return 0;
}

static __always_inline int bulk_end(uint64_t array, uint64_t nr, uint32_t gfp)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	uint32_t arg;

	if (!c || !recording || !array)
		return 0;
	arg = gfp_arg(gfp);
	/* enum migratetype: unmovable, movable, reclaimable, as gfp_migratetype() derives it */
	arg |= (arg & GFPC_MOVABLE ? 1 : arg & GFPC_RECLAIMABLE ? 2 : 0) << WIRE_MT_SHIFT;
	if (nr > MAX_BULK)
		__sync_fetch_and_add(&c->lost[CLASS_BULK], nr - MAX_BULK);
	for (uint32_t i = 0; i < MAX_BULK; i++) {
		uint64_t page = 0;

		if (i >= nr)
			break;
		if (i < c->bulk_before)
			continue;
		bpf_probe_read_kernel(&page, sizeof(page), (void *)(array + i * 8));
		bulk_page(page, arg);
	}
	return 0;
}

SEC("fentry/alloc_pages_bulk_noprof")
int bulk_enter(uint64_t *ctx)
{
	return bulk_begin(func_arg(ctx, 4));
}

SEC("fentry/alloc_pages_bulk_noprof")
int bulk_enter_list(uint64_t *ctx)
{
	return bulk_begin(func_arg(ctx, 5));
}

SEC("fentry/__alloc_pages_bulk")
int bulk_enter_old(uint64_t *ctx)
{
	return bulk_begin(func_arg(ctx, 5));
}

SEC("fexit/alloc_pages_bulk_noprof")
int bulk_leave(uint64_t *ctx)
{
	return bulk_end(func_arg(ctx, 4), ctx[5], (uint32_t)ctx[0]);
}

SEC("fexit/alloc_pages_bulk_noprof")
int bulk_leave_list(uint64_t *ctx)
{
	return bulk_end(func_arg(ctx, 5), ctx[6], (uint32_t)ctx[0]);
}

SEC("fexit/__alloc_pages_bulk")
int bulk_leave_old(uint64_t *ctx)
{
	return bulk_end(func_arg(ctx, 5), ctx[6], (uint32_t)ctx[0]);
}

extern const void page_offset_base __ksym __weak; /* of x86-64's direct map, with KALLSYMS_ALL */
uint32_t
	no_direct_map; /* set when something in it was to be found, and it is not known where it lies */

/*
 * The page of what lies in the direct map; ~0 for NULL, for what vmalloc() made, and where the map is not known. With
 * KASLR the direct map is as large as memory and 10 TiB, so vmalloc()'s part begins well within 64 TiB of its start
 * (arch/x86/mm/kaslr.c), but never within memory.
 */
static __always_inline uint64_t pfn_behind(uint64_t address)
{
	uint64_t base = 0, pfn;

	if (!&page_offset_base) {
		no_direct_map = 1;
		return ~0ull;
	}
	bpf_probe_read_kernel(&base, sizeof(base), &page_offset_base);
	pfn = (address - base) >> 12;
	return base && pfn < max_pfn ? pfn : ~0ull;
}

static __always_inline int behind(uint32_t slot, uint32_t kind, uint32_t cls, uint64_t address,
				  uint32_t arg)
{
	uint64_t pfn = recording ? pfn_behind(address) : ~0ull;

	if (~pfn)
		note(slot, cls, wire_word0(kind, 0, arg, pfn));
	return 0;
}

static __always_inline int became(uint32_t slot, uint32_t kind, uint64_t page, uint32_t arg)
{
	if (recording && is_page(page))
		note_page(slot, kind, CLASS_KIND, page, read_order(page), arg);
	return 0;
}

static __always_inline int new_slab(uint64_t page)
{
	const struct slab___objects *slab = (void *)page;
	uint32_t nr = 0;

	if (recording && is_page(page) && bpf_core_field_exists(slab->objects))
		nr = (uint32_t)BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
	return became(SLOT_SLAB_NEW, EVENT_SLAB_PAGE, page, 1 | nr << SLAB_OBJECTS_SHIFT);
}

SEC("fexit/allocate_slab")
int slab_new(uint64_t *ctx)
{
	return new_slab(ARG(3));
}

SEC("fexit/allocate_slab")
int slab_new_flags(uint64_t *ctx)
{
	return new_slab(ARG(4));
}

SEC("fentry/__free_slab")
int slab_end(uint64_t *ctx)
{
	return became(SLOT_SLAB_END, EVENT_SLAB_PAGE, ARG(1), 0);
}

#define TABLE_ENDS(LEVEL) (PGTABLE_##LEVEL << PGTABLE_LEVEL_SHIFT)
#define TABLE_BEGINS(LEVEL) (1 | TABLE_ENDS(LEVEL))

SEC("fexit/pte_alloc_one")
int pte_new(uint64_t *ctx)
{
	return became(SLOT_PTE_NEW, EVENT_PGTABLE_PAGE, ARG(1), TABLE_BEGINS(PTE));
}

/* They return 0 or an error; the table is where the entry that they were given points now. */
static __always_inline int new_upper(uint32_t slot, uint64_t entry, int failed, uint32_t arg)
{
	uint64_t page = failed || !recording ? 0 : entry_page(entry);

	return page ? became(slot, EVENT_PGTABLE_PAGE, page, arg) : 0;
}

SEC("fexit/__pmd_alloc")
int pmd_new(uint64_t *ctx)
{
	return new_upper(SLOT_PMD_NEW, ARG(1), (int)ctx[3], TABLE_BEGINS(PMD));
}

SEC("fexit/__pud_alloc")
int pud_new(uint64_t *ctx)
{
	return new_upper(SLOT_PUD_NEW, ARG(1), (int)ctx[3], TABLE_BEGINS(PUD));
}

/* These are given the table itself. */
SEC("fentry/___pmd_free_tlb")
int pmd_end(uint64_t *ctx)
{
	return behind(SLOT_PMD_END, EVENT_PGTABLE_PAGE, CLASS_KIND, ARG(1), TABLE_ENDS(PMD));
}

SEC("fentry/___pud_free_tlb")
int pud_end(uint64_t *ctx)
{
	return behind(SLOT_PUD_END, EVENT_PGTABLE_PAGE, CLASS_KIND, ARG(1), TABLE_ENDS(PUD));
}

SEC("fexit/pgd_alloc")
int pgd_new(uint64_t *ctx)
{
	return behind(SLOT_PGD_NEW, EVENT_PGTABLE_PAGE, CLASS_KIND, ARG(1), TABLE_BEGINS(PGD));
}

SEC("fentry/pgd_free")
int pgd_end(uint64_t *ctx)
{
	return behind(SLOT_PGD_END, EVENT_PGTABLE_PAGE, CLASS_KIND, ARG(1), TABLE_ENDS(PGD));
}

SEC("fentry/___pte_free_tlb")
int pte_end(uint64_t *ctx)
{
	return became(SLOT_PTE_END, EVENT_PGTABLE_PAGE, ARG(1), TABLE_ENDS(PTE));
}

static __always_inline int written(uint32_t slot, uint32_t kind, uint64_t page, uint32_t arg)
{
	uint64_t folio;

	if (!recording)
		return 0;
	folio = folio_of(page);
	note_page(slot, kind, CLASS_WRITEBACK, folio, read_order(folio), arg);
	return 0;
}

SEC("tp_btf/writeback_dirty_folio")
int dirty(uint64_t *ctx)
{
	return written(SLOT_DIRTY, EVENT_DIRTY, ARG(0), 0);
}

SEC("tp_btf/writeback_dirty_page")
int dirty_page(uint64_t *ctx)
{
	return written(SLOT_DIRTY, EVENT_DIRTY, ARG(0), 0);
}

/*
 * The copy itself, copy_page_from_iter_atomic(), takes no program: what comes right after it does. One of these
 * functions may call another, with the same folio; nothing has come in between then.
 */
static __always_inline int copied(uint32_t slot, uint64_t page)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c && c->batch == page && c->batch_head == c->head)
		return 0;
	written(slot, EVENT_WRITE, page, 0);
	if (c) {
		c->batch = page;
		c->batch_head = c->head;
	}
	return 0;
}

SEC("fentry/block_write_end")
int write_block(uint64_t *ctx)
{
	return copied(SLOT_WRITE_BLOCK, ARG(3));
}

SEC("fentry/block_write_end")
int write_block_7(uint64_t *ctx)
{
	return copied(SLOT_WRITE_BLOCK, ARG(5));
}

SEC("kprobe")
int write_block_kprobe(struct pt_regs *ctx)
{
	return copied(SLOT_WRITE_BLOCK, PARM6(ctx));
}

SEC("fentry/generic_write_end")
int write_generic(uint64_t *ctx)
{
	return copied(SLOT_WRITE_GENERIC, ARG(5));
}

SEC("kprobe")
int write_generic_kprobe(struct pt_regs *ctx)
{
	return copied(SLOT_WRITE_GENERIC, PARM6(ctx));
}

SEC("fentry/shmem_write_end")
int write_shmem(uint64_t *ctx)
{
	return copied(SLOT_WRITE_SHMEM, ARG(5));
}

SEC("kprobe")
int write_shmem_kprobe(struct pt_regs *ctx)
{
	return copied(SLOT_WRITE_SHMEM, PARM6(ctx));
}

SEC("fentry/__folio_start_writeback")
int write_begin(uint64_t *ctx)
{
	return written(SLOT_WRITE_BEGIN, EVENT_WRITEBACK, ARG(0), 1);
}

SEC("fentry/__folio_end_writeback")
int write_end(uint64_t *ctx)
{
	return written(SLOT_WRITE_END, EVENT_WRITEBACK, ARG(0), 0);
}

static __always_inline int scanned(uint32_t slot, uint64_t start, uint64_t nr, uint32_t which)
{
	if (nr > WIRE_SCAN_MAX)
		nr = WIRE_SCAN_MAX;
	if (recording && nr)
		note(slot, CLASS_SCAN,
		     wire_word0(EVENT_SCAN, 0, which | (uint32_t)nr << WIRE_SCAN_SHIFT, start));
	return 0;
}

SEC("tp_btf/mm_compaction_isolate_migratepages")
int scan_move(uint64_t *ctx)
{
	return scanned(SLOT_SCAN_MOVE, ctx[0], ctx[2], 0);
}

SEC("tp_btf/mm_compaction_isolate_freepages")
int scan_free(uint64_t *ctx)
{
	return scanned(SLOT_SCAN_FREE, ctx[0], ctx[2], 1);
}

/* The old one still has all its flags. */
static __always_inline int migrated(uint64_t to, uint64_t from)
{
	uint32_t cpu = bpf_get_smp_processor_id(), order;
	struct wire_cpu *c = home_of(cpu);

	if (!c || !recording || !is_page(from) || !is_page(to))
		return 0;
	c->hits[SLOT_MIGRATE]++;
	order = read_order(from);
	move_mark(pfn_of(from), pfn_of(to), order);
	put(c, cpu, EVENT_MIGRATE, CLASS_MIGRATE, wire_word0(EVENT_MIGRATE, order, 0, pfn_of(from)),
	    0, pfn_of(to));
	return 0;
}

SEC("fentry/folio_migrate_flags")
int migrate(uint64_t *ctx)
{
	return migrated(ARG(0), ARG(1));
}

SEC("fentry/migrate_page_states")
int migrate_page(uint64_t *ctx)
{
	return migrated(ARG(0), ARG(1));
}

#endif
