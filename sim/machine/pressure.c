// SPDX-License-Identifier: GPL-2.0-only
#include "sim/machine/pressure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* Lines per second that no CPU can fill: 64 TB/s. It only keeps products within 64 bits. */
#define MAX_RATE 1000000000000ULL

const uint32_t pressure_per_mille[3] = {2386, 1000, 734};

static struct pressure of_rate(const char *name, uint64_t l2)
{
	struct pressure p = {.name = name};

	for (int level = 0; level < 3; level++)
		p.fills[level] = l2 * pressure_per_mille[level] / 1000;
	return p;
}

static int parse_rate(const char *text, uint64_t *ret, struct error *err)
{
	static const struct {
		char suffix;
		uint64_t factor;
	} units[] = {{'k', 1000}, {'K', 1000}, {'M', 1000000}, {'G', 1000000000}};
	char digits[24];
	size_t len = strlen(text);
	uint64_t factor = 1, n;
	int r;

	for (size_t i = 0; len > 1 && i < sizeof(units) / sizeof(units[0]); i++)
		if (text[len - 1] == units[i].suffix)
			factor = units[i].factor;
	len -= factor > 1;
	if (len >= sizeof(digits))
		return error_set(err, -EINVAL, "--pressure: '%s' is too long for a rate", text);
	memcpy(digits, text, len);
	digits[len] = '\0';
	r = num_parse(digits, "--pressure", 1, MAX_RATE / factor, &n, err);
	if (!r)
		*ret = n * factor;
	return r;
}

int pressure_parse(const char *text, struct pressure *ret, struct error *err)
{
	uint64_t rate = 0;
	int r;

	if (!strcmp(text, "none")) {
		*ret = (struct pressure){.name = "none"};
	} else if (!strcmp(text, "light")) {
		*ret = of_rate("light", PRESSURE_LIGHT_L2);
	} else if (!strcmp(text, "heavy")) {
		*ret = of_rate("heavy", PRESSURE_HEAVY_L2);
	} else if (!strcmp(text, "trace")) {
		*ret = (struct pressure){.name = "trace", .measured = true};
	} else if (*text >= '0' && *text <= '9') {
		r = parse_rate(text, &rate, err);
		if (r)
			return r;
		*ret = of_rate("given", rate);
	} else {
		return error_set(
			err, -EINVAL,
			"--pressure: '%s' is not trace, none, light or heavy, nor a rate such as "
			"50M (lines per second and CPU)",
			text);
	}
	return 0;
}

const char *pressure_format(const struct pressure *p, char *buf, size_t len)
{
	if (p->measured)
		snprintf(buf, len,
			 "background pressure as the trace measured it: %.4g M lines/s per CPU "
			 "into L2 in "
			 "the mean%s%s%s%s",
			 (double)p->fills[1] / 1e6, p->derived ? "; by proportion:" : "",
			 p->derived & 1 ? " L1" : "", p->derived & 2 ? " L2" : "",
			 p->derived & 4 ? " LLC" : "");
	else if (pressure_is_none(p))
		snprintf(buf, len, "no background pressure");
	else
		snprintf(buf, len, "background pressure %s: %.4g M lines/s per CPU into L2",
			 pressure_name(p), (double)p->fills[1] / 1e6);
	return buf;
}
