// SPDX-License-Identifier: GPL-2.0-only
/* Records what some slab caches hand out and get back, and reads their partial lists. */
#include "bpf/programs/served.bpf.h"
#include "bpf/slab/slab_wire.h"

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kmem_cache_node {
	struct list_head partial;
	struct {
		__s64 counter;
	} nr_slabs; /* with CONFIG_SLUB_DEBUG, as /proc/slabinfo */
};

struct kmem_cache {
	const char *name;
	struct kmem_cache_node *node[1];
};

/* v5.17 and later; before, this was a part of struct page */
struct slab {
	struct list_head slab_list;
	void *freelist;
	unsigned int inuse : 16;
	unsigned int objects : 15;
};

#pragma clang attribute pop

const volatile uint64_t wanted[SLAB_CACHES_MAX][SLAB_NAME_WORDS];
const volatile uint32_t nr_wanted;

/* struct kmem_cache to the number of the wanted cache + 1, or 0: names are compared once */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SLAB_CACHES_SEEN);
	__type(key, uint64_t);
	__type(value, uint32_t);
} caches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLAB_WALK_MAX);
	__type(key, uint32_t);
	__type(value, struct slab_seen);
} walked SEC(".maps");

static __always_inline uint32_t number_of(const struct kmem_cache *s)
{
	uint64_t name[SLAB_NAME_WORDS] = {0}, key = address(s);
	uint32_t *known = bpf_map_lookup_elem(&caches, &key);
	uint32_t number = 0;

	if (known)
		return *known;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(s, name));
#pragma unroll
	for (uint32_t i = 0; i < SLAB_CACHES_MAX; i++)
		if (i < nr_wanted && name[0] == wanted[i][0] && name[1] == wanted[i][1] &&
		    name[2] == wanted[i][2] && name[3] == wanted[i][3])
			number = i + 1;
	bpf_map_update_elem(&caches, &key, &number, 0);
	return number;
}

static __always_inline void put_object(struct wire_cpu *c, uint64_t object, uint32_t number,
				       uint32_t free)
{
	uint64_t *record = reserve(c, SLAB_RECORD_WORDS);

	if (!record) {
		__sync_fetch_and_add(&c->lost[(number - 1) & 15], 1);
		return;
	}
	record[1] = bpf_ktime_get_ns();
	record[2] = object;
	publish(record, 1 | free | (uint64_t)(number - 1) << SLAB_CACHE_SHIFT);
}

static __always_inline struct wire_cpu *home_if_recording(const void *object)
{
	uint32_t cpu = bpf_get_smp_processor_id();

	return recording && object ? bpf_map_lookup_elem(&cpus, &cpu) : NULL;
}

static __always_inline void put_event(struct wire_cpu *c, const void *object,
				      const struct kmem_cache *s, uint32_t free)
{
	uint32_t number = number_of(s);

	if (number)
		put_object(c, address(object), number, free);
}

/* Of all caches, wanted or not: the kernel's count of skipped runs does not tell them apart. */
static __always_inline int on_event(const void *ctx, const void *object, const struct kmem_cache *s,
				    uint32_t free)
{
	struct wire_cpu *c = home_if_recording(object);

	if (!c)
		return 0;
	mark_served(&c->served[free ? 1 : 0], address(object), ctx);
	put_event(c, object, s, free);
	return 0;
}

static __always_inline int on_event_again(const void *ctx, const void *object,
					  const struct kmem_cache *s, uint32_t free)
{
	struct wire_cpu *c = home_if_recording(object);
	struct wire_served *served;

	if (!c)
		return 0;
	served = &c->served[free ? 1 : 0];
	if (!was_served(served, address(object)) &&
	    !was_served_below(served, address(object), address(ctx)))
		put_event(c, object, s, free);
	return 0;
}

SEC("tp_btf/kmem_cache_alloc")
int BPF_PROG(slab_alloc, unsigned long site, const void *object, struct kmem_cache *s)
{
	return on_event(ctx, object, s, 0);
}

SEC("tp_btf/kmem_cache_alloc")
int BPF_PROG(slab_alloc_backup, unsigned long site, const void *object, struct kmem_cache *s)
{
	return on_event_again(ctx, object, s, 0);
}

SEC("tp_btf/kmem_cache_free")
int BPF_PROG(slab_free, unsigned long site, const void *object, const struct kmem_cache *s)
{
	return on_event(ctx, object, s, SLAB_FREE);
}

SEC("tp_btf/kmem_cache_free")
int BPF_PROG(slab_free_backup, unsigned long site, const void *object, const struct kmem_cache *s)
{
	return on_event_again(ctx, object, s, SLAB_FREE);
}

struct walk {
	uint64_t head, at;
	uint32_t nr, came_round;
};

static long walk_step(uint32_t i, struct walk *w)
{
	struct slab *slab = (void *)(w->at - bpf_core_field_offset(struct slab, slab_list));
	struct slab_seen *seen = bpf_map_lookup_elem(&walked, &i);

	if (!seen || !w->at)
		return 1;
	if (w->at == w->head) {
		w->came_round = 1;
		return 1;
	}
	seen->object = address(BPF_CORE_READ(slab, freelist));
	seen->inuse = (uint32_t)BPF_CORE_READ_BITFIELD_PROBED(slab, inuse);
	seen->objects = (uint32_t)BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
	w->nr = i + 1;
	w->at = address(BPF_CORE_READ(slab, slab_list.next));
	return 0;
}

/* Node 0 only, without its lock: whoever asks must be ready to ask again. */
SEC("syscall")
int slab_walk(struct slab_walk_args *args)
{
	struct kmem_cache *s = (void *)args->cache;
	struct kmem_cache_node *node = BPF_CORE_READ(s, node[0]);
	struct walk w = {0};

	w.head = address(node) + bpf_core_field_offset(struct kmem_cache_node, partial);
	w.at = address(BPF_CORE_READ(node, partial.next));
	bpf_loop(SLAB_WALK_MAX, walk_step, &w, 0);
	args->ns = bpf_ktime_get_ns();
	if (bpf_core_field_exists(node->nr_slabs))
		args->slabs = (uint64_t)BPF_CORE_READ(node, nr_slabs.counter);
	args->nr = w.nr;
	args->came_round = w.came_round;
	return 0;
}
