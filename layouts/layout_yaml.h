/* SPDX-License-Identifier: GPL-2.0-only */
/* What the readers of the parts of a layout file share; memsim-layout(5) describes the file. */
#ifndef LAYOUTS_LAYOUT_YAML_H
#define LAYOUTS_LAYOUT_YAML_H

#include "layouts/layout.h"
#include "layouts/yaml_node.h"

/*
 * Bounds that only stop nonsense. A struct folio of v6.12 spreads over 4 entries, and the widest
 * field of the vocabulary, the four words of hugetlb, has 32 bytes.
 */
enum {
	LAYOUT_MIN_PAGE = 4,
	LAYOUT_MAX_PAGE = 256,
	LAYOUT_MIN_OBJECT = 8,
	/* of slab-management: what SLAB has caches for, up to a slab of order 3 */
	LAYOUT_MIN_SLAB_OBJECT = 8,
	LAYOUT_MAX_SLAB_OBJECT = 32768,
	LAYOUT_MAX_OBJECT = 4096,
	LAYOUT_MAX_FIELD = 64,
	LAYOUT_MAX_ENTRIES = 4,
	LAYOUT_BASE_PAGE = 4096, /* where a file does not say */
	LAYOUT_MAX_BASE_PAGE = 1 << 20,
};

#define LAYOUT_NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789.-_"
/* units are written as the kernel's documentation has them: 2M */
#define LAYOUT_MODIFIER_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LAYOUT_NAME_CHARS

static inline bool layout_is_overlaid(const struct layout *layout, enum layout_class cls)
{
	return layout->overlaid & 1u << cls;
}

/* What layouts and modifiers begin with, in this order of values. */
enum { LAYOUT_NAME, LAYOUT_SUMMARY, LAYOUT_STATUS, LAYOUT_SOURCES, LAYOUT_NR_IDENTITY };

int layout_read_identity(struct layout *layout, const struct yaml_file *y,
			 const yaml_node_t *const *values, const char *name_chars,
			 struct error *err) __must_check;

/* The version behind `key`: 1 to newest; -EINVAL also where the key is missing. */
int layout_read_version(const struct yaml_file *y, const yaml_node_t *root, const char *key,
			unsigned int newest, unsigned int *ret, struct error *err) __must_check;

/* The keys of version 2. */
int layout_read_base_page(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			  struct error *err) __must_check;
int layout_read_side(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		     struct error *err) __must_check;
int layout_read_slab_management(struct layout *layout, const struct yaml_file *y,
				const yaml_node_t *node, struct error *err) __must_check;
/* Needs everything else to be read. */
int layout_read_parameters(struct layout *layout, const struct yaml_file *y,
			   const yaml_node_t *node, struct error *err) __must_check;

/* "1-20" or "7"; what: as in "the first of orders". */
int layout_read_range(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		      uint64_t limit, uint64_t *ret_min, uint64_t *ret_max,
		      struct error *err) __must_check;

/* The value of a parameter, or -ENOENT; the widest range that the property could ever have. */
int layout_param_find(const struct layout *layout, const char *name, uint32_t *ret_value,
		      uint32_t *ret_min, uint32_t *ret_max) __must_check;

/* Size of the largest object of an allocated class; 0: the class is not allocated. */
unsigned int layout_class_size(const struct layout *layout, enum layout_class cls);

/*
 * The most that a descriptor of this class may take: the first object of a slab of slab descriptors describes that
 * very slab (Wilcox 2022, <YvZW/exP02XceTVl@casper>), so that one which fills its slab would need another, without end.
 */
static inline uint32_t layout_max_stride(const struct layout *layout, enum layout_class cls)
{
	return cls == LAYOUT_CLASS_SLAB ? layout->base_page / 2 : UINT32_MAX;
}

/* The map behind 'objects:'. Needs page and overlaid to be read. */
int layout_read_objects(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			struct error *err) __must_check;
/* The map behind 'fields:'. Needs the objects to be read. */
int layout_read_fields(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		       struct error *err) __must_check;

#endif
