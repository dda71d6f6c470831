/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole input file as bytes: mapped where that is possible, read into memory where not (a pipe). */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct input {
	const uint8_t *data;
	size_t len;
	enum { INPUT_BORROWED, INPUT_MAPPED, INPUT_HEAP } owner;
};

int input_open(const char *path, struct input *ret, struct error *err) __must_check;
void input_fini(struct input *in);

#endif
