/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One way to fail: a function returns 0 (or a count), or a negative errno and one finished sentence
 * that names the file, line or object, ready to be printed as it is.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

struct error {
	int code;      /* negative errno; 0 as long as nothing failed */
	char msg[480]; /* one sentence, no newline; longer ones are cut with an ellipsis */
};

#define __must_check __attribute__((warn_unused_result))

/*
 * Fills err (which may be NULL) and returns code, so that a check is one line:
 *	return error_set(err, -EINVAL, "%s: the file is empty", path);
 */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that err already holds; returns err's code (or code if err is NULL). */
int error_prefix(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* error_set(-ENOMEM, ...) with the usual words. */
int error_nomem(struct error *err);

#endif
