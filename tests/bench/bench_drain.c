// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recorder's own process does with an event: from the rings through the merge into the file.
 *	bench_drain TRACE [OUT]
 * The events of TRACE are put back into rings as the BPF programs would have put them, ten milliseconds of the recording at
 * a time, and taken out again as the recorder does. Only that is timed: CPU time per event, the best of several rounds.
 * Beside it stands what it takes to copy the same records out of the rings and to compress them as they are. OUT keeps
 * the trace that comes of it: the same bytes, however fast (cmp holds two builds against each other). For counts of
 * instructions: valgrind --tool=callgrind --toggle-collect=take_round* ...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "bpf/merge.h"
#include "trace/reader.h"
#include "trace/writer.h"

enum {
	ROUNDS = 3,
	STEP_NS = 10000000, /* a recorder that is not overrun looks at the rings that often */
	RING_WORDS = 1 << 21,
	MAX_CPUS = 64,
};

/* Records of one CPU in one step. */
struct feed {
	uint64_t *words;
	size_t nr, cap;
	size_t *ends, nr_ends, cap_ends; /* where each step's words end */
	uint64_t stamp_ns;
};

struct player {
	struct feed feeds[MAX_CPUS];
	struct wire_cpu controls[MAX_CPUS];
	struct ring rings[MAX_CPUS];
	struct stage stages[MAX_CPUS];
	struct decoder decoder;
	struct merge *merge;
	struct trace_writer *writer;
	size_t nr_cpus, nr_steps;
	uint64_t max_pfn, events, ns;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void check(int r, const struct error *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static void put_words(struct feed *f, const uint64_t *words, size_t nr)
{
	while (f->nr + nr > f->cap) {
		f->cap = f->cap ? 2 * f->cap : 1 << 16;
		f->words = realloc(f->words, f->cap * sizeof(*f->words));
		if (!f->words)
			abort();
	}
	memcpy(f->words + f->nr, words, nr * sizeof(*words));
	f->nr += nr;
}

static void end_step(struct player *p)
{
	for (size_t cpu = 0; cpu < p->nr_cpus; cpu++) {
		struct feed *f = &p->feeds[cpu];

		if (f->nr_ends == f->cap_ends) {
			f->cap_ends = f->cap_ends ? 2 * f->cap_ends : 1024;
			f->ends = realloc(f->ends, f->cap_ends * sizeof(*f->ends));
			if (!f->ends)
				abort();
		}
		f->ends[f->nr_ends++] = f->nr;
	}
	p->nr_steps++;
}

/* The record that ring.c makes this event of. */
static void put_event(struct feed *f, const struct event *e)
{
	uint32_t arg = e->arg;
	uint64_t words[3] = {0, 0xffff888000000000 + e->obj * 64ULL, e->index}, payload = e->pfn;

	switch (e->kind) {
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		arg = (arg & MAPF_LEVEL) | (arg & MAPF_ANON ? WIRE_MAP_ANON : 0) |
		      (arg & MAPF_NEW ? WIRE_MAP_NEW : 0) |
		      (e->count & WIRE_COUNT_MASK) << WIRE_COUNT_SHIFT;
		break;
	case EVENT_SCAN:
		arg = (arg & 1) | e->count << WIRE_SCAN_SHIFT;
		break;
	case EVENT_PAGE_ALLOC:
	case EVENT_BULK_ALLOC:
		arg = (arg & ((1u << WIRE_MT_SHIFT) - 1)) | arg >> GFPC_MT_SHIFT << WIRE_MT_SHIFT;
		break;
	case EVENT_CACHE_READ:
	case EVENT_CACHE_MAP:
		payload = e->count;
		break;
	case EVENT_TASK:
		words[1] = arg | (uint64_t)e->count << 32;
		arg = 0;
		break;
	default:
		break;
	}
	if (e->ts_ns != f->stamp_ns || !f->nr)
		put_words(f, (uint64_t[]){wire_time(e->ts_ns)}, 1);
	f->stamp_ns = e->ts_ns;
	words[0] = wire_word0(e->kind, e->order, arg, payload);
	put_words(f, words, wire_words(e->kind));
}

static void load(struct player *p, const char *path)
{
	struct trace_reader *reader;
	struct trace_block b;
	struct error err = {0};
	int r = trace_reader_open(path, &reader, &err);

	check(r, &err);
	p->nr_cpus = trace_reader_meta(reader)->nr_cpus;
	p->max_pfn = trace_reader_meta(reader)->max_pfn;
	if (p->nr_cpus > MAX_CPUS)
		p->nr_cpus = MAX_CPUS;
	while ((r = trace_reader_next(reader, &b, &err)) > 0)
		for (size_t i = 0; b.type == BLOCK_EVENTS && i < b.events.nr; i++) {
			const struct event *e = &b.events.events[i];

			if (e->kind >= WIRE_TIME || e->kind == EVENT_ACCESS || e->cpu >= p->nr_cpus)
				continue;
			while (e->ts_ns >= (p->nr_steps + 1) * STEP_NS)
				end_step(p);
			put_event(&p->feeds[e->cpu], e);
			p->events++;
		}
	check(r, &err);
	end_step(p);
	trace_reader_destroy(reader);
}

/* What the BPF programs do. */
static void feed_ring(struct ring *ring, const struct feed *f, size_t step)
{
	struct wire_cpu *c = ring->control;
	size_t at = step ? f->ends[step - 1] : 0;
	uint64_t place = c->head & c->mask;

	if (c->head == c->tail && place >= WIRE_CHUNK_WORDS) {
		c->jump_from = c->head;
		c->head = c->jumped = (c->head | c->mask) + 1;
	}
	if (f->ends[step] - at > ring->words - WIRE_MARGIN_WORDS)
		abort();
	while (at < f->ends[step]) {
		uint32_t nr = wire_words(f->words[at] & ((1u << WIRE_KIND_BITS) - 1));

		place = c->head & c->mask;
		memcpy(&ring->chunks[place / WIRE_CHUNK_WORDS].words[place % WIRE_CHUNK_WORDS],
		       f->words + at, nr * sizeof(uint64_t));
		c->head += nr;
		at += nr;
	}
}

static int sink(void *arg, const struct event *events, size_t n, struct error *err)
{
	struct player *p = arg;

	return p->writer ? trace_writer_events(p->writer, events, n, err) : 0;
}

static __attribute__((noinline)) void take_round(struct player *p, uint64_t read_ns,
						 uint64_t limit_ns)
{
	struct error err = {0};

	for (size_t cpu = 0; cpu < p->nr_cpus; cpu++)
		check((int)ring_drain(&p->rings[cpu], &p->decoder, &p->stages[cpu], read_ns,
				      RING_WORDS, &err),
		      &err);
	check(merge_run(p->merge, p->stages, limit_ns, &err), &err);
}

static void begin(struct player *p, struct wire_chunk *chunks)
{
	const size_t per_ring = RING_WORDS / WIRE_CHUNK_WORDS;
	struct error err = {0};

	memset(p->controls, 0, sizeof(p->controls));
	for (size_t cpu = 0; cpu < p->nr_cpus; cpu++)
		ring_init(&p->rings[cpu], &p->controls[cpu], chunks, cpu * per_ring, RING_WORDS,
			  (uint16_t)cpu);
	check(decoder_init(&p->decoder, 0, &err), &err);
	check(merge_create(p->nr_cpus, p->max_pfn, sink, p, &p->merge, &err), &err);
}

static void end(struct player *p)
{
	merge_destroy(p->merge);
	decoder_fini(&p->decoder);
	for (size_t cpu = 0; cpu < p->nr_cpus; cpu++)
		stage_fini(&p->stages[cpu]);
}

/* Returns the CPU time that the recorder's part takes; into a file, or only to the end of the merge. */
static uint64_t play(struct player *p, struct wire_chunk *chunks, const char *out,
		     uint64_t *ret_bytes)
{
	static const struct trace_meta meta = {.kernel = "bench",
					       .nr_cpus = MAX_CPUS,
					       .nr_online_cpus = 1,
					       .nr_nodes = 1,
					       .page_size = 4096,
					       .sample = 1};
	struct trace_footer footer = {.stop = "duration"};
	struct error err = {0};
	uint64_t ns = 0, start;

	begin(p, chunks);
	if (out)
		check(trace_writer_create(out, &meta, NULL, &p->writer, &err), &err);
	for (size_t step = 0; step <= p->nr_steps; step++) {
		for (size_t cpu = 0; cpu < p->nr_cpus && step < p->nr_steps; cpu++)
			feed_ring(&p->rings[cpu], &p->feeds[cpu], step);
		start = cpu_ns();
		take_round(p, (step + 1) * STEP_NS,
			   step < p->nr_steps ? step * STEP_NS : UINT64_MAX);
		ns += cpu_ns() - start;
	}
	start = cpu_ns();
	if (out)
		check(trace_writer_finish(p->writer, &footer, &err), &err);
	ns += cpu_ns() - start;
	if (out) {
		*ret_bytes = trace_writer_size(p->writer);
		trace_writer_destroy(take_ptr(p->writer));
	}
	end(p);
	return ns;
}

/* The records as they are, compressed: nothing could make less of them. */
static uint64_t compress_records(const struct player *p, uint64_t *ret_bytes)
{
	enum { BLOCK = 1 << 19 };
	size_t room = ZSTD_compressBound(BLOCK);
	_cleanup_free_ char *copy = malloc(BLOCK), *out = malloc(room);
	uint64_t start = cpu_ns();

	if (!copy || !out)
		abort();
	*ret_bytes = 0;
	for (size_t cpu = 0; cpu < p->nr_cpus; cpu++) {
		const char *words = (const char *)p->feeds[cpu].words;
		size_t left = p->feeds[cpu].nr * sizeof(uint64_t);

		while (left) {
			size_t len = left < BLOCK ? left : BLOCK;

			memcpy(copy, words, len);
			*ret_bytes += ZSTD_compress(out, room, copy, len, 1);
			words += len;
			left -= len;
		}
	}
	return cpu_ns() - start;
}

static void print(const char *what, uint64_t ns, uint64_t bytes, uint64_t events)
{
	printf("%-34s %6.1f ns/event", what, (double)ns / (double)events);
	if (bytes)
		printf(" %6.2f bytes/event", (double)bytes / (double)events);
	putchar('\n');
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a && a < b ? a : b;
}

int main(int argc, char **argv)
{
	static struct player p;
	struct wire_chunk *chunks;
	char path[] = "/tmp/memsim-bench-XXXXXX";
	const char *out = argc > 2 ? argv[2] : path;
	uint64_t merged = 0, written = 0, stored = 0, bytes = 0, raw = 0;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_drain TRACE [OUT]\n");
		return 2;
	}
	load(&p, argv[1]);
	chunks = calloc(p.nr_cpus * RING_WORDS / WIRE_CHUNK_WORDS, sizeof(*chunks));
	fd = argc > 2 ? -1 : mkstemp(path);
	if (!chunks || !p.events || (argc < 3 && fd < 0))
		return 1;
	if (fd >= 0)
		close(fd);
	for (int round = 0; round < ROUNDS; round++) {
		merged = least(merged, play(&p, chunks, NULL, NULL));
		written = least(written, play(&p, chunks, out, &bytes));
		stored = least(stored, compress_records(&p, &raw));
	}
	printf("%" PRIu64 " events of %zu CPUs in %zu steps\n", p.events, p.nr_cpus, p.nr_steps);
	print("rings to merged events", merged, 0, p.events);
	print("rings to the file (wanted: 40)", written, bytes, p.events);
	print("records stored as they are", stored, raw, p.events);
	if (argc < 3)
		(void)unlink(path);
	for (size_t cpu = 0; cpu < p.nr_cpus; cpu++) {
		free(p.feeds[cpu].words);
		free(p.feeds[cpu].ends);
	}
	free(chunks);
	return 0;
}
