/* SPDX-License-Identifier: GPL-2.0-only */
/* Which parameters a layout has; for layout_set.c, which changes them. */
#ifndef LAYOUTS_LAYOUT_PARAM_H
#define LAYOUTS_LAYOUT_PARAM_H

#include "layouts/layout.h"

enum layout_property {
	SIZE,
	ALIGN,
	STRIDE,
	FRACTION,
	RCU,
	NR_PROPERTIES,
	FREEPTR = NR_PROPERTIES,
	KEPT,
	SHEAF,
	FILL,
	SLAB_OBJECT,
	CACHES,
	NR_TARGETS
};

struct layout_target {
	enum layout_property property;
	int object; /* of CACHES: the one for small memory */
	int large;  /* of CACHES */
};

/* The object of that name, or -1. */
int layout_param_object(const struct layout *layout, const char *name, size_t len);
/* False: the layout has no such parameter. */
bool layout_param_target(const struct layout *layout, const char *name, struct layout_target *ret);
/* Fails with -ENOENT and a sentence that says which parameters there are. */
int layout_param_unknown(const struct layout *layout, const char *name, struct error *err);
/* Of a parameter that is a number of the whole layout. */
void layout_param_set_number(struct layout *layout, enum layout_property property, uint16_t number);

#endif
