/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs several models over the same operations, on several threads. Each model sees every operation in
 * order, on one thread at a time, so the number of threads never changes a result.
 */
#ifndef SIM_CREW_H
#define SIM_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sim/replay/model.h"

struct crew;

/* Batches that may be under way at once, so that no thread has to wait for the slowest at each of them. */
enum { CREW_BATCHES = 4 };

/* The models stay the caller's. jobs 1: everything runs on the calling thread, inside crew_give(). */
int crew_create(struct model *const *models, size_t nr, unsigned int jobs, struct crew **ret,
		struct error *err) __must_check;
/* Ends the threads. NULL is fine. */
void crew_destroy(struct crew *crew);

/* How many batches are worth having under way: CREW_BATCHES, or 1 without threads. */
unsigned int crew_depth(const struct crew *crew);
/*
 * Hands out operations, which must stay unchanged until they have been taken back; end_ns as for model_run(). At
 * most CREW_BATCHES may be out.
 */
void crew_give(struct crew *crew, const struct op *ops, size_t nr, uint64_t end_ns);
/*
 * Takes back the batch that was given first, of those that are out, when all models are done with it. *bytes: what each
 * model's descriptors took then, until the next crew_give(). -ENOMEM: one of them ran out of memory.
 */
int crew_take(struct crew *crew, const uint64_t **bytes, struct error *err) __must_check;

#endif
