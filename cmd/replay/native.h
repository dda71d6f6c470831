/* SPDX-License-Identifier: GPL-2.0-only */
/* Executing what a replay touched, for `replay --native` and `validate native`. */
#ifndef CMD_NATIVE_H
#define CMD_NATIVE_H

#include <jansson.h>

#include "cmd/replay/replay_args.h"
#include "sim/charge/native.h"

enum { NATIVE_ROUNDS = 11 };

/* A replay, and what executing its streams found: one entry for each layout. */
struct native_run {
	struct native_stream streams[REPLAY_MAX_LAYOUTS];
	struct replay_result *replay;
	struct native_result results[REPLAY_MAX_LAYOUTS];
};

void native_run_fini(struct native_run *run);
/* args must have a machine. `ret` is to be released whatever is returned. */
int native_run_trace(struct replay_args *args, const char *path, unsigned int rounds,
		     unsigned int background, struct native_run *ret,
		     struct error *err) __must_check;

int native_print(const struct native_run *run, struct error *err) __must_check;
/* NULL: no memory. */
json_t *native_to_json(const struct native_run *run, const char *trace_name);

/* The subject "native" of `memsim validate`; argv[0] is "memsim validate native". */
int validate_native(int argc, char **argv);

#endif
