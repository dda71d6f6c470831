// SPDX-License-Identifier: GPL-2.0-only
/* The names behind fields.def and LAYOUT_CLASSES. */
#include <string.h>

#include "layouts/layout.h"

static const struct {
	const char *name, *doc;
	enum layout_class cls;
} fields[FIELD_MAX] = {
#define FIELD(CLASS, NAME, name, doc) [FIELD_##CLASS##_##NAME] = {name, doc, LAYOUT_CLASS_##CLASS},
#include "layouts/fields.def"
#undef FIELD
};

static const char *const classes[LAYOUT_CLASS_MAX] = {
#define LAYOUT_CLASS(NAME, name, doc) [LAYOUT_CLASS_##NAME] = name,
	LAYOUT_CLASSES(LAYOUT_CLASS)
#undef LAYOUT_CLASS
};

const char *field_name(enum field field)
{
	return (unsigned int)field < FIELD_MAX ? fields[field].name : "invalid";
}

const char *field_doc(enum field field)
{
	return (unsigned int)field < FIELD_MAX ? fields[field].doc : "";
}

enum layout_class field_class(enum field field)
{
	return (unsigned int)field < FIELD_MAX ? fields[field].cls : LAYOUT_CLASS_MAX;
}

int field_find(const char *name)
{
	for (int i = 0; i < FIELD_MAX; i++)
		if (!strcmp(fields[i].name, name))
			return i;
	return -1;
}

const char *layout_class_name(enum layout_class cls)
{
	return (unsigned int)cls < LAYOUT_CLASS_MAX ? classes[cls] : "invalid";
}

int layout_class_find(const char *name)
{
	for (int i = 0; i < LAYOUT_CLASS_MAX; i++)
		if (!strcmp(classes[i], name))
			return i;
	return -1;
}
