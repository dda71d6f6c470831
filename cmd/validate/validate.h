/* SPDX-License-Identifier: GPL-2.0-only */
/* What `memsim validate` shares: the subject "slub" and its tables. */
#ifndef CMD_VALIDATE_H
#define CMD_VALIDATE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/slab/slab_info.h"
#include "bpf/slab/slab_wire.h"
#include "sim/heap/slub_replay.h"

struct validate_slub_opts {
	char *names[SLAB_CACHES_MAX]; /* as the user gave them */
	size_t nr;
	uint64_t duration_ns; /* 0: no limit */
	char **command;	      /* NULL: none */
	uint64_t buffer_bytes;
	bool shrink;
};

/* Kernel and model at one moment. */
struct slub_sample {
	uint64_t ns;
	struct slab_counts real[SLAB_CACHES_MAX];
	struct slub_replay_counts model[SLAB_CACHES_MAX];
};

enum { SAMPLES_MAX = 256 };

struct slub_findings {
	size_t nr, nr_started; /* caches */
	char *names[SLAB_CACHES_MAX];
	struct slab_shape shape[SLAB_CACHES_MAX];
	struct slub_geometry computed[SLAB_CACHES_MAX]; /* what the model would have chosen */
	bool known_start[SLAB_CACHES_MAX]; /* the partial slabs were read, not guessed */
	/* what the cache did between the shrinking and the reading: slabs that CPUs took are not known */
	uint64_t unrest[SLAB_CACHES_MAX];
	uint64_t lost[SLAB_CACHES_MAX];
	uint64_t skipped;
	int command_status;			 /* as a shell would say it */
	struct slub_sample samples[SAMPLES_MAX]; /* first: the start; last: the end */
	size_t nr_samples;
};

/* Fills `ret`, to be released whatever is returned; *stop ends the run early. */
int validate_slub(const struct validate_slub_opts *o, const volatile sig_atomic_t *stop,
		  struct slub_findings *ret, struct error *err) __must_check;
void slub_findings_fini(struct slub_findings *f);

/* Of the model's number of slabs at one moment, signed, in percent of the kernel's. */
double slub_error_percent(const struct slub_sample *s, size_t cache);
/* The largest, without sign, of the end and the points on the way. */
double slub_worst_percent(const struct slub_findings *f, size_t cache);
/* Whether the model knew where the cache began, and all that it did since: else an error may not be its own. */
bool slub_saw_all(const struct slub_findings *f, size_t cache);

int validate_slub_text(const struct slub_findings *f, struct error *err) __must_check;
int validate_slub_json(const struct slub_findings *f, struct error *err) __must_check;

#endif
