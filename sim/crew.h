/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs several models over the same operations, on several threads. Each model sees every operation in
 * order, on one thread at a time, so the number of threads never changes a result.
 */
#ifndef SIM_CREW_H
#define SIM_CREW_H

#include <stddef.h>

#include "base/error.h"
#include "sim/model.h"

struct crew;

/* The models stay the caller's. jobs 1: everything runs on the calling thread, inside crew_start(). */
int crew_create(struct model *const *models, size_t nr, unsigned int jobs, struct crew **ret,
		struct error *err) __must_check;
/* Ends the threads. NULL is fine. */
void crew_destroy(struct crew *crew);

/*
 * Hands out the operations, which must stay unchanged until crew_wait() returns; end_ns as for
 * model_run().
 */
void crew_start(struct crew *crew, const struct op *ops, size_t nr, uint64_t end_ns);
/* Until all models are done with them. -ENOMEM: one of them ran out of memory. */
int crew_wait(struct crew *crew, struct error *err) __must_check;

#endif
