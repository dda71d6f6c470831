// SPDX-License-Identifier: GPL-2.0-only
/* How fast events are written and read, and how small they become: time per event, bytes per event. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trace/container.h"
#include "trace/reader.h"
#include "trace/writer.h"

enum { NR_EVENTS = 4 << 20, NR_CPUS = 4, ROUNDS = 3 };

/* CPU time: the rates are those of one core, whoever else wants it. */
static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* splitmix64: the same stream on every machine */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/*
 * Per CPU a last-in-first-out list of free pages, as the kernel keeps one. Events of a CPU come in rows that have one
 * time, as the recorder stamps them.
 */
struct stream {
	uint64_t random, ts;
	uint16_t cpu;
	unsigned int row; /* events left in it */
	uint64_t lists[NR_CPUS][4096], next_pfn[NR_CPUS];
	unsigned int nr[NR_CPUS];
	uint64_t used[1 << 16];
	unsigned int nr_used;
};

static void alloc_page(struct stream *s, struct event *e)
{
	unsigned int cpu = e->cpu;

	e->kind = EVENT_PAGE_ALLOC;
	e->arg = next_random(&s->random) % 8 ? 0x1003301 : 0x3300;
	e->pfn = s->nr[cpu] ? s->lists[cpu][--s->nr[cpu]] : s->next_pfn[cpu]++;
	s->used[s->nr_used++] = e->pfn;
}

static void free_page(struct stream *s, struct event *e)
{
	/* mostly what was allocated lately, sometimes anything */
	unsigned int back = next_random(&s->random) % 4
				    ? (unsigned int)(next_random(&s->random) % 64 % s->nr_used)
				    : (unsigned int)(next_random(&s->random) % s->nr_used);
	uint64_t *slot = s->used + s->nr_used - 1 - back;

	e->kind = EVENT_PAGE_FREE;
	e->arg = FREE_ANON;
	e->pfn = *slot;
	*slot = s->used[--s->nr_used];
	if (s->nr[e->cpu] < 4096)
		s->lists[e->cpu][s->nr[e->cpu]++] = e->pfn;
}

static void other_event(struct stream *s, struct event *e)
{
	uint64_t v = next_random(&s->random);

	switch (v % 4) {
	case 0:
		e->kind = EVENT_LRU_ADD;
		e->pfn = s->used[s->nr_used - 1 - v / 4 % 15 % s->nr_used];
		e->arg = 2 | LRUF_ANON << LRUF_SHIFT;
		break;
	case 1:
		e->kind = EVENT_RSS_STAT;
		e->obj = (uint32_t)(1 + v / 4 % 20);
		e->arg = 1;
		break;
	case 2:
		e->kind = EVENT_CACHE_READ;
		e->obj = (uint32_t)(1 + v / 4 % 5);
		e->index = s->ts / 4096 % (1 << 20);
		e->count = 32;
		break;
	default:
		e->kind = EVENT_TASK;
		e->arg = (uint32_t)(1000 + v / 4 % 100);
		e->count = 1000;
	}
}

static void make(struct event *events, size_t nr, unsigned int others)
{
	_cleanup_free_ struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		s->next_pfn[cpu] = 0x100000 + 0x100000 * cpu;
	for (size_t i = 0; i < nr; i++) {
		uint64_t v = next_random(&s->random);
		struct event *e = events + i;

		if (!s->row--) {
			s->row = (unsigned int)(v >> 32) % 32;
			s->cpu = (uint16_t)((v >> 20) / 7 % NR_CPUS);
			s->ts += (50 + v % 16000) / 64 * 64;
		}
		*e = (struct event){.ts_ns = s->ts, .cpu = s->cpu};
		if (s->nr_used && v >> 48 < others * 655)
			other_event(s, e);
		else if (s->nr_used < 100 || (s->nr_used < (1 << 16) - 1 && v >> 56 & 1))
			alloc_page(s, e);
		else
			free_page(s, e);
	}
}

static uint64_t read_all(const char *path)
{
	struct trace_reader *r;
	struct trace_block block;
	struct error err;
	uint64_t nr = 0;
	int res = trace_reader_open(path, &r, &err);

	while (!res && (res = trace_reader_next(r, &block, &err)) > 0) {
		nr += block.type == BLOCK_EVENTS ? block.events.nr : 0;
		res = 0;
	}
	if (res) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	trace_reader_destroy(r);
	return nr;
}

/* Checksums and zstd alone: no decoder of what is inside can be faster. */
static void unpack_all(const char *path)
{
	struct frame_block frame = {0};
	struct container file;
	struct input in;
	struct error err;
	int r = input_open(path, &in, &err);

	if (!r)
		r = container_init(&file, path, &in, &err);
	if (!r)
		r = container_read_header(&file, &err);
	while (!r && frame.type != BLOCK_FOOTER) {
		r = container_read_block(&file, &frame, &err);
		if (!r)
			container_block_done(&file, &frame);
	}
	if (r) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	container_fini(&file);
}

static void measure(const char *path, const char *what, const struct event *events, int level)
{
	static struct trace_meta meta = {.kernel = "bench",
					 .nr_cpus = NR_CPUS,
					 .nr_online_cpus = NR_CPUS,
					 .nr_nodes = 1,
					 .page_size = 4096,
					 .sample = 1};
	const struct trace_writer_opts opts = {.zstd_level = level};
	struct trace_footer footer = {.stop = "duration"};
	uint64_t wrote = UINT64_MAX, read = UINT64_MAX, unpacked = UINT64_MAX, size = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct trace_writer *w;
		struct error err;
		uint64_t start = now_ns(), took;

		if (trace_writer_create(path, &meta, &opts, &w, &err) ||
		    trace_writer_events(w, events, NR_EVENTS, &err) ||
		    trace_writer_flush(w, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
		took = now_ns() - start;
		wrote = took < wrote ? took : wrote;
		size = trace_writer_size(w);
		if (trace_writer_finish(w, &footer, &err))
			exit(1);
		trace_writer_destroy(w);
		start = now_ns();
		if (read_all(path) != NR_EVENTS)
			exit(1);
		took = now_ns() - start;
		read = took < read ? took : read;
		start = now_ns();
		unpack_all(path);
		took = now_ns() - start;
		unpacked = took < unpacked ? took : unpacked;
	}
	printf("%-12s level %d: write %5.1f ns/event, read %6.1f M events/s (checksums and zstd "
	       "alone "
	       "%6.1f), %5.2f bytes/event\n",
	       what, level, (double)wrote / NR_EVENTS, NR_EVENTS * 1e3 / (double)read,
	       NR_EVENTS * 1e3 / (double)unpacked, (double)size / NR_EVENTS);
}

int main(void)
{
	_cleanup_free_ struct event *events = malloc(NR_EVENTS * sizeof(*events));
	char path[] = "/tmp/memsim-bench-XXXXXX";
	int fd = mkstemp(path);

	if (!events || fd < 0)
		return 1;
	close(fd);
	make(events, NR_EVENTS, 0);
	for (int level = 1; level <= 3; level++)
		measure(path, "alloc/free", events, level);
	make(events, NR_EVENTS, 40);
	for (int level = 1; level <= 3; level++)
		measure(path, "mixed", events, level);
	unlink(path);
	return 0;
}
