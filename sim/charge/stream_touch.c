// SPDX-License-Identifier: GPL-2.0-only
/* Lines through the caches, and descriptors that come and go. */
#include "sim/access/place.h"
#include "sim/charge/stream_internal.h"

enum { LINE_SHIFT = 6 };

static void note_taken(void *ctx, unsigned int number, unsigned int cpu, uint64_t line)
{
	struct stream *s = ctx;

	(void)number;
	sharing_taken(s->opts.watch->sharing, cpu, line);
}

void stream_watch(struct stream *s)
{
	if (s->opts.watch->sharing)
		cache_nodes_on_taken(s->opts.caches, note_taken, s);
}

static uint64_t bytes_of(uint64_t line, uint64_t address, uint64_t end)
{
	uint64_t start = line << LINE_SHIFT, bytes = ~0ULL;

	if (address > start)
		bytes <<= address - start;
	if (end - start < 1 << LINE_SHIFT)
		bytes &= (1ULL << (end - start)) - 1;
	return bytes;
}

static void share(struct stream *s, unsigned int cpu, uint64_t line, uint64_t read,
		  uint64_t written, struct op_cost *cost)
{
	enum sharing_kind kind = sharing_access(s->opts.watch->sharing, cpu, line, read, written);

	if (kind != SHARING_MAX)
		cost->watch.sharing[kind]++;
}

/* Where its translation was, and how hot it is. */
static void watch(struct stream *s, unsigned int cpu, uint64_t line, bool serial, bool memory,
		  struct op_cost *cost)
{
	struct watch *w = s->opts.watch;

	if (w->tlb) {
		enum tlb_level where = watch_translate(w, cpu, watch_page(w, line));

		cost->watch.tlb[where]++;
		cost->stall_fs += stall_of_tlb(s->opts.stall, where, serial);
	}
	if (w->heat)
		watch_heat(w, line, 1);
	if (w->heat && memory)
		watch_heat_memory(w, line, 1);
}

void stream_own(struct stream *s, uint64_t object, unsigned int field, uint64_t accesses)
{
	struct breakdown *b = s->opts.watch->breakdown;

	if (!b)
		return;
	s->owner = breakdown_owner(object >= PLACE_MEMMAP
					   ? BREAKDOWN_MEMMAP
					   : BREAKDOWN_OBJECT + place_heap_index(object),
				   field);
	b->owners[s->owner].accesses += accesses;
	breakdown_of_unit(b, s->unit)->accesses += accesses;
}

/* another: than the line before */
static void break_down(struct stream *s, enum cache_level level, bool another)
{
	struct breakdown *b = s->opts.watch->breakdown;

	if (!b)
		return;
	b->owners[s->owner].lines += another;
	b->owners[s->owner].hits[level]++;
	breakdown_of_unit(b, s->unit)->lines += another;
	breakdown_of_unit(b, s->unit)->hits[level]++;
}

static void wait_for(const struct stall_model *stall, enum cache_level level,
		     enum cache_source source, bool serial, struct op_cost *cost)
{
	uint64_t fs = stall_of_level(stall, level, serial);

	if (level == CACHE_MEMORY) {
		fs = stall_of_source(stall, source, serial);
		cost->from[source]++;
		cost->from_fs[source] += fs;
	}
	cost->stall_fs += fs;
}

enum cache_level stream_touch(struct stream *s, unsigned int cpu, uint64_t address, uint64_t end,
			      bool read, bool write, bool serial, struct op_cost *cost)
{
	struct stream_cpu *state = &s->cpus[cpu];
	enum cache_level slowest = CACHE_L1;

	if (s->opts.on_touch)
		s->opts.on_touch(s->opts.ctx, address, end, write);
	for (uint64_t line = address >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++) {
		uint64_t bytes = bytes_of(line, address, end);
		enum cache_source source;
		enum cache_level level =
			cache_nodes_access(s->opts.caches, cpu, line, write, &source);

		watch(s, cpu, line, serial, level == CACHE_MEMORY, cost);
		if (s->opts.watch->sharing && (write || level > CACHE_L2))
			share(s, cpu, line, read ? bytes : 0, write ? bytes : 0, cost);
		cost->hits[level]++;
		cost->lines += line != state->line;
		break_down(s, level, line != state->line);
		wait_for(s->opts.stall, level, source, serial, cost);
		state->line = line;
		slowest = level > slowest ? level : slowest;
	}
	return slowest;
}

/* Every page of the unit is pointed at its descriptor, or away from it. */
static void touch_words(struct stream *s, const struct op *op, uint32_t pfn, unsigned int order,
			struct op_cost *cost)
{
	const struct layout *layout = s->opts.layout;
	const struct layout_place *word = &layout->places[FIELD_PAGE_MEMDESC];
	uint64_t nr = 1ULL << layout_order(layout, order);
	uint64_t first = place_entry(layout, pfn) + word->at;

	cost->accesses += nr;
	stream_own(s, first, FIELD_PAGE_MEMDESC, nr);
	(void)stream_touch(s, op->cpu, first, first + (nr - 1) * layout->page_size + word->size,
			   false, true, true, cost);
}

/* Line by line, as each may be of another field. */
static void touch_whole(struct stream *s, const struct op *op, const struct heap_ref *ref,
			struct op_cost *cost)
{
	const uint64_t last = ref->address + ref->object->size;

	for (uint64_t at = ref->address, end; at < last; at = end) {
		end = ((at >> LINE_SHIFT) + 1) << LINE_SHIFT;
		end = end < last ? end : last;
		stream_own(s, ref->address,
			   breakdown_field_in(s->opts.layout, ref->object->cls,
					      (uint32_t)(at - ref->address),
					      (uint32_t)(end - ref->address)),
			   0);
		(void)stream_touch(s, op->cpu, at, end, false, true, false, cost);
	}
}

void stream_describe(struct stream *s, const struct op *op, struct op_cost *cost)
{
	struct heap_ref ref;

	if (!heap_describe(s->opts.heap, op->pfn, op->order, op->page_kind, op->cpu, &ref))
		return;
	cost->count++;
	if (!ref.kept)
		touch_words(s, op, op->pfn, op->order, cost);
	touch_whole(s, op, &ref, cost);
	for (int field = 0; field < FIELD_MAX; field++) {
		if (field_class(field) != ref.object->cls || !s->opts.layout->places[field].size)
			continue;
		cost->accesses++;
		stream_own(s, ref.address, (unsigned int)field, 1);
	}
}

/* kmem_cache_free(): the page of the descriptor, its slab's descriptor, then the free pointer. */
static void touch_home(struct stream *s, const struct op *op, const struct heap_home *home,
		       struct op_cost *cost)
{
	const struct layout_place *word = &s->opts.layout->places[FIELD_PAGE_MEMDESC];
	const struct layout_place *cache = &s->opts.layout->places[FIELD_SLAB_CACHE];
	uint64_t page = home->page_entry + word->at, slab = home->slab_descriptor + cache->at;

	stream_own(s, home->page_entry, FIELD_PAGE_MEMDESC, 1);
	(void)stream_touch(s, op->cpu, page, page + word->size, true, false, false, cost);
	if (home->slab_descriptor) {
		stream_own(s, home->slab_descriptor, FIELD_SLAB_CACHE, 1);
		(void)stream_touch(s, op->cpu, slab, slab + cache->size, true, false, true, cost);
	}
	stream_own(s, home->address, BREAKDOWN_FREE_POINTER, 1);
	(void)stream_touch(s, op->cpu, home->address, home->address + 8, false, true, false, cost);
	cost->accesses += home->slab_descriptor ? 3 : 2;
}

void stream_undescribe(struct stream *s, const struct op *op, struct op_cost *cost)
{
	struct heap_home home;
	struct heap_ref ref;

	if (!heap_undescribe(s->opts.heap, op->pfn, op->order, op->page_kind, op->cpu, &ref, &home))
		return;
	cost->count++;
	/* its link on the CPU's list of those that are kept */
	if (ref.kept) {
		cost->accesses++;
		stream_own(s, ref.address, BREAKDOWN_FREE_POINTER, 1);
		(void)stream_touch(s, op->cpu, ref.address, ref.address + 8, false, true, false,
				   cost);
	}
	if (!home.given)
		return;
	touch_words(s, op, home.pfn, home.order, cost);
	touch_home(s, op, &home, cost);
}
