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
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "bpf/recorder.h"
#include "cmd/child.h"
#include "cmd/record_probe.h"

#define SECOND 1000000000ULL

DEFINE_CLEANUP(struct recorder *, recorder_destroy);

struct options {
	struct recorder_opts recorder;
	uint64_t duration_ns; /* 0: no limit */
	char **command;	      /* NULL: none */
	bool probe, json;
};

enum { OPT_PROBE = 0x100, OPT_JSON };

/* Ctrl-C ends the recording, not the program: the trace must get its end. */
static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

static uint32_t parse_classes(char *list, const char *option, struct argp_state *state)
{
	uint32_t classes = 0;
	char *name;

	while ((name = strsep(&list, ","))) {
		int cls = event_class_find(name);

		if (cls < 0 && strcmp(name, "all") != 0)
			argp_error(state, "%s: '%s' is not a class of events", option, name);
		classes |= cls < 0 ? UINT32_MAX : 1u << cls;
	}
	return classes;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct error err = {0};
	uint64_t number = 0;
	int r = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case 'o':
		o->recorder.output = arg;
		return 0;
	case 'd':
		r = num_parse_duration(arg, "--duration", &o->duration_ns, &err);
		break;
	case 'b':
		r = num_parse_size(arg, "--buffer-size", 32 << 10, 16ULL << 30,
				   &o->recorder.buffer_bytes, &err);
		break;
	case 'r':
		o->recorder.required |= parse_classes(arg, "--require", state);
		return 0;
	case 'e':
		o->recorder.classes |= parse_classes(arg, "--events", state);
		return 0;
	case OPT_PROBE:
		o->probe = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case 'l':
		r = num_parse(arg, "--level", 1, 19, &number, &err);
		o->recorder.zstd_level = (int)number;
		break;
	case ARGP_KEY_ARG:
		/* all that follows is the command's, options too */
		o->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (o->command && o->duration_ns)
			argp_error(state, "--duration and COMMAND cannot go together");
		if (o->json && !o->probe)
			argp_error(state, "--json goes with --probe");
		if (o->probe && (o->command || o->duration_ns))
			argp_error(state,
				   "--probe records nothing; leave COMMAND and --duration out");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (r < 0)
		argp_error(state, "%s", err.msg);
	return 0;
}

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write the trace to FILE (default: memsim.trace)", 0},
	{"duration", 'd', "TIME", 0, "Stop after TIME: 10, 1.5s, 500ms, 2m, 1h", 0},
	{"buffer-size", 'b', "SIZE", 0, "Memory per CPU for events on their way (default: 16M)", 0},
	{"events", 'e', "CLASS,...", 0,
	 "Record only these classes, and alloc (default: all but object)", 0},
	{"require", 'r', "CLASS,...", 0, "Fail with status 3 if this kernel cannot show CLASS", 0},
	{"probe", OPT_PROBE, NULL, 0, "Record nothing; print what this kernel can show, and how",
	 0},
	{"json", OPT_JSON, NULL, 0, "With --probe: print JSON", 0},
	{"level", 'l', "N", 0, "Compression level of zstd, 1 to 19 (default: 3)", 0},
	{0},
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Record what this host does to its pages: until COMMAND ends, until TIME is over, "
	       "or "
	       "until interrupted. Needs root.",
	.children = cmd_common_child,
};

/* A recording that never began is not worth keeping. */
static void drop_partial(const char *output)
{
	_cleanup_free_ char *partial = NULL;

	if (asprintf(&partial, "%s.partial", output) < 0)
		partial = NULL;
	else
		(void)unlink(partial);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void show_progress(const struct recorder *r, uint64_t start_ns)
{
	char events[32], size[16];

	progress("recording: %.1f s, %s events, %s", (double)(now_ns() - start_ns) / SECOND,
		 num_format_count(recorder_events(r), events, sizeof(events)),
		 num_format_size(recorder_bytes(r), size, sizeof(size)));
}

static int run(struct recorder *r, const struct options *o, struct child *c,
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

static int summarize(const struct options *o, const struct trace_footer *f, uint64_t bytes,
		     int command)
{
	char count[32], size[16];
	uint64_t events = 0, lost = 0;
	bool full = f->buffer_high_water >= f->buffer_size / 2;

	for (int kind = 0; kind < EVENT_KIND_MAX; kind++)
		events += f->events[kind];
	for (int cls = 0; cls < CLASS_MAX; cls++)
		lost += f->lost[cls];
	log_info("%s: %s events in %.2f s, %s (%.2f bytes per event), %s lost", o->recorder.output,
		 num_format_count(events, count, sizeof(count)), (double)f->end_ns / SECOND,
		 num_format_size(bytes, size, sizeof(size)),
		 events ? (double)bytes / (double)events : 0.0, lost ? "some" : "none");
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (f->lost[cls])
			log_warn("%s events of class %s were lost%s",
				 num_format_count(f->lost[cls], count, sizeof(count)),
				 event_class_name((enum event_class)cls),
				 full ? "; a larger --buffer-size may help"
				      : ": an interrupt met the program that records them");
	if (command > 0)
		log_info("%s ended with status %d", o->command[0], command);
	if (command > 0)
		return command;
	return lost ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int record(const struct options *o, struct child *c, struct error *err)
{
	_cleanup_(recorder_destroyp) struct recorder *r = NULL;
	struct trace_footer footer;
	enum recorder_stop why = RECORDER_STOP_SIGNAL;
	int command = -1, status = 0;

	if (o->command)
		status = child_create(o->command, c, err);
	if (!status)
		status = recorder_create(&o->recorder, &r, err);
	if (!status)
		status = recorder_start(r, err);
	if (!status && o->command) {
		status = child_go(c, o->command[0], err);
		if (status < 0)
			drop_partial(o->recorder.output);
	}
	if (!status)
		status = run(r, o, c, &why, &command, err);
	if (!status)
		status = recorder_finish(r, why, command, &footer, err);
	progress_end();
	if (status < 0)
		return status;
	warn_silent(recorder_meta(r), &footer);
	return summarize(o, &footer, recorder_bytes(r), command);
}

int cmd_record(int argc, char **argv)
{
	struct options o = {.recorder = {.output = "memsim.trace"}};
	struct sigaction action = {.sa_handler = on_signal};
	struct child c = {.go = -1, .failed = -1};
	struct error err = {0};
	int status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
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
