// SPDX-License-Identifier: GPL-2.0-only
/* The reader of machine profiles: all but their figures. memsim-machine(5) is normative. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/machine/machine_reader.h"
#include "sim/access/nodes.h"

DEFINE_CLEANUP(struct yaml_file *, yaml_file_fini);

enum { FORMAT_VERSION = 1, MAX_FILE = 1 << 20 };

enum {
	VERSION,
	NAME,
	SUMMARY,
	STATUS,
	DATE,
	SOURCES,
	NODES,
	LINE,
	PREFETCH,
	CACHES,
	LATENCY,
	ATOMIC,
	TLB,
	PAGES,
	CORE,
	NR_TOP
};

static const struct yaml_key top_keys[NR_TOP] = {
	[VERSION] = {"memsim-machine", false},
	[NAME] = {"name", false},
	[SUMMARY] = {"summary", false},
	[STATUS] = {"status", false},
	[DATE] = {"date", false},
	[SOURCES] = {"sources", false},
	[NODES] = {"nodes", true},
	[LINE] = {"line", false},
	[PREFETCH] = {"prefetch", true},
	[CACHES] = {"caches", false},
	[LATENCY] = {"latency", true},
	[ATOMIC] = {"atomic", true},
	[TLB] = {"tlb", true},
	[PAGES] = {"pages", true},
	[CORE] = {"core", true},
};

/* First of all: the keys of another version may be unknown here, and that is not their fault. */
static int read_version(const struct yaml_file *y, const yaml_node_t *root, struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, root, "the machine profile", &nr, err);

	for (size_t i = 0; !r && i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, root, i);
		uint64_t version = 0;

		if (strcmp(entry.name, top_keys[VERSION].name))
			continue;
		r = yaml_number(y, entry.value, entry.name, 0, UINT32_MAX, &version, err);
		if (!r && version != FORMAT_VERSION)
			r = yaml_fail(y, entry.value, err,
				      "this is version %" PRIu64
				      " of the format, but only version %d "
				      "is known",
				      version, FORMAT_VERSION);
		return r;
	}
	return r ? r
		 : yaml_fail(y, root, err, "no 'memsim-machine: %d'; is this a machine profile?",
			     FORMAT_VERSION);
}

static int read_string(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		       char *ret, size_t size, struct error *err)
{
	const char *text;
	int r = yaml_text(y, node, what, &text, err);

	if (r)
		return r;
	if (strlen(text) >= size)
		return yaml_fail(y, node, err, "%s has %zu bytes, but at most %zu are allowed",
				 what, strlen(text), size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int read_name(struct machine_reader *rd, const yaml_node_t *node, struct error *err)
{
	char *name = rd->m->name;
	int r = read_string(rd->y, node, "name", name, MACHINE_NAME_LEN, err);

	/* the same rule as for layouts: it becomes part of file names */
	if (!r && (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_")] ||
		   strchr(".-_", name[0])))
		return yaml_fail(
			rd->y, node, err,
			"name '%s' must be made of a-z 0-9 . - _ and start with a letter or "
			"digit",
			name);
	return r;
}

static int read_status(struct machine_reader *rd, const yaml_node_t *node, struct error *err)
{
	const char *text;
	int r = yaml_text(rd->y, node, "status", &text, err);

	if (r)
		return r;
	rd->m->measured = !strcmp(text, "measured");
	if (!rd->m->measured && strcmp(text, "published"))
		return yaml_fail(rd->y, node, err, "status '%s' is neither measured nor published",
				 text);
	return 0;
}

static int read_date(struct machine_reader *rd, const yaml_node_t *node, struct error *err)
{
	const char *text;
	int r = yaml_text(rd->y, node, "date", &text, err);

	if (r)
		return r;
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return yaml_fail(rd->y, node, err, "date '%s' is not like 2026-11-22",
					 text);
	return read_string(rd->y, node, "date", rd->m->date, sizeof(rd->m->date), err);
}

static int read_sources(struct machine_reader *rd, const yaml_node_t *node, struct error *err)
{
	size_t nr;
	int r = yaml_list_size(rd->y, node, "sources", MACHINE_MAX_SOURCES, &nr, err);

	for (size_t i = 0; !r && i < nr; i++) {
		r = read_string(rd->y, yaml_list_item(rd->y, node, i), "a source",
				rd->m->sources[i], MACHINE_TEXT_LEN, err);
		rd->m->nr_sources += !r;
	}
	return r;
}

static int read_prefetch(struct machine_reader *rd, const yaml_node_t *node, struct error *err)
{
	struct error why;
	const char *text;
	int r = yaml_text(rd->y, node, "prefetch", &text, err);

	if (r || !cache_prefetch_parse(text, &rd->m->prefetch, &why))
		return r;
	return yaml_fail(rd->y, node, err, "%s; join several by +", why.msg);
}

static int read_machine(struct machine_reader *rd, const yaml_node_t *root, struct error *err)
{
	const yaml_node_t *values[NR_TOP];
	uint64_t line = 0, nodes = 0;
	int r = read_version(rd->y, root, err);

	if (!r)
		r = yaml_map_read(rd->y, root, "the machine profile", top_keys, NR_TOP, values,
				  err);
	if (!r)
		r = read_name(rd, values[NAME], err);
	if (!r)
		r = read_string(rd->y, values[SUMMARY], "summary", rd->m->summary, MACHINE_TEXT_LEN,
				err);
	if (!r)
		r = read_status(rd, values[STATUS], err);
	if (!r)
		r = read_date(rd, values[DATE], err);
	if (!r)
		r = read_sources(rd, values[SOURCES], err);
	if (!r && values[NODES])
		r = yaml_number(rd->y, values[NODES], "nodes", 1, NODES_MAX, &nodes, err);
	if (!r)
		r = yaml_number(rd->y, values[LINE], "line", 16, 4096, &line, err);
	if (!r && line & (line - 1))
		r = yaml_fail(rd->y, values[LINE], err, "line %" PRIu64 " is not a power of two",
			      line);
	rd->m->nodes = (uint32_t)nodes;
	rd->m->line = (uint32_t)line;
	if (!r && values[PREFETCH])
		r = read_prefetch(rd, values[PREFETCH], err);
	for (int i = CACHES; !r && i < NR_TOP; i++)
		if (values[i])
			r = machine_read_group(rd, values[i], top_keys[i].name, err);
	return r ? r : machine_check_latencies(rd, err);
}

int machine_parse(const char *file, const void *data, size_t len, struct machine *ret,
		  struct error *err)
{
	_cleanup_(yaml_file_finip) struct yaml_file *guard = NULL;
	_cleanup_free_ struct machine *m = calloc(1, sizeof(*m));
	struct yaml_file y;
	struct machine_reader rd = {.y = &y, .m = m};
	int r;

	if (!m)
		return error_nomem(err);
	if (len > MAX_FILE)
		return error_set(err, -EFBIG,
				 "%s: is larger than 1 MiB; this is not a machine profile", file);
	r = yaml_file_load(&y, file, data, len, err);
	if (r)
		return r;
	guard = &y;
	snprintf(m->origin, sizeof(m->origin), "%s", file);
	r = read_machine(&rd, yaml_document_get_root_node(&y.doc), err);
	if (r)
		return r;
	*ret = *m;
	return 0;
}
