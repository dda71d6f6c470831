// SPDX-License-Identifier: GPL-2.0-only
/* The memory of the rings. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf/attach/attach_internal.h"
#include "bpf/attach/host.h"
#include "bpf/record.skel.h"

/*
 * A machine may be able to have many more CPUs than it has. Those may come while it is recorded, but most never do, so each
 * has a ring that takes the usual traffic and no bursts; what finds no room in it is counted as anywhere.
 */
enum { ABSENT_SHARE = 16 };

static uint64_t words_of(const struct attach *a, uint32_t cpu, uint32_t level)
{
	uint64_t words = a->ring_words;

	if (cpu >= SELECT_MAX_CPUS || !a->online[cpu])
		words /= ABSENT_SHARE;
	return level || words < WIRE_MIN_RING_WORDS ? WIRE_MIN_RING_WORDS : words;
}

size_t attach_chunks(const struct attach *a)
{
	uint64_t words = 0;

	for (uint32_t i = 0; i < a->nr_rings; i++)
		words += words_of(a, i / a->levels, i % a->levels);
	return words / WIRE_CHUNK_WORDS;
}

/* Where the kernel does not tell, all CPUs that there may be are taken to be there. */
static void find_online(struct attach *a)
{
	_cleanup_free_ char *list = NULL;

	if (!host_read_file("/sys/devices/system/cpu/online", &list, NULL)) {
		list[strcspn(list, "\n")] = '\0';
		if (!select_parse_cpus(list, a->nr_cpus, a->online, NULL))
			return;
	}
	memset(a->online, 1, sizeof(a->online));
}

int attach_fit_rings(struct attach *a, const struct attach_opts *opts, struct error *err)
{
	uint64_t most = opts->max_bytes / sizeof(struct wire_chunk);

	find_online(a);
	a->ring_words = opts->ring_words;
	while (opts->max_bytes && a->ring_words > WIRE_MIN_RING_WORDS && attach_chunks(a) > most)
		a->ring_words /= 2;
	if (opts->max_bytes && attach_chunks(a) > most)
		return error_set(err, -ENOMEM,
				 "--max-memory: %zu buffers of %zu KiB do not fit into it",
				 attach_chunks(a), sizeof(struct wire_chunk) >> 10);
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
	size_t first = 0;
	size_t control_len = (a->nr_rings * sizeof(*a->control) + page - 1) & ~(page - 1);
	size_t chunks_len = (attach_chunks(a) * sizeof(*a->chunks) + page - 1) & ~(page - 1);
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
		uint32_t cpu = i / a->levels;
		uint64_t words = words_of(a, cpu, i % a->levels);

		ring_init(&a->rings[i], &a->control[i], a->chunks, first, words, (uint16_t)cpu);
		first += words / WIRE_CHUNK_WORDS;
		a->control[i].choosy = !a->select_all;
	}
	return 0;
}
