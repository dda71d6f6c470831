// SPDX-License-Identifier: GPL-2.0-only
#include "base/log.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

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

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void progress(const char *fmt, ...)
{
	static int64_t last;
	va_list ap;

	if (log_level < LOG_INFO || !isatty(STDERR_FILENO))
		return;
	if (progress_shown && now_ms() - last < 166)
		return;
	last = now_ms();
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
