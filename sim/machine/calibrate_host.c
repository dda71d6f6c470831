// SPDX-License-Identifier: GPL-2.0-only
/* What the hardware, or whoever plays it, says of itself. */
#include <hwloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/cleanup.h"
#include "sim/machine/calibrate_impl.h"

static void caches(struct advertised *ret)
{
	static const hwloc_obj_type_t types[3] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
						  HWLOC_OBJ_L3CACHE};
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology))
		return;
	if (!hwloc_topology_load(topology)) {
		for (int level = 0; level < 3; level++) {
			hwloc_obj_t cache = hwloc_get_obj_by_type(topology, types[level], 0);

			if (!cache)
				continue;
			ret->cache[level].size = cache->attr->cache.size;
			/* -1 stands for fully associative, 0 for not known */
			if (cache->attr->cache.associativity > 0)
				ret->cache[level].ways = (uint32_t)cache->attr->cache.associativity;
			if (level == 0)
				ret->line = cache->attr->cache.linesize;
		}
	}
	hwloc_topology_destroy(topology);
}

/* The text behind "key\t: " of the first processor. */
static void cpuinfo(const char *key, char *ret, size_t len)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) || !colon)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(ret, len, "%s", colon + (colon[1] == ' ' ? 2 : 1));
		return;
	}
}

void calibrate_direct_map(uint64_t ret[3])
{
	static const char *const names[3] = {"DirectMap4k", "DirectMap2M", "DirectMap1G"};
	_cleanup_fclose_ FILE *f = fopen("/proc/meminfo", "re");
	char line[128], name[32];
	uint64_t kib;

	memset(ret, 0, 3 * sizeof(*ret));
	while (f && fgets(line, sizeof(line), f))
		for (int i = 0; i < 3; i++)
			if (sscanf(line, "%31[^:]: %" SCNu64 " kB", name, &kib) == 2 &&
			    !strcmp(name, names[i]))
				ret[i] = kib;
}

static uint32_t base_mhz(void)
{
	_cleanup_fclose_ FILE *f =
		fopen("/sys/devices/system/cpu/cpu0/cpufreq/base_frequency", "re");
	unsigned int khz;

	if (f && fscanf(f, "%u", &khz) == 1)
		return khz / 1000;
#if defined(__x86_64__)
	{
		unsigned int eax, ebx, ecx, edx;

		/* processor frequency information; a hypervisor may leave it empty */
		if (__get_cpuid_max(0, NULL) >= 0x16 && __get_cpuid(0x16, &eax, &ebx, &ecx, &edx))
			return eax & 0xffff;
	}
#endif
	return 0;
}

static bool is_virtual(void)
{
#if defined(__x86_64__)
	unsigned int eax, ebx, ecx, edx;

	/* the bit that hypervisors set and no CPU does */
	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx >> 31;
#else
	return false;
#endif
}

void calibrate_host(struct advertised *ret)
{
	struct utsname name;

	*ret = (struct advertised){.virtual_machine = is_virtual(), .base_mhz = base_mhz()};
	caches(ret);
	if (!ret->line)
		ret->line = CALIBRATE_LINE;
	cpuinfo("model name", ret->cpu, sizeof(ret->cpu));
	if (!uname(&name))
		snprintf(ret->kernel, sizeof(ret->kernel), "%.60s %.30s", name.release,
			 name.machine);
}
