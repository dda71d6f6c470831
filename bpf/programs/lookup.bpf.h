/* SPDX-License-Identifier: GPL-2.0-only */
/* Folios looked up in the page cache and referenced. BPF side. */
#ifndef BPF_LOOKUP_BPF_H
#define BPF_LOOKUP_BPF_H

#include "bpf/programs/page.bpf.h"

enum { MAX_BATCH = 31 }; /* PAGEVEC_SIZE, the most that any kernel has */

static __always_inline int found(uint32_t slot, uint64_t page, uint32_t how)
{
	uint64_t folio;

	if (!recording || !is_page(page))
		return 0;
	folio = folio_of(page);
	note_page(slot, EVENT_FOLIO_GET, CLASS_LOOKUP, folio, read_order(folio), how);
	return 0;
}

/* With a typed folio. */
static __always_inline int found_folio(uint32_t slot, const void *folio, uint32_t how)
{
	uint64_t at = address(folio);

	if (recording && is_page(at))
		note_page(slot, EVENT_FOLIO_GET, CLASS_LOOKUP, at, typed_order(folio), how);
	return 0;
}

/* A folio that this very call added to the cache was not found there. */
static __always_inline int found_or_added(uint32_t slot, uint64_t page, uint32_t how)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	if (c && page && c->added == page && c->added_by == bpf_get_current_pid_tgid()) {
		c->added = 0;
		return 0;
	}
	return found(slot, page, how);
}

SEC("fexit/filemap_get_entry")
int get_entry(uint64_t *ctx)
{
	return found(SLOT_GET_ENTRY, ARG(2), FOLIO_GET_ENTRY);
}

SEC("fexit/__filemap_get_folio")
int get_folio(uint64_t *ctx)
{
	return found_or_added(SLOT_GET_ENTRY, ARG(4), FOLIO_GET_ENTRY);
}

SEC("fexit/pagecache_get_page")
int get_page(uint64_t *ctx)
{
	return found_or_added(SLOT_GET_ENTRY, ARG(4), FOLIO_GET_ENTRY);
}

SEC("fexit/next_uptodate_folio")
int get_map(uint64_t *ctx)
{
	return found_folio(SLOT_GET_MAP, TYPED(3), FOLIO_GET_MAP);
}

SEC("fexit/next_uptodate_page")
int get_map_page(uint64_t *ctx)
{
	return found(SLOT_GET_MAP, ARG(4), FOLIO_GET_MAP);
}

static __always_inline int found_batch(uint32_t slot, uint64_t address, uint32_t how)
{
	const struct folio_batch *batch = (void *)address;
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);
	unsigned char nr = 0;

	if (!recording || !c)
		return 0;
	bpf_core_read(&nr, sizeof(nr), &batch->nr);
	for (uint32_t i = 0; i < MAX_BATCH && i < nr; i++) {
		uint64_t folio = 0;

		bpf_probe_read_kernel(&folio, sizeof(folio), (void *)&batch->folios + i * 8);
		if (is_page(folio))
			note_page(slot, EVENT_FOLIO_GET, CLASS_LOOKUP, folio, read_order(folio),
				  how);
	}
	return 0;
}

SEC("fexit/filemap_get_read_batch")
int get_read(uint64_t *ctx)
{
	return found_batch(SLOT_GET_READ, ARG(3), FOLIO_GET_READ);
}

SEC("fexit/find_get_entries")
int get_entries(uint64_t *ctx)
{
	return found_batch(SLOT_GET_ENTRIES, ARG(3), FOLIO_GET_BATCH);
}

SEC("fexit/find_lock_entries")
int get_locked(uint64_t *ctx)
{
	return found_batch(SLOT_GET_LOCKED, ARG(3), FOLIO_GET_BATCH);
}

SEC("fexit/filemap_get_folios")
int get_folios(uint64_t *ctx)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	/* since v6.6 it calls the next one, with the same batch; nothing has come in between then */
	if (c && c->batch == ARG(3) && c->batch_head == c->head) {
		c->batch = 0;
		return 0;
	}
	return found_batch(SLOT_GET_FOLIOS, ARG(3), FOLIO_GET_BATCH);
}

SEC("fexit/filemap_get_folios_contig")
int get_contig(uint64_t *ctx)
{
	return found_batch(SLOT_GET_CONTIG, ARG(3), FOLIO_GET_BATCH);
}

SEC("fexit/filemap_get_folios_tag")
int get_tag(uint64_t *ctx)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct wire_cpu *c = home_of(cpu);

	found_batch(SLOT_GET_TAG, ARG(4), FOLIO_GET_BATCH);
	if (c) {
		c->batch = ARG(4);
		c->batch_head = c->head;
	}
	return 0;
}

/* touch_buffer() */
SEC("tp_btf/block_touch_buffer")
int get_buffer(uint64_t *ctx)
{
	const struct buffer_head *buffer = (void *)ARG(0);

	return recording ? found(SLOT_GET_BUFFER, address(BPF_CORE_READ(buffer, b_page)),
				 FOLIO_GET_BUFFER)
			 : 0;
}

#endif
