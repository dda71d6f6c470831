/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of memsim record. */
#ifndef CMD_RECORD_ARGS_H
#define CMD_RECORD_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/recorder.h"

struct record_args {
	struct recorder_opts recorder;
	uint64_t duration_ns; /* 0: no limit */
	char **command;	      /* NULL: none */
	bool command_only;    /* --pid=command: its process is known when it is there */
	bool probe, json;
};

/* Exits with a usage message when it is wrong. */
void record_args_parse(int argc, char **argv, struct record_args *ret);

#endif
