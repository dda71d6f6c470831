/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict numbers: the whole string must be the number, in range, with no blanks and no sign.
 * All return 0 or -EINVAL with a sentence that starts with `what`; ret is untouched on failure.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "base/error.h"

/* Decimal, or hexadecimal after 0x. A leading zero is refused: nobody agrees what 010 means. */
int num_parse(const char *s, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
	      struct error *err) __must_check;

/* Bytes: a decimal number with an optional suffix K, M, G or T (powers of 1024). */
int num_parse_size(const char *s, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
		   struct error *err) __must_check;

/* Seconds: decimal with an optional fraction and an optional suffix ms, s, m or h; ret in nanoseconds, > 0. */
int num_parse_duration(const char *s, const char *what, uint64_t *ret_ns,
		       struct error *err) __must_check;

/* "384.0 MiB": three to five significant digits and a binary unit, in a buffer of at least 16 bytes. */
const char *num_format_size(uint64_t bytes, char *buf, unsigned int len);

/* "6,291,456" in a buffer of at least 27 bytes. */
const char *num_format_count(uint64_t n, char *buf, unsigned int len);

#endif
