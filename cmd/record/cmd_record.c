// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

#include "base/log.h"

#ifndef MEMSIM_HAVE_BPF

int cmd_record(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	log_error("this memsim was built without the recorder (MEMSIM_BPF=OFF)");
	return EXIT_FAILED;
}

#else

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"
#include "cmd/record/child.h"
#include "cmd/record/record_args.h"
#include "cmd/record/record_probe.h"

#define SECOND 1000000000ULL

DEFINE_CLEANUP(struct recorder *, recorder_destroy);

/* Ctrl-C ends the recording, not the program: the trace must get its end. */
static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

static void show_progress(const struct recorder *r, uint64_t start_ns)
{
	char events[32], size[16];

	progress("recording: %.1f s, %s events, %s", (double)(now_ns() - start_ns) / SECOND,
		 num_format_count(recorder_events(r), events, sizeof(events)),
		 num_format_size(recorder_bytes(r), size, sizeof(size)));
}

static int run(struct recorder *r, const struct record_args *o, struct child *c,
	       enum recorder_stop *ret_why, int *ret_status, struct error *err)
{
	uint64_t start_ns = now_ns();
	uint64_t end_ns = o->duration_ns ? start_ns + o->duration_ns : UINT64_MAX;

	for (;;) {
		uint64_t slice_ns = now_ns() + SECOND / 4;
		int status;

		if (slice_ns > end_ns)
			slice_ns = end_ns;
		status = recorder_run(r, slice_ns, c->pid, &stop, ret_why, ret_status, err);
		if (status < 0)
			return status;
		if (*ret_why == RECORDER_STOP_COMMAND)
			c->pid = 0; /* waited for */
		if (*ret_why != RECORDER_STOP_DURATION || now_ns() >= end_ns)
			return 0;
		show_progress(r, start_ns);
	}
}

/* A class that should have shown something, by what others showed, and did not. */
static void warn_silent(const struct trace_meta *meta, const struct trace_footer *f)
{
	static const struct {
		uint8_t cls, kind, traffic;
	} pairs[] = {
		{CLASS_LOOKUP, EVENT_FOLIO_GET, EVENT_CACHE_ADD},
		{CLASS_MAPCOUNT, EVENT_MAP_ADD, EVENT_LRU_ADD},
		{CLASS_MAPCOUNT, EVENT_MAP_DEL, EVENT_LRU_ADD},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (meta->classes[pairs[i].cls].fidelity == FIDELITY_EXACT &&
		    !f->events[pairs[i].kind] && f->events[pairs[i].traffic])
			log_warn(
				"the hook for %s was attached but never fired, though there was %s",
				event_info(pairs[i].kind)->name,
				event_info(pairs[i].traffic)->name);
}

/* A class that was asked for by its name, and that this kernel does not show. */
static void warn_absent(const struct record_args *o, const struct trace_meta *meta)
{
	for (int cls = 0; o->recorder.classes != UINT32_MAX && cls < CLASS_MAX; cls++)
		if (o->recorder.classes >> cls & 1 && !meta->classes[cls].fidelity)
			log_warn("no events of class %s: %s",
				 event_class_name((enum event_class)cls), meta->classes[cls].note);
}

static void warn_lost(const struct trace_footer *f)
{
	bool full = f->buffer_high_water >= f->buffer_size / 2;
	char count[32];

	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (f->lost[cls])
			log_warn("%s events of class %s were lost%s",
				 num_format_count(f->lost[cls], count, sizeof(count)),
				 event_class_name((enum event_class)cls),
				 full ? "; a larger --buffer-size may help"
				      : ": an interrupt met the program that records them");
}

/* Whether the sample had to become smaller than it was asked to be. */
static bool warn_sampled(const struct record_args *o, const struct trace_footer *f)
{
	uint32_t wanted = o->recorder.sample ? o->recorder.sample : 1;

	if (f->sample > wanted)
		log_warn("it was too much to record all%s: at the end one page in %" PRIu32
			 " was recorded",
			 o->recorder.max_overhead > 0 ? " in --max-overhead" : "", f->sample);
	return f->sample > wanted;
}

static int summarize(const struct record_args *o, const struct trace_footer *f, uint64_t bytes,
		     int command)
{
	char count[32], size[16];
	uint64_t events = 0, lost = 0;
	bool sampled, cut;

	for (int kind = 0; kind < EVENT_KIND_MAX; kind++)
		events += f->events[kind];
	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += f->lost[cls];
	log_info("%s: %s events in %.2f s, %s (%.2f bytes per event), %s lost", o->recorder.output,
		 num_format_count(events, count, sizeof(count)), (double)f->end_ns / SECOND,
		 num_format_size(bytes, size, sizeof(size)),
		 events ? (double)bytes / (double)events : 0.0, lost ? "some" : "none");
	if (!strcmp(f->stop, "size"))
		log_info("ended because of --max-size");
	cut = !strcmp(f->stop, "census");
	if (cut)
		log_warn("--max-size is too small for the census: it tells only of a part of the "
			 "memory");
	warn_lost(f);
	sampled = warn_sampled(o, f);
	if (command > 0)
		log_info("%s ended with status %d", o->command[0], command);
	if (command > 0)
		return command;
	return lost || sampled || cut ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int record(struct record_args *o, struct child *c, struct error *err)
{
	_cleanup_(recorder_destroyp) struct recorder *r = NULL;
	struct trace_footer footer;
	enum recorder_stop why = RECORDER_STOP_SIGNAL;
	int command = -1, status = 0;

	if (o->command)
		status = child_create(o->command, c, err);
	if (!status && o->command_only)
		o->recorder.select.pids[o->recorder.select.nr_pids++] = c->pid;
	if (!status)
		status = recorder_create(&o->recorder, &r, err);
	if (!status)
		status = recorder_start(r, err);
	/* told to end before it began, COMMAND is not run at all */
	if (!status && o->command && !stop) {
		status = child_go(c, o->command[0], err);
		if (status < 0)
			recorder_abandon(r);
	}
	if (!status)
		status = run(r, o, c, &why, &command, err);
	if (!status)
		status = recorder_finish(r, why, command, &footer, err);
	progress_end();
	if (status < 0)
		return status;
	cmd_warn_too_large(recorder_meta(r));
	warn_absent(o, recorder_meta(r));
	warn_silent(recorder_meta(r), &footer);
	return summarize(o, &footer, recorder_bytes(r), command);
}

int cmd_record(int argc, char **argv)
{
	struct record_args o = {.recorder = {.output = "memsim.trace"}};
	struct sigaction action = {.sa_handler = on_signal};
	struct child c = {.go = -1, .failed = -1};
	struct error err = {0};
	int status;

	record_args_parse(argc, argv, &o);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	status = o.probe ? record_probe(o.json, &err) : record(&o, &c, &err);
	child_fini(&c);
	if (status >= 0)
		return status;
	cmd_fail(&err);
	return status == -ENODATA ? EXIT_INCOMPLETE : EXIT_FAILED;
}

#endif
