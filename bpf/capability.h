/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process is allowed to do. */
#ifndef BPF_CAPABILITY_H
#define BPF_CAPABILITY_H

#include "base/error.h"

/* 0 if recording is allowed, -EPERM otherwise. */
int capability_check(struct error *err) __must_check;

#endif
