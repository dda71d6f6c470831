/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of slabs, and what looks at the slab behind an object. BPF side. */
#ifndef BPF_OBJECT_BPF_H
#define BPF_OBJECT_BPF_H

#include "bpf/programs/use.bpf.h"

enum { MAX_OBJECTS = 512 }; /* a page of pointers, which kfree_rcu() gathers, has 510 */

/* Not tp_btf: before v6.18 the verifier takes a pointer to const void for none. */
SEC("raw_tp/kmem_cache_free")
int object_free(uint64_t *ctx)
{
	return behind(SLOT_OBJECT_FREE, EVENT_OBJECT_FREE, CLASS_OBJECT, ARG(1), OBJECT_TO_CACHE);
}

SEC("raw_tp/kfree")
int object_kfree(uint64_t *ctx)
{
	return behind(SLOT_OBJECT_KFREE, EVENT_OBJECT_FREE, CLASS_OBJECT, ARG(1), OBJECT_KFREE);
}

SEC("fentry/__slab_free")
int object_slab(uint64_t *ctx)
{
	uint64_t slab = ARG(1);
	uint32_t arg = OBJECT_TO_SLAB | (uint32_t)(ctx[4] & OBJECT_NR_MAX) << OBJECT_NR_SHIFT;

	if (recording && is_page(slab))
		note(SLOT_OBJECT_SLAB, CLASS_OBJECT,
		     wire_word0(EVENT_OBJECT_FREE, 0, arg, pfn_of(slab)));
	return 0;
}

/* Global, so that the verifier looks at it once: see bulk_page(). */
__noinline int bulk_object(uint64_t object)
{
	return behind(SLOT_OBJECT_BULK, EVENT_OBJECT_FREE, CLASS_OBJECT, object, OBJECT_IN_BULK);
}

SEC("fentry/kmem_cache_free_bulk")
int object_bulk(uint64_t *ctx)
{
	struct wire_cpu *c = home_of(bpf_get_smp_processor_id());
	uint64_t nr = ctx[1], array = func_arg(ctx, 2);

	if (!c || !recording)
		return 0;
	if (nr > MAX_OBJECTS)
		__sync_fetch_and_add(&c->lost[CLASS_OBJECT], nr - MAX_OBJECTS);
	for (uint32_t i = 0; i < MAX_OBJECTS; i++) {
		uint64_t object = 0;

		if (i >= nr)
			break;
		bpf_probe_read_kernel(&object, sizeof(object), (void *)(array + i * 8));
		bulk_object(object);
	}
	return 0;
}

/* The slow path of an allocation; where it returns something else than the object, see hooks.def. */
SEC("fexit/___slab_alloc")
int object_refill(uint64_t *ctx)
{
	return behind(SLOT_OBJECT_REFILL, EVENT_OBJECT_FREE, CLASS_OBJECT, ARG(6), OBJECT_REFILL);
}

/* Global, so that the verifier looks at it once. The slab, by its pfn, which is told if it is another than before. */
__noinline int refilled(uint64_t object, uint32_t before)
{
	uint64_t pfn = pfn_behind(object), slab;

	if (!~pfn)
		return (int)before;
	slab = pfn_of(folio_of(vmemmap_base + pfn * bpf_core_type_size(struct page)));
	if (slab != before)
		note(SLOT_OBJECT_REFILL, CLASS_OBJECT,
		     wire_word0(EVENT_OBJECT_FREE, 0, OBJECT_REFILL, slab));
	return (int)slab;
}

/* With sheaves: takes all free objects of slabs off the node's list, one slab after the other. */
SEC("fexit/__refill_objects_node")
int object_refill_node(uint64_t *ctx)
{
	uint64_t array = func_arg(ctx, 1);
	uint32_t nr = (uint32_t)ctx[7], before = ~0u;

	if (!recording)
		return 0;
	for (uint32_t i = 0; i < MAX_OBJECTS; i++) {
		uint64_t object = 0;

		if (i >= nr)
			break;
		bpf_probe_read_kernel(&object, sizeof(object), (void *)(array + i * 8));
		before = (uint32_t)refilled(object, before);
	}
	return 0;
}

/* What lies on the stack, which is in no page of the direct map, the kernel does not look up either. */
SEC("fentry/__check_object_size")
int object_copy(uint64_t *ctx)
{
	uint32_t direction = (uint8_t)ctx[2] ? COPY_TO_USER : COPY_FROM_USER;

	/* a pointer to const void, which the verifier lets no program read by itself before v6.18 */
	return behind(SLOT_OBJECT_COPY, EVENT_OBJECT_FREE, CLASS_OBJECT, func_arg(ctx, 0),
		      OBJECT_COPIED | direction << OBJECT_NR_SHIFT);
}

SEC("fentry/kvfree_call_rcu")
int object_rcu(uint64_t *ctx)
{
	return behind(SLOT_OBJECT_RCU, EVENT_OBJECT_FREE, CLASS_OBJECT, ARG(1), OBJECT_LATER);
}

#endif
