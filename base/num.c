// SPDX-License-Identifier: GPL-2.0-only
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Reads digits of the base at *s and moves it past them; false if there are none or they overflow. */
static bool digits(const char **s, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;
	bool any = false;

	for (; isxdigit((unsigned char)**s); (*s)++, any = true) {
		unsigned char c = (unsigned char)**s;
		unsigned int d = (unsigned int)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);

		if (d >= base)
			return false;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return false;
	}
	*ret = value;
	return any;
}

/* As num_parse_size() takes it: in the largest unit that leaves nothing over. */
static const char *plain_size(uint64_t bytes, char buf[24])
{
	static const char *const suffix[] = {"", "K", "M", "G", "T"};
	unsigned int i = 0;

	for (; bytes && bytes % 1024 == 0 && i < 4; i++)
		bytes /= 1024;
	snprintf(buf, 24, "%" PRIu64 "%s", bytes, suffix[i]);
	return buf;
}

int num_parse(const char *s, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
	      struct error *err)
{
	const char *p = s;
	bool hex = s[0] == '0' && s[1] == 'x';
	uint64_t value;

	if (hex)
		p += 2;
	if ((!hex && s[0] == '0' && s[1]) || !digits(&p, hex ? 16 : 10, &value) || *p)
		return error_set(err, -EINVAL, "%s: '%s' is not a number", what, s);
	if (value < min || value > max)
		return error_set(err, -EINVAL, "%s: '%s' is not between %" PRIu64 " and %" PRIu64,
				 what, s, min, max);
	*ret = value;
	return 0;
}

int num_parse_size(const char *s, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
		   struct error *err)
{
	static const char suffix[] = "KMGT";
	const char *p = s, *unit;
	char low[24], high[24];
	uint64_t value;

	if ((s[0] == '0' && isdigit((unsigned char)s[1])) || !digits(&p, 10, &value))
		return error_set(err, -EINVAL, "%s: '%s' is not a size", what, s);
	unit = *p ? strchr(suffix, *p) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - suffix + 1);

		if (value > UINT64_MAX >> shift)
			return error_set(err, -EINVAL, "%s: '%s' is too large", what, s);
		value <<= shift;
		p++;
	}
	if (*p)
		return error_set(err, -EINVAL,
				 "%s: '%s' is not a size (a number, then K, M, G or T)", what, s);
	if (value < min || value > max)
		return error_set(err, -EINVAL, "%s: '%s' is not between %s and %s", what, s,
				 plain_size(min, low), plain_size(max, high));
	*ret = value;
	return 0;
}

int num_parse_duration(const char *s, const char *what, uint64_t *ret_ns, struct error *err)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {
		{"", 1000000000},   {"ms", 1000000},	  {"s", 1000000000},
		{"m", 60000000000}, {"h", 3600000000000},
	};
	const char *p = s;
	uint64_t whole, frac = 0, scale = 1;

	if (!digits(&p, 10, &whole))
		return error_set(err, -EINVAL,
				 "%s: '%s' is not a time (a number, then ms, s, m or h)", what, s);
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p) && scale < 1000000; p++, scale *= 10)
			frac = frac * 10 + (uint64_t)(*p - '0');
		if (scale == 1)
			return error_set(err, -EINVAL,
					 "%s: '%s' is not a time (a number, then ms, s, m or h)",
					 what, s);
	}
	for (unsigned int i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t ns;

		if (strcmp(p, units[i].suffix))
			continue;
		if (__builtin_mul_overflow(whole, units[i].ns, &ns) ||
		    __builtin_add_overflow(ns, frac * (units[i].ns / scale), &ns))
			return error_set(err, -EINVAL, "%s: '%s' is too long", what, s);
		if (!ns)
			return error_set(err, -EINVAL, "%s: '%s' is no time at all", what, s);
		*ret_ns = ns;
		return 0;
	}
	return error_set(err, -EINVAL, "%s: '%s' is not a time (a number, then ms, s, m or h)",
			 what, s);
}

const char *num_format_size(uint64_t bytes, char *buf, unsigned int len)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	unsigned int i = 0;

	for (; value >= 1024 && i < 6; i++)
		value /= 1024;
	snprintf(buf, len, i ? "%.1f %s" : "%.0f %s", value, unit[i]);
	return buf;
}

const char *num_format_count(uint64_t n, char *buf, unsigned int len)
{
	char plain[24];
	int digits_left = snprintf(plain, sizeof(plain), "%" PRIu64, n);
	unsigned int out = 0;

	for (const char *p = plain; *p && out + 2 < len; p++) {
		buf[out++] = *p;
		if (--digits_left && digits_left % 3 == 0)
			buf[out++] = ',';
	}
	buf[out] = '\0';
	return buf;
}
