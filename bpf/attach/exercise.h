/* SPDX-License-Identifier: GPL-2.0-only */
/* A little traffic of our own, to see whether hooks that were attached do fire. */
#ifndef BPF_EXERCISE_H
#define BPF_EXERCISE_H

#include "base/error.h"

/* Maps pages, forks, unmaps, reads a file and maps it. */
int exercise(struct error *err) __must_check;

#endif
