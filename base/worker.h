/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that does one job at a time for its owner. The owner touches nothing of a job's while it runs. */
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
/* Returns when no job runs any more; what it did is visible then. */
void worker_wait(struct worker *w);

#endif
