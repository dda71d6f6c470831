/* SPDX-License-Identifier: GPL-2.0-only */
/* What a page is used for; see page_kind.def for the list. */
#ifndef BASE_PAGE_KIND_H
#define BASE_PAGE_KIND_H

enum page_kind {
#define PAGE_KIND(number, NAME, name, doc) PAGE_KIND_##NAME = (number),
#include "base/page_kind.def"
#undef PAGE_KIND
	PAGE_KIND_MAX
};

/* "anon", or "invalid" outside the list. Static storage. */
const char *page_kind_name(enum page_kind kind);
/* One line of explanation, for help and reports. */
const char *page_kind_doc(enum page_kind kind);
/* The kind of that name, or -1. */
int page_kind_find(const char *name);

#endif
