// SPDX-License-Identifier: GPL-2.0-only
#include "record_tracers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/cleanup.h"
#include "bpf/attach/attach.h"
#include "tests/bench/record_floor.skel.h"

#define TRACEFS "/sys/kernel/tracing"
#define INSTANCE TRACEFS "/instances/memsim-bench"

static const char *const events[] = {"mm_page_alloc", "mm_page_free"};

enum { NR_EVENTS = 2, PERF_PAGES = 4096 /* as perf record -m 16M */ };

static int no_open(struct tracer *t, int cpu, struct error *err)
{
	(void)t;
	(void)cpu;
	(void)err;
	return 0;
}

static int no_attach(struct tracer *t, struct error *err)
{
	(void)t;
	(void)err;
	return 0;
}

static int64_t no_detach(struct tracer *t, struct error *err)
{
	return no_attach(t, err);
}

static void no_close(struct tracer *t)
{
	(void)t;
}

/* --- BPF programs that record nothing --- */

struct floor_state {
	struct record_floor_bpf *skel;
	struct bpf_program *programs[NR_EVENTS];
	struct bpf_link *links[NR_EVENTS];
};

static int open_floor(struct tracer *t, bool clock, struct error *err)
{
	struct floor_state *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	t->state = s;
	s->skel = record_floor_bpf__open_and_load();
	if (!s->skel)
		return error_set(err, -errno, "cannot load BPF programs: %m");
	s->programs[0] = clock ? s->skel->progs.clock_alloc : s->skel->progs.empty_alloc;
	s->programs[1] = clock ? s->skel->progs.clock_free : s->skel->progs.empty_free;
	return 0;
}

static int open_empty(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	return open_floor(t, false, err);
}

static int open_clock(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	return open_floor(t, true, err);
}

static void add_runs(struct tracer *t, const struct bpf_program *program, int sign)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len) < 0)
		return;
	t->runs += (uint64_t)sign * info.run_cnt;
	t->run_ns += (uint64_t)sign * info.run_time_ns;
}

static int attach_floor(struct tracer *t, struct error *err)
{
	struct floor_state *s = t->state;

	t->runs = t->run_ns = 0;
	for (int i = 0; i < NR_EVENTS; i++) {
		add_runs(t, s->programs[i], -1);
		s->links[i] = bpf_program__attach(s->programs[i]);
		if (libbpf_get_error(s->links[i]))
			return error_set(err, (int)libbpf_get_error(s->links[i]),
					 "cannot attach a BPF program to %s", events[i]);
	}
	return 0;
}

static int64_t detach_floor(struct tracer *t, struct error *err)
{
	struct floor_state *s = t->state;

	(void)err;
	for (int i = 0; i < NR_EVENTS; i++) {
		add_runs(t, s->programs[i], 1);
		bpf_link__destroy(s->links[i]);
	}
	return 0;
}

static void close_floor(struct tracer *t)
{
	struct floor_state *s = t->state;

	if (s)
		record_floor_bpf__destroy(s->skel);
	free(s);
}

/* --- memsim's own, without the part in user space --- */

struct memsim_state {
	struct trace_meta meta;
	struct attach *attach;
	struct decoder decoder;
	struct stage stage;
	uint64_t ns_before[CLASS_MAX];
};

static int open_memsim(struct tracer *t, uint32_t classes, bool backups, struct error *err)
{
	const struct attach_opts opts = {
		.ring_words = 1 << 21, /* memsim record's default, 16 MiB per CPU */
		.classes = classes,
		.backups = backups,
	};
	struct memsim_state *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_nomem(err);
	t->state = s;
	r = decoder_init(&s->decoder, 0, err);
	return r ? r : attach_create(&opts, &s->meta, &s->attach, err);
}

static int open_alloc(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	return open_memsim(t, 1u << CLASS_ALLOC, false, err);
}

static int open_default(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	return open_memsim(t, 0, true, err);
}

static int open_backups(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	return open_memsim(t, 1u << CLASS_ALLOC, true, err);
}

/* Takes out what the rings hold; returns the number of events. */
static int64_t empty_rings(struct memsim_state *s, struct error *err)
{
	size_t nr_rings;
	struct ring *rings = attach_rings(s->attach, &nr_rings);
	int64_t events_seen = 0;

	for (size_t i = 0; i < nr_rings; i++) {
		ssize_t n;

		while ((n = ring_drain(&rings[i], &s->decoder, &s->stage, 0, 1 << 16, err)) > 0) {
			events_seen += n;
			s->stage.nr = 0;
		}
		if (n < 0)
			return n;
	}
	return events_seen;
}

static int attach_memsim(struct tracer *t, struct error *err)
{
	struct memsim_state *s = t->state;
	int64_t r = attach_start(s->attach, &s->meta, err);

	if (!r)
		r = empty_rings(s, err); /* attaching makes some traffic of its own */
	attach_run_times(s->attach, s->ns_before);
	return r < 0 ? (int)r : 0;
}

static int64_t detach_memsim(struct tracer *t, struct error *err)
{
	struct memsim_state *s = t->state;
	/* before detaching, which takes time and lets other tasks' events in */
	int64_t events_seen = empty_rings(s, err);
	uint64_t ns[CLASS_MAX];

	attach_run_times(s->attach, ns);
	attach_stop(s->attach);
	t->runs = (uint64_t)events_seen;
	t->run_ns = 0;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		t->run_ns += ns[cls] - s->ns_before[cls];
	return events_seen;
}

static void close_memsim(struct tracer *t)
{
	struct memsim_state *s = t->state;

	if (!s)
		return;
	attach_destroy(s->attach);
	decoder_fini(&s->decoder);
	stage_fini(&s->stage);
	free(s);
}

/* --- ftrace: what trace-cmd switches on --- */

static int write_file(const char *path, const char *text, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_set(err, -errno, "%s: cannot write: %m", path);
	return 0;
}

static int enable_ftrace(const char *value, struct error *err)
{
	int r = 0;

	for (int i = 0; i < NR_EVENTS && !r; i++) {
		char path[128];

		snprintf(path, sizeof(path), INSTANCE "/events/kmem/%s/enable", events[i]);
		r = write_file(path, value, err);
	}
	return r;
}

static int open_ftrace(struct tracer *t, int cpu, struct error *err)
{
	(void)cpu;
	if (mkdir(INSTANCE, 0700) < 0 && errno != EEXIST)
		return error_set(err, -ENOENT, "%s: %m (tracefs is needed)", INSTANCE);
	t->state = (void *)INSTANCE;
	return write_file(INSTANCE "/buffer_size_kb", "16384", err);
}

static int attach_ftrace(struct tracer *t, struct error *err)
{
	(void)t;
	return enable_ftrace("1", err);
}

static int64_t detach_ftrace(struct tracer *t, struct error *err)
{
	int r = enable_ftrace("0", err);

	(void)t;
	return r ? r : write_file(INSTANCE "/trace", "", err);
}

static void close_ftrace(struct tracer *t)
{
	if (t->state)
		(void)rmdir(INSTANCE);
}

/* --- perf: the records that perf record -a takes, without perf to write them --- */

struct perf_state {
	uint64_t ids[NR_EVENTS];
	int fds[NR_EVENTS], cpu;
	void *ring;
	size_t len;
};

static int open_perf(struct tracer *t, int cpu, struct error *err)
{
	struct perf_state *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	t->state = s;
	s->cpu = cpu;
	s->len = (PERF_PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE);
	for (int i = 0; i < NR_EVENTS; i++) {
		_cleanup_fclose_ FILE *f = NULL;
		char path[128];

		snprintf(path, sizeof(path), TRACEFS "/events/kmem/%s/id", events[i]);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%lu", &s->ids[i]) != 1)
			return error_set(err, -ENOENT, "%s: %m (tracefs is needed)", path);
	}
	return 0;
}

static int attach_perf(struct tracer *t, struct error *err)
{
	struct perf_state *s = t->state;

	for (int i = 0; i < NR_EVENTS; i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_TRACEPOINT,
			.size = sizeof(attr),
			.config = s->ids[i],
			.sample_period = 1,
			.sample_type = PERF_SAMPLE_RAW | PERF_SAMPLE_TIME | PERF_SAMPLE_TID |
				       PERF_SAMPLE_CPU | PERF_SAMPLE_IP,
			.watermark = 1,
			.wakeup_watermark = (uint32_t)s->len / 2,
		};

		s->fds[i] = (int)syscall(SYS_perf_event_open, &attr, -1, s->cpu, -1,
					 PERF_FLAG_FD_CLOEXEC);
		if (s->fds[i] < 0)
			return error_set(err, -errno, "perf_event_open of %s: %m", events[i]);
		if (i && ioctl(s->fds[i], PERF_EVENT_IOC_SET_OUTPUT, s->fds[0]) < 0)
			return error_set(err, -errno, "PERF_EVENT_IOC_SET_OUTPUT: %m");
		if (i)
			continue;
		s->ring = mmap(NULL, s->len, PROT_READ | PROT_WRITE, MAP_SHARED, s->fds[0], 0);
		if (s->ring == MAP_FAILED)
			return error_set(err, -errno, "cannot map perf's buffer: %m");
	}
	return 0;
}

static int64_t detach_perf(struct tracer *t, struct error *err)
{
	struct perf_state *s = t->state;

	(void)err;
	munmap(s->ring, s->len);
	for (int i = 0; i < NR_EVENTS; i++)
		close(s->fds[i]);
	return 0;
}

static void close_perf(struct tracer *t)
{
	free(t->state);
}

#define TRACER(name_, open_, attach_, detach_, close_, what_)                                      \
	{                                                                                          \
		.name = (name_), .what = (what_), .open = (open_), .attach = (attach_),            \
		.detach = (detach_), .close = (close_)                                             \
	}

struct tracer tracers[] = {
	TRACER("nothing", no_open, no_attach, no_detach, no_close, "the control"),
	TRACER("floor", open_empty, attach_floor, detach_floor, close_floor, "empty BPF programs"),
	TRACER("clock", open_clock, attach_floor, detach_floor, close_floor,
	       "BPF programs that read the clock"),
	TRACER("memsim alloc", open_alloc, attach_memsim, detach_memsim, close_memsim,
	       "memsim --no-backups, the same tracepoints"),
	TRACER("memsim", open_default, attach_memsim, detach_memsim, close_memsim,
	       "memsim record as it is by default: classes, backups"),
	TRACER("memsim backups", open_backups, attach_memsim, detach_memsim, close_memsim,
	       "memsim, the same tracepoints, losing nothing to interrupts"),
	TRACER("ftrace", open_ftrace, attach_ftrace, detach_ftrace, close_ftrace,
	       "the ring buffer of ftrace (trace-cmd record)"),
	TRACER("perf", open_perf, attach_perf, detach_perf, close_perf,
	       "the ring buffer of perf (perf record -a)"),
};

const unsigned int tracers_nr = sizeof(tracers) / sizeof(tracers[0]);
