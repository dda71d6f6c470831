// SPDX-License-Identifier: GPL-2.0-only
/* The memsim command: picks the sub-command and makes sure that its output arrived. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/cmd.h"

static const struct command {
	const char *name, *doc;
	command_fn *run;
} commands[] = {
#define COMMAND(name, doc) {#name, doc, cmd_##name},
#include "cmd/commands.def"
#undef COMMAND
};

enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *to)
{
	fputs("Usage: memsim COMMAND [OPTION...]\n"
	      "What would a smaller struct page gain and cost, on real workloads.\n\n",
	      to);
	for (int i = 0; i < NR_COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].doc);
	fputs("\nmemsim COMMAND --help explains a command; memsim --version prints the version.\n",
	      to);
}

static const struct command *find(const char *name)
{
	for (int i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* A report that a full disk cut off must not look like success. */
static int finish_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && (fclose(stdout) == 0 || errno == EBADF))
		return status;
	/* one sentence is enough where the command has said it */
	if (errno == EPIPE || status == EXIT_FAILED)
		return status;
	log_error("standard output: cannot write: %s", strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *title = NULL;
	const struct command *command;

	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return finish_stdout(EXIT_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("memsim " MEMSIM_VERSION);
		return finish_stdout(EXIT_DONE);
	}
	command = find(argv[1]);
	if (!command) {
		log_error("'%s' is not a memsim command; see memsim --help", argv[1]);
		return EXIT_USAGE;
	}
	if (asprintf(&title, "memsim %s", argv[1]) < 0) {
		title = NULL;
		log_error("out of memory");
		return EXIT_FAILED;
	}
	argv[1] = title;
	return finish_stdout(command->run(argc - 1, argv + 1));
}
