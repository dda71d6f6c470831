/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of memsim layouts, one file each. */
#ifndef CMD_CMD_LAYOUTS_H
#define CMD_CMD_LAYOUTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "layouts/layout.h"

DEFINE_CLEANUP(struct layout *, layout_destroy);

enum { LAYOUTS_MAX_SETS = 32 };

struct layouts_args {
	const char *action;
	const char *names[2]; /* of layouts; of import: the kernel */
	unsigned int nr_names;
	const char *btf, *output, *new_name;
	const char *sets[LAYOUTS_MAX_SETS];
	size_t nr_sets;
	bool json, fields, params;
};

/* Each returns an exit status, or a negative errno with err filled. */
int layouts_list(const struct layouts_args *args, struct error *err);
int layouts_show(const struct layouts_args *args, struct error *err);
int layouts_diff(const struct layouts_args *args, struct error *err);
int layouts_check(const struct layouts_args *args, struct error *err);
int layouts_import(const struct layouts_args *args, struct error *err);

/*
 * layout_set() with each assignment on each of the layouts that has such a parameter. An assignment that
 * none of them has is an error.
 */
int layouts_set(struct layout *const *layouts, size_t nr_layouts, const char *const *sets,
		size_t nr_sets, struct error *err) __must_check;

/* The next field of the class in order of place, then of fields.def; after < 0: the first; -1: none. */
int layouts_next_field(const struct layout *layout, enum layout_class cls, int after);

#endif
