// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "sim/cache/cache.h"

#define MAX_SETS (1U << 28)
#define MAX_LINE 4096

static const char *const size_key[] = {"l1", "l2", "llc"};

const char *cache_level_name(enum cache_level level)
{
	static const char *const name[] = {"L1", "L2", "LLC", "memory"};

	return level < CACHE_LEVEL_MAX ? name[level] : "invalid";
}

const char *cache_llc_kind_name(enum cache_llc_kind kind)
{
	static const char *const name[] = {
#define KIND(NAME, name) name,
		CACHE_LLC_KINDS(KIND)
#undef KIND
	};

	return kind < CACHE_LLC_KIND_MAX ? name[kind] : "invalid";
}

const char *cache_prefetch_name(unsigned int bit_number)
{
	static const char *const name[CACHE_PREFETCHERS] = {"pair", "next-line", "stream"};

	return bit_number < CACHE_PREFETCHERS ? name[bit_number] : "invalid";
}

static const char *level_key(unsigned int level)
{
	return size_key[level];
}

/* Names joined by '+'. */
static int parse_set(const char *text, const char *what, const char *(*name)(unsigned int),
		     uint8_t *ret, struct error *err)
{
	uint8_t set = 0;

	for (const char *at = text;; at++) {
		size_t len = strcspn(at, "+");
		unsigned int i = 0;

		while (i < 3 && (strlen(name(i)) != len || strncmp(at, name(i), len)))
			i++;
		if (i == 3)
			return error_set(err, -EINVAL,
					 "cache geometry: %s: '%.*s' is none of %s, %s and %s",
					 what, (int)len, at, name(0), name(1), name(2));
		set |= (uint8_t)(1U << i);
		at += len;
		if (!*at)
			break;
	}
	*ret = set;
	return 0;
}

int cache_prefetch_parse(const char *text, uint8_t *ret, struct error *err)
{
	if (strcmp(text, "none"))
		return parse_set(text, "prefetch", cache_prefetch_name, ret, err);
	*ret = 0;
	return 0;
}

static int parse_llc_kind(const char *text, uint8_t *ret, struct error *err)
{
	for (int kind = 0; kind < CACHE_LLC_KIND_MAX; kind++)
		if (!strcmp(text, cache_llc_kind_name((enum cache_llc_kind)kind))) {
			*ret = (uint8_t)kind;
			return 0;
		}
	return error_set(err, -EINVAL,
			 "cache geometry: llc-kind '%s' is none of plain, inclusive, exclusive and "
			 "victim",
			 text);
}

static int check_others(const struct cache_geometry *g, struct error *err)
{
	for (int i = 0; i < 3; i++)
		if (g->plru >> i & 1 && (g->level[i].ways & (g->level[i].ways - 1)))
			return error_set(err, -EINVAL,
					 "cache geometry: tree-PLRU needs a power of two of ways, "
					 "and %s has %" PRIu32,
					 size_key[i], g->level[i].ways);
	return 0;
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

		if (!ways || ways > CACHE_MAX_WAYS)
			return error_set(err, -EINVAL,
					 "cache geometry: %s has %" PRIu32 " ways, not 1 to %d",
					 size_key[i], ways, CACHE_MAX_WAYS);
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
	return check_others(g, err);
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
		r = num_parse(slash + 1, "ways", 1, CACHE_MAX_WAYS, &ways, err);
	if (r)
		return error_prefix(err, r, "cache geometry: %s", size_key[i]);
	g->level[i].size = size;
	g->level[i].ways = (uint32_t)ways;
	return 0;
}

/* What an item may be, after the levels. */
enum { KEY_LINE = 3, KEY_LLC_KIND, KEY_LLC_CPUS, KEY_PLRU, KEY_PREFETCH, NR_KEYS };

static int parse_value(char *value, int key, struct cache_geometry *g, struct error *err)
{
	uint64_t number;
	int r;

	switch (key) {
	case KEY_LINE:
		r = num_parse(value, "cache geometry: line", 1, MAX_LINE, &number, err);
		if (!r)
			g->line = (uint32_t)number;
		return r;
	case KEY_LLC_KIND:
		return parse_llc_kind(value, &g->llc_kind, err);
	case KEY_LLC_CPUS:
		r = num_parse(value, "cache geometry: llc-cpus", 1, CACHE_MAX_LLC_CPUS, &number,
			      err);
		if (!r)
			g->llc_cpus = (uint32_t)number;
		return r;
	case KEY_PLRU:
		return parse_set(value, "plru", level_key, &g->plru, err);
	case KEY_PREFETCH:
		return cache_prefetch_parse(value, &g->prefetch, err);
	default:
		return parse_level(value, key, g, err);
	}
}

static int parse_item(char *item, struct cache_geometry *g, unsigned int *seen, struct error *err)
{
	static const char *const keys[NR_KEYS] = {"l1",	      "l2",	  "llc",  "line",
						  "llc-kind", "llc-cpus", "plru", "prefetch"};
	char *value = strchr(item, '=');
	int key = 0;

	if (value)
		*value++ = '\0';
	while (key < NR_KEYS && strcmp(item, keys[key]))
		key++;
	if (!value || key == NR_KEYS)
		return error_set(err, -EINVAL,
				 "cache geometry: '%s' is not one of l1=, l2=, llc=, line=, "
				 "llc-kind=, llc-cpus=, plru= and prefetch=",
				 item);
	if (*seen & 1U << key)
		return error_set(err, -EINVAL, "cache geometry: '%s' is there twice", item);
	*seen |= 1U << key;
	return parse_value(value, key, g, err);
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

static void append(char *buf, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *buf, size_t len, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + used, len - used, fmt, ap);
	va_end(ap);
}

static const char *format_set(uint8_t set, const char *(*name)(unsigned int), char *buf, size_t len)
{
	snprintf(buf, len, "%s", set ? "" : "none");
	for (unsigned int i = 0; i < 3; i++)
		if (set >> i & 1)
			append(buf, len, "%s%s", *buf ? "+" : "", name(i));
	return buf;
}

const char *cache_prefetch_format(uint8_t prefetch, char *buf, size_t len)
{
	return format_set(prefetch, cache_prefetch_name, buf, len);
}

const char *cache_geometry_format(const struct cache_geometry *g, char *buf, size_t len)
{
	char set[32];

	buf[0] = '\0';
	for (int i = 0; i < 3; i++) {
		const char *unit;
		uint64_t size = in_units(g->level[i].size, &unit);

		append(buf, len, "%s%s=%" PRIu64 "%s/%" PRIu32, i ? "," : "", size_key[i], size,
		       unit, g->level[i].ways);
	}
	if (g->line != 64)
		append(buf, len, ",line=%" PRIu32, g->line);
	if (g->llc_kind)
		append(buf, len, ",llc-kind=%s",
		       cache_llc_kind_name((enum cache_llc_kind)g->llc_kind));
	if (g->llc_cpus)
		append(buf, len, ",llc-cpus=%" PRIu32, g->llc_cpus);
	if (g->plru)
		append(buf, len, ",plru=%s", format_set(g->plru, level_key, set, sizeof(set)));
	if (g->prefetch)
		append(buf, len, ",prefetch=%s",
		       cache_prefetch_format(g->prefetch, set, sizeof(set)));
	return buf;
}
