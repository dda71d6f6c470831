/* SPDX-License-Identifier: GPL-2.0-only */
/* The command whose doings are watched: started before, let go when the watching has begun. */
#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include <sys/types.h>

#include "base/error.h"

struct child {
	pid_t pid;
	int go;	    /* a byte sends it off; closing without one makes it exit */
	int failed; /* carries errno when exec() fails, and closes when it succeeds */
};

int child_create(char **command, struct child *c, struct error *err) __must_check;
int child_go(struct child *c, const char *name, struct error *err) __must_check;
/* Whoever still runs is told to end, and waited for: some seconds, or until a signal comes. pid 0: it was waited for already. */
void child_fini(struct child *c);

#endif
