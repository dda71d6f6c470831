/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace for benchmarks that is long enough for what happens once not to count. */
#ifndef TESTS_BENCH_LENGTHEN_H
#define TESTS_BENCH_LENGTHEN_H

#include "base/error.h"

/*
 * Writes a trace of as many hosts as times says, each of which has its own memory behind that of the one before and does
 * after it what the trace's did: the same events, on pages that none of them has touched before.
 */
int lengthen(const char *path, unsigned int times, const char *to, struct error *err) __must_check;

#endif
