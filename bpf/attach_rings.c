// SPDX-License-Identifier: GPL-2.0-only
/* The memory of the rings. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/attach_internal.h"
#include "bpf/record.skel.h"

/* Words of the rings of one CPU that lie before that of this level. */
static uint64_t words_before(const struct attach *a, uint32_t level)
{
	return level ? a->ring_words + (level - 1ULL) * WIRE_MIN_RING_WORDS : 0;
}

size_t attach_chunks(const struct attach *a)
{
	return words_before(a, a->levels) / WIRE_CHUNK_WORDS;
}

int attach_fit_rings(struct attach *a, const struct attach_opts *opts, struct error *err)
{
	uint64_t most = opts->max_bytes / sizeof(struct wire_chunk);

	a->ring_words = opts->ring_words;
	while (opts->max_bytes && a->ring_words > WIRE_MIN_RING_WORDS &&
	       a->nr_cpus * attach_chunks(a) > most)
		a->ring_words /= 2;
	if (opts->max_bytes && a->nr_cpus * attach_chunks(a) > most)
		return error_set(err, -ENOMEM,
				 "--max-memory: %zu buffers of %zu KiB do not fit into it",
				 a->nr_cpus * attach_chunks(a), sizeof(struct wire_chunk) >> 10);
	return 0;
}

static int map_memory(const struct bpf_map *map, size_t len, void **ret, struct error *err)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (p == MAP_FAILED)
		return error_set(err, -errno, "cannot map the recorder's buffer: %m");
	*ret = p;
	return 0;
}

int attach_map_rings(struct attach *a, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t chunks = attach_chunks(a);
	size_t control_len = (a->nr_rings * sizeof(*a->control) + page - 1) & ~(page - 1);
	size_t chunks_len = (a->nr_cpus * chunks * sizeof(*a->chunks) + page - 1) & ~(page - 1);
	int r = map_memory(a->skel->maps.cpus, control_len, (void **)&a->control, err);

	if (r < 0)
		return r;
	a->control_len = control_len;
	r = map_memory(a->skel->maps.rings, chunks_len, (void **)&a->chunks, err);
	if (r < 0)
		return r;
	a->chunks_len = chunks_len;
	a->rings = calloc(a->nr_rings, sizeof(*a->rings));
	if (!a->rings)
		return error_nomem(err);
	for (uint32_t i = 0; i < a->nr_rings; i++) {
		uint32_t cpu = i / a->levels, level = i % a->levels;

		ring_init(&a->rings[i], &a->control[i], a->chunks,
			  cpu * chunks + words_before(a, level) / WIRE_CHUNK_WORDS,
			  level ? WIRE_MIN_RING_WORDS : a->ring_words, (uint16_t)cpu);
		a->control[i].choosy = !a->select_all;
	}
	return 0;
}
