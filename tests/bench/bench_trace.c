// SPDX-License-Identifier: GPL-2.0-only
/* How fast events are written and read, and how small they become: time per event, bytes per event. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "stream.h"
#include "trace/codec/container.h"
#include "trace/reader.h"
#include "trace/writer.h"

enum { NR_EVENTS = 4 << 20, ROUNDS = 3 };

/* CPU time: the rates are those of one core, whoever else wants it. */
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
					 .nr_cpus = STREAM_CPUS,
					 .nr_online_cpus = STREAM_CPUS,
					 .nr_nodes = 1,
					 .page_size = 4096,
					 .sample = 1};
	const struct trace_writer_opts opts = {.zstd_level = level};
	struct trace_footer footer = {.stop = "duration"};
	uint64_t wrote = UINT64_MAX, read = UINT64_MAX, unpacked = UINT64_MAX, size = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct trace_writer *w;
		struct error err;
		uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID), took;

		if (trace_writer_create(path, &meta, &opts, &w, &err) ||
		    trace_writer_events(w, events, NR_EVENTS, &err) ||
		    trace_writer_flush(w, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
		took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
		wrote = took < wrote ? took : wrote;
		size = trace_writer_size(w);
		if (trace_writer_finish(w, &footer, &err))
			exit(1);
		trace_writer_destroy(w);
		start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		if (read_all(path) != NR_EVENTS)
			exit(1);
		took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
		read = took < read ? took : read;
		start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		unpack_all(path);
		took = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
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
	stream_make(events, NR_EVENTS, 0);
	for (int level = 1; level <= 3; level++)
		measure(path, "alloc/free", events, level);
	stream_make(events, NR_EVENTS, 40);
	for (int level = 1; level <= 3; level++)
		measure(path, "mixed", events, level);
	unlink(path);
	return 0;
}
