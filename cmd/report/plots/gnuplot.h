/* SPDX-License-Identifier: GPL-2.0-only */
/* gnuplot as a filter: a script in, what its terminal writes out. */
#ifndef CMD_GNUPLOT_H
#define CMD_GNUPLOT_H

#include <stddef.h>

#include "base/error.h"

/*
 * Runs a script to its end. *ret: all that it wrote, and a 0 behind it; to be freed. -ENOENT: gnuplot is not
 * installed. Neither the user's settings nor the locale nor a display have a say.
 */
int gnuplot_run(const char *script, size_t len, char **ret, struct error *err) __must_check;

#endif
