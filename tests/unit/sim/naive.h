/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model that does what sim/charge is to do, access by access and byte by byte, straight from the access map: no
 * plan, no programs, no batches. Each operation's lines are gathered with their bytes, in the order in which they are touched,
 * and put through caches, TLB and sharing one at a time.
 */
#ifndef TESTS_UNIT_SIM_NAIVE_H
#define TESTS_UNIT_SIM_NAIVE_H

#include "tests/unit/sim/naive_touch.h"

static inline void naive_words(struct naive *n, const struct op *op, uint32_t pfn,
			       unsigned int order)
{
	const struct layout_place *p = naive_place(n, FIELD_PAGE_MEMDESC);
	uint64_t first = place_entry(n->layout, pfn), nr = 1ULL << layout_order(n->layout, order);

	n->run.at = first + p->at;
	n->run.end = first + (nr - 1) * n->layout->page_size + p->at + p->size;
	n->run.write = true;
	n->run.owner = naive_owner(first, FIELD_PAGE_MEMDESC);
	naive_count(n, op, first, FIELD_PAGE_MEMDESC, nr);
}

static inline void naive_describe(struct naive *n, const struct op *op, struct op_cost *cost)
{
	struct heap_ref ref;

	if (!heap_describe(n->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	if (!ref.kept)
		naive_words(n, op, op->pfn, op->order);
	for (uint64_t at = ref.address, end; at < ref.address + ref.object->size; at = end) {
		end = (at / 64 + 1) * 64;
		end = end < ref.address + ref.object->size ? end : ref.address + ref.object->size;
		naive_touch(n, naive_owner_in(n, &ref, at / 64), at, end, MODE_W, false);
	}
	for (int field = 0; field < FIELD_MAX; field++)
		if (field_class(field) == ref.object->cls && naive_place(n, field)->size)
			naive_count(n, op, ref.address, (unsigned int)field, 1);
	cost->count++;
}

static inline void naive_link(struct naive *n, const struct op *op, uint64_t object)
{
	naive_touch(n, naive_owner(object, BREAKDOWN_FREE_POINTER), object, object + 8, MODE_W,
		    false);
	naive_count(n, op, object, BREAKDOWN_FREE_POINTER, 1);
}

static inline void naive_undescribe(struct naive *n, const struct op *op, struct op_cost *cost)
{
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(n->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return;
	cost->count++;
	if (ref.kept)
		naive_link(n, op, ref.address);
	if (!home.given)
		return;
	naive_words(n, op, home.pfn, home.order);
	if (naive_field(n, home.page_entry, FIELD_PAGE_MEMDESC, MODE_R, false))
		naive_count(n, op, home.page_entry, FIELD_PAGE_MEMDESC, 1);
	if (home.slab_descriptor &&
	    naive_field(n, home.slab_descriptor, FIELD_SLAB_CACHE, MODE_R, true))
		naive_count(n, op, home.slab_descriptor, FIELD_SLAB_CACHE, 1);
	naive_link(n, op, home.address);
}

static inline bool naive_is_entry(const struct naive *n, enum field field)
{
	enum layout_class cls = field_class(field);

	return cls == LAYOUT_CLASS_PAGE || n->layout->overlaid >> cls & 1;
}

/* The descriptor that has the field. */
static inline bool naive_find(const struct naive *n, uint32_t pfn, enum field field,
			      struct heap_ref *ref)
{
	return heap_find(n->heap, pfn, ref) && ref->object->cls == field_class(field);
}

static inline void naive_step(struct naive *n, const struct op *op, const struct op_step *step,
			      struct op_cost *cost)
{
	const struct layout_place *place = naive_place(n, step->field);
	bool entry = naive_is_entry(n, step->field), hop = false;
	uint32_t pfn = op->pfn;
	struct heap_ref ref;
	uint64_t object;

	if (step->target == TARGET_NEXT || step->target == TARGET_PREV) {
		pfn = step->target == TARGET_NEXT ? op->next : op->prev;
		hop = true;
		if (pfn == PFN_NONE)
			return;
	}
	object = place_entry(n->layout, pfn);
	if (!entry) {
		if (!naive_find(n, pfn, step->field, &ref))
			return;
		if (!hop && (uint32_t)(place->at + place->size) > ref.object->size)
			return;
		object = ref.address;
		if (step->target == TARGET_VIA_PAGE) {
			hop = true;
			if (naive_field(n, place_entry(n->layout, pfn), FIELD_PAGE_MEMDESC, MODE_R,
					false))
				naive_count(n, op, place_entry(n->layout, pfn), FIELD_PAGE_MEMDESC,
					    1);
		}
	}
	naive_field(n, object, step->field, step->mode, hop);
	naive_count(n, op, object, step->field, step->times);
	cost->atomics += step->mode == MODE_A ? step->times : 0;
}

static inline void naive_tail(struct naive *n, uint16_t owner, uint64_t at, uint64_t end, int mode)
{
	if (!n->run.end)
		n->run.owner = owner;
	if (!n->run.end || at < n->run.at)
		n->run.at = at;
	if (end > n->run.end)
		n->run.end = end;
	n->run.write |= mode != MODE_R;
}

static inline void naive_mapped(struct naive *n, const struct op *op, struct op_cost *cost)
{
	const unsigned int order = layout_order(n->layout, op->order);
	const uint64_t tails = (1ULL << order) - 1, size = n->layout->page_size,
		       entry = place_entry(n->layout, op->pfn);
	struct op_step steps[OP_MAX_STEPS];
	size_t nr = op_steps(op->kind, n->code, steps);

	if (op_is_within_page(op, n->layout))
		return;
	cost->count++;
	for (int run = 1; run >= 0; run--)
		for (size_t i = 0; i < nr; i++) {
			const struct op_step *s = &steps[i];
			const struct layout_place *p = naive_place(n, s->field);

			if (!p->size || s->target == TARGET_DESCRIPTOR || s->min_order > order ||
			    run != (s->target == TARGET_TAILS))
				continue;
			if (!run) {
				naive_step(n, op, s, cost);
			} else if (tails) {
				naive_tail(n, naive_owner(entry, s->field), entry + size + p->at,
					   entry + tails * size + p->at + p->size, s->mode);
				naive_count(n, op, entry, s->field, tails * s->times);
				cost->atomics += s->mode == MODE_A ? tails * s->times : 0;
			}
		}
}

static inline void naive_break_down(struct naive *n, uint16_t owner, const struct op *op,
				    enum cache_level level)
{
	struct breakdown *b = n->watch.breakdown;

	b->owners[owner].lines++;
	b->owners[owner].hits[level]++;
	b->units[op->page_kind][op->order].lines++;
	b->units[op->page_kind][op->order].hits[level]++;
}

static inline void naive_settle(struct naive *n, const struct op *op, struct op_cost *cost)
{
	bool in_stream = native_stream_op(&n->stream);

	for (uint64_t line = n->run.at / 64; n->run.end && line <= (n->run.end - 1) / 64; line++) {
		uint64_t bytes = naive_bytes(line, n->run.at, n->run.end);

		cr_assert_lt(n->nr, NAIVE_LINES);
		n->lines[n->nr++] = (struct naive_line){.line = line,
							.read = n->run.write ? 0 : bytes,
							.written = n->run.write ? bytes : 0,
							.mode = n->run.write ? MODE_W : MODE_R,
							.owner = n->run.owner};
	}
	for (unsigned int i = 0; i < n->nr; i++) {
		const struct naive_line *l = &n->lines[i];
		enum cache_source source;
		enum cache_level level =
			cache_nodes_access(n->caches, op->cpu, l->line, l->written != 0, &source);
		enum tlb_level where = TLB_FIRST;
		bool serial = !i || l->hop;

		if (in_stream)
			native_stream_add(&n->stream, l->line, l->mode, serial);
		if (n->watch.tlb) {
			where = watch_translate(&n->watch, op->cpu, watch_page(&n->watch, l->line));
			cost->watch.tlb[where]++;
		}
		if (n->watch.sharing && (l->written || level > CACHE_L2)) {
			enum sharing_kind kind = sharing_access(n->watch.sharing, op->cpu, l->line,
								l->read, l->written);

			if (kind != SHARING_MAX)
				cost->watch.sharing[kind]++;
		}
		if (n->watch.heat)
			watch_heat(&n->watch, l->line, 1);
		if (n->watch.heat && level == CACHE_MEMORY)
			watch_heat_memory(&n->watch, l->line, 1);
		cost->hits[level]++;
		cost->lines++;
		naive_break_down(n, l->owner, op, level);
		cost->stall_fs += stall_of_tlb(&n->stall, where, serial);
		if (level == CACHE_MEMORY) {
			cost->from[source]++;
			cost->from_fs[source] += stall_of_source(&n->stall, source, serial);
			cost->stall_fs += stall_of_source(&n->stall, source, serial);
		} else {
			cost->stall_fs += stall_of_level(&n->stall, level, serial);
		}
	}
	n->nr = 0;
	n->run.at = n->run.end = 0;
	n->run.write = false;
}

static inline void naive_run(struct naive *n, const struct op *op)
{
	struct op_cost *cost = &n->cost[op->kind];

	if (op->page_kind == PAGE_KIND_HUGETLB)
		watch_hugetlb(&n->watch, op->pfn, op->order);
	if (op->kind == OP_DESCRIBE)
		naive_describe(n, op, cost);
	else if (op->kind == OP_UNDESCRIBE)
		naive_undescribe(n, op, cost);
	else
		naive_mapped(n, op, cost);
	naive_settle(n, op, cost);
}

static inline void naive_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	cr_assert_eq(number, 0);
	sharing_taken(((struct naive *)ctx)->watch.sharing, cpu, line);
}

static inline unsigned int naive_home(const void *ctx, uint64_t line)
{
	const struct naive *n = ctx;

	return nodes_of_line(n->nodes, n->layout, line);
}

static inline struct naive *naive_create(const struct model_opts *opts)
{
	struct naive *n = calloc(1, sizeof(*n));
	const struct watch_opts watch = {
		.layout = opts->layout,
		.tlb = opts->tlb,
		.nr_cpus = opts->meta->nr_cpus,
		.max_pfn = opts->meta->max_pfn,
		.heat = opts->detail,
		.breakdown = opts->detail,
	};
	const struct cache_nodes_opts caches = {.geometry = opts->geometry,
						.nr_cpus = opts->meta->nr_cpus,
						.nodes = opts->nodes,
						.home = naive_home,
						.ctx = n};

	n->code = opts->code ? *opts->code : kernel_code_of(opts->meta);
	n->layout = opts->layout;
	n->nodes = opts->nodes;
	if (opts->stall)
		n->stall = *opts->stall;
	cr_assert_eq(heap_create(opts->layout, (uint32_t)opts->meta->max_pfn, opts->meta->nr_cpus,
				 opts->nodes, &n->heap, NULL),
		     0);
	cr_assert_eq(cache_nodes_create(&caches, &n->caches, NULL), 0);
	cr_assert_eq(watch_init(&n->watch, &watch, NULL), 0);
	if (n->watch.sharing)
		cache_nodes_on_taken(n->caches, naive_taken, n);
	return n;
}

static inline void naive_destroy(struct naive *n)
{
	heap_destroy(n->heap);
	cache_nodes_destroy(n->caches);
	watch_fini(&n->watch);
	native_stream_fini(&n->stream);
	free(n);
}

#endif
