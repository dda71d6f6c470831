/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for the person at the terminal: always stderr, never mixed with data. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* The only process-wide setting: what is printed. Default LOG_INFO; -v raises it, -q lowers it. */
extern enum log_level log_level;

void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_at_va(enum log_level level, const char *fmt, va_list ap);

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/*
 * One progress line, redrawn in place at most six times a second, and only where stderr is a
 * terminal. progress_end() wipes it. log_at() does so too before it prints.
 */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

#endif
