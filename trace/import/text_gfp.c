// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <string.h>

#include "trace/import/text.h"

enum {
	RECLAIM = GFPC_DIRECT_RECLAIM | GFPC_KSWAPD_RECLAIM,
	KERNEL = RECLAIM | GFPC_IO | GFPC_FS,
	USER = KERNEL | GFPC_HARDWALL,
	HIGHUSER_MOVABLE = USER | GFPC_HIGHMEM | GFPC_MOVABLE,
	TRANSHUGE_LIGHT = (HIGHUSER_MOVABLE | GFPC_COMP | GFPC_NOMEMALLOC | GFPC_NOWARN) & ~RECLAIM,
};

/* include/linux/gfp_types.h and the names of include/trace/events/mmflags.h, v5.10 to v7.0; others carry none of ours. */
static const struct {
	const char *name;
	uint32_t flags;
} names[] = {
	{"GFP_TRANSHUGE", TRANSHUGE_LIGHT | GFPC_DIRECT_RECLAIM},
	{"GFP_TRANSHUGE_LIGHT", TRANSHUGE_LIGHT},
	{"GFP_HIGHUSER_MOVABLE", HIGHUSER_MOVABLE},
	{"GFP_HIGHUSER", USER | GFPC_HIGHMEM},
	{"GFP_USER", USER},
	{"GFP_KERNEL_ACCOUNT", KERNEL | GFPC_ACCOUNT},
	{"GFP_KERNEL", KERNEL},
	{"GFP_NOFS", RECLAIM | GFPC_IO},
	{"GFP_NOIO", RECLAIM},
	{"GFP_ATOMIC", GFPC_KSWAPD_RECLAIM},
	{"GFP_NOWAIT", GFPC_KSWAPD_RECLAIM},
	{"__GFP_RECLAIM", RECLAIM},
	{"__GFP_DIRECT_RECLAIM", GFPC_DIRECT_RECLAIM},
	{"__GFP_KSWAPD_RECLAIM", GFPC_KSWAPD_RECLAIM},
	{"__GFP_HIGHMEM", GFPC_HIGHMEM},
	{"__GFP_IO", GFPC_IO},
	{"__GFP_FS", GFPC_FS},
	{"__GFP_NOWARN", GFPC_NOWARN},
	{"__GFP_RETRY_MAYFAIL", GFPC_RETRY_MAYFAIL},
	{"__GFP_NOFAIL", GFPC_NOFAIL},
	{"__GFP_NORETRY", GFPC_NORETRY},
	{"__GFP_COMP", GFPC_COMP},
	{"__GFP_ZERO", GFPC_ZERO},
	{"__GFP_NOMEMALLOC", GFPC_NOMEMALLOC},
	{"__GFP_HARDWALL", GFPC_HARDWALL},
	{"__GFP_RECLAIMABLE", GFPC_RECLAIMABLE},
	{"__GFP_MOVABLE", GFPC_MOVABLE},
	{"__GFP_ACCOUNT", GFPC_ACCOUNT},
};

static uint32_t flags_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && !memcmp(names[i].name, name, len))
			return names[i].flags;
	return 0;
}

bool text_parse_gfp(const char *text, size_t len, uint32_t *ret)
{
	const char *end = text + len;
	uint32_t flags = 0;

	/* what has no name follows the names as a number */
	if (len && isdigit((unsigned char)*text))
		return false;
	while (text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));

		bar = bar ? bar : end;
		flags |= flags_of(text, (size_t)(bar - text));
		text = bar < end ? bar + 1 : end;
	}
	*ret = flags;
	return true;
}
