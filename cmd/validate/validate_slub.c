// SPDX-License-Identifier: GPL-2.0-only
/* Runs the model of a slab cache beside the kernel's own. */
#include "cmd/validate/validate.h"

#ifdef MEMSIM_HAVE_BPF

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "bpf/slab/slab_recorder.h"
#include "cmd/record/child.h"

#define SECOND 1000000000ULL
#define POLL_NS (SECOND / 200)
#define FIRST_INTERVAL_NS (SECOND / 50)

struct run {
	struct slab_recorder *recorder;
	struct slub_replay *replay[SLAB_CACHES_MAX]; /* NULL before the cache's start */
	uint64_t start_ns[SLAB_CACHES_MAX];
	uint64_t idle_ns; /* since then a cache that is about to start should be at rest ... */
	uint64_t unrest;  /* ... but did so much */
	struct slub_findings *f;
	uint64_t interval_ns, next_ns; /* of samples */
};

static void run_fini(struct run *run)
{
	for (size_t i = 0; i < SLAB_CACHES_MAX; i++)
		slub_replay_destroy(run->replay[i]);
	slab_recorder_destroy(run->recorder);
}

static int on_event(void *arg, const struct slab_event *e, struct error *err)
{
	struct run *run = arg;
	struct slub_replay *replay = run->replay[e->cache];

	if (!replay) {
		run->unrest += e->ns >= run->idle_ns && e->cache == run->f->nr_started;
		return 0;
	}
	if (e->ns <= run->start_ns[e->cache])
		return 0; /* the population holds it already */
	if (e->free)
		return slub_replay_free(replay, e->cpu, e->object, err);
	return slub_replay_alloc(replay, e->cpu, e->object, err);
}

/* The counts and the moment of them. Whoever was interrupted meanwhile does not know it: again. */
static int read_counts(const struct slub_findings *f, struct slab_counts *counts, uint64_t *ret_ns,
		       struct error *err)
{
	for (int attempt = 0;; attempt++) {
		uint64_t before = now_ns(), took;
		int r = slab_info_counts(SLAB_INFO, f->names, f->nr, counts, err);

		if (r < 0)
			return r;
		took = now_ns() - before;
		*ret_ns = before + took / 2;
		if (took < 2 * SECOND / 1000 || attempt == 4)
			return 0;
	}
}

/* Takes the kernel's counts, and brings the model to the moment at which they were taken. */
static int take_sample(struct run *run, struct error *err)
{
	struct slub_findings *f = run->f;
	struct slub_sample *s = &f->samples[f->nr_samples];
	int r = read_counts(f, s->real, &s->ns, err);

	if (!r)
		r = slab_recorder_drain(run->recorder, s->ns, on_event, run, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < f->nr; i++)
		slub_replay_counts(run->replay[i], &s->model[i]);
	f->nr_samples++;
	return 0;
}

/* Room for more: every second one goes, and from now on they are twice as far apart. */
static void thin_out(struct run *run)
{
	struct slub_findings *f = run->f;

	if (f->nr_samples < SAMPLES_MAX - 1)
		return;
	for (size_t i = 1; 2 * i < f->nr_samples; i++)
		f->samples[i] = f->samples[2 * i];
	f->nr_samples = (f->nr_samples + 1) / 2;
	run->interval_ns *= 2;
}

static int create_replay(struct run *run, size_t cache, const struct slub_population *population,
			 struct error *err)
{
	struct slub_findings *f = run->f;
	const struct slab_shape *shape = &f->shape[cache];
	const struct slub_geometry geometry = {
		.stride = shape->slab_size,
		.order = shape->order,
		.objects = shape->objs_per_slab,
		.cpu_partial = shape->cpu_partial,
		.min_partial = shape->min_partial,
		.sheaf_capacity = shape->sheaf_capacity,
	};
	/* /proc/slabinfo does not count slabs that wait for RCU, so the model must not either */
	struct slub_opts opts = {
		.name = f->names[cache],
		.size = shape->slab_size,
		.align = 8,
		.nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
	};

	slub_geometry(&opts, &f->computed[cache]);
	opts.geometry = &geometry;
	opts.nr_cpus = slab_recorder_cpus(run->recorder);
	return slub_replay_create(&opts, population, &run->replay[cache], err);
}

static int start_guessed(struct run *run, size_t cache, struct error *err)
{
	const struct slub_findings *f = run->f;
	struct slab_counts counts[SLAB_CACHES_MAX];
	const struct slab_counts *c = &counts[cache];
	struct slub_population p = {0};
	uint32_t partial = 0;
	int r = read_counts(f, counts, &run->start_ns[cache], err);

	if (!r)
		r = slab_info_partial(SLAB_SYSFS, f->names[cache], &partial, err);
	if (r < 0)
		return r;
	p.slabs = c->num_slabs;
	p.partial = partial;
	p.partial_free = c->num_objs - c->active_objs;
	return create_replay(run, cache, &p, err);
}

static int start_known(struct run *run, size_t cache, const struct slab_walk *walk,
		       struct error *err)
{
	_cleanup_free_ struct slub_known_slab *known = calloc(walk->nr_partial + 1, sizeof(*known));
	struct slub_population p = {
		.slabs = walk->slabs, .known = known, .nr_known = walk->nr_partial};

	if (!known)
		return error_nomem(err);
	for (size_t i = 0; i < walk->nr_partial; i++)
		known[i] =
			(struct slub_known_slab){walk->partial[i].object, walk->partial[i].inuse};
	run->start_ns[cache] = walk->ns;
	run->f->known_start[cache] = true;
	return create_replay(run, cache, &p, err);
}

/* Only node 0 can be read: is that all? A few slabs come or go between the two readings. */
static bool is_whole(const struct slub_findings *f, size_t cache, const struct slab_walk *walk)
{
	struct slab_counts counts[SLAB_CACHES_MAX];
	uint64_t slabs, tolerance, ns;

	if (read_counts(f, counts, &ns, NULL) < 0)
		return false;
	slabs = counts[cache].num_slabs;
	tolerance = slabs / 50 + 8;
	return walk->slabs <= slabs + tolerance && slabs <= walk->slabs + tolerance;
}

/*
 * Between the shrinking, which leaves no slab with a CPU, and the reading of the lists the cache must
 * be at rest: what CPUs take meanwhile cannot be seen. fd < 0: no shrinking.
 */
static int read_lists(struct run *run, size_t cache, int fd, struct slab_walk *ret,
		      struct error *err)
{
	const char *name = run->f->names[cache];
	struct error why = {0};
	int r = 0;

	for (int attempt = 0; !r && attempt < (fd < 0 ? 1 : 50); attempt++) {
		free(ret->partial);
		*ret = (struct slab_walk){0};
		run->idle_ns = now_ns();
		run->unrest = 0;
		if (fd >= 0)
			r = slab_info_shrink(fd, name, err);
		if (!r && slab_recorder_walk(run->recorder, cache, ret, &why) < 0)
			log_debug("%s: %s", name, why.msg);
		if (!r)
			r = slab_recorder_drain(run->recorder, ret->ns ? ret->ns : now_ns(),
						on_event, run, err);
		if (ret->ns && !run->unrest)
			break;
	}
	run->f->unrest[cache] = run->unrest;
	return r;
}

static int start_cache(struct run *run, size_t cache, bool shrink, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct slab_walk walk = {0};
	int r = 0;

	if (shrink) {
		fd = slab_info_open_shrink(SLAB_SYSFS, run->f->names[cache], err);
		if (fd < 0)
			return fd;
	}
	r = read_lists(run, cache, fd, &walk, err);
	if (!r && walk.ns && is_whole(run->f, cache, &walk))
		r = start_known(run, cache, &walk, err);
	else if (!r)
		r = start_guessed(run, cache, err);
	free(walk.partial);
	return r;
}

static int prepare(struct run *run, const struct validate_slub_opts *o, struct error *err)
{
	struct slub_findings *f = run->f;
	int r = 0;

	for (size_t i = 0; i < o->nr && !r; i++) {
		r = slab_info_resolve(SLAB_SYSFS, SLAB_INFO, o->names[i], &f->names[i], err);
		if (!r) {
			f->nr++;
			r = slab_info_shape(SLAB_SYSFS, f->names[i], &f->shape[i], err);
		}
		for (size_t k = 0; k < i && !r; k++)
			if (!strcmp(f->names[k], f->names[i]))
				r = error_set(err, -EINVAL, "'%s' and '%s' are one slab cache",
					      o->names[k], o->names[i]);
	}
	if (!r)
		r = slab_recorder_create((const char *const *)f->names, f->nr, o->buffer_bytes,
					 &run->recorder, err);
	return r;
}

static int start(struct run *run, const struct validate_slub_opts *o, struct error *err)
{
	struct slub_findings *f = run->f;
	int r = 0;

	slab_recorder_start(run->recorder);
	for (; f->nr_started < f->nr && !r; f->nr_started++)
		r = start_cache(run, f->nr_started, o->shrink, err);
	return r ? r : take_sample(run, err);
}

static int watch(struct run *run, const struct validate_slub_opts *o, struct child *c,
		 const volatile sig_atomic_t *stop, struct error *err)
{
	const struct timespec nap = {.tv_nsec = POLL_NS};
	uint64_t begin_ns = now_ns(), now = begin_ns;
	uint64_t end_ns = o->duration_ns ? begin_ns + o->duration_ns : UINT64_MAX;
	int r = 0;

	run->interval_ns = FIRST_INTERVAL_NS;
	run->next_ns = begin_ns + run->interval_ns;
	while (!r && !*stop && now < end_ns) {
		int status;

		(void)nanosleep(&nap, NULL);
		now = now_ns();
		if (c->pid > 0 && waitpid(c->pid, &status, WNOHANG) == c->pid) {
			c->pid = 0;
			run->f->command_status =
				WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			break;
		}
		if (now < run->next_ns) {
			r = slab_recorder_drain(run->recorder, now, on_event, run, err);
			continue;
		}
		thin_out(run);
		r = take_sample(run, err);
		run->next_ns = now + run->interval_ns;
		progress("watching: %.1f s", (double)(now - begin_ns) / SECOND);
	}
	progress_end();
	return r ? r : take_sample(run, err);
}

int validate_slub(const struct validate_slub_opts *o, const volatile sig_atomic_t *stop,
		  struct slub_findings *f, struct error *err)
{
	struct run run = {.f = f};
	struct child c = {.go = -1, .failed = -1};
	int r = prepare(&run, o, err);

	/* a fork makes the recorder meet many caches: only then can it read their lists */
	if (!r && o->command)
		r = child_create(o->command, &c, err);
	if (!r)
		r = start(&run, o, err);
	if (!r && o->command)
		r = child_go(&c, o->command[0], err);
	if (!r)
		r = watch(&run, o, &c, stop, err);
	for (size_t i = 0; i < f->nr && !r; i++)
		f->lost[i] = slab_recorder_lost(run.recorder, i);
	if (!r)
		f->skipped = slab_recorder_skipped(run.recorder);
	child_fini(&c);
	run_fini(&run);
	return r;
}

void slub_findings_fini(struct slub_findings *f)
{
	for (size_t i = 0; i < SLAB_CACHES_MAX; i++)
		free(f->names[i]);
}

#endif
