/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sub-commands share. Only code in cmd/ prints and exits. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "trace/meta.h"

/* The exit statuses of every command. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3, /* done, but data is missing: events lost, trace cut off */
};

/* argv[0] is "memsim NAME". Returns an exit status; main() then checks that stdout could be written. */
typedef int command_fn(int argc, char **argv);

#define COMMAND(name, doc) command_fn cmd_##name;
#include "cmd/commands.def"
#undef COMMAND

/* Options that every command takes (-v, -q); alone, and as the only child of a command's argp. */
extern const struct argp cmd_common_argp;
extern const struct argp_child cmd_common_child[];

/* Prints the error's sentence on stderr and returns EXIT_FAILED. */
int cmd_fail(const struct error *err);

/* One JSON document on stdout, indented, with a final newline; 0 or -errno. Steals the reference. */
int cmd_print_json(json_t *json, struct error *err) __must_check;

/* The class of events of this name, given to option; otherwise a wrong call, which lists all of them. */
int cmd_class_find(const struct argp_state *state, const char *option, const char *name);

/* The last part of a path: output names a trace, not where it lies on this machine. */
const char *cmd_basename(const char *path);
/* Says so where a host's memory reaches further than replays do. */
void cmd_warn_too_large(const struct trace_meta *meta);

#endif
