// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/host.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "trace/census.h"

/* x86-64 and, since v5.12, arm64 with 4 KiB pages: include/asm/sparsemem.h, SECTION_SIZE_BITS 27 */
#define SECTION_BYTES (128ULL << 20)

int host_read_file(const char *path, char **ret, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t len = 0, cap = 1 << 16;
	ssize_t n;

	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %m", path);
	for (;;) {
		char *more = realloc(text, cap + 1);

		if (!more)
			return error_nomem(err);
		text = more;
		n = read(fd, text + len, cap - len);
		if (n < 0)
			return error_set(err, -errno, "%s: cannot read: %m", path);
		if (!n)
			break;
		len += (size_t)n;
		if (len == cap)
			cap *= 2;
	}
	text[len] = '\0';
	*ret = take_ptr(text);
	return 0;
}

int host_read_vmstat(struct trace_stat *stat, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = host_read_file("/proc/vmstat", &text, err);

	if (r < 0)
		return r;
	host_parse_vmstat(text, stat);
	return 0;
}

void host_parse_choice(const char *text, char *ret, size_t len)
{
	const char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	ret[0] = '\0';
	if (end)
		snprintf(ret, len, "%.*s", (int)(end - open - 1), open + 1);
}

static void describe_cpu(struct trace_meta *meta)
{
	_cleanup_free_ char *text = NULL;
	char *at, *end;

	if (host_read_file("/proc/cpuinfo", &text, NULL) < 0)
		return;
	at = strstr(text, "model name");
	at = at ? strchr(at, ':') : NULL;
	if (!at)
		return; /* arm64 has no such line */
	at += strspn(at, ": \t");
	end = strchrnul(at, '\n');
	snprintf(meta->cpu_model, sizeof(meta->cpu_model), "%.*s", (int)(end - at), at);
}

static uint32_t cache_level(hwloc_obj_type_t type)
{
	switch (type) {
	case HWLOC_OBJ_L1CACHE:
		return 1;
	case HWLOC_OBJ_L2CACHE:
		return 2;
	case HWLOC_OBJ_L3CACHE:
		return 3;
	default:
		return 0;
	}
}

static void describe_caches(hwloc_topology_t topology, struct trace_meta *meta)
{
	static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
						 HWLOC_OBJ_L3CACHE};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		hwloc_obj_t obj = hwloc_get_obj_by_type(topology, types[i], 0);
		struct trace_cache *cache = &meta->caches[meta->nr_caches];

		if (!obj)
			continue;
		cache->level = cache_level(types[i]);
		cache->size = obj->attr->cache.size;
		/* -1: fully associative, 0: not known */
		cache->ways = obj->attr->cache.associativity > 0
				      ? (uint32_t)obj->attr->cache.associativity
				      : 0;
		cache->line = obj->attr->cache.linesize;
		cache->shared_cpus = (uint32_t)hwloc_bitmap_weight(obj->cpuset);
		meta->nr_caches++;
	}
}

static int compare_cpus(const void *a, const void *b)
{
	const struct trace_node_cpus *x = a, *y = b;

	return x->first_cpu < y->first_cpu ? -1 : x->first_cpu > y->first_cpu;
}

/* The CPUs of a node, as runs of consecutive numbers. */
static void add_node_cpus(hwloc_obj_t node, struct trace_meta *meta)
{
	struct trace_node_cpus *run = NULL;
	int cpu = -1;

	while ((cpu = hwloc_bitmap_next(node->complete_cpuset, cpu)) >= 0) {
		if (run && run->first_cpu + run->nr_cpus == (uint32_t)cpu) {
			run->nr_cpus++;
			continue;
		}
		if (meta->nr_node_cpus == TRACE_MAX_NODE_CPUS)
			return;
		run = &meta->node_cpus[meta->nr_node_cpus++];
		*run = (struct trace_node_cpus){
			.node = node->os_index, .first_cpu = (uint32_t)cpu, .nr_cpus = 1};
	}
}

static void describe_nodes(hwloc_topology_t topology, struct trace_meta *meta)
{
	int nr = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);

	meta->nr_nodes = nr > 0 ? (uint32_t)nr : 1;
	for (int i = 0; i < nr; i++)
		add_node_cpus(hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, (unsigned int)i),
			      meta);
	qsort(meta->node_cpus, meta->nr_node_cpus, sizeof(*meta->node_cpus), compare_cpus);
}

static int describe_topology(struct trace_meta *meta, struct error *err)
{
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology) < 0)
		return error_nomem(err);
	if (hwloc_topology_load(topology) < 0) {
		hwloc_topology_destroy(topology);
		return error_set(err, -EIO, "cannot learn the machine's topology: %m");
	}
	describe_nodes(topology, meta);
	describe_caches(topology, meta);
	hwloc_topology_destroy(topology);
	return 0;
}

static uint64_t vmstat_value(const struct trace_stat *stat, const char *name)
{
	const uint64_t *value = trace_stat_find(stat, name);

	return value ? *value : 0;
}

static int describe_memory(struct trace_meta *meta, struct error *err)
{
	_cleanup_free_ char *iomem = NULL, *zoneinfo = NULL;
	_cleanup_free_ struct trace_stat *stat = calloc(1, sizeof(*stat));
	int r;

	if (!stat)
		return error_nomem(err);
	r = host_read_file("/proc/iomem", &iomem, err);
	if (!r)
		r = host_read_file("/proc/zoneinfo", &zoneinfo, err);
	if (!r)
		r = host_read_vmstat(stat, err);
	if (!r)
		r = host_parse_iomem(iomem, meta->page_size, SECTION_BYTES / meta->page_size, meta,
				     err);
	if (r < 0)
		return r;
	host_parse_zoneinfo(zoneinfo, meta);
	/* seen in v6.12 and later; v6.6 has neither */
	meta->memmap_pages =
		vmstat_value(stat, "nr_memmap_pages") + vmstat_value(stat, "nr_memmap_boot_pages");
	return 0;
}

static void describe_modes(struct trace_meta *meta)
{
	_cleanup_free_ char *thp = NULL, *lru_gen = NULL;

	snprintf(meta->thp, sizeof(meta->thp), "never"); /* also when built without THP */
	if (!host_read_file("/sys/kernel/mm/transparent_hugepage/enabled", &thp, NULL))
		host_parse_choice(thp, meta->thp, sizeof(meta->thp));
	meta->lru_gen = 0; /* no such file: built without it, or before v6.1 */
	/* a mask in hexadecimal; bit 0 is the main switch */
	if (!host_read_file("/sys/kernel/mm/lru_gen/enabled", &lru_gen, NULL))
		meta->lru_gen = strncmp(lru_gen, "0x0000", 6) != 0;
}

int host_describe(struct trace_meta *meta, struct error *err)
{
	struct utsname uts;
	int r;

	if (uname(&uts) < 0)
		return error_set(err, -errno, "uname: %m");
	snprintf(meta->tool, sizeof(meta->tool), "memsim " MEMSIM_VERSION);
	snprintf(meta->kernel, sizeof(meta->kernel), "%s", uts.release);
	snprintf(meta->arch, sizeof(meta->arch), "%.15s", uts.machine);
	meta->nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	meta->nr_online_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	meta->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	meta->sample = 1;
	describe_cpu(meta);
	describe_modes(meta);
	r = describe_topology(meta, err);
	return r ? r : describe_memory(meta, err);
}

uint8_t host_huge_order(uint32_t page_size)
{
	static const char dir[] = "/sys/kernel/mm/hugepages";
	uint8_t smallest = 0;

	/* hugepages-64kB to hugepages-16777216kB; sizes that an architecture lacks have no folder */
	for (unsigned int order = 1; order <= CENSUS_MAX_ORDER + 2; order++) {
		_cleanup_free_ char *text = NULL;
		char path[80];

		snprintf(path, sizeof(path), "%s/hugepages-%" PRIu64 "kB/nr_hugepages", dir,
			 ((uint64_t)page_size << order) >> 10);
		if (host_read_file(path, &text, NULL) || !strcmp(text, "0\n"))
			continue;
		if (!smallest)
			smallest = (uint8_t)order;
	}
	return smallest;
}

bool host_has_ksm(void)
{
	_cleanup_free_ char *text = NULL;

	return !host_read_file("/sys/kernel/mm/ksm/pages_shared", &text, NULL) &&
	       strcmp(text, "0\n");
}
