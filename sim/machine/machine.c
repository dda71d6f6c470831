// SPDX-License-Identifier: GPL-2.0-only
/* Where profiles come from, and their forms as text. */
#include "sim/machine/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "layouts/layout.h"

static const struct machine_figure_info infos[FIGURE_MAX] = {
#define FIGURE(NAME, group, key, unit, doc) [FIGURE_##NAME] = {group, key, doc, UNIT_##unit},
	MACHINE_FIGURES(FIGURE)
#undef FIGURE
};

static const char *const how_names[HOW_MAX] = {
#define MACHINE_HOW(NAME, name, doc) [HOW_##NAME] = name,
	MACHINE_HOWS(MACHINE_HOW)
#undef MACHINE_HOW
};

const struct machine_figure_info *machine_figure_info(enum machine_figure_id id)
{
	return &infos[id];
}

const char *machine_how_name(enum machine_how how)
{
	return (unsigned int)how < HOW_MAX ? how_names[how] : "invalid";
}

void machine_of_geometry(const char *name, const char *origin, enum machine_how how,
			 const struct cache_geometry *geometry, struct machine *ret)
{
	*ret = (struct machine){
		.line = geometry->line,
		.llc_kind = geometry->llc_kind,
		.plru = geometry->plru,
		.prefetch = geometry->prefetch,
		.llc_cpus = geometry->llc_cpus,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->origin, sizeof(ret->origin), "%s", origin);
	for (int i = 0; i < 3; i++)
		ret->figures[FIGURE_L1 + i] = (struct machine_figure){
			.value = geometry->level[i].size,
			.ways = geometry->level[i].ways,
			.how = (uint8_t)how,
		};
}

void machine_geometry(const struct machine *m, struct cache_geometry *ret)
{
	ret->line = m->line;
	ret->llc_kind = m->llc_kind;
	ret->plru = m->plru;
	ret->prefetch = m->prefetch;
	ret->llc_cpus = m->llc_cpus;
	for (int i = 0; i < 3; i++) {
		ret->level[i].size = m->figures[FIGURE_L1 + i].value;
		ret->level[i].ways = m->figures[FIGURE_L1 + i].ways;
	}
}

void machine_assume_nodes(struct machine *m)
{
	const struct machine_figure *local = &m->figures[FIGURE_LATENCY_MEMORY];
	struct machine_figure *remote = &m->figures[FIGURE_LATENCY_REMOTE];
	struct machine_figure *transfer = &m->figures[FIGURE_TRANSFER];

	if (local->how == HOW_UNKNOWN)
		return;
	/* what two-socket servers of different makers have in common, roughly: 1.7 times as far */
	if (remote->how == HOW_UNKNOWN)
		*remote = (struct machine_figure){.value = local->value * 17 / 10,
						  .how = HOW_ASSUMED};
	/* the request goes to the line's home first, wherever the data are */
	if (transfer->how == HOW_UNKNOWN)
		*transfer = (struct machine_figure){.value = remote->value, .how = HOW_ASSUMED};
}

void machine_assume_groups(struct machine *m)
{
	const struct machine_figure *local = &m->figures[FIGURE_LATENCY_MEMORY];
	struct machine_figure *group = &m->figures[FIGURE_GROUP];

	/* it goes the way of a line from memory, and is there when its directory has been asked */
	if (local->how != HOW_UNKNOWN && group->how == HOW_UNKNOWN)
		*group = (struct machine_figure){.value = local->value, .how = HOW_ASSUMED};
}

static bool is_path(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 5 && !strcmp(name + len - 5, ".yaml"));
}

static int load_path(const char *path, struct machine *ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	/* it is a path for layouts too, and those are read with all the care that a file needs */
	int r = layout_text(path, &text, &len, err);

	return r ? r : machine_parse(path, text, len, ret, err);
}

static int load_builtin(const char *name, struct machine *ret, struct error *err)
{
	char known[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < machine_nr_builtins; i++) {
		const struct machine_builtin *b = &machine_builtins[i];
		int r;

		if (!strcmp(b->name, name)) {
			r = machine_parse(name, b->text, b->len, ret, err);
			if (!r)
				snprintf(ret->origin, sizeof(ret->origin), "built-in");
			return r;
		}
		if (used < sizeof(known))
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 i ? ", " : "", b->name);
	}
	return error_set(err, -ENOENT,
			 "unknown machine '%s'; built in are: %s; or name a .yaml file, or caches "
			 "as in l1=48K/12,l2=2M/16,llc=32M/16",
			 name, known);
}

int machine_load(const char *name, struct machine *ret, struct error *err)
{
	struct cache_geometry geometry;
	int r;

	if (is_path(name) && !strchr(name, '='))
		return load_path(name, ret, err);
	if (!strchr(name, '='))
		return load_builtin(name, ret, err);
	r = cache_geometry_parse(name, &geometry, err);
	if (!r)
		machine_of_geometry("given", "given", HOW_ASSUMED, &geometry, ret);
	return r;
}

/* Thousandths as a decimal number without trailing zeros. */
static void format_thousandths(uint64_t n, char *buf, size_t len)
{
	int digits = snprintf(buf, len, "%" PRIu64 ".%03" PRIu64, n / 1000, n % 1000);

	while (digits > 0 && buf[digits - 1] == '0')
		buf[--digits] = '\0';
	if (digits > 0 && buf[digits - 1] == '.')
		buf[digits - 1] = '\0';
}

const char *machine_format(const struct machine *m, enum machine_figure_id id, char *buf,
			   size_t len)
{
	static const char *const units[] = {"", "K", "M", "G", "T"};
	uint64_t value = m->figures[id].value;
	int unit = 0;

	switch (infos[id].unit) {
	case UNIT_CACHE:
	case UNIT_PAGE:
		for (; unit < 4 && value && value % 1024 == 0; unit++)
			value /= 1024;
		snprintf(buf, len, "%" PRIu64 "%s", value, units[unit]);
		break;
	case UNIT_NS:
	case UNIT_LINES:
		format_thousandths(value, buf, len);
		break;
	default:
		snprintf(buf, len, "%" PRIu64, value);
	}
	return buf;
}

static int add(struct buf *out, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int add(struct buf *out, struct error *err, const char *fmt, ...)
{
	char text[2 * MACHINE_TEXT_LEN];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return n < 0 ? -EINVAL : buf_append(out, text, (size_t)n, err);
}

static int add_figure(const struct machine *m, enum machine_figure_id id, struct buf *out,
		      struct error *err)
{
	static const char *const keys[] = {"size", "ns", "entries", "size", "lines", "mhz"};
	const struct machine_figure *figure = &m->figures[id];
	char value[32], ways[80] = "";
	int n = 0;

	if (figure->ways)
		n = snprintf(ways, sizeof(ways), ", ways: %" PRIu32, figure->ways);
	if (id <= FIGURE_LLC && m->plru >> (id - FIGURE_L1) & 1)
		n += snprintf(ways + n, sizeof(ways) - (size_t)n, ", replacement: plru");
	if (id == FIGURE_LLC && m->llc_kind)
		n += snprintf(ways + n, sizeof(ways) - (size_t)n, ", kind: %s",
			      cache_llc_kind_name((enum cache_llc_kind)m->llc_kind));
	if (id == FIGURE_LLC && m->llc_cpus)
		snprintf(ways + n, sizeof(ways) - (size_t)n, ", cpus: %" PRIu32, m->llc_cpus);
	return add(out, err, "  %s: {%s: %s%s, how: %s} # %s\n", infos[id].key,
		   keys[infos[id].unit], machine_format(m, id, value, sizeof(value)), ways,
		   machine_how_name(figure->how), infos[id].doc);
}

/* A text in double quotes, where YAML gives a backslash and a quote a meaning. */
static const char *quoted(const char *text, char *buf, size_t len)
{
	size_t n = 0;

	buf[n++] = '"';
	for (; *text && n + 3 < len; text++) {
		if (*text == '"' || *text == '\\')
			buf[n++] = '\\';
		buf[n++] = *text;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}

int machine_to_yaml(const struct machine *m, struct buf *out, struct error *err)
{
	char text[2 * MACHINE_TEXT_LEN];
	const char *group = "";
	int r = add(out, err, "memsim-machine: 1\nname: %s\nsummary: %s\n", m->name,
		    quoted(m->summary, text, sizeof(text)));

	if (!r)
		r = add(out, err, "status: %s\ndate: %s\nsources:\n",
			m->measured ? "measured" : "published", m->date);
	for (size_t i = 0; !r && i < m->nr_sources; i++)
		r = add(out, err, "  - %s\n", quoted(m->sources[i], text, sizeof(text)));
	if (!r && m->nodes)
		r = add(out, err, "nodes: %" PRIu32 "\n", m->nodes);
	if (!r)
		r = add(out, err, "line: %" PRIu32 "\n", m->line);
	if (!r && m->prefetch)
		r = add(out, err, "prefetch: %s\n",
			cache_prefetch_format(m->prefetch, text, sizeof(text)));
	for (int id = 0; !r && id < FIGURE_MAX; id++) {
		if (m->figures[id].how == HOW_UNKNOWN)
			continue;
		if (strcmp(group, infos[id].group))
			r = add(out, err, "%s:\n", infos[id].group);
		group = infos[id].group;
		if (!r)
			r = add_figure(m, (enum machine_figure_id)id, out, err);
	}
	return r;
}
