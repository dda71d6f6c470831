// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/select.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/num.h"

/* Programs of select.bpf.h. */
enum follower { FORK, FREE, MOVE, NR_FOLLOWERS };

struct select {
	struct select_opts opts;
	struct bpf_program *programs[NR_FOLLOWERS]; /* NULL: not needed */
	struct bpf_link *links[NR_FOLLOWERS];
	struct bpf_map *members, *cgroup;
	int cgroup_fd;
	uint8_t cpus[SELECT_MAX_CPUS]; /* 1 for chosen ones */
};

DEFINE_CLEANUP(struct select *, select_destroy);
DEFINE_CLEANUP(DIR *, closedir);

void select_destroy(struct select *s)
{
	if (!s)
		return;
	for (int i = 0; i < NR_FOLLOWERS; i++)
		bpf_link__destroy(s->links[i]);
	cleanup_closep(&s->cgroup_fd);
	free(s);
}

/* 0 where there is none, or it went meanwhile. */
static pid_t parent_of(pid_t pid)
{
	_cleanup_close_ int fd = -1;
	char path[32], stat[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (n <= 0)
		return 0;
	stat[n] = '\0';
	n = select_parse_parent(stat);
	return n > 0 ? (pid_t)n : 0;
}

static int open_cgroup(struct select *s, struct error *err)
{
	/* every cgroup of version 2 has this file, and nothing else does */
	_cleanup_free_ char *procs = NULL;

	if (asprintf(&procs, "%s/cgroup.controllers", s->opts.cgroup) < 0) {
		procs = NULL;
		return error_nomem(err);
	}
	s->cgroup_fd = open(s->opts.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->cgroup_fd < 0)
		return error_set(err, -errno, "--cgroup: %s: %m", s->opts.cgroup);
	if (access(procs, F_OK) < 0)
		return error_set(err, -EINVAL, "--cgroup: %s is no cgroup of version 2",
				 s->opts.cgroup);
	return 0;
}

static int choose(struct select *s, struct bpf_object *object, struct error *err)
{
	static const char *const names[NR_FOLLOWERS] = {"select_fork", "select_free",
							"select_move"};
	const bool needed[NR_FOLLOWERS] = {s->opts.nr_pids, s->opts.nr_pids, s->opts.cgroup};

	for (int i = 0; i < NR_FOLLOWERS; i++) {
		struct bpf_program *p = bpf_object__find_program_by_name(object, names[i]);

		if (!p)
			return error_set(err, -ENOENT, "no BPF program is called %s", names[i]);
		bpf_program__set_autoload(p, needed[i]);
		s->programs[i] = needed[i] ? p : NULL;
	}
	return 0;
}

int select_create(const struct select_opts *opts, struct bpf_object *object, uint64_t max_pfn,
		  unsigned int nr_cpus, struct wire_select *ret_selection, struct select **ret,
		  struct error *err)
{
	_cleanup_(select_destroyp) struct select *s = calloc(1, sizeof(*s));
	struct bpf_map *owned = bpf_object__find_map_by_name(object, "owned");
	struct stat ns;
	int r = 0;

	if (!s)
		return error_nomem(err);
	s->opts = *opts;
	s->cgroup_fd = -1;
	s->members = bpf_object__find_map_by_name(object, "members");
	s->cgroup = bpf_object__find_map_by_name(object, "chosen_cgroup");
	if (stat("/proc/self/ns/pid", &ns) < 0)
		return error_set(err, -errno, "/proc/self/ns/pid: %m");
	for (size_t i = 0; i < opts->nr_pids; i++)
		if (!parent_of(opts->pids[i]) && opts->pids[i] != 1)
			return error_set(err, -ESRCH, "--pid: there is no process %d",
					 opts->pids[i]);
	if (opts->cpus)
		r = select_parse_cpus(opts->cpus, nr_cpus, s->cpus, err);
	if (!r && opts->cgroup)
		r = open_cgroup(s, err);
	if (!r)
		r = choose(s, object, err);
	/* maps take their memory when they are made */
	if (!r && !opts->nr_pids)
		r = bpf_map__set_max_entries(s->members, 1);
	if (!r && !select_is_all(opts))
		r = bpf_map__set_max_entries(owned, (uint32_t)(max_pfn / WIRE_OWNED_PAGES + 1));
	if (r < 0)
		return r;
	*ret_selection = (struct wire_select){
		.ns_dev = ns.st_dev,
		.ns_ino = ns.st_ino,
		.by_pid = opts->nr_pids > 0,
		.by_cgroup = opts->cgroup != NULL,
		.by_cpu = opts->cpus != NULL,
	};
	*ret = take_ptr(s);
	return 0;
}

static int add_member(struct select *s, pid_t pid, struct error *err)
{
	uint64_t key = WIRE_LOCAL | (uint32_t)pid;
	uint8_t yes = 1;
	int r = bpf_map_update_elem(bpf_map__fd(s->members), &key, &yes, BPF_ANY);

	return r < 0 ? error_set(err, r, "--pid: cannot choose process %d: %s", pid, strerror(-r))
		     : 0;
}

static bool has_member(const struct select *s, pid_t pid)
{
	uint64_t key = WIRE_LOCAL | (uint32_t)pid;
	uint8_t yes;

	return !bpf_map_lookup_elem(bpf_map__fd(s->members), &key, &yes);
}

/* Children of members that are no members yet; returns how many. */
static int add_children(struct select *s, struct error *err)
{
	_cleanup_(closedirp) DIR *proc = opendir("/proc");
	struct dirent *entry;
	int nr = 0;

	if (!proc)
		return error_set(err, -errno, "/proc: %m");
	while ((entry = readdir(proc))) {
		uint64_t number;
		pid_t pid, parent;
		int r;

		/* the others are no processes */
		if (num_parse(entry->d_name, "/proc", 1, INT32_MAX, &number, NULL) < 0)
			continue;
		pid = (pid_t)number;
		if (has_member(s, pid))
			continue;
		parent = parent_of(pid);
		if (!parent || !has_member(s, parent))
			continue;
		r = add_member(s, pid, err);
		if (r < 0)
			return r;
		nr++;
	}
	return nr;
}

/* Forks are watched already, so what is found here once is all that was missing. */
static int add_families(struct select *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->opts.nr_pids; i++)
		r = add_member(s, s->opts.pids[i], err);
	if (r < 0 || !s->opts.nr_pids)
		return r;
	do
		r = add_children(s, err);
	while (r > 0);
	return r;
}

static void bar_cpus(const struct select *s, struct wire_cpu *control, unsigned int levels,
		     unsigned int nr_cpus)
{
	for (unsigned int cpu = 0; s->opts.cpus && cpu < nr_cpus; cpu++)
		control[cpu * levels].barred = cpu >= SELECT_MAX_CPUS || !s->cpus[cpu];
}

int select_start(struct select *s, struct wire_cpu *control, unsigned int levels,
		 unsigned int nr_cpus, struct error *err)
{
	uint32_t key = 0, fd = (uint32_t)s->cgroup_fd;
	int r;

	bar_cpus(s, control, levels, nr_cpus);
	if (s->cgroup_fd >= 0) {
		r = bpf_map_update_elem(bpf_map__fd(s->cgroup), &key, &fd, BPF_ANY);
		if (r < 0)
			return error_set(err, r, "--cgroup: %s: %s", s->opts.cgroup, strerror(-r));
	}
	for (int i = 0; i < NR_FOLLOWERS; i++) {
		if (!s->programs[i])
			continue;
		s->links[i] = bpf_program__attach(s->programs[i]);
		if (!s->links[i])
			return error_set(err, -errno, "cannot follow processes: %m");
	}
	return add_families(s, err);
}
