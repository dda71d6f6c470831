// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/kinds.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf/attach/attach_internal.h"
#include "bpf/attach/probes.h"
#include "bpf/recorder_internal.h"

const char *const kind_names[KIND_MAX] = {
	[KIND_NOTHING] = "nothing",
	[KIND_EMPTY] = "programs that return at once",
	[KIND_EMPTY_TWICE] = "the same, a second one instead of each backup",
	[KIND_ALLOC] = "recorded with --events=alloc",
	[KIND_ALONE] = "recorded with --no-backups",
	[KIND_DEFAULT] = "recorded",
};

/* A recorder and its thread. */
struct recording {
	char *path;
	struct recorder_opts opts;
	struct recorder *recorder;
	pthread_t thread;
	bool started;
	cpu_set_t cpus;
	volatile sig_atomic_t stop;
	int status;
	struct error err;
};

enum { PLACES_MAX = NR_PROBES_MAX + HOOK_SLOT_MAX };

/* A tracepoint where the recorder has a program, and the file descriptors of one that returns at once; -1: not there. */
struct place {
	const char *tracepoint;
	bool backup;
	int empty, link;
};

struct kinds {
	enum kind now;
	struct recording with, alloc, alone; /* the defaults, allocations alone, without backups */
	double seconds;
	uint64_t since;
	struct place places[PLACES_MAX];
	size_t nr_places;
};

static void *record(void *arg)
{
	struct recording *r = arg;
	enum recorder_stop why;
	int exit_status;

	/* its writer's thread comes from here, and runs there, too */
	(void)pthread_setaffinity_np(pthread_self(), sizeof(r->cpus), &r->cpus);
	r->status =
		recorder_start(r->recorder, &r->err); /* drops this thread's capabilities only */
	if (!r->status)
		r->status = recorder_run(r->recorder, 0, 0, &r->stop, &why, &exit_status, &r->err);
	return NULL;
}

static int begin(struct recording *r, const char *trace, const char *suffix,
		 const struct recorder_opts *opts, const cpu_set_t *cpus, struct error *err)
{
	int status;

	if (asprintf(&r->path, "%s%s", trace, suffix) < 0)
		return error_nomem(err);
	r->opts = *opts;
	r->opts.output = r->path;
	r->cpus = *cpus;
	status = recorder_create(&r->opts, &r->recorder, err);
	if (status)
		return status;
	attach_stop(r->recorder->attach);
	if (pthread_create(&r->thread, NULL, record, r))
		return error_set(err, -EAGAIN, "cannot start a thread");
	r->started = true;
	return 0;
}

static int end(struct recording *r, struct error *err)
{
	r->stop = 1;
	if (r->started)
		pthread_join(r->thread, NULL);
	if (r->started && !r->status)
		recorder_abandon(r->recorder);
	recorder_destroy(r->recorder);
	free(r->path);
	if (r->status)
		*err = r->err;
	return r->status;
}

/* As many as the recorder has, so that each finds as little of itself in the caches as its programs do. */
static int add_place(struct kinds *k, const char *tracepoint, bool backup, struct error *err)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct place *p = &k->places[k->nr_places];

	*p = (struct place){tracepoint, backup, -1, -1};
	p->empty = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "empty", "GPL", insns,
				 sizeof(insns) / sizeof(insns[0]), NULL);
	if (p->empty < 0)
		return error_set(err, -errno, "cannot load an empty program: %m");
	k->nr_places++;
	return 0;
}

static int find_places(struct kinds *k, struct error *err)
{
	const struct attach *a = k->with.recorder->attach;
	int r = 0;

	for (size_t i = 0; !r && i < probes_nr; i++)
		if (a->programs[i])
			r = add_place(k, probes[i].tracepoint, probes[i].role == PROBE_BACKUP, err);
	for (int slot = 0; !r && slot < HOOK_SLOT_MAX; slot++) {
		int chosen = a->ladder.chosen[slot];

		if (a->hook_programs[slot] && hooks[chosen].how == HOOK_TP)
			r = add_place(k, hooks[chosen].target, false, err);
	}
	return r;
}

static int attach_empty(struct kinds *k, bool twice, struct error *err)
{
	for (struct place *p = k->places; p < k->places + k->nr_places; p++) {
		if (!twice && p->backup)
			continue;
		p->link = bpf_raw_tracepoint_open(p->tracepoint, p->empty);
		if (p->link < 0)
			return error_set(err, -errno, "cannot attach to %s: %m", p->tracepoint);
	}
	return 0;
}

static void detach_empty(struct kinds *k)
{
	for (struct place *p = k->places; p < k->places + k->nr_places; p++) {
		if (p->link >= 0)
			close(p->link);
		p->link = -1;
	}
}

int kinds_create(const char *trace, bool all, const cpu_set_t *threads, struct kinds **ret,
		 struct error *err)
{
	const struct recorder_opts alloc = {.classes = 1u << CLASS_ALLOC};
	const struct recorder_opts alone = {.no_backups = true};
	const struct recorder_opts with = {0};
	struct kinds *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return error_nomem(err);
	r = begin(&k->with, trace, "", &with, threads, err);
	if (!r)
		r = begin(&k->alloc, trace, ".alloc", &alloc, threads, err);
	if (!r && all)
		r = begin(&k->alone, trace, ".alone", &alone, threads, err);
	if (!r)
		r = find_places(k, err);
	if (r) {
		(void)kinds_destroy(k, NULL);
		return r;
	}
	*ret = k;
	return 0;
}

/* The one that a kind records with; NULL: none. */
static struct recorder *recorder_of(const struct kinds *k, enum kind kind)
{
	switch (kind) {
	case KIND_DEFAULT:
		return k->with.recorder;
	case KIND_ALLOC:
		return k->alloc.recorder;
	case KIND_ALONE:
		return k->alone.recorder;
	default:
		return NULL;
	}
}

static void detach(struct kinds *k)
{
	struct recorder *recorder = recorder_of(k, k->now);

	if (recorder) {
		attach_stop(recorder->attach);
		k->seconds += (double)(now_ns() - k->since) / 1e9;
	}
	detach_empty(k);
	k->now = KIND_NOTHING;
}

int kinds_change(struct kinds *k, enum kind kind, struct error *err)
{
	static struct trace_meta unused; /* what it says is in the trace's header already */
	struct recorder *recorder = recorder_of(k, kind);
	int r = 0;

	if (kind == k->now)
		return 0;
	detach(k);
	k->now = kind;
	if (recorder) {
		r = attach_start(recorder->attach, &unused, err);
		k->since = now_ns();
	} else if (kind != KIND_NOTHING) {
		r = attach_empty(k, kind == KIND_EMPTY_TWICE, err);
	}
	return r;
}

enum kind kinds_now(const struct kinds *k)
{
	return k->now;
}

double kinds_seconds(const struct kinds *k)
{
	return k->seconds + (recorder_of(k, k->now) ? (double)(now_ns() - k->since) / 1e9 : 0);
}

uint64_t kinds_events(const struct kinds *k)
{
	return recorder_events(k->with.recorder);
}

const char *kinds_tracepoint(const struct kinds *k, unsigned int i)
{
	for (const struct place *p = k->places; p < k->places + k->nr_places; p++)
		if (!p->backup && !i--)
			return p->tracepoint;
	return NULL;
}

int kinds_destroy(struct kinds *k, struct error *err)
{
	struct error unused = {0};
	struct recording *others[2];
	int r;

	if (!k)
		return 0;
	others[0] = &k->alloc;
	others[1] = &k->alone;
	detach(k);
	for (size_t i = 0; i < k->nr_places; i++)
		close(k->places[i].empty);
	r = end(&k->with, err ? err : &unused);
	for (int i = 0; i < 2; i++) {
		int other = end(others[i], err ? err : &unused);

		r = r ? r : other;
	}
	free(k);
	return r;
}
