// SPDX-License-Identifier: GPL-2.0-only
#include "sim/model.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "sim/place.h"
#include "sim/plan.h"
#include "sim/program.h"

enum {
	GRACE_NS = 20000000, /* an RCU grace period: some ticks, as nobody hurries it */
};

/* Lines [first, last] of neighbouring entries that an operation goes through last. */
struct run {
	uint64_t first, last;
	bool write;
};

struct model {
	const struct layout *layout;
	struct plan plan;
	struct programs programs;
	struct heap *heap;
	const uint64_t *descriptor; /* heap_addresses() */
	struct cache_hierarchy *caches;
	unsigned int nr_cpus;
	struct stall_model stall; /* zeros: nothing is estimated */
	struct pressure pressure;
	uint64_t *cpu_ns, now_ns; /* how far each CPU's pressure has come, and the LLC's */
	uint64_t grace_ns;	  /* when the last grace period ended */
	struct series series;	  /* bytes of descriptors */
	bool failed;		  /* no memory for a program */
	struct lines lines;
	struct op_cost cost[OP_MAX];
};

DEFINE_CLEANUP(struct model *, model_destroy);

static int start_pressure(struct model *m, const struct model_opts *opts, struct error *err)
{
	m->pressure = opts->pressure;
	if (pressure_is_none(&m->pressure))
		return 0;
	/* the LLC takes the fills of all CPUs, also of those that have no events */
	m->pressure.fills[CACHE_LLC] *= opts->meta->nr_online_cpus;
	m->cpu_ns = calloc(m->nr_cpus, sizeof(*m->cpu_ns));
	return m->cpu_ns ? cache_pressure_start(m->caches, err) : error_nomem(err);
}

int model_create(const struct model_opts *opts, struct model **ret, struct error *err)
{
	_cleanup_(model_destroyp) struct model *m = calloc(1, sizeof(*m));
	unsigned int nr_cpus = opts->meta->nr_cpus;
	int r;

	if (!m)
		return error_nomem(err);
	m->layout = opts->layout;
	m->nr_cpus = nr_cpus;
	if (opts->stall)
		m->stall = *opts->stall;
	plan_make(m->layout, &m->plan);
	r = programs_init(&m->programs, m->layout, &m->plan, err);
	if (!r)
		r = heap_create(m->layout, (uint32_t)opts->meta->max_pfn, nr_cpus, &m->heap, err);
	if (r)
		return r;
	m->descriptor = heap_addresses(m->heap);
	r = cache_hierarchy_create(&opts->geometry, nr_cpus, false, &m->caches, err);
	if (r)
		return r;
	m->lines.caches = m->caches;
	r = start_pressure(m, opts, err);
	if (r)
		return r;
	*ret = take_ptr(m);
	return 0;
}

void model_destroy(struct model *m)
{
	if (!m)
		return;
	programs_fini(&m->programs);
	heap_destroy(m->heap);
	cache_hierarchy_destroy(m->caches);
	free(m->cpu_ns);
	free(m);
}

/* Where an operation's objects lie, and which case this is. */
struct places {
	uint64_t key;
	uint64_t word[PLAN_BASES]; /* line in which the object begins << 1 */
};

static inline void add_entry(const struct model *m, struct places *p, enum plan_base base,
			     uint64_t address)
{
	p->key |= program_key_entry(base, address, m->plan.entry_mask);
	p->word[base] = address >> PROGRAM_LINE_SHIFT << 1;
}

/* 0: there is none */
static inline void add_desc(struct places *p, enum plan_base base, uint64_t address)
{
	if (!address)
		return;
	p->key |= program_key_desc(base, address);
	p->word[base] = address >> PROGRAM_LINE_SHIFT << 1;
}

/*
 * Lines of different objects may turn out to be the same one: such a line counts once, where it is first, and
 * so does one that the run has, there; a write of any of them is a write.
 */
static __attribute__((noinline)) void emit_merged(struct model *m, const struct program *program,
						  const struct places *places, struct run run)
{
	const unsigned int kind = program_kind(program->key);
	struct lines *q = &m->lines;
	unsigned int first = q->nr;
	bool serial;

	for (uint32_t i = 0; i < program->nr; i++) {
		const struct program_line *line = &program->lines[i];
		uint64_t word = places->word[line->base] + line->word;
		unsigned int same = first;

		while (same < q->nr && q->word[same] >> 1 != word >> 1)
			same++;
		if (same < q->nr)
			q->word[same] |= word & 1;
		else if (word >> 1 >= run.first && word >> 1 <= run.last)
			run.write |= word & 1;
		else
			lines_add(q, word, kind << 1 | (line->hop || q->nr == first));
	}
	serial = q->nr == first;
	for (uint64_t line = run.first; line <= run.last; line++, serial = false) {
		lines_make_room(q, 1);
		lines_add(q, line << 1 | run.write, kind << 1 | serial);
	}
}

/* The program's lines as they are; false if two of them may be the same one. */
static inline bool emit_plain(struct model *m, const struct program *program,
			      const struct places *places)
{
	struct lines *q = &m->lines;
	uint64_t *word = q->word + q->nr, seen = 0, twice = 0;
	uint8_t *tag = q->tag + q->nr;

	for (uint32_t i = 0; i < program->nr; i++) {
		const struct program_line *line = &program->lines[i];
		uint64_t bit;

		word[i] = places->word[line->base] + line->word;
		tag[i] = line->tag;
		bit = 1ULL << (word[i] >> 1 & 63);
		twice |= seen & bit;
		seen |= bit;
	}
	return !twice;
}

static inline void run_program(struct model *m, const struct places *places, const struct run *run)
{
	struct program *program = program_find(&m->programs, places->key);

	if (__builtin_expect(!program, 0)) {
		m->failed = true;
		return;
	}
	lines_make_room(&m->lines, program->nr);
	program->runs++;
	if (__builtin_expect(!run, 1) && emit_plain(m, program, places)) {
		m->lines.nr += program->nr;
		program->plain++;
	} else {
		emit_merged(m, program, places, run ? *run : (struct run){.first = 1});
	}
}

/* The same bytes of many neighbouring entries: every line from the first to the last, as entries are small. */
static struct run run_of(const struct model *m, uint64_t first_pfn, uint64_t nr, uint16_t at,
			 uint16_t end, bool write)
{
	uint64_t first = place_entry(m->layout, first_pfn) + at;
	uint64_t last = place_entry(m->layout, first_pfn + nr - 1) + end - 1;

	return (struct run){first >> PROGRAM_LINE_SHIFT, last >> PROGRAM_LINE_SHIFT, write};
}

/* Every page of the unit is pointed at its descriptor, or away from it. */
static void run_with_words(struct model *m, const struct op *op, struct places *places)
{
	const uint64_t nr = 1ULL << op->order;
	struct run run;

	if (!op->order) {
		add_entry(m, places, PLAN_ENTRY, place_entry(m->layout, op->pfn));
		run_program(m, places, NULL);
		return;
	}
	run = run_of(m, op->pfn, nr, m->plan.memdesc_at, m->plan.memdesc_end, true);
	m->cost[op->kind].accesses += nr;
	run_program(m, places, &run);
}

static void do_describe(struct model *m, const struct op *op)
{
	struct places places;
	struct heap_ref ref;

	if (!heap_describe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	places.key = program_key(op->kind, 0);
	add_desc(&places, PLAN_DESC, ref.address);
	run_with_words(m, op, &places);
}

static void do_undescribe(struct model *m, const struct op *op)
{
	struct places places;
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(m->heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return;
	places.key = program_key(op->kind, 0);
	add_desc(&places, PLAN_DESC, ref.address);
	add_entry(m, &places, PLAN_HOME_ENTRY, home.page_entry);
	add_desc(&places, PLAN_HOME_DESC, home.slab_descriptor);
	run_with_words(m, op, &places);
}

static void run_with_tails(struct model *m, const struct op *op, const struct plan_tails *tails,
			   const struct places *places)
{
	const uint64_t nr = (1ULL << op->order) - 1;
	struct run run = run_of(m, op->pfn + 1, nr, tails->at, tails->end, tails->write);

	m->cost[op->kind].accesses += nr * tails->accesses;
	m->cost[op->kind].atomics += nr * tails->atomics;
	run_program(m, places, &run);
}

static inline void add_neighbour(const struct model *m, struct places *places, unsigned int bases,
				 enum plan_base entry, uint32_t pfn)
{
	if (pfn == PFN_NONE)
		return;
	if (bases >> entry & 1)
		add_entry(m, places, entry, place_entry(m->layout, pfn));
	if (bases >> (entry + 1) & 1 && m->descriptor)
		add_desc(places, entry + 1, m->descriptor[pfn]);
}

static inline void run_mapped_op(struct model *m, const struct op *op)
{
	const unsigned int size = plan_size(op->order);
	const struct plan_op *plan = &m->plan.ops[op->kind][size];
	struct places places;

	places.key = program_key(op->kind, size);
	add_entry(m, &places, PLAN_ENTRY, place_entry(m->layout, op->pfn));
	if (plan->bases >> PLAN_DESC & 1 && m->descriptor)
		add_desc(&places, PLAN_DESC, m->descriptor[op->pfn]);
	if (plan->bases >> PLAN_NEXT_ENTRY) {
		add_neighbour(m, &places, plan->bases, PLAN_NEXT_ENTRY, op->next);
		add_neighbour(m, &places, plan->bases, PLAN_PREV_ENTRY, op->prev);
	}
	if (__builtin_expect(op->order && plan->tails.end, 0))
		run_with_tails(m, op, &plan->tails, &places);
	else
		run_program(m, &places, NULL);
}

static uint64_t fills_between(const struct model *m, int level, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t rate = m->pressure.fills[level];

	return pressure_fills(rate, to_ns) - pressure_fills(rate, from_ns);
}

static void pass_time(struct model *m, const struct op *op)
{
	uint64_t ns = op_time_ns(op), *cpu_ns = &m->cpu_ns[op->cpu];

	lines_flush(&m->lines);
	/* CPUs' events may come a little out of order */
	if (ns > *cpu_ns) {
		cache_pressure(m->caches, op->cpu, fills_between(m, CACHE_L1, *cpu_ns, ns),
			       fills_between(m, CACHE_L2, *cpu_ns, ns), 0);
		*cpu_ns = ns;
	}
	if (ns > m->now_ns) {
		cache_pressure(m->caches, op->cpu, 0, 0,
			       fills_between(m, CACHE_LLC, m->now_ns, ns));
		m->now_ns = ns;
	}
}

static void run_op(struct model *m, const struct op *op)
{
	lines_of_cpu(&m->lines, op->cpu);
	switch (op->kind) {
	case OP_TIME:
		if (m->cpu_ns)
			pass_time(m, op);
		return;
	case OP_SEED:
		heap_seed(m->heap, op->pfn, op_units(op), op->order, op->page_kind);
		m->cost[OP_SEED].count += op_units(op);
		return;
	case OP_REKIND:
		/* nothing is charged: it was that all along */
		heap_rekind(m->heap, op->pfn, op->order, op->old_kind, op->page_kind, op->cpu);
		m->cost[OP_REKIND].count++;
		return;
	case OP_DESCRIBE:
		do_describe(m, op);
		return;
	case OP_UNDESCRIBE:
		do_undescribe(m, op);
		return;
	default:
		run_mapped_op(m, op);
	}
}

static void settle_programs(struct model *m)
{
	struct program *program;

	for (size_t i = 0; (program = programs_next(&m->programs, &i));) {
		struct op_cost *cost = &m->cost[program_kind(program->key)];

		cost->count += program->runs;
		cost->accesses += program->runs * program->accesses;
		cost->atomics += program->runs * program->atomics;
		for (uint32_t k = 0; k < program->nr; k++)
			m->lines.reached[program->lines[k].tag][CACHE_L1] += program->plain;
		program->runs = program->plain = 0;
	}
}

int model_run(struct model *m, const struct op *ops, size_t nr, uint64_t end_ns, struct error *err)
{
	for (size_t i = 0; i < nr; i++)
		run_op(m, &ops[i]);
	settle_programs(m);
	lines_settle(&m->lines, &m->stall, m->cost);
	if (end_ns >= m->grace_ns + GRACE_NS) {
		heap_quiesce(m->heap);
		m->grace_ns = end_ns;
	}
	if (end_ns && m->series.nr) /* not before model_start() */
		series_set(&m->series, end_ns, heap_bytes(m->heap));
	return m->failed || heap_failed(m->heap) ? error_nomem(err) : 0;
}

void model_start(struct model *m)
{
	series_start(&m->series, heap_bytes(m->heap));
}

void model_end(struct model *m, uint64_t end_ns)
{
	series_end(&m->series, end_ns);
}

const struct series *model_series(const struct model *m)
{
	return &m->series;
}

const struct op_cost *model_cost(const struct model *m, enum op_kind kind)
{
	return &m->cost[kind];
}

const struct heap *model_heap(const struct model *m)
{
	return m->heap;
}

void model_cache_counts(const struct model *m, struct cache_counts *ret)
{
	cache_counts(m->caches, ret);
}
