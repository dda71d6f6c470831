// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/runs/report_runs.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "cmd/cmd.h"

/* "redis-2.trace" is recording "redis-2" of workload "redis". */
static void set_names(struct report_trace *t)
{
	size_t len;

	snprintf(t->name, sizeof(t->name), "%s", cmd_basename(t->path));
	len = strlen(t->name);
	if (len > 6 && !strcmp(t->name + len - 6, ".trace"))
		t->name[len - 6] = '\0';
	memcpy(t->workload, t->name, sizeof(t->workload));
	for (len = strlen(t->workload); len && isdigit((unsigned char)t->workload[len - 1]);)
		len--;
	if (len > 1 && t->workload[len] && t->workload[len - 1] == '-')
		t->workload[len - 1] = '\0';
}

static int hash_file(struct report_trace *t, struct error *err)
{
	_cleanup_fclose_ FILE *file = fopen(t->path, "re");
	XXH3_state_t *state = XXH3_createState();
	unsigned char buf[1 << 16];
	XXH128_hash_t hash;
	size_t n;

	if (!file || !state) {
		XXH3_freeState(state);
		return error_set(err, -errno, "%s: %s", t->path, strerror(errno));
	}
	XXH3_128bits_reset(state);
	while ((n = fread(buf, 1, sizeof(buf), file)))
		XXH3_128bits_update(state, buf, n);
	hash = XXH3_128bits_digest(state);
	XXH3_freeState(state);
	if (ferror(file))
		return error_set(err, -EIO, "%s: cannot read it", t->path);
	snprintf(t->hash, sizeof(t->hash), "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
	return 0;
}

bool report_runs_begins(const struct report_runs *runs, size_t trace)
{
	for (size_t i = 0; i < trace; i++)
		if (!strcmp(runs->traces[i].workload, runs->traces[trace].workload))
			return false;
	return true;
}

/* What replaying a trace once takes grows with it; one that is not there will be told of when it is opened. */
static double size_of(const struct report_trace *t)
{
	struct stat st;

	return stat(t->path, &st) ? 0 : (double)st.st_size;
}

/* Replays of a trace on all layouts that it will be replayed on, for the estimate of the time that is left. */
static double work_of(const struct report_runs *runs, size_t trace)
{
	bool sweeps = !runs->quick && report_runs_begins(runs, trace);

	return (double)(runs->args->nr_layouts + (sweeps ? report_sweep_size(runs) : 0)) *
	       size_of(&runs->traces[trace]);
}

/* The others of a workload say the same about assumptions, and tell about chance instead. */
static int run_trace(const struct report_runs *runs, size_t trace, struct replay_work *work,
		     struct error *err)
{
	struct report_trace *t = &runs->traces[trace];
	struct replay_args args = *runs->args;
	int r;

	args.map = args.detail = true;
	r = replay_args_run(&args, t->path, work, &t->result, err);
	if (!r)
		r = hash_file(t, err);
	if (!r && !runs->quick && report_runs_begins(runs, trace))
		r = report_sweep(runs, t, work, err);
	if (!r && t->assumptions)
		r = report_joint(runs, t, work, err);
	if (!r && t->assumptions)
		r = report_machines(runs, t, work, err);
	return r;
}

int report_runs_do(struct report_runs *runs, char *const *paths, size_t nr, struct error *err)
{
	struct replay_work work = {.total = 0};
	double planned = 0;
	int r = 0;

	runs->traces = calloc(nr, sizeof(*runs->traces));
	if (!runs->traces)
		return error_nomem(err);
	for (runs->nr = 0; runs->nr < nr; runs->nr++) {
		runs->traces[runs->nr].path = paths[runs->nr];
		set_names(&runs->traces[runs->nr]);
		work.total += work_of(runs, runs->nr);
	}
	for (size_t i = 0; !r && i < nr; i++) {
		work.each = size_of(&runs->traces[i]);
		r = run_trace(runs, i, &work, err);
		/* some of what was planned turned out to be known already */
		planned += work_of(runs, i);
		work.done = planned;
	}
	return r;
}

void report_runs_fini(struct report_runs *runs)
{
	for (size_t i = 0; runs->traces && i < runs->nr; i++) {
		struct report_trace *t = &runs->traces[i];

		replay_result_destroy(t->result);
		free(t->pressures);
		free(t->assumptions);
		free(t->joints);
	}
	free(runs->traces);
	runs->traces = NULL;
	runs->nr = 0;
}
