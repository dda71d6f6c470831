// SPDX-License-Identifier: GPL-2.0-only
#include "trace/event.h"

#include <stddef.h>
#include <string.h>

static const struct event_info kinds[EVENT_KIND_MAX] = {
#define EVENT(number, NAME, name_, fields_, CLASS, doc_)                                           \
	[number] = {.name = name_, .doc = doc_, .fields = (fields_), .cls = CLASS_##CLASS},
#include "trace/events.def"
#undef EVENT
};

static const struct {
	const char *name, *doc;
} classes[CLASS_MAX] = {
#define CLASS(number, NAME, name, doc) [number] = {name, doc},
#include "trace/classes.def"
#undef CLASS
};

const struct event_info *event_info(unsigned int kind)
{
	return kind < EVENT_KIND_MAX && kinds[kind].name ? &kinds[kind] : NULL;
}

const char *event_class_name(enum event_class cls)
{
	return (unsigned int)cls < CLASS_MAX ? classes[cls].name : "invalid";
}

const char *event_class_doc(enum event_class cls)
{
	return (unsigned int)cls < CLASS_MAX ? classes[cls].doc : "";
}

int event_class_find(const char *name)
{
	for (int i = 0; i < CLASS_MAX; i++)
		if (!strcmp(classes[i].name, name))
			return i;
	return -1;
}
