// SPDX-License-Identifier: GPL-2.0-only
/* memsim validate: the models against the truth. */
#include "cmd/cmd.h"

#include <string.h>

#include "base/log.h"
#include "cmd/replay/native.h"
#include "cmd/validate/validate_truth.h"

#ifndef MEMSIM_HAVE_BPF

static int validate_slub_caches(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	log_error("this memsim was built without the recorder (MEMSIM_BPF=OFF)");
	return EXIT_FAILED;
}

#else

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cmd/validate/validate.h"

struct options {
	struct validate_slub_opts slub;
	const char *subject;
	uint64_t max_error; /* percent; UINT64_MAX: none */
	bool json;
};

enum { OPT_JSON = 0x100, OPT_SHRINK, OPT_MAX_ERROR };

/* Ctrl-C ends the watching, not the program: the table comes all the same. */
static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

static void parse_caches(char *list, struct options *o, struct argp_state *state)
{
	char *name;

	while ((name = strsep(&list, ","))) {
		if (o->slub.nr == SLAB_CACHES_MAX)
			argp_error(state, "--cache: %d caches at most", SLAB_CACHES_MAX);
		o->slub.names[o->slub.nr++] = name;
	}
}

static void parse_word(char *arg, struct options *o, struct argp_state *state)
{
	if (!o->subject) {
		if (strcmp(arg, "slub"))
			argp_error(state, "'%s' cannot be validated; slub, native and truth can",
				   arg);
		o->subject = arg;
		return;
	}
	/* all that follows is the command's, options too */
	o->slub.command = state->argv + state->next - 1;
	state->next = state->argc;
}

static void check_options(const struct options *o, struct argp_state *state)
{
	if (!o->subject)
		argp_error(state, "say what to validate: slub, native or truth");
	if (!o->slub.nr)
		argp_error(state, "--cache is missing: which slab caches?");
	if (o->slub.command && o->slub.duration_ns)
		argp_error(state, "--duration and COMMAND cannot go together");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct error err = {0};
	int r = 0;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case 'c':
		parse_caches(arg, o, state);
		return 0;
	case 'd':
		r = num_parse_duration(arg, "--duration", &o->slub.duration_ns, &err);
		break;
	case 'b':
		r = num_parse_size(arg, "--buffer-size", 32 << 10, 16ULL << 30,
				   &o->slub.buffer_bytes, &err);
		break;
	case OPT_MAX_ERROR:
		r = num_parse(arg, "--max-error", 0, 1000, &o->max_error, &err);
		break;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_SHRINK:
		o->slub.shrink = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_word(arg, o, state);
		return 0;
	case ARGP_KEY_END:
		check_options(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (r < 0)
		argp_error(state, "%s", err.msg);
	return 0;
}

static const struct argp_option options[] = {
	{"cache", 'c', "NAME,...", 0, "The slab caches to watch", 0},
	{"duration", 'd', "TIME", 0, "Stop after TIME: 10, 1.5s, 500ms, 2m, 1h", 0},
	{"shrink", OPT_SHRINK, NULL, 0, "Have the kernel give back empty slabs first", 0},
	{"max-error", OPT_MAX_ERROR, "PERCENT", 0, "Fail with status 1 if a cache is off by more",
	 0},
	{"buffer-size", 'b', "SIZE", 0, "Memory per CPU for events on their way (default: 16M)", 0},
	{"json", OPT_JSON, NULL, 0, "Print JSON", 0},
	{0},
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "slub [-- COMMAND [ARG...]]",
	.doc = "Runs the model of slab caches beside those of this kernel, until COMMAND ends, "
	       "until "
	       "TIME is over, or until interrupted, and compares the numbers of slabs. Needs root. "
	       "memsim validate native executes what traces touch and times it, memsim validate "
	       "truth holds events against accesses: see their own --help.",
	.children = cmd_common_child,
};

/* Says in words what the numbers cannot be trusted for. */
static int judge(const struct options *o, const struct slub_findings *f)
{
	int status = EXIT_DONE;

	if (f->skipped)
		log_warn("%" PRIu64 " times an interrupt met the programs that watch all slab "
			 "caches; what it did is missing",
			 f->skipped);
	for (size_t i = 0; i < f->nr; i++) {
		if (!f->lost[i])
			continue;
		log_warn("%s: %" PRIu64 " events were lost; a larger --buffer-size may help",
			 f->names[i], f->lost[i]);
		status = EXIT_INCOMPLETE;
	}
	for (size_t i = 0; i < f->nr && o->max_error != UINT64_MAX; i++) {
		double worst = slub_worst_percent(f, i);

		if (worst <= (double)o->max_error)
			continue;
		if (slub_saw_all(f, i)) {
			log_error("%s: the model is off by %.2f%%, more than %" PRIu64 "%%",
				  f->names[i], worst, o->max_error);
			status = EXIT_FAILED;
			continue;
		}
		log_warn("%s: the model is off by %.2f%%, more than %" PRIu64
			 "%%, but it was not told all that the cache did",
			 f->names[i], worst, o->max_error);
		if (!status)
			status = EXIT_INCOMPLETE;
	}
	if (!f->command_status)
		return status;
	log_info("%s ended with status %d", o->slub.command[0], f->command_status);
	return f->command_status;
}

static int validate_slub_caches(int argc, char **argv)
{
	struct options o = {.slub.buffer_bytes = 16 << 20, .max_error = UINT64_MAX};
	_cleanup_free_ struct slub_findings *f = calloc(1, sizeof(*f));
	struct sigaction action = {.sa_handler = on_signal};
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	r = f ? validate_slub(&o.slub, &stop, f, &err) : error_nomem(&err);
	if (!r)
		r = o.json ? validate_slub_json(f, &err) : validate_slub_text(f, &err);
	if (!r)
		r = judge(&o, f);
	else
		r = cmd_fail(&err);
	if (f)
		slub_findings_fini(f);
	return r;
}

#endif

int cmd_validate(int argc, char **argv)
{
	static char native[] = "memsim validate native", truth[] = "memsim validate truth";

	if (argc >= 2 && !strcmp(argv[1], "native")) {
		argv[1] = native;
		return validate_native(argc - 1, argv + 1);
	}
	if (argc >= 2 && !strcmp(argv[1], "truth")) {
		argv[1] = truth;
		return validate_truth(argc - 1, argv + 1);
	}
	return validate_slub_caches(argc, argv);
}
