/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the records of slab_wire.h out of the ring of one CPU. */
#ifndef BPF_SLAB_QUEUE_H
#define BPF_SLAB_QUEUE_H

#include "bpf/ring.h"
#include "bpf/slab/slab_recorder.h"

/* Events of one CPU that wait for the others': times never go back. */
struct slab_queue {
	struct slab_event *events;
	size_t first, nr, cap; /* events[first .. nr) are waiting */
	uint64_t last_ns;
};

/* Moves the complete records up to cut_ns. One still being written holds back those behind it. */
int slab_queue_take(struct slab_queue *q, struct ring *ring, uint64_t cut_ns,
		    struct error *err) __must_check;
void slab_queue_fini(struct slab_queue *q);

#endif
