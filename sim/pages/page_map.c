// SPDX-License-Identifier: GPL-2.0-only
#include "sim/pages/page_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/pages/pages_internal.h"

static const uint8_t writer_of[OP_MAX] = {
#include "sim/access/access_begin.def"
#define OP(NAME, name, doc) [OP_##NAME] = PAGE_WRITER_PAGES,
#include "sim/access/access_pages.def"
#include "sim/access/access_migrate.def"
#include "sim/access/access_socket.def"
#include "sim/access/access_thp.def"
#undef OP
#define OP(NAME, name, doc) [OP_##NAME] = PAGE_WRITER_FILE,
#include "sim/access/access_file.def"
#include "sim/access/access_lru.def"
#undef OP
#define OP(NAME, name, doc) [OP_##NAME] = PAGE_WRITER_MAP,
#include "sim/access/access_map.def"
#undef OP
#define OP(NAME, name, doc) [OP_##NAME] = PAGE_WRITER_SLAB,
#include "sim/access/access_slab.def"
#include "sim/access/access_end.def"
};

struct page_writes {
	uint64_t cell_pages;
	bool writes[OP_MAX];
	uint64_t count[PAGE_MAP_CELLS][PAGE_WRITER_MAX];
};

const char *page_writer_name(int writer)
{
	static const char *const names[PAGE_WRITER_MAX] = {
#define WRITER(NAME, name, doc) name,
		PAGE_WRITERS(WRITER)
#undef WRITER
	};

	return writer >= 0 && writer < PAGE_WRITER_MAX ? names[writer] : "invalid";
}

static uint64_t cell_pages(uint64_t max_pfn)
{
	uint64_t cell = 1;

	while (cell * PAGE_MAP_CELLS < max_pfn)
		cell *= 2;
	return cell;
}

static bool op_writes(enum op_kind kind, uint64_t code)
{
	struct op_step steps[OP_MAX_STEPS];
	size_t nr = op_steps(kind, code, steps);

	for (size_t i = 0; i < nr; i++)
		if (steps[i].mode != MODE_R)
			return true;
	/* the memory's words, or its descriptor: not in the steps */
	return kind == OP_DESCRIBE || kind == OP_UNDESCRIBE;
}

struct page_writes *page_writes_create(uint64_t max_pfn, uint64_t code)
{
	struct page_writes *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->cell_pages = cell_pages(max_pfn);
	for (int kind = 0; kind < OP_MAX; kind++)
		w->writes[kind] = writer_of[kind] && op_writes((enum op_kind)kind, code);
	return w;
}

void page_writes_destroy(struct page_writes *w)
{
	free(w);
}

void page_writes_add(struct page_writes *w, const struct op *ops, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (w->writes[ops[i].kind])
			w->count[ops[i].pfn / w->cell_pages][writer_of[ops[i].kind]]++;
}

static uint8_t most(const uint64_t *count, int nr)
{
	int most = 0;

	for (int i = 1; i < nr; i++)
		if (count[i] > count[most])
			most = i;
	return (uint8_t)most;
}

static uint8_t most_frequent(const struct pages *p, uint64_t first, uint64_t last)
{
	uint64_t count[PAGE_KIND_MAX] = {0};

	for (uint64_t pfn = first; pfn < last; pfn++)
		count[p->state[pfn].kind]++;
	return most(count, PAGE_KIND_MAX);
}

void pages_map(const struct pages *p, const struct page_writes *w, struct page_map *ret)
{
	uint64_t cell = cell_pages(p->max_pfn);

	memset(ret, 0, sizeof(*ret));
	ret->cell_pages = cell;
	for (uint64_t first = 0; first < p->max_pfn; first += cell) {
		const uint64_t *count = w->count[ret->nr];

		ret->writer[ret->nr] = most(count, PAGE_WRITER_MAX);
		for (int i = 0; i < PAGE_WRITER_MAX; i++)
			ret->writes[i] += count[i];
		ret->kind[ret->nr++] = most_frequent(
			p, first, first + cell < p->max_pfn ? first + cell : p->max_pfn);
	}
}
