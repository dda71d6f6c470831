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
	LAYOUT_MAX_OBJECT = 4096,
	LAYOUT_MAX_FIELD = 64,
	LAYOUT_MAX_ENTRIES = 4,
};

static inline bool layout_is_overlaid(const struct layout *layout, enum layout_class cls)
{
	return layout->overlaid & 1u << cls;
}

/* Size of the largest object of an allocated class; 0: the class is not allocated. */
unsigned int layout_class_size(const struct layout *layout, enum layout_class cls);

/* The map behind 'objects:'. Needs page and overlaid to be read. */
int layout_read_objects(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
			struct error *err) __must_check;
/* The map behind 'fields:'. Needs the objects to be read. */
int layout_read_fields(struct layout *layout, const struct yaml_file *y, const yaml_node_t *node,
		       struct error *err) __must_check;

#endif
