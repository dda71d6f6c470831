// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "sim/cache.h"

#define MAX_WAYS 64
#define MAX_SETS (1U << 28)
#define MAX_LINE 4096

static const char *const size_key[] = {"l1", "l2", "llc"};

const char *cache_level_name(enum cache_level level)
{
	static const char *const name[] = {"L1", "L2", "LLC", "memory"};

	return level < CACHE_LEVEL_MAX ? name[level] : "invalid";
}

int cache_geometry_check(const struct cache_geometry *g, struct error *err)
{
	if (!g->line || g->line > MAX_LINE || (g->line & (g->line - 1)))
		return error_set(err, -EINVAL,
				 "cache geometry: line=%" PRIu32
				 " is not a power of two from 1 to %d",
				 g->line, MAX_LINE);
	for (int i = 0; i < 3; i++) {
		uint64_t size = g->level[i].size;
		uint32_t ways = g->level[i].ways;

		if (!ways || ways > MAX_WAYS)
			return error_set(err, -EINVAL,
					 "cache geometry: %s has %" PRIu32 " ways, not 1 to %d",
					 size_key[i], ways, MAX_WAYS);
		if (!size || size % ((uint64_t)ways * g->line))
			return error_set(err, -EINVAL,
					 "cache geometry: the %s size of %" PRIu64
					 " bytes is not a whole number of sets of %" PRIu32
					 " ways of %" PRIu32 " bytes",
					 size_key[i], size, ways, g->line);
		if (size / ways / g->line > MAX_SETS)
			return error_set(err, -EINVAL, "cache geometry: %s has more than %u sets",
					 size_key[i], MAX_SETS);
	}
	return 0;
}

/* "48K/12" */
static int parse_level(char *value, int i, struct cache_geometry *g, struct error *err)
{
	char *slash = strchr(value, '/');
	uint64_t size, ways;
	int r;

	if (!slash)
		return error_set(
			err, -EINVAL,
			"cache geometry: '%s=%s' is not a size and a number of ways, as in "
			"'%s=48K/12'",
			size_key[i], value, size_key[i]);
	*slash = '\0';
	r = num_parse_size(value, size_key[i], 1, UINT64_MAX, &size, err);
	if (!r)
		r = num_parse(slash + 1, "ways", 1, MAX_WAYS, &ways, err);
	if (r)
		return error_prefix(err, r, "cache geometry: %s", size_key[i]);
	g->level[i].size = size;
	g->level[i].ways = (uint32_t)ways;
	return 0;
}

static int parse_item(char *item, struct cache_geometry *g, unsigned int *seen, struct error *err)
{
	char *value = strchr(item, '=');
	uint64_t line;
	int i, r;

	if (value)
		*value++ = '\0';
	for (i = 0; i < 3 && strcmp(item, size_key[i]); i++)
		;
	if (!value || (i == 3 && strcmp(item, "line")))
		return error_set(
			err, -EINVAL,
			"cache geometry: '%s' is not one of l1=, l2=, llc= and line=", item);
	if (*seen & 1U << i)
		return error_set(err, -EINVAL, "cache geometry: '%s' is there twice", item);
	*seen |= 1U << i;
	if (i < 3)
		return parse_level(value, i, g, err);
	r = num_parse(value, "cache geometry: line", 1, MAX_LINE, &line, err);
	if (!r)
		g->line = (uint32_t)line;
	return r;
}

int cache_geometry_parse(const char *text, struct cache_geometry *ret, struct error *err)
{
	struct cache_geometry g = {.line = 64};
	unsigned int seen = 0;
	char copy[160], *rest = copy, *item;
	int r;

	if (strlen(text) >= sizeof(copy))
		return error_set(err, -EINVAL, "cache geometry: longer than %zu characters",
				 sizeof(copy) - 1);
	memcpy(copy, text, strlen(text) + 1);
	while ((item = strsep(&rest, ","))) {
		r = parse_item(item, &g, &seen, err);
		if (r)
			return r;
	}
	for (int i = 0; i < 3; i++)
		if (!(seen & 1U << i))
			return error_set(err, -EINVAL,
					 "cache geometry: '%s' does not say %s=", text,
					 size_key[i]);
	r = cache_geometry_check(&g, err);
	if (r)
		return r;
	*ret = g;
	return 0;
}

/* The largest unit that loses nothing, as num_parse_size() reads it. */
static uint64_t in_units(uint64_t size, const char **unit)
{
	static const char *const units[] = {"", "K", "M", "G", "T"};
	int i = 0;

	for (; i < 4 && size && size % 1024 == 0; i++)
		size /= 1024;
	*unit = units[i];
	return size;
}

const char *cache_geometry_format(const struct cache_geometry *g, char *buf, size_t len)
{
	uint64_t size[3];
	const char *unit[3];
	int n;

	for (int i = 0; i < 3; i++)
		size[i] = in_units(g->level[i].size, &unit[i]);
	n = snprintf(buf, len,
		     "l1=%" PRIu64 "%s/%" PRIu32 ",l2=%" PRIu64 "%s/%" PRIu32 ",llc=%" PRIu64
		     "%s/%" PRIu32,
		     size[0], unit[0], g->level[0].ways, size[1], unit[1], g->level[1].ways,
		     size[2], unit[2], g->level[2].ways);
	if (g->line != 64 && n > 0 && (size_t)n < len)
		snprintf(buf + n, len - (size_t)n, ",line=%" PRIu32, g->line);
	return buf;
}
