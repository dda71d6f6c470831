// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/programs.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static struct program *find(struct programs *all, uint32_t id)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd;

	for (size_t i = 0; i < all->nr; i++)
		if (all->programs[i].id == id)
			return &all->programs[i];
	if (all->nr == PROGRAMS_MAX)
		return NULL;
	all->programs[all->nr].id = id;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		memcpy(all->programs[all->nr].name, info.name, sizeof(info.name));
	if (fd >= 0)
		close(fd);
	return &all->programs[all->nr++];
}

/* A file descriptor of a program; those of its links name it, too, without the times. */
static void add(FILE *f, struct programs *all, int sign)
{
	uint64_t ns = 0, hits = 0, value;
	struct program *p;
	uint32_t id = 0;
	bool timed = false;
	char line[128];

	while (fgets(line, sizeof(line), f)) {
		(void)sscanf(line, "prog_id: %" SCNu32, &id);
		if (sscanf(line, "run_time_ns: %" SCNu64, &value) == 1)
			ns = value;
		if (sscanf(line, "run_cnt: %" SCNu64, &value) == 1) {
			hits = value;
			timed = true;
		}
	}
	p = timed ? find(all, id) : NULL;
	if (!p)
		return;
	p->ns += (uint64_t)sign * ns;
	p->hits += (uint64_t)sign * hits;
}

void programs_add(struct programs *all, pid_t pid, int sign)
{
	char path[64 + NAME_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		_cleanup_fclose_ FILE *f = NULL;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, entry->d_name);
		f = fopen(path, "re");
		if (f)
			add(f, all, sign);
	}
	if (dir)
		closedir(dir);
}

static int by_time(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

void programs_print(struct programs *all, double busy)
{
	uint64_t ns = 0, hits = 0;

	qsort(all->programs, all->nr, sizeof(all->programs[0]), by_time);
	for (size_t i = 0; i < all->nr; i++) {
		ns += all->programs[i].ns;
		hits += all->programs[i].hits;
	}
	if (!hits)
		return;
	printf("the recorder's programs, of all that ran meanwhile: %.0f runs per second of CPU "
	       "time, %.0f ns each with the kernel's own measuring: %.2f %%\n",
	       (double)hits / busy, (double)ns / (double)hits, (double)ns / busy / 1e7);
	for (const struct program *p = all->programs; p < all->programs + all->nr; p++)
		if (p->hits)
			printf("  %-15s %8.0f runs per second, %4.0f ns each: %.3f %%\n", p->name,
			       (double)p->hits / busy, (double)p->ns / (double)p->hits,
			       (double)p->ns / busy / 1e7);
}
