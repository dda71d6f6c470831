// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "sim/pages/pages.h"
#include "trace/event.h"

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case 'v':
		log_level = LOG_DEBUG;
		return 0;
	case 'q':
		log_level = LOG_WARN;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{"verbose", 'v', NULL, 0, "Say more on standard error", 0},
	{"quiet", 'q', NULL, 0, "Only warnings and errors on standard error", 0},
	/* argp's own has -? only; with no name it cannot be an alias of that */
	{NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0},
	{0},
};

const struct argp cmd_common_argp = {.options = common_options, .parser = parse_common};

const struct argp_child cmd_common_child[] = {
	{&cmd_common_argp, 0, "Common options:", 100},
	{0},
};

int cmd_fail(const struct error *err)
{
	log_error("%s", err->msg);
	return EXIT_FAILED;
}

int cmd_print_json(json_t *json, struct error *err)
{
	int r = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : -1;

	json_decref(json);
	if (r < 0 || putchar('\n') == EOF)
		return error_set(err, -EIO, "standard output: cannot write: %s", strerror(errno));
	return 0;
}

void cmd_warn_too_large(const struct trace_meta *meta)
{
	if (!pages_can_hold(meta))
		log_warn("the host's memory reaches pfn %" PRIu64
			 "; replay and report take up to %u, 16 TiB of physical addresses",
			 meta->max_pfn, UINT32_MAX - 1);
}

int cmd_class_find(const struct argp_state *state, const char *option, const char *name)
{
	int cls = event_class_find(name);
	char all[256];
	size_t len = 0;

	if (cls >= 0)
		return cls;
	for (int i = 0; i < CLASS_MAX && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
					!i		    ? ""
					: i + 1 < CLASS_MAX ? ", "
							    : " or ",
					event_class_name((enum event_class)i));
	argp_error(state, "%s: '%s' is not a class of events: %s", option, name, all);
	return cls;
}

const char *cmd_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
