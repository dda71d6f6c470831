// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/slab/slab_recorder.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf/slab/slab_queue.h"
#include "bpf/slab.skel.h"

enum { NR_LINKS = 4 };

struct slab_recorder {
	struct slab_bpf *skel;
	struct bpf_link *links[NR_LINKS];
	uint64_t ring_words;
	struct wire_cpu *control;
	size_t control_len;
	struct wire_chunk *chunks;
	size_t chunks_len;
	struct slab_seen *walked;
	size_t walked_len;
	struct ring *rings;
	struct slab_queue *queues;
	size_t nr_cpus;
	uint64_t pointers[SLAB_CACHES_MAX]; /* struct kmem_cache; 0: not met yet */
	uint64_t skipped_before;
};

DEFINE_CLEANUP(struct slab_recorder *, slab_recorder_destroy);
DEFINE_CLEANUP(struct btf *, btf__free);

/* Up to v6.0 the tracepoints tell a size or a name instead: their third argument decides. */
static bool tells_the_cache(const struct btf *btf, const char *tracepoint)
{
	int32_t id = btf__find_by_name_kind(btf, tracepoint, BTF_KIND_TYPEDEF);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	if (t)
		t = btf__type_by_id(btf, t->type); /* a pointer */
	if (t)
		t = btf__type_by_id(btf,
				    t->type); /* to a function, whose first argument is not ours */
	if (!t || !btf_is_func_proto(t) || btf_vlen(t) < 4)
		return false;
	t = btf__type_by_id(btf, btf_params(t)[3].type);
	if (!t || !btf_is_ptr(t))
		return false;
	t = btf__type_by_id(btf, t->type);
	while (t && (btf_is_const(t) || btf_is_volatile(t)))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_struct(t) &&
	       !strcmp(btf__name_by_offset(btf, t->name_off), "kmem_cache");
}

static int configure(struct slab_recorder *r, const char *const *names, size_t nr,
		     uint64_t ring_words, struct error *err)
{
	_cleanup_(btf__freep) struct btf *btf = btf__load_vmlinux_btf();
	struct slab_bpf__rodata *rodata = r->skel->rodata;

	if (libbpf_get_error(btf)) {
		btf = NULL;
		return error_set(err, -ENOENT,
				 "this kernel does not describe its types: no "
				 "/sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)");
	}
	if (!tells_the_cache(btf, "btf_trace_kmem_cache_alloc") ||
	    !tells_the_cache(btf, "btf_trace_kmem_cache_free"))
		return error_set(err, -EOPNOTSUPP,
				 "this kernel's tracepoints do not tell the slab cache "
				 "(those of v6.1 and later do)");
	if (btf__find_by_name_kind(btf, "slab", BTF_KIND_STRUCT) < 0)
		bpf_program__set_autoload(r->skel->progs.slab_walk, false);
	r->ring_words = ring_words;
	rodata->backed_up = 1;
	rodata->nr_wanted = (uint32_t)nr;
	for (size_t i = 0; i < nr; i++) {
		size_t len = strlen(names[i]);

		if (len >= sizeof(rodata->wanted[i]))
			len = sizeof(rodata->wanted[i]) - 1;
		memcpy((void *)rodata->wanted[i], names[i], len);
	}
	return 0;
}

static int load(struct slab_recorder *r, struct error *err)
{
	uint32_t nr = (uint32_t)r->nr_cpus;
	int status = bpf_map__set_max_entries(r->skel->maps.cpus, nr);

	if (!status)
		status = bpf_map__set_max_entries(
			r->skel->maps.rings, nr * (uint32_t)(r->ring_words / WIRE_CHUNK_WORDS));
	if (!status)
		status = slab_bpf__load(r->skel);
	if (status == -EPERM)
		return error_set(err, status,
				 "watching the slab caches needs root: this process "
				 "may not load BPF programs");
	if (status < 0)
		return error_set(err, -EOPNOTSUPP, "this kernel does not take the BPF programs: %s",
				 strerror(-status));
	return 0;
}

static int map_memory(const struct bpf_map *map, size_t len, void *ret, size_t *ret_len,
		      struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	len = (len + page - 1) & ~(page - 1);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (p == MAP_FAILED)
		return error_set(err, -errno, "cannot map the recorder's buffer: %m");
	*(void **)ret = p;
	*ret_len = len;
	return 0;
}

static int map_rings(struct slab_recorder *r, struct error *err)
{
	size_t chunks = r->ring_words / WIRE_CHUNK_WORDS;
	int status = map_memory(r->skel->maps.cpus, r->nr_cpus * sizeof(*r->control), &r->control,
				&r->control_len, err);

	if (!status)
		status = map_memory(r->skel->maps.rings, r->nr_cpus * chunks * sizeof(*r->chunks),
				    &r->chunks, &r->chunks_len, err);
	if (!status)
		status = map_memory(r->skel->maps.walked, SLAB_WALK_MAX * sizeof(*r->walked),
				    &r->walked, &r->walked_len, err);
	if (status < 0)
		return status;
	r->rings = calloc(r->nr_cpus, sizeof(*r->rings));
	r->queues = calloc(r->nr_cpus, sizeof(*r->queues));
	if (!r->rings || !r->queues)
		return error_nomem(err);
	for (size_t cpu = 0; cpu < r->nr_cpus; cpu++)
		ring_init(&r->rings[cpu], &r->control[cpu], r->chunks, cpu * chunks, r->ring_words,
			  (uint16_t)cpu);
	return 0;
}

static int attach_programs(struct slab_recorder *r, struct error *err)
{
	/* a backup runs after its program: tracepoints run programs in order of attachment */
	struct bpf_program *programs[NR_LINKS] = {
		r->skel->progs.slab_alloc,
		r->skel->progs.slab_alloc_backup,
		r->skel->progs.slab_free,
		r->skel->progs.slab_free_backup,
	};

	for (size_t i = 0; i < NR_LINKS; i++) {
		struct bpf_link *link = bpf_program__attach(programs[i]);

		if (libbpf_get_error(link))
			return error_set(err, (int)libbpf_get_error(link),
					 "cannot attach to a tracepoint of slab caches: %s",
					 strerror((int)-libbpf_get_error(link)));
		r->links[i] = link;
	}
	return 0;
}

int slab_recorder_create(const char *const *names, size_t nr, uint64_t buffer_bytes,
			 struct slab_recorder **ret, struct error *err)
{
	_cleanup_(slab_recorder_destroyp) struct slab_recorder *r = calloc(1, sizeof(*r));
	uint64_t ring_words = WIRE_MIN_RING_WORDS;
	int status = libbpf_num_possible_cpus();

	if (!r)
		return error_nomem(err);
	if (nr > SLAB_CACHES_MAX)
		return error_set(err, -E2BIG, "%zu slab caches are more than %d", nr,
				 SLAB_CACHES_MAX);
	if (status < 0)
		return error_set(err, status, "cannot learn the number of CPUs: %s",
				 strerror(-status));
	r->nr_cpus = (size_t)status;
	while (ring_words * sizeof(uint64_t) < buffer_bytes)
		ring_words *= 2;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(NULL); /* our own sentence says it */
	r->skel = slab_bpf__open();
	if (!r->skel)
		return error_set(err, -errno, "cannot open the BPF programs: %m");
	status = configure(r, names, nr, ring_words, err);
	if (!status)
		status = load(r, err);
	if (!status)
		status = map_rings(r, err);
	if (!status)
		status = attach_programs(r, err);
	if (status < 0)
		return status;
	*ret = take_ptr(r);
	return 0;
}

void slab_recorder_destroy(struct slab_recorder *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < NR_LINKS; i++)
		bpf_link__destroy(r->links[i]);
	if (r->control)
		munmap(r->control, r->control_len);
	if (r->chunks)
		munmap(r->chunks, r->chunks_len);
	if (r->walked)
		munmap(r->walked, r->walked_len);
	slab_bpf__destroy(r->skel);
	for (size_t i = 0; r->queues && i < r->nr_cpus; i++)
		slab_queue_fini(&r->queues[i]);
	free(r->queues);
	free(r->rings);
	free(r);
}

/* Which struct kmem_cache have the names, as far as the programs met them. */
static void find_pointers(struct slab_recorder *r)
{
	int fd = bpf_map__fd(r->skel->maps.caches);
	uint64_t key, *previous = NULL;

	for (; !bpf_map_get_next_key(fd, previous, &key); previous = &key) {
		uint32_t number;

		if (!bpf_map_lookup_elem(fd, &key, &number) && number && number <= SLAB_CACHES_MAX)
			r->pointers[number - 1] = key;
	}
}

/* The kernel's count of runs that it skipped; it never goes back. */
static uint64_t recursion_misses(const struct slab_recorder *r)
{
	const struct bpf_program *programs[] = {r->skel->progs.slab_alloc,
						r->skel->progs.slab_free};
	uint64_t misses = 0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(programs[i]), &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}

void slab_recorder_start(struct slab_recorder *r)
{
	find_pointers(r);
	r->skipped_before = recursion_misses(r);
	__atomic_store_n(&r->skel->bss->recording, 1, __ATOMIC_SEQ_CST);
}

uint32_t slab_recorder_cpus(const struct slab_recorder *r)
{
	return (uint32_t)r->nr_cpus;
}

static struct slab_queue *oldest(struct slab_recorder *r)
{
	struct slab_queue *first = NULL;

	for (size_t cpu = 0; cpu < r->nr_cpus; cpu++) {
		struct slab_queue *q = &r->queues[cpu];

		if (q->first < q->nr &&
		    (!first || q->events[q->first].ns < first->events[first->first].ns))
			first = q;
	}
	return first;
}

int slab_recorder_drain(struct slab_recorder *r, uint64_t cut_ns, slab_event_fn *fn, void *arg,
			struct error *err)
{
	struct slab_queue *q;
	int status = 0;

	for (size_t cpu = 0; cpu < r->nr_cpus && !status; cpu++)
		status = slab_queue_take(&r->queues[cpu], &r->rings[cpu], cut_ns, err);
	while (!status && (q = oldest(r)))
		status = fn(arg, &q->events[q->first++], err);
	return status;
}

static bool plausible(const struct slab_seen *slabs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!slabs[i].object || slabs[i].inuse > slabs[i].objects)
			return false;
	return true;
}

int slab_recorder_walk(struct slab_recorder *r, size_t cache, struct slab_walk *ret,
		       struct error *err)
{
	int program = bpf_program__fd(r->skel->progs.slab_walk);
	struct slab_seen *slabs;

	if (!r->pointers[cache])
		find_pointers(r);
	if (program < 0 || !r->pointers[cache])
		return error_set(err, -EOPNOTSUPP,
				 "the cache was not met, or its slabs cannot be "
				 "seen");
	for (int attempt = 0; attempt < 3; attempt++) {
		struct slab_walk_args args = {.cache = r->pointers[cache]};
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));

		if (bpf_prog_test_run_opts(program, &opts) < 0)
			return error_set(err, -errno, "cannot read the slabs of a cache: %m");
		if (!args.came_round || !args.slabs || !plausible(r->walked, args.nr))
			continue;
		slabs = malloc((args.nr + 1) * sizeof(*slabs));
		if (!slabs)
			return error_nomem(err);
		memcpy(slabs, r->walked, args.nr * sizeof(*slabs));
		*ret = (struct slab_walk){args.ns, args.slabs, slabs, args.nr};
		return 0;
	}
	return error_set(err, -EAGAIN, "the slabs of the cache changed while they were read");
}

uint64_t slab_recorder_lost(const struct slab_recorder *r, size_t cache)
{
	uint64_t lost = 0;

	for (size_t cpu = 0; cpu < r->nr_cpus; cpu++)
		lost += __atomic_load_n(&r->control[cpu].lost[cache], __ATOMIC_RELAXED);
	return lost;
}

uint64_t slab_recorder_skipped(const struct slab_recorder *r)
{
	uint64_t skipped = recursion_misses(r) - r->skipped_before, rescued = 0;

	for (size_t cpu = 0; cpu < r->nr_cpus; cpu++)
		for (int which = 0; which < 2; which++)
			rescued += __atomic_load_n(&r->control[cpu].served[which].rescued,
						   __ATOMIC_RELAXED);
	return rescued < skipped ? skipped - rescued : 0;
}
