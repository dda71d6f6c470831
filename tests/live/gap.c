// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserves a word in the recorder's ring of a CPU, as a program does that is then kept from writing its record.
 *	live_gap PROCESS CPU
 * Status 77: the recorder's maps cannot be had.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/wire.h"

/* The map called "cpus" of those that the process holds. */
static int find_map(const char *process, struct bpf_map_info *ret)
{
	char path[512], line[128];
	struct dirent *entry;
	int found = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", process);
	dir = opendir(path);
	while (dir && found < 0 && (entry = readdir(dir))) {
		uint32_t len = sizeof(*ret);
		unsigned int id = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", process, entry->d_name);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			(void)sscanf(line, "map_id: %u", &id);
		if (f)
			fclose(f);
		found = id ? bpf_map_get_fd_by_id(id) : -1;
		memset(ret, 0, sizeof(*ret));
		if (found < 0 ||
		    (!bpf_obj_get_info_by_fd(found, ret, &len) && !strcmp(ret->name, "cpus")))
			continue;
		close(found);
		found = -1;
	}
	if (dir)
		closedir(dir);
	return found;
}

int main(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE), nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct bpf_map_info info;
	struct wire_cpu *rings;
	cpu_set_t set;
	int fd, cpu;
	size_t len;

	if (argc != 3 || sscanf(argv[2], "%d", &cpu) != 1 || cpu >= nr_cpus)
		return 2;
	fd = find_map(argv[1], &info);
	if (fd < 0)
		return 77;
	len = ((size_t)info.max_entries * sizeof(*rings) + (size_t)page - 1) & ~((size_t)page - 1);
	rings = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (rings == MAP_FAILED || sched_setaffinity(0, sizeof(set), &set) < 0)
		return 77;
	/* one instruction, on the CPU whose programs do the same: none of them comes in between */
	__atomic_fetch_add(&rings[cpu * ((long)info.max_entries / nr_cpus)].head, 1,
			   __ATOMIC_SEQ_CST);
	return 0;
}
