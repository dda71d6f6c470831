// SPDX-License-Identifier: GPL-2.0-only
/* Units, lists and the census. */
#include "sim/pages/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "base/zeroes.h"
#include "sim/pages/freelist.h"

DEFINE_CLEANUP(struct pages *, pages_destroy);

int pages_create(const struct trace_meta *meta, struct pages **ret, struct error *err)
{
	_cleanup_(pages_destroyp) struct pages *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return error_nomem(err);
	if (!pages_can_hold(meta))
		return error_set(err, -E2BIG,
				 "the trace's host reaches pfn %" PRIu64 "; replay takes up to %u",
				 meta->max_pfn, PFN_NONE - 1);
	if (meta->nr_cpus > (LIST_MAX - LIST_PCP) / NR_PCP_LISTS)
		return error_set(err, -E2BIG, "the trace's host has %u CPUs; replay takes up to %u",
				 meta->nr_cpus, (LIST_MAX - LIST_PCP) / NR_PCP_LISTS);
	p->max_pfn = (uint32_t)meta->max_pfn;
	p->nr_cpus = meta->nr_cpus;
	p->page_size = meta->page_size;
	p->classic_lru = meta->lru_gen == 0;
	pages_set_code(p, kernel_code_of(meta));
	/* release_pages() takes them back from the head of a list; v6.10 has batches (f77171d241e3) */
	p->frees_in_order = p->code & CODE_BIT(folios_put_refs);
	/* those of find_get_pages_range_tag(); filemap_get_folios_tag(), which is seen, took over in v6.3 */
	p->tagged_untold = p->code & CODE_BIT(free_pcp_prepare);
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++)
		p->fields[kind] = event_info(kind) ? event_info(kind)->fields : 0;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		p->exact[cls] = meta->classes[cls].fidelity == FIDELITY_EXACT;
	/* with more nodes than there may be, a profile has said to take them for one */
	r = nodes_create(meta, 0, &p->nodes, NULL);
	if (r && r != -ENOTSUP)
		return error_nomem(err);
	if (nodes_nr(p->nodes) == 1) {
		nodes_destroy(p->nodes);
		p->nodes = NULL;
	}
	p->nr_lists = LIST_PCP + p->nr_cpus * NR_PCP_LISTS;
	p->lists = calloc((size_t)nodes_nr(p->nodes) * p->nr_lists, sizeof(*p->lists));
	p->last_take = calloc(p->nr_cpus, sizeof(*p->last_take));
	p->cpus = calloc(p->nr_cpus, sizeof(*p->cpus));
	p->looks = calloc((p->max_pfn >> LOOK_SHIFT) + 1, sizeof(*p->looks));
	p->state = zeroes_map(((size_t)p->max_pfn + 1) * sizeof(*p->state));
	p->more = zeroes_map(((size_t)p->max_pfn + 1) * sizeof(*p->more));
	if (!p->lists || !p->last_take || !p->cpus || !p->looks || !p->state || !p->more)
		return error_nomem(err);
	r = idmap_create(&p->cache, err);
	if (r)
		return r;
	for (size_t i = 0; i < meta->nr_ranges; i++)
		p->counts.kind_pages[PAGE_KIND_UNKNOWN] += meta->ranges[i].nr_pages;
	p->counts.units[PAGE_KIND_UNKNOWN][0] = p->counts.kind_pages[PAGE_KIND_UNKNOWN];
	*ret = take_ptr(p);
	return 0;
}

void pages_set_code(struct pages *p, uint64_t code)
{
	p->code = code;
	p->accessed_max = code & CODE_BIT(lru_gen) ? ACCESSED_MAX : 1;
}

void pages_memory_only(struct pages *p, bool undescribed)
{
	p->memory_only = true;
	p->undescribed = undescribed;
}

void pages_take_accesses(struct pages *p)
{
	p->memory_only = p->accesses = true;
}

int pages_keep_time(struct pages *p, struct error *err)
{
	p->told_ns = calloc(p->nr_cpus, sizeof(*p->told_ns));
	return p->told_ns ? 0 : error_nomem(err);
}

void pages_destroy(struct pages *p)
{
	if (!p)
		return;
	zeroes_unmap(p->state, ((size_t)p->max_pfn + 1) * sizeof(*p->state));
	zeroes_unmap(p->more, ((size_t)p->max_pfn + 1) * sizeof(*p->more));
	for (uint32_t cpu = 0; p->cpus && cpu < p->nr_cpus; cpu++)
		free(p->cpus[cpu].zapped);
	free(p->cpus);
	free(p->lists);
	nodes_destroy(p->nodes);
	free(p->told_ns);
	free(p->last_take);
	free(p->census);
	free(p->looks);
	idmap_destroy(p->cache);
	free(p);
}

const struct pages_counts *pages_counts(const struct pages *p)
{
	return &p->counts;
}

uint64_t pages_census_end_ns(const struct pages *p)
{
	return p->census_end_ns;
}

void pages_set_large_unit(struct pages *p, uint32_t pfn, unsigned int order, enum page_kind kind)
{
	struct page_state *state = &p->state[pfn];

	for (uint32_t i = 0; i < 1U << order; i++) {
		pages_forget(p, &state[i]);
		state[i].kind = kind & 31;
		state[i].flags = PS_TAIL;
	}
	state->order = order & 31;
	state->flags = 0;
	p->counts.kind_pages[kind] += 1ULL << order;
	*pages_usage(p, pfn) = (struct page_usage){0};
	if (kind != PAGE_KIND_FREE)
		p->counts.units[kind][order]++;
}

void pages_rekind_unit(struct pages *p, uint32_t pfn, enum page_kind kind)
{
	struct page_state *state = &p->state[pfn];
	uint64_t nr = 1ULL << state->order;

	p->counts.kind_pages[state->kind] -= nr;
	p->counts.kind_pages[kind] += nr;
	p->counts.units[state->kind][state->order]--;
	p->counts.units[kind][state->order]++;
	for (uint32_t i = 0; i < nr; i++)
		state[i].kind = kind & 31;
}

uint32_t pages_find_head(const struct pages *p, uint32_t pfn)
{
	/* units are aligned to their size, so the head is among the 20 aligned addresses below */
	for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++) {
		uint32_t head = pfn & ~((1U << order) - 1);

		if (!(p->state[head].flags & PS_TAIL))
			return head;
	}
	return pfn;
}

void list_push_tail(struct pages *p, unsigned int list, uint32_t pfn)
{
	struct page_list *ends = list_ends(p, list, pfn);
	struct page_more *more = &p->more[pfn];

	p->state[pfn].list = list & (LIST_MAX - 1);
	if (p->memory_only)
		return;
	more->next = 0;
	more->prev = ends->last;
	if (ends->last)
		p->more[ends->last - 1].next = pfn + 1;
	else
		ends->first = pfn + 1;
	ends->last = pfn + 1;
}

void list_del(struct pages *p, uint32_t pfn, struct op *op)
{
	struct page_list *ends = list_ends(p, p->state[pfn].list, pfn);
	struct page_more *more = &p->more[pfn];

	if (p->state[pfn].list == LIST_NONE) {
		p->counts.neighbours_unknown++;
		return;
	}
	p->state[pfn].list = LIST_NONE;
	if (p->memory_only)
		return;
	if (more->next) {
		p->more[more->next - 1].prev = more->prev;
		op->next = more->next - 1;
	} else {
		ends->last = more->prev;
	}
	if (more->prev) {
		p->more[more->prev - 1].next = more->next;
		op->prev = more->prev - 1;
	} else {
		ends->first = more->next;
	}
	more->next = more->prev = 0;
}

/* As many pages as a host has: by the C library's vector code. */
static void fill_states(struct page_state *state, size_t nr, struct page_state with)
{
	wchar_t word;

	_Static_assert(sizeof(word) == sizeof(with), "a state is filled in like a character");
	memcpy(&word, &with, sizeof(word));
	wmemset((wchar_t *)state, word, nr);
}

/* The census's word on units side by side, of which nothing was known yet: no page of theirs was touched. */
static void set_fresh_units(struct pages *p, const struct census_run *run, unsigned int flags)
{
	const struct page_state tail = {.kind = run->kind & 31U, .flags = PS_TAIL};
	const struct page_state head = {
		.kind = run->kind & 31U, .order = run->order & 31U, .flags = flags & 63U};
	struct page_state *state = &p->state[run->start_pfn];
	uint64_t nr = run->count << run->order, size = 1ULL << run->order;

	p->counts.kind_pages[PAGE_KIND_UNKNOWN] -= nr;
	p->counts.units[PAGE_KIND_UNKNOWN][0] -= nr;
	p->counts.kind_pages[run->kind] += nr;
	if (run->kind != PAGE_KIND_FREE)
		p->counts.units[run->kind][run->order] += run->count;
	if (run->kind == PAGE_KIND_UNKNOWN && !run->order && !flags)
		return;
	/* mostly one page between others: not worth a call */
	if (nr > 1)
		fill_states(state, nr, size == 1 ? head : tail);
	state[0] = head;
	for (uint64_t i = size; size > 1 && i < nr; i += size)
		state[i] = head;
}

static void set_units(struct pages *p, const struct census_run *run, unsigned int flags)
{
	for (uint64_t unit = 0; unit < run->count; unit++) {
		uint32_t pfn = (uint32_t)(run->start_pfn + (unit << run->order));

		pages_set_unit(p, pfn, run->order, run->kind);
		p->state[pfn].flags = flags & 63;
	}
}

/* What the census says of how each of the units is used. */
static void set_usage(struct pages *p, const struct census_run *run)
{
	const struct page_usage usage = {
		.mapcount = run->mapcount & PAGE_USAGE_MAPCOUNT_MAX,
		/* a census does not count how often; what stays cached has mostly been used often */
		.accessed = (run->flags & CENSUS_REFERENCED ? ACCESSED_MAX : 0U) & 7U,
		.buffers = run->kind == PAGE_KIND_FILE && run->flags & CENSUS_PRIVATE,
		.dirty = !!(run->flags & CENSUS_DIRTY),
	};

	if (p->memory_only)
		return;
	if (!usage.mapcount && !usage.accessed && !usage.buffers && !usage.dirty)
		return; /* a new unit's is all zero */
	for (uint64_t unit = 0; unit < run->count; unit++)
		*pages_usage(p, (uint32_t)(run->start_pfn + (unit << run->order))) = usage;
}

/* Units that the census found; nothing is charged for them, but layouts must know their descriptors. */
static void seed_units(struct pages *p, const struct census_run *run)
{
	uint32_t pfn = (uint32_t)run->start_pfn, end = pfn + (uint32_t)(run->count << run->order);
	unsigned int flags = 0;
	bool is_block = run->kind == PAGE_KIND_FREE;
	struct op *op;

	if (run->flags & CENSUS_LRU && !is_block)
		flags |= PS_LRU;
	if (run->flags & CENSUS_COMPOUND && !is_block)
		flags |= PS_COMPOUND;
	if (run->kind == PAGE_KIND_ANON && run->mapcount)
		flags |= PS_MAPPED;
	if (pfn >= p->touched_end)
		set_fresh_units(p, run, flags);
	else
		set_units(p, run, flags);
	p->touched_end = end > p->touched_end ? end : p->touched_end;
	for (; is_block && pfn < end; pfn += 1U << run->order)
		freelist_seed(p, pfn, run->order);
	if (is_block)
		return;
	set_usage(p, run);
	op = pages_emit(p, OP_SEED, pfn, run->order, 0);
	if (run->count > 1)
		op->next = end - (1U << run->order);
}

static void note_looks(struct pages *p, const struct census_range *range)
{
	const uint64_t end = range->end < p->max_pfn ? range->end : p->max_pfn;

	for (uint64_t pfn = range->start; pfn < end;) {
		struct census_look *look = &p->looks[pfn >> LOOK_SHIFT];
		uint64_t begin = pfn & ~((1ULL << LOOK_SHIFT) - 1),
			 next = begin + (1ULL << LOOK_SHIFT);

		if (!look->any || range->ts_ns < look->first_ns)
			look->first_ns = range->ts_ns;
		if (range->ts_ns > look->last_ns)
			look->last_ns = range->ts_ns;
		look->any = true;
		look->whole |= pfn == begin && (end >= next || end == p->max_pfn);
		pfn = next;
	}
}

static void seed(struct pages *p, const struct census_run *run)
{
	struct census_run blocks;

	if (run->kind != PAGE_KIND_FREE || run->order <= BUDDY_MAX_ORDER) {
		seed_units(p, run);
		return;
	}
	/* free memory is in blocks, of which none is larger */
	blocks = *run;
	blocks.order = BUDDY_MAX_ORDER;
	blocks.count <<= run->order - BUDDY_MAX_ORDER;
	seed_units(p, &blocks);
}

static int note_census(struct pages *p, const struct trace_block *b, struct error *err)
{
	if (p->nr_census == p->cap_census) {
		size_t cap = p->cap_census ? 2 * p->cap_census : 64;
		struct census_range *census = realloc(p->census, cap * sizeof(*census));

		if (!census)
			return error_nomem(err);
		p->census = census;
		p->cap_census = cap;
	}
	p->census_ascends =
		!p->nr_census ||
		(p->census_ascends && b->census.start_pfn >= p->census[p->nr_census - 1].end);
	p->census[p->nr_census++] = (struct census_range){
		.start = b->census.start_pfn,
		.end = b->census.end_pfn,
		.ts_ns = b->census.ts_ns,
	};
	note_looks(p, &p->census[p->nr_census - 1]);
	if (b->census.ts_ns > p->census_end_ns)
		p->census_end_ns = b->census.ts_ns;
	return 0;
}

int pages_census(struct pages *p, const struct trace_block *b, struct op_list *out,
		 struct error *err)
{
	int r = note_census(p, b, err);

	if (r)
		return r;
	p->out = out;
	for (size_t i = 0; i < b->census.nr; i++) {
		const struct census_run *run = &b->census.runs[i];

		if (!pfn_ok(p, run->start_pfn, 0) ||
		    run->count > (p->max_pfn - run->start_pfn) >> run->order ||
		    run->start_pfn & ((1ULL << run->order) - 1))
			return error_set(err, -EINVAL,
					 "census: the run at pfn %" PRIu64
					 " does not fit the memory that the header names",
					 run->start_pfn);
		seed(p, run);
	}
	return out->failed ? error_nomem(err) : 0;
}
