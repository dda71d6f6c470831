// SPDX-License-Identifier: GPL-2.0-only
#include "sim/pages/kinds.h"

uint32_t kinds_not_named(const struct pages_counts *start, const struct pages_counts *end)
{
	static const enum page_kind hidden[] = {PAGE_KIND_NETPOOL, PAGE_KIND_ZSMALLOC,
						PAGE_KIND_PERCPU};
	uint32_t kinds = 0;

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (!start->kind_pages[hidden[i]] && !end->kind_pages[hidden[i]])
			kinds |= 1u << hidden[i];
	return kinds;
}

uint32_t kinds_vague(void)
{
	return 1u << PAGE_KIND_UNKNOWN | 1u << PAGE_KIND_KERNEL | 1u << PAGE_KIND_COMPOUND |
	       1u << PAGE_KIND_MAPPED;
}
