// SPDX-License-Identifier: GPL-2.0-only
#include "trace/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* x86-64: modules and BPF programs share the area from here on (Documentation/arch/x86/x86_64/mm.rst). */
#define MODULES 0xffffffffc0000000ULL

/* No function of the modules that the guest loads is larger. */
enum { MODULE_FUNCTION = 8192 };

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int add(struct symbols *s, const struct symbol *symbol, struct error *err)
{
	if (s->nr == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1 << 16;
		struct symbol *all = realloc(s->all, cap * sizeof(*all));

		if (!all)
			return error_nomem(err);
		s->all = all;
		s->cap = cap;
	}
	s->all[s->nr++] = *symbol;
	return 0;
}

int symbols_read(const char *path, struct symbols *ret, struct error *err)
{
	_cleanup_(symbols_fini) struct symbols s = {0};
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char line[512];

	if (!f)
		return error_set(err, -errno, "%s: cannot open it: %m", path);
	while (fgets(line, sizeof(line), f)) {
		struct symbol symbol = {0};
		char type;

		if (sscanf(line, "%" SCNx64 " %c %63[^. \t\n]", &symbol.address, &type,
			   symbol.name) != 3 ||
		    !strchr("tTwW", type))
			continue;
		symbol.module = strchr(line, '[') != NULL;
		if (add(&s, &symbol, err) < 0)
			return -ENOMEM;
	}
	if (!s.nr || !s.all[s.nr / 2].address)
		return error_set(err, -EINVAL, "%s: no addresses of functions", path);
	qsort(s.all, s.nr, sizeof(*s.all), by_address);
	*ret = s;
	s = (struct symbols){0};
	return 0;
}

void symbols_fini(struct symbols *s)
{
	free(s->all);
}

const char *symbols_find(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return "[unknown]";
	if (address >= MODULES &&
	    (!s->all[low - 1].module || address - s->all[low - 1].address >= MODULE_FUNCTION))
		return "[bpf]";
	return s->all[low - 1].name;
}
