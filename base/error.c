// SPDX-License-Identifier: GPL-2.0-only
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void format(struct error *err, const char *fmt, va_list ap)
{
	int n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);

	if (n >= (int)sizeof(err->msg))
		memcpy(err->msg + sizeof(err->msg) - 4, "...", 4);
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	format(err, fmt, ap);
	va_end(ap);
	return code;
}

int error_prefix(struct error *err, int code, const char *fmt, ...)
{
	struct error old;
	va_list ap;

	if (!err)
		return code;
	old = *err;
	va_start(ap, fmt);
	format(err, fmt, ap);
	va_end(ap);
	size_t used = strlen(err->msg);
	int n = snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", old.msg);

	if (n >= (int)(sizeof(err->msg) - used))
		memcpy(err->msg + sizeof(err->msg) - 4, "...", 4);
	return old.code;
}

int error_nomem(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}
