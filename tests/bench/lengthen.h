/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace for benchmarks that is long enough for what happens once not to count. */
#ifndef TESTS_BENCH_LENGTHEN_H
#define TESTS_BENCH_LENGTHEN_H

#include "base/error.h"

enum lengthen_how {
	/* as many hosts, each with its own memory behind that of the one before: pages that none has touched before */
	LENGTHEN_HOSTS,
	/* one host again and again: what is free at the end of a C build mostly was at its beginning */
	LENGTHEN_AGAIN,
};

/* Writes a trace with the events of another one so many times, one after the other. */
int lengthen(const char *path, unsigned int times, enum lengthen_how how, const char *to,
	     struct error *err) __must_check;

#endif
