// SPDX-License-Identifier: GPL-2.0-only
#include "base/page_kind.h"

#include <string.h>

static const struct {
	const char *name, *doc;
} kinds[PAGE_KIND_MAX] = {
#define PAGE_KIND(number, NAME, name, doc) [number] = {name, doc},
#include "base/page_kind.def"
#undef PAGE_KIND
};

const char *page_kind_name(enum page_kind kind)
{
	return (unsigned int)kind < PAGE_KIND_MAX ? kinds[kind].name : "invalid";
}

const char *page_kind_doc(enum page_kind kind)
{
	return (unsigned int)kind < PAGE_KIND_MAX ? kinds[kind].doc : "";
}

int page_kind_find(const char *name)
{
	for (int i = 0; i < PAGE_KIND_MAX; i++)
		if (!strcmp(kinds[i].name, name))
			return i;
	return -1;
}
