// SPDX-License-Identifier: GPL-2.0-only
/* The top of a layout file: who it is, the memmap entry, and which classes lie in the memmap. */
#include "layouts/layout_yaml.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct layout *, layout_destroy);
DEFINE_CLEANUP(struct yaml_file *, yaml_file_fini);

enum { FORMAT_VERSION = 2, MAX_FILE = 1 << 20, MAX_NAME = 32 };

/* The keys of version 1, then those that came with version 2. */
enum {
	IDENTITY = 1,
	VERSION = 0,
	PAGE = IDENTITY + LAYOUT_NR_IDENTITY,
	OVERLAID,
	OBJECTS,
	FIELDS,
	NR_TOP_1,
	BASE_PAGE = NR_TOP_1,
	SIDE,
	SLAB_MANAGEMENT,
	PARAMETERS,
	NR_TOP,
};

static const struct yaml_key top_keys[NR_TOP] = {
	[VERSION] = {"memsim-layout", false},
	[IDENTITY + LAYOUT_NAME] = {"name", false},
	[IDENTITY + LAYOUT_SUMMARY] = {"summary", false},
	[IDENTITY + LAYOUT_STATUS] = {"status", false},
	[IDENTITY + LAYOUT_SOURCES] = {"sources", false},
	[PAGE] = {"page", false},
	[OVERLAID] = {"overlaid", true},
	[OBJECTS] = {"objects", true},
	[FIELDS] = {"fields", false},
	[BASE_PAGE] = {"base-page", true},
	[SIDE] = {"side", true},
	[SLAB_MANAGEMENT] = {"slab-management", true},
	[PARAMETERS] = {"parameters", true},
};

/* First of all: the keys of another version may be unknown here, and that is not their fault. */
int layout_read_version(const struct yaml_file *y, const yaml_node_t *root, const char *key,
			unsigned int newest, unsigned int *ret, struct error *err)
{
	size_t nr;
	int r = yaml_map_size(y, root, "the layout", &nr, err);

	if (r)
		return r;
	for (size_t i = 0; i < nr; i++) {
		struct yaml_entry entry = yaml_map_entry(y, root, i);
		uint64_t version;

		if (strcmp(entry.name, key))
			continue;
		r = yaml_number(y, entry.value, entry.name, 0, UINT32_MAX, &version, err);
		if (!r && (!version || version > newest))
			r = yaml_fail(y, entry.value, err,
				      "this is version %u of the format, but only versions up to "
				      "%u are known",
				      (unsigned int)version, newest);
		if (!r)
			*ret = (unsigned int)version;
		return r;
	}
	return yaml_fail(y, root, err, "no '%s: %u'; is this a layout?", key, newest);
}

static int read_string(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		       char **ret, struct error *err)
{
	const char *text;
	int r = yaml_text(y, node, what, &text, err);

	if (r)
		return r;
	*ret = strdup(text);
	return *ret ? 0 : error_nomem(err);
}

static int read_name(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		     const char *chars, struct error *err)
{
	int r = read_string(y, node, "name", &layout->name, err);
	size_t len;

	if (r)
		return r;
	/* it becomes a column heading and part of file names */
	len = strspn(layout->name, chars);
	if (layout->name[len] || len > MAX_NAME || strchr(".-_", layout->name[0]))
		return yaml_fail(y, node, err,
				 "name '%s' must be at most %d of a-z 0-9 . - _ and start with a "
				 "letter or digit",
				 layout->name, MAX_NAME);
	return 0;
}

static int read_status(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		       struct error *err)
{
	int r = read_string(y, node, "status", &layout->status, err);

	if (r)
		return r;
	if (strcmp(layout->status, "released") && strcmp(layout->status, "proposed") &&
	    strcmp(layout->status, "sketch"))
		return yaml_fail(y, node, err,
				 "status '%s' is none of released, proposed and sketch",
				 layout->status);
	return 0;
}

static int read_sources(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			struct error *err)
{
	size_t nr;
	int r = yaml_list_size(y, node, "sources", LAYOUT_MAX_SOURCES, &nr, err);

	for (size_t i = 0; !r && i < nr; i++) {
		r = read_string(y, yaml_list_item(y, node, i), "a source", &layout->sources[i],
				err);
		layout->nr_sources += !r;
	}
	return r;
}

int layout_read_identity(struct layout *layout, const struct yaml_file *y,
			 const yaml_node_t *const *values, const char *name_chars,
			 struct error *err)
{
	int r = read_name(layout, y, values[LAYOUT_NAME], name_chars, err);

	if (!r)
		r = read_string(y, values[LAYOUT_SUMMARY], "summary", &layout->summary, err);
	if (!r)
		r = read_status(layout, y, values[LAYOUT_STATUS], err);
	if (!r)
		r = read_sources(layout, y, values[LAYOUT_SOURCES], err);
	return r;
}

static int read_page(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		     struct error *err)
{
	static const struct yaml_key keys[] = {{"size", false}, {"align", false}};
	const yaml_node_t *values[2];
	uint64_t size, align;
	int r = yaml_map_read(y, node, "page", keys, 2, values, err);

	if (!r)
		r = yaml_number(y, values[0], "page size", LAYOUT_MIN_PAGE, LAYOUT_MAX_PAGE, &size,
				err);
	if (!r)
		r = yaml_number(y, values[1], "page align", 1, LAYOUT_MAX_PAGE, &align, err);
	if (r)
		return r;
	if (align & (align - 1))
		return yaml_fail(y, values[1], err, "page align %u is not a power of two",
				 (unsigned int)align);
	if (size % align)
		return yaml_fail(y, values[0], err,
				 "page size %u is not a multiple of its align %u, so an array of "
				 "them is impossible",
				 (unsigned int)size, (unsigned int)align);
	layout->page_size = (uint16_t)size;
	layout->page_align = (uint16_t)align;
	return 0;
}

static int read_overlaid(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			 struct error *err)
{
	size_t nr = 0;
	int r = node ? yaml_list_size(y, node, "overlaid", LAYOUT_CLASS_MAX, &nr, err) : 0;

	layout->overlaid = 1u << LAYOUT_CLASS_PAGE;
	for (size_t i = 0; !r && i < nr; i++) {
		const yaml_node_t *item = yaml_list_item(y, node, i);
		const char *name;
		int cls;

		r = yaml_text(y, item, "a class in overlaid", &name, err);
		if (r)
			return r;
		cls = layout_class_find(name);
		if (cls < 0)
			return yaml_fail(y, item, err, "'%s' is not a class of fields", name);
		if (cls == LAYOUT_CLASS_PAGE)
			return yaml_fail(y, item, err,
					 "page always lies in the memmap; leave it out");
		if (layout_is_overlaid(layout, cls))
			return yaml_fail(y, item, err, "'%s' is there twice in overlaid", name);
		layout->overlaid |= 1u << cls;
	}
	return r;
}

/* A descriptor that no page leads to could never be found. */
static int check_way_to_objects(const struct layout *layout, const struct yaml_file *y,
				const yaml_node_t *objects, struct error *err)
{
	if (!layout->nr_objects || layout->places[FIELD_PAGE_MEMDESC].size)
		return 0;
	return yaml_fail(y, yaml_map_entry(y, objects, 0).key, err,
			 "%s is allocated, but no page.memdesc leads to it; add that field",
			 layout->objects[0].name);
}

/* Needs the base page to be read. */
static int check_recursion(const struct layout *layout, const struct yaml_file *y,
			   const yaml_node_t *objects, struct error *err)
{
	for (size_t i = 0; i < layout->nr_objects; i++) {
		const struct layout_object *object = &layout->objects[i];
		uint32_t most = layout_max_stride(layout, object->cls);

		if (object->stride > most)
			return yaml_fail(y, yaml_map_entry(y, objects, i).key, err,
					 "%s takes %u bytes, so that a slab of them has no room beside "
					 "the one that describes it: each would need another, without "
					 "end; choose %u at most, half a page",
					 object->name, object->stride, most);
	}
	return 0;
}

static int read_newer_keys(struct layout *layout, const struct yaml_file *y,
			   const yaml_node_t *const *values, struct error *err)
{
	int r = layout_read_base_page(layout, y, values[BASE_PAGE], err);

	if (!r)
		r = check_recursion(layout, y, values[OBJECTS], err);
	if (!r && values[SIDE])
		r = layout_read_side(layout, y, values[SIDE], err);
	if (!r && values[SLAB_MANAGEMENT])
		r = layout_read_slab_management(layout, y, values[SLAB_MANAGEMENT], err);
	if (!r && values[PARAMETERS])
		r = layout_read_parameters(layout, y, values[PARAMETERS], err);
	return r;
}

static int read_layout(struct layout *layout, const struct yaml_file *y, const yaml_node_t *root,
		       struct error *err)
{
	const yaml_node_t *values[NR_TOP] = {NULL};
	unsigned int version = 0;
	int r = layout_read_version(y, root, top_keys[VERSION].name, FORMAT_VERSION, &version, err);

	if (!r)
		r = yaml_map_read(y, root, "the layout", top_keys, version < 2 ? NR_TOP_1 : NR_TOP,
				  values, err);
	if (!r)
		r = layout_read_identity(layout, y, values + IDENTITY, LAYOUT_NAME_CHARS, err);
	if (!r)
		r = read_page(layout, y, values[PAGE], err);
	if (!r)
		r = read_overlaid(layout, y, values[OVERLAID], err);
	if (!r && values[OBJECTS])
		r = layout_read_objects(layout, y, values[OBJECTS], err);
	if (!r)
		r = layout_read_fields(layout, y, values[FIELDS], err);
	if (!r)
		r = check_way_to_objects(layout, y, values[OBJECTS], err);
	if (!r)
		r = read_newer_keys(layout, y, values, err);
	return r;
}

int layout_parse(const char *file, const void *data, size_t len, struct layout **ret,
		 struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_(yaml_file_finip) struct yaml_file *guard = NULL;
	struct yaml_file y;
	int r;

	if (len > MAX_FILE)
		return error_set(err, -EFBIG, "%s: is larger than 1 MiB; this is not a layout",
				 file);
	r = yaml_file_load(&y, file, data, len, err);
	if (r)
		return r;
	guard = &y;
	layout = calloc(1, sizeof(*layout));
	if (!layout)
		return error_nomem(err);
	layout->census_fill = 100;
	layout->origin = strdup(file);
	if (!layout->origin)
		return error_nomem(err);
	r = read_layout(layout, &y, yaml_document_get_root_node(&y.doc), err);
	if (r)
		return r;
	*ret = take_ptr(layout);
	return 0;
}
