/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of a kernel: its /proc/kallsyms, read as root with nokaslr. */
#ifndef TRACE_SYMBOLS_H
#define TRACE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct symbol {
	uint64_t address;
	char name
		[64]; /* cut at the compiler's suffix: "lru_gen_del_folio.constprop.0" is lru_gen_del_folio */
	int module; /* whether it belongs to one */
};

struct symbols {
	struct symbol *all; /* by address */
	size_t nr, cap;
};

int symbols_read(const char *path, struct symbols *ret, struct error *err) __must_check;
void symbols_fini(struct symbols *symbols);

/* The name of the function that holds this address; "[bpf]" for what was compiled at run time. */
const char *symbols_find(const struct symbols *symbols, uint64_t address);

#endif
