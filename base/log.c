// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define REDRAW_NS 166000000 /* as log.h says */

enum log_level log_level = LOG_INFO;

static bool progress_shown;

void log_at_va(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const tag[] = {
		[LOG_ERROR] = "memsim: ",
		[LOG_WARN] = "memsim: warning: ",
		[LOG_INFO] = "",
		[LOG_DEBUG] = "debug: ",
	};

	if (level > log_level)
		return;
	progress_end();
	fputs(tag[level], stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_at_va(level, fmt, ap);
	va_end(ap);
}

void progress(const char *fmt, ...)
{
	static uint64_t last;
	va_list ap;

	if (log_level < LOG_INFO || !isatty(STDERR_FILENO))
		return;
	if (progress_shown && now_ns() - last < REDRAW_NS)
		return;
	last = now_ns();
	progress_shown = true;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
}

void progress_end(void)
{
	if (!progress_shown)
		return;
	progress_shown = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
