// SPDX-License-Identifier: GPL-2.0-only
/* Modifiers: what a kernel can be configured to, on top of any layout; memsim-layout(5), MODIFIERS. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "layouts/layout_yaml.h"

DEFINE_CLEANUP(struct yaml_file *, yaml_file_fini);

enum { FORMAT_VERSION = 1, MAX_GROW = 64, MAX_FILE = 1 << 20 };

/* What a file says, before it is held against a layout. */
struct modifier {
	struct layout *parts; /* name, sides, base_page: 0 where it says nothing */
	unsigned int grow;    /* bytes that each memmap entry gains at its end */
	bool has_dedup;
	struct layout_dedup dedup;
};

static int read_dedup(struct modifier *m, const struct yaml_file *y, const yaml_node_t *node,
		      struct error *err)
{
	enum { MEMORY, BLOCK, KEPT, NR };
	static const struct yaml_key keys[NR] = {
		[MEMORY] = {"memory", false},
		[BLOCK] = {"block", false},
		[KEPT] = {"kept", false},
	};
	const yaml_node_t *values[NR];
	const char *memory;
	uint64_t block, kept;
	int r = yaml_map_read(y, node, "dedup", keys, NR, values, err);

	if (!r)
		r = yaml_text(y, values[MEMORY], "memory", &memory, err);
	if (!r)
		r = yaml_number(y, values[BLOCK], "block", LAYOUT_BASE_PAGE, 1ULL << 40, &block,
				err);
	if (!r)
		r = yaml_number(y, values[KEPT], "kept", 1, 1024, &kept, err);
	if (r)
		return r;
	if (strcmp(memory, "hugetlb") && strcmp(memory, "device"))
		return yaml_fail(y, values[MEMORY], err,
				 "memory '%s' is neither hugetlb nor device", memory);
	if (block & (block - 1))
		return yaml_fail(y, values[BLOCK], err, "block is not a power of two");
	m->has_dedup = true;
	m->dedup.memory = strcmp(memory, "device") ? LAYOUT_HUGE_HUGETLB : LAYOUT_HUGE_DEVICE;
	m->dedup.block = block;
	m->dedup.kept = (uint16_t)kept;
	return 0;
}

static int read_grow(struct modifier *m, const struct yaml_file *y, const yaml_node_t *node,
		     struct error *err)
{
	static const struct yaml_key keys[] = {{"grow", false}};
	const yaml_node_t *value;
	uint64_t grow;
	int r = yaml_map_read(y, node, "page", keys, 1, &value, err);

	if (!r)
		r = yaml_number(y, value, "grow", 1, MAX_GROW, &grow, err);
	if (!r)
		m->grow = (unsigned int)grow;
	return r;
}

static int read_modifier(struct modifier *m, const struct yaml_file *y, const yaml_node_t *root,
			 struct error *err)
{
	enum {
		VERSION,
		IDENTITY,
		PAGE = IDENTITY + LAYOUT_NR_IDENTITY,
		BASE_PAGE,
		SIDE,
		DEDUP,
		NR
	};
	static const struct yaml_key keys[NR] = {
		[VERSION] = {"memsim-modifier", false},
		[IDENTITY + LAYOUT_NAME] = {"name", false},
		[IDENTITY + LAYOUT_SUMMARY] = {"summary", false},
		[IDENTITY + LAYOUT_STATUS] = {"status", false},
		[IDENTITY + LAYOUT_SOURCES] = {"sources", false},
		[PAGE] = {"page", true},
		[BASE_PAGE] = {"base-page", true},
		[SIDE] = {"side", true},
		[DEDUP] = {"dedup", true},
	};
	const yaml_node_t *values[NR];
	unsigned int version;
	int r = layout_read_version(y, root, keys[VERSION].name, FORMAT_VERSION, &version, err);

	if (!r)
		r = yaml_map_read(y, root, "the modifier", keys, NR, values, err);
	if (!r)
		r = layout_read_identity(m->parts, y, values + IDENTITY, LAYOUT_MODIFIER_CHARS,
					 err);
	if (!r && !values[PAGE] && !values[BASE_PAGE] && !values[SIDE] && !values[DEDUP])
		r = yaml_fail(y, root, err,
			      "%s changes nothing; it needs page, base-page, side or dedup",
			      m->parts->name);
	if (!r && values[PAGE])
		r = read_grow(m, y, values[PAGE], err);
	if (!r && values[BASE_PAGE])
		r = layout_read_base_page(m->parts, y, values[BASE_PAGE], err);
	if (!r && values[SIDE])
		r = layout_read_side(m->parts, y, values[SIDE], err);
	if (!r && values[DEDUP])
		r = read_dedup(m, y, values[DEDUP], err);
	return r;
}

/* Remapping tail pages' memmap onto one page needs entries that never lie across two (hugetlb_vmemmap.h) */
static int check_dedup(const struct layout *layout, const struct modifier *m, struct error *err)
{
	unsigned int size = layout->page_size + m->grow;

	if ((layout->nr_dedups || m->has_dedup) && (size & (size - 1)))
		return error_set(err, -EINVAL,
				 "%s+%s: memmap of huge pages can only be given back where struct "
				 "page has a power of two of bytes, and here it has %u",
				 layout->name, m->parts->name, size);
	if (m->has_dedup && layout->nr_dedups == LAYOUT_MAX_DEDUPS)
		return error_set(err, -E2BIG, "%s+%s: more than %d rules for huge pages",
				 layout->name, m->parts->name, LAYOUT_MAX_DEDUPS);
	for (size_t i = 0; m->has_dedup && i < layout->nr_dedups; i++)
		if (layout->dedups[i].memory == m->dedup.memory &&
		    layout->dedups[i].block == m->dedup.block)
			return error_set(err, -EINVAL,
					 "%s+%s: %s says the same of these huge pages",
					 layout->name, m->parts->name, layout->dedups[i].name);
	return 0;
}

static int check_sides(const struct layout *layout, const struct modifier *m, struct error *err)
{
	if (layout->nr_sides + m->parts->nr_sides > LAYOUT_MAX_SIDES)
		return error_set(err, -E2BIG, "%s+%s: more than %d arrays beside the memmap",
				 layout->name, m->parts->name, LAYOUT_MAX_SIDES);
	for (size_t i = 0; i < layout->nr_sides; i++)
		for (size_t j = 0; j < m->parts->nr_sides; j++)
			if (!strcmp(layout->sides[i].name, m->parts->sides[j].name))
				return error_set(err, -EINVAL, "%s+%s: %s has a %s already",
						 layout->name, m->parts->name, layout->name,
						 layout->sides[i].name);
	return 0;
}

static int check_page(const struct layout *layout, const struct modifier *m, struct error *err)
{
	unsigned int size = layout->page_size + m->grow;

	if (size > LAYOUT_MAX_PAGE || size % layout->page_align)
		return error_set(err, -EINVAL,
				 "%s+%s: struct page would have %u bytes; it must be a multiple of "
				 "its alignment of %u and at most %d",
				 layout->name, m->parts->name, size, layout->page_align,
				 LAYOUT_MAX_PAGE);
	if (m->parts->base_page && layout->base_page != LAYOUT_BASE_PAGE)
		return error_set(err, -EINVAL, "%s+%s: base pages have %u bytes already",
				 layout->name, m->parts->name, layout->base_page);
	return 0;
}

/* Fields of tail pages stay where they are within their entry. */
static void grow_page(struct layout *layout, unsigned int grow)
{
	unsigned int old = layout->page_size;

	for (int field = 0; field < FIELD_MAX; field++) {
		struct layout_place *place = &layout->places[field];

		if (layout_is_overlaid(layout, field_class(field)))
			place->at = (uint16_t)(place->at + place->at / old * grow);
	}
	layout->page_size = (uint16_t)(old + grow);
}

static int add_sources(struct layout *layout, struct layout *parts)
{
	for (size_t i = 0; i < parts->nr_sources && layout->nr_sources < LAYOUT_MAX_SOURCES; i++) {
		layout->sources[layout->nr_sources] = strdup(parts->sources[i]);
		if (!layout->sources[layout->nr_sources])
			return -ENOMEM;
		layout->nr_sources++;
	}
	return 0;
}

static int apply(struct layout *layout, struct modifier *m, struct error *err)
{
	_cleanup_free_ char *name = NULL;
	int r = check_page(layout, m, err);

	if (!r)
		r = check_sides(layout, m, err);
	if (!r)
		r = check_dedup(layout, m, err);
	if (r)
		return r;
	if (asprintf(&name, "%s+%s", layout->name, m->parts->name) < 0) {
		name = NULL;
		return error_nomem(err);
	}
	if (add_sources(layout, m->parts))
		return error_nomem(err);
	grow_page(layout, m->grow);
	if (m->parts->base_page)
		layout->base_page = m->parts->base_page;
	for (size_t i = 0; i < m->parts->nr_sides; i++)
		layout->sides[layout->nr_sides++] = m->parts->sides[i];
	if (m->has_dedup) {
		snprintf(m->dedup.name, sizeof(m->dedup.name), "%.23s", m->parts->name);
		layout->dedups[layout->nr_dedups++] = m->dedup;
	}
	free(layout->name);
	layout->name = take_ptr(name);
	return 0;
}

/* m->parts is the caller's to destroy, in any case. */
static int parse(const char *file, const void *data, size_t len, struct modifier *m,
		 struct error *err)
{
	_cleanup_(yaml_file_finip) struct yaml_file *guard = NULL;
	struct yaml_file y;
	int r;

	m->parts = calloc(1, sizeof(*m->parts));
	if (!m->parts)
		return error_nomem(err);
	if (len > MAX_FILE)
		return error_set(err, -EFBIG, "%s: is larger than 1 MiB; this is not a modifier",
				 file);
	r = yaml_file_load(&y, file, data, len, err);
	if (r)
		return r;
	guard = &y;
	return read_modifier(m, &y, yaml_document_get_root_node(&y.doc), err);
}

int layout_modify(struct layout *layout, const char *file, const void *data, size_t len,
		  struct error *err)
{
	struct modifier m = {0};
	int r = parse(file, data, len, &m, err);

	if (!r)
		r = apply(layout, &m, err);
	layout_destroy(m.parts);
	return r;
}

int layout_modifier_parse(const char *file, const void *data, size_t len, struct layout **ret,
			  struct error *err)
{
	struct modifier m = {0};
	int r = parse(file, data, len, &m, err);

	if (r)
		layout_destroy(m.parts);
	else
		*ret = m.parts;
	return r;
}
