// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/outfile.h"
#include "cmd/cmd.h"
#include "sim/machine/calibrate.h"

DEFINE_CLEANUP(struct outfile *, outfile_destroy);

struct args {
	const char *output;
	bool quick, json;
};

enum { OPT_QUICK = 512, OPT_JSON };

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write the profile to FILE instead of standard output", 0},
	{"quick", OPT_QUICK, NULL, 0, "At most 20 seconds instead of 60, on fewer repetitions", 0},
	{"json", OPT_JSON, NULL, 0, "The profile as JSON instead of YAML", 0},
	{0},
};

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'o':
		args->output = arg;
		return 0;
	case OPT_QUICK:
		args->quick = true;
		return 0;
	case OPT_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_opt,
	.doc = "Measures this host into a machine profile for memsim replay --machine=FILE: what "
	       "its "
	       "caches really hold, and what waiting for each of them costs. Wants a quiet "
	       "machine.",
	.children = cmd_common_child,
};

static void show_progress(void *ctx, double done)
{
	(void)ctx;
	progress("calibrating: %.0f %%", 100 * done);
}

/* The text of the profile, in the form that was asked for. */
static int make_text(const struct machine *m, bool json, struct buf *out, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	json_t *root;
	int r;

	if (!json)
		return machine_to_yaml(m, out, err);
	root = machine_to_json(m);
	text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
	json_decref(root);
	if (!text)
		return error_nomem(err);
	r = buf_append(out, text, strlen(text), err);
	return r ? r : buf_append(out, "\n", 1, err);
}

static int write_text(const struct buf *text, const char *path, struct error *err)
{
	_cleanup_(outfile_destroyp) struct outfile *out = NULL;
	int r;

	if (!path) {
		fwrite(text->data, 1, text->len, stdout);
		return 0; /* main() checks that it arrived */
	}
	r = outfile_create(path, 0666, &out, err);
	if (!r)
		r = outfile_write(out, text->data, text->len, err);
	return r ? r : outfile_commit(out, err);
}

int cmd_calibrate(int argc, char **argv)
{
	_cleanup_(buf_fini) struct buf text = {0};
	struct calibrate_opts opts = {.progress = show_progress};
	_cleanup_free_ struct machine *m = calloc(1, sizeof(*m));
	struct args args = {0};
	struct error err = {0};
	int r;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	opts.quick = args.quick;
	r = m ? calibrate(&opts, m, &err) : error_nomem(&err);
	progress_end();
	if (!r)
		r = make_text(m, args.json, &text, &err);
	if (!r)
		r = write_text(&text, args.output, &err);
	return r ? cmd_fail(&err) : EXIT_DONE;
}
