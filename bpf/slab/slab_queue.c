// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/slab/slab_queue.h"

#include <stdlib.h>
#include <string.h>

static int queue_room(struct slab_queue *q, struct error *err)
{
	struct slab_event *more;
	size_t cap = q->cap ? 2 * q->cap : 4096;

	if (q->nr < q->cap)
		return 0;
	if (q->first > q->cap / 2) {
		memmove(q->events, q->events + q->first, (q->nr - q->first) * sizeof(*q->events));
		q->nr -= q->first;
		q->first = 0;
		return 0;
	}
	more = reallocarray(q->events, cap, sizeof(*more));
	if (!more)
		return error_nomem(err);
	q->events = more;
	q->cap = cap;
	return 0;
}

int slab_queue_take(struct slab_queue *q, struct ring *ring, uint64_t cut_ns, struct error *err)
{
	uint64_t position = ring->control->tail; /* only we write it */
	int r = 0;

	for (; !r; position += SLAB_RECORD_WORDS) {
		uint64_t place = position & (ring->words - 1);
		uint64_t *record =
			&ring->chunks[place / WIRE_CHUNK_WORDS].words[place % WIRE_CHUNK_WORDS];
		/* the rest of the record was written before word 0 */
		uint64_t word0 = __atomic_load_n(record, __ATOMIC_ACQUIRE);

		if (!word0 || record[1] > cut_ns)
			break;
		r = queue_room(q, err);
		if (r < 0)
			break;
		/* an interrupt's record lies before that of the event it interrupted */
		if (record[1] > q->last_ns)
			q->last_ns = record[1];
		q->events[q->nr++] = (struct slab_event){
			.ns = q->last_ns,
			.object = record[2],
			.cpu = ring->cpu,
			.cache = (uint8_t)(word0 >> SLAB_CACHE_SHIFT),
			.free = word0 & SLAB_FREE,
		};
		memset(record, 0, SLAB_RECORD_WORDS * sizeof(*record));
	}
	/* the program may write here only after it has seen our zeroes' successor, the tail */
	__atomic_store_n(&ring->control->tail, position, __ATOMIC_RELEASE);
	return r;
}

void slab_queue_fini(struct slab_queue *q)
{
	free(q->events);
	memset(q, 0, sizeof(*q));
}
