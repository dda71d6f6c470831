// SPDX-License-Identifier: GPL-2.0-only
#include "sim/charge/stream_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sim/access/place.h"
#include "sim/access/work.h"
#include "trace/event.h"

DEFINE_CLEANUP(struct stream *, stream_destroy);

/* One part of an access: bytes of one field of the recorded layout. */
struct part {
	const struct op *op;
	struct op_cost *cost;
	enum field field;
	unsigned int at, size; /* bytes from the start of the field */
	uint32_t arg;
	unsigned int accesses; /* an access counts with the first of its parts that there is */
	bool serial;
};

/* Unions: the field that is named first in the vocabulary is taken, as it is of the class's usual state. */
static void index_fields(struct stream *s)
{
	memset(s->at, FIELD_MAX, sizeof(s->at));
	for (int field = FIELD_MAX - 1; field >= 0; field--) {
		const struct layout_place *place = &s->opts.recorded->places[field];

		for (unsigned int i = place->at; i < place->at + place->size && i < REACH; i++)
			s->at[field_class(field)][i] = (uint8_t)field;
	}
}

int stream_create(const struct stream_opts *opts, struct stream **ret, struct error *err)
{
	_cleanup_(stream_destroyp) struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem(err);
	s->opts = *opts;
	s->opts.meta = NULL;
	s->nr_functions = opts->meta->nr_functions;
	s->result.nr_functions = s->nr_functions;
	s->cpus = calloc(opts->meta->nr_cpus, sizeof(*s->cpus));
	if (!s->cpus)
		return error_nomem(err);
	for (uint32_t cpu = 0; cpu < opts->meta->nr_cpus; cpu++)
		s->cpus[cpu].unit = NO_UNIT;
	for (size_t i = 0; i < s->nr_functions; i++) {
		unsigned int steps;

		s->on_lists[i] =
			work_of_function(opts->meta->functions[i].name, &steps) == WORK_LRU;
	}
	index_fields(s);
	stream_watch(s);
	*ret = take_ptr(s);
	return 0;
}

void stream_destroy(struct stream *s)
{
	if (!s)
		return;
	free(s->cpus);
	free(s);
}

static enum layout_class class_of(uint8_t page_kind)
{
	switch (page_kind) {
	case PAGE_KIND_FREE:
	case PAGE_KIND_PCP:
		return LAYOUT_CLASS_BUDDY;
	case PAGE_KIND_ANON:
	case PAGE_KIND_FILE:
	case PAGE_KIND_SHMEM:
	case PAGE_KIND_KSM:
	case PAGE_KIND_HUGETLB:
	case PAGE_KIND_USER:
		return LAYOUT_CLASS_FOLIO;
	case PAGE_KIND_SLAB:
		return LAYOUT_CLASS_SLAB;
	case PAGE_KIND_PGTABLE:
		return LAYOUT_CLASS_PTDESC;
	case PAGE_KIND_ZSMALLOC:
		return LAYOUT_CLASS_ZPDESC;
	case PAGE_KIND_NETPOOL:
		return LAYOUT_CLASS_NETPOOL;
	default:
		return LAYOUT_CLASS_PAGE;
	}
}

/* Loads the page's word, by which its descriptor is found. */
static void look_up(struct stream *s, const struct op *op, struct op_cost *cost,
		    unsigned int accesses)
{
	const struct layout_place *word = &s->opts.layout->places[FIELD_PAGE_MEMDESC];
	uint64_t address = place_entry(s->opts.layout, op->pfn) + word->at;

	s->result.lookups++;
	s->cpus[op->cpu].unit = op_access_head(op);
	if (!word->size)
		return;
	stream_own(s, address, FIELD_PAGE_MEMDESC, accesses);
	(void)stream_touch(s, op->cpu, address, address + word->size, true, false, true, cost);
}

static bool is_overlaid(const struct layout *layout, enum layout_class cls)
{
	return cls == LAYOUT_CLASS_PAGE || layout->overlaid >> cls & 1;
}

/* False: it is not there in this layout, and counted. */
static bool find_base(struct stream *s, const struct part *p, uint64_t *ret)
{
	const struct layout *layout = s->opts.layout;
	const struct layout_place *place = &layout->places[p->field];
	enum layout_class cls = field_class(p->field);
	struct heap_ref ref;

	if (!place->size) {
		s->result.gone++;
		return false;
	}
	if (is_overlaid(layout, cls)) {
		*ret = place_entry(layout,
				   cls == LAYOUT_CLASS_PAGE ? p->op->pfn : op_access_head(p->op));
		return true;
	}
	if (!heap_find(s->opts.heap, op_access_head(p->op), &ref) || ref.object->cls != cls ||
	    place->at + place->size > ref.object->size) {
		s->result.undescribed++;
		return false;
	}
	*ret = ref.address;
	return true;
}

static void count_field(struct stream *s, const struct part *p)
{
	struct stream_field *f = &s->result.fields[p->field];

	f->accesses++;
	f->stores += !!(p->arg & ACCESS_STORE);
	f->atomics += (p->arg & ACCESS_STORE) && (p->arg & ACCESS_LOCKED);
}

static void touch_part(struct stream *s, struct part *p)
{
	const struct layout *layout = s->opts.layout;
	const struct layout_place *place = &layout->places[p->field];
	unsigned int at = p->at < place->size ? p->at : 0, size = place->size - at;
	uint64_t base;

	count_field(s, p);
	if (p->field == FIELD_PAGE_COMPOUND_HEAD && !place->size) {
		look_up(s, p->op, p->cost, p->accesses);
		p->accesses = 0;
		return;
	}
	if (!find_base(s, p, &base))
		return;
	if (field_class(p->field) == LAYOUT_CLASS_PTDESC &&
	    !is_overlaid(layout, LAYOUT_CLASS_PTDESC) &&
	    s->cpus[p->op->cpu].unit != op_access_head(p->op)) {
		look_up(s, p->op, p->cost, 1);
		p->cost->accesses++;
		p->serial = true;
	}
	size = p->size < size ? p->size : size;
	stream_own(s, base, p->field, p->accesses);
	p->accesses = 0;
	s->result.fields[p->field].hits[stream_touch(
		s, p->op->cpu, base + place->at + at, base + place->at + at + size,
		p->arg & ACCESS_LOAD, p->arg & ACCESS_STORE, p->serial, p->cost)]++;
}

/* The load tells a page's folio or slab from the page, and is no load of the field that shares the word. */
static bool is_lookup(const struct stream *s, const struct op *op, unsigned int at,
		      unsigned int end, uint32_t function)
{
	const struct layout_place *head = &s->opts.recorded->places[FIELD_PAGE_COMPOUND_HEAD];
	const struct stream_cpu *cpu = &s->cpus[op->cpu];

	if (class_of(op->page_kind) == LAYOUT_CLASS_BUDDY || op_access_arg(op) & ACCESS_STORE ||
	    s->on_lists[function])
		return false;
	return at == head->at && end == head->at + head->size &&
	       (cpu->unit != op_access_head(op) || cpu->function != function + 1);
}

/* The field at this byte of the page's entry, and how far into the field the byte is. */
static enum field field_at(const struct stream *s, const struct op *op, unsigned int at,
			   unsigned int *ret_into)
{
	const struct layout *recorded = s->opts.recorded;
	uint64_t in_unit = (uint64_t)(op->pfn - op_access_head(op)) * recorded->page_size + at;
	enum layout_class own = class_of(op->page_kind);
	/* what a page is that no event tells the use of may well be a folio, or a slab */
	const enum layout_class order[] = {own, LAYOUT_CLASS_PAGE, LAYOUT_CLASS_FOLIO,
					   LAYOUT_CLASS_SLAB, LAYOUT_CLASS_BUDDY};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		uint64_t byte = order[i] == LAYOUT_CLASS_PAGE ? at : in_unit;
		enum field field = FIELD_MAX;

		if (byte < REACH)
			field = s->at[order[i]][byte];
		if (field == FIELD_MAX)
			continue;
		*ret_into = (unsigned int)byte - recorded->places[field].at;
		return field;
	}
	return FIELD_MAX;
}

static void access_bytes(struct stream *s, const struct op *op, uint32_t function,
			 struct op_cost *cost, bool serial)
{
	unsigned int at = op_access_arg(op) & ACCESS_OFFSET;
	unsigned int end = at + (1U << (op_access_arg(op) >> ACCESS_SIZE_SHIFT & ACCESS_SIZE));
	struct part p = {
		.op = op, .cost = cost, .arg = op_access_arg(op), .accesses = 1, .serial = serial};

	if (is_lookup(s, op, at, end, function)) {
		p.field = FIELD_PAGE_COMPOUND_HEAD;
		p.size = s->opts.recorded->places[p.field].size;
		touch_part(s, &p);
		s->cpus[op->cpu].unit = op_access_head(op);
		return;
	}
	while (at < end) {
		unsigned int into;

		p.field = field_at(s, op, at, &into);
		if (p.field == FIELD_MAX) {
			s->result.padding++;
			return;
		}
		p.at = into;
		p.size = s->opts.recorded->places[p.field].size - into;
		p.size = p.size < end - at ? p.size : end - at;
		touch_part(s, &p);
		at += p.size;
	}
}

static void do_access(struct stream *s, const struct op *op)
{
	uint32_t row = op_access_arg(op) >> ACCESS_FUNCTION_SHIFT;
	uint32_t function = row < s->nr_functions ? row : (uint32_t)s->nr_functions;
	struct op_cost *cost = &s->result.functions[function];
	struct stream_cpu *cpu = &s->cpus[op->cpu];
	bool turn = cpu->function != function + 1;

	cost->count += turn;
	cost->accesses++;
	cost->atomics += (op_access_arg(op) & ACCESS_STORE) && (op_access_arg(op) & ACCESS_LOCKED);
	access_bytes(s, op, function, cost, turn);
	cpu->function = function + 1;
}

void stream_op(struct stream *s, const struct op *op)
{
	s->unit = breakdown_unit(op->page_kind, op->order);
	switch (op->kind) {
	case OP_ACCESS:
		do_access(s, op);
		return;
	case OP_DESCRIBE:
		stream_describe(s, op, &s->cost[OP_DESCRIBE]);
		return;
	case OP_UNDESCRIBE:
		stream_undescribe(s, op, &s->cost[OP_UNDESCRIBE]);
		return;
	default:
		return;
	}
}

const struct op_cost *stream_cost(struct stream *s, enum op_kind kind)
{
	if (kind != OP_ACCESS)
		return &s->cost[kind];
	s->cost[kind] = (struct op_cost){0};
	for (size_t i = 0; i <= s->nr_functions; i++)
		op_cost_add(&s->cost[kind], &s->result.functions[i]);
	return &s->cost[kind];
}

const struct stream_result *stream_result(const struct stream *s)
{
	return &s->result;
}
