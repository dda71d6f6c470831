/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that does one job at a time for its owner, who leaves the job's data alone while it runs. */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include "base/error.h"

struct worker;

typedef void worker_job(void *arg);

int worker_create(worker_job *job, void *arg, struct worker **ret, struct error *err) __must_check;
/* Waits for the last job first. NULL is fine. */
void worker_destroy(struct worker *w);

/* Starts the job; the one before must have been waited for. */
void worker_start(struct worker *w);
/* Waits until no job runs; what the last one wrote is visible then. */
void worker_wait(struct worker *w);

#endif
