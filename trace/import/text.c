// SPDX-License-Identifier: GPL-2.0-only
#include "trace/import/text_internal.h"

#include <ctype.h>
#include <string.h>

bool span_is_digit(const struct span *s)
{
	return s->at < s->end && isdigit((unsigned char)*s->at);
}

void span_skip_blanks(struct span *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

bool span_take_char(struct span *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static int digit_of(char c, unsigned int base)
{
	int value = isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

	return value >= 0 && (unsigned int)value < base ? value : -1;
}

bool span_take_number(struct span *s, unsigned int base, uint64_t *ret)
{
	const char *first = s->at;
	uint64_t value = 0;

	for (int digit; s->at < s->end && (digit = digit_of(*s->at, base)) >= 0; s->at++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	*ret = value;
	return s->at > first;
}

/* What follows "key=" or "key " at the begin of a word; false if it is not there. */
bool span_find_key(const struct span *fields, const char *key, struct span *ret)
{
	size_t len = strlen(key);

	for (const char *p = fields->at; p + len < fields->end; p++) {
		if ((p > fields->at && p[-1] != ' ') || memcmp(p, key, len) ||
		    (p[len] != '=' && p[len] != ' '))
			continue;
		*ret = (struct span){p + len + 1, fields->end};
		return true;
	}
	return false;
}

/* "13185.148242:" or with nine digits. */
static bool take_time(struct span *s, uint64_t *ret_ns)
{
	uint64_t seconds, fraction, scale = 1000000000;
	const char *dot;

	if (!span_take_number(s, 10, &seconds) || !span_take_char(s, '.'))
		return false;
	dot = s->at;
	if (!span_take_number(s, 10, &fraction) || s->at - dot > 9 || !span_take_char(s, ':'))
		return false;
	for (const char *p = dot; p < s->at - 1; p++)
		scale /= 10;
	return !__builtin_mul_overflow(seconds, UINT64_C(1000000000), ret_ns) &&
	       !__builtin_add_overflow(*ret_ns, fraction * scale, ret_ns) && *ret_ns <= INT64_MAX;
}

/* "[001] d..1. 13185.148242:" behind the name and number of the thread; names may look alike, so all are tried. */
static bool find_cpu(const struct span *line, struct span *ret_before, struct span *ret_after,
		     struct event *e)
{
	for (const char *p = line->at;
	     p < line->end && (p = memchr(p, '[', (size_t)(line->end - p))); p++) {
		struct span s = {p + 1, line->end};
		uint64_t cpu;

		if (!span_take_number(&s, 10, &cpu) || !span_take_char(&s, ']') || cpu > UINT16_MAX)
			continue;
		span_skip_blanks(&s);
		if (!span_is_digit(&s)) {
			while (s.at < s.end && *s.at != ' ')
				s.at++;
			span_skip_blanks(&s);
		}
		if (!take_time(&s, &e->ts_ns))
			continue;
		e->cpu = (uint16_t)cpu;
		*ret_before = (struct span){line->at, p};
		*ret_after = s;
		return true;
	}
	return false;
}

/* The last number of "bash-27959", "bash 27959", "bash 27955/27959", "bash-27959 ( 27955)". */
static void thread_of(struct span before, struct text_event *ret)
{
	const char *open = NULL;
	uint64_t number;
	struct span s;

	while (before.end > before.at && before.end[-1] == ' ')
		before.end--;
	if (before.end > before.at && before.end[-1] == ')')
		open = memrchr(before.at, '(', (size_t)(before.end - before.at));
	if (open) {
		s = (struct span){open + 1, before.end - 1};
		span_skip_blanks(&s);
		if (span_take_number(&s, 10, &number) && number <= UINT32_MAX)
			ret->process = (uint32_t)number;
		before.end = open;
		while (before.end > before.at && before.end[-1] == ' ')
			before.end--;
	}
	s = (struct span){before.end, before.end};
	while (s.at > before.at && isdigit((unsigned char)s.at[-1]))
		s.at--;
	if (span_take_number(&s, 10, &number) && number <= UINT32_MAX)
		ret->thread = (uint32_t)number;
	s = (struct span){before.end, before.end};
	while (s.at > before.at && (isdigit((unsigned char)s.at[-1]) || s.at[-1] == '/'))
		s.at--;
	if (span_take_number(&s, 10, &number) && span_take_char(&s, '/') && number <= UINT32_MAX)
		ret->process = (uint32_t)number;
}

/* trace-cmd: "CPU:1 [123 EVENTS DROPPED]", tracefs: "CPU:1 [LOST 123 EVENTS]"; perf says it as an event. */
static bool is_loss(struct span line, uint64_t *ret)
{
	span_skip_blanks(&line);
	if (line.end - line.at < 4 || memcmp(line.at, "CPU:", 4))
		return false;
	line.at = memchr(line.at, '[', (size_t)(line.end - line.at));
	if (!line.at++)
		return false;
	if (line.end - line.at > 5 && !memcmp(line.at, "LOST ", 5))
		line.at += 5;
	return span_take_number(&line, 10, ret) && line.end - line.at > 7 &&
	       !memcmp(line.at, " EVENTS", 7);
}

enum text_line text_parse_line(const char *text, size_t len, struct text_event *ret)
{
	struct span line = {text, text + len}, before, rest, name;
	const char *colon;
	struct span s;

	memset(ret, 0, sizeof(*ret));
	if (is_loss(line, &ret->lost))
		return TEXT_LOST;
	if (!find_cpu(&line, &before, &rest, &ret->event))
		return TEXT_OTHER;
	span_skip_blanks(&rest);
	if (span_find_key(&rest, "PERF_RECORD_LOST lost", &s))
		return span_take_number(&s, 10, &ret->lost) ? TEXT_LOST : TEXT_OTHER;
	/* perf's period, with -F +period: no event's name begins with a digit */
	while (span_is_digit(&rest))
		rest.at++;
	span_skip_blanks(&rest);
	/* the name goes up to ": ", and may have its group before it */
	for (colon = rest.at; colon < rest.end && *colon != ' '; colon++)
		;
	name = (struct span){rest.at, colon > rest.at ? colon - 1 : colon};
	if (colon == rest.at || *name.end != ':')
		return TEXT_OTHER;
	rest.at = colon;
	colon = memchr(name.at, ':', (size_t)(name.end - name.at));
	if (colon)
		name.at = colon + 1;
	thread_of(before, ret);
	return text_parse_fields(&name, &rest, ret);
}
