// SPDX-License-Identifier: GPL-2.0-only
/* What the TLB makes of chains. */
#include "sim/charge/charge.h"

/* The objects' pages, where each of them lies in one page; false: they may not, or may push each other out. */
static bool find_pages(const struct charge *c, const struct program *program,
		       const struct program_case *at, struct watch_page *pages)
{
	if (program->nr_visits > c->tlb_holds)
		return false;
	for (unsigned int i = 0; i < program->nr_visits + program->nr_revisits; i++) {
		const struct program_visit *v = &program->visits[i];
		uint64_t base = at->word[v->base] >> 1;
		struct watch_page last = watch_page(c->watch, base + (uint64_t)(int64_t)v->high);

		pages[i] = watch_page(c->watch, base + (uint64_t)(int64_t)v->low);
		if (pages[i].number != last.number || pages[i].size != last.size)
			return false;
	}
	return true;
}

/*
 * What the TLB makes of the chain. Once its pages have been used they are all in the first level, so it matters only
 * in which order they are used first, and in which order last.
 */
void charge_translate(struct charge *c, const struct program *program,
		      const struct program_case *at)
{
	struct watch_page pages[2 * PROGRAM_BASES];
	struct lines *l = &c->lines;

	if (!find_pages(c, program, at, pages)) {
		for (unsigned int i = 0; i < program->nr_lines; i++) {
			const struct program_line *line = &program->lines[i];
			uint64_t word = at->word[line->base] + (uint64_t)line->word;
			struct watch_page page = watch_page(c->watch, word >> 1);

			l->translated[line->tag][watch_translate(c->watch, l->cpu, page)]++;
		}
		return;
	}
	for (unsigned int i = 0; i < program->nr_visits; i++)
		l->translated[program->visits[i].tag]
			     [watch_translate(c->watch, l->cpu, pages[i])]++;
	for (unsigned int i = 0; i < program->nr_revisits; i++)
		watch_translate(c->watch, l->cpu, pages[program->nr_visits + i]);
}
