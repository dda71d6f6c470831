// SPDX-License-Identifier: GPL-2.0-only
/*
 * SLAB (v3.11) against a model of it that has lists as arrays of numbers and looks everything up, and figures worked out
 * by hand from mm/slab.c.
 */
#include "tests/draw.h"
#include "tests/unit/sim/slub_harness.h"

enum { MAX_SLABS = 4096, MAX_ENTRIES = 1024, MAX_CPUS = 4, STRIDE = 512, OBJECTS = 8, LIMIT = 54 };

static struct slub_cache *slab(uint32_t stride, uint32_t objects, uint32_t limit, uint32_t cpus)
{
	const struct slub_geometry geometry = {
		.stride = stride, .objects = objects, .array_limit = limit};
	struct slub_opts opts = {
		.name = "test", .size = stride, .nr_cpus = cpus, .geometry = &geometry};
	struct error err = {0};
	struct slub_cache *c;

	cr_assert_eq(slub_cache_create(&opts, BASE, &c, &err), 0, "%s", err.msg);
	return c;
}

/* Numbers in a row; the first is the head of a list, or the oldest in an array. */
struct row {
	int nr, at[MAX_ENTRIES];
};

static void insert(struct row *r, int place, int what)
{
	cr_assert_lt(r->nr, MAX_ENTRIES);
	for (int i = r->nr++; i > place; i--)
		r->at[i] = r->at[i - 1];
	r->at[place] = what;
}

static int remove_at(struct row *r, int place)
{
	int what = r->at[place];

	r->nr--;
	for (int i = place; i < r->nr; i++)
		r->at[i] = r->at[i + 1];
	return what;
}

static void forget(struct row *r, int what)
{
	for (int i = r->nr; i-- > 0;)
		if (r->at[i] == what)
			remove_at(r, i);
}

struct naive {
	int cpus, slabs, free_objects;
	bool exists[MAX_SLABS], touched[MAX_CPUS], shared_touched, free_touched, odd;
	struct row stack[MAX_SLABS]; /* free objects of a slab, the next one last */
	struct row partial, unused, array[MAX_CPUS], shared;
};

static void refill_naive(struct naive *m, int cpu)
{
	struct row *array = &m->array[cpu];
	int batch = m->touched[cpu] ? (LIMIT + 1) / 2 : 16;

	if (m->cpus > 1 && m->shared.nr) {
		int nr = m->shared.nr < batch ? m->shared.nr : batch;

		for (int i = m->shared.nr - nr; nr--;)
			insert(array, array->nr, remove_at(&m->shared, i));
		m->shared_touched = true;
		return;
	}
	while (array->nr < batch) {
		int n;

		if (!m->partial.nr)
			m->free_touched = true;
		if (!m->partial.nr && !m->unused.nr && array->nr)
			return;
		if (!m->partial.nr && !m->unused.nr) {
			for (n = 0; m->exists[n];)
				n++;
			m->exists[n] = true;
			m->slabs++;
			m->free_objects += OBJECTS;
			m->stack[n].nr = 0;
			for (int i = OBJECTS; i-- > 0;)
				insert(&m->stack[n], m->stack[n].nr, n * OBJECTS + i);
			insert(&m->unused, m->unused.nr, n);
		}
		n = remove_at(m->partial.nr ? &m->partial : &m->unused, 0);
		while (array->nr < batch && m->stack[n].nr) {
			insert(array, array->nr, remove_at(&m->stack[n], m->stack[n].nr - 1));
			m->free_objects--;
		}
		if (m->stack[n].nr)
			insert(&m->partial, 0, n);
	}
}

static int alloc_naive(struct naive *m, int cpu)
{
	if (!m->array[cpu].nr)
		refill_naive(m, cpu);
	m->touched[cpu] = true;
	return remove_at(&m->array[cpu], m->array[cpu].nr - 1);
}

static void to_slabs_naive(struct naive *m, struct row *from, int nr)
{
	const int free_limit = (1 + m->cpus) * ((LIMIT + 1) / 2) + OBJECTS;

	while (nr--) {
		int object = remove_at(from, 0), n = object / OBJECTS;

		forget(&m->partial, n);
		insert(&m->stack[n], m->stack[n].nr, object);
		m->free_objects++;
		if (m->stack[n].nr < OBJECTS) {
			insert(&m->partial, m->partial.nr, n);
		} else if (m->free_objects > free_limit) {
			m->free_objects -= OBJECTS;
			m->exists[n] = false;
			m->slabs--;
		} else {
			insert(&m->unused, 0, n);
		}
	}
}

static void free_naive(struct naive *m, int cpu, int object)
{
	struct row *array = &m->array[cpu];
	int batch = (LIMIT + 1) / 2;

	if (array->nr == LIMIT) {
		int room = m->cpus > 1 ? 8 * batch - m->shared.nr : 0;
		int nr = room < batch ? room : batch;

		if (!room)
			to_slabs_naive(m, array, batch);
		while (nr--)
			insert(&m->shared, m->shared.nr, remove_at(array, 0));
	}
	insert(array, array->nr, object);
}

static void drain_naive(struct naive *m, struct row *array, bool *touched, int limit)
{
	int fifth = (limit + 4) / 5;

	if (!array->nr)
		return;
	if (!*touched)
		to_slabs_naive(m, array, fifth > array->nr ? (array->nr + 1) / 2 : fifth);
	*touched = false;
}

static void reap_naive(struct naive *m)
{
	int batch = (LIMIT + 1) / 2, limit = (1 + m->cpus) * batch + OBJECTS;

	drain_naive(m, &m->array[0], &m->touched[0], LIMIT);
	if (m->odd) {
		if (m->cpus > 1)
			drain_naive(m, &m->shared, &m->shared_touched, 8 * batch);
		for (int i = (limit + 5 * OBJECTS - 1) / (5 * OBJECTS);
		     !m->free_touched && i-- > 0;)
			if (m->unused.nr) {
				m->exists[remove_at(&m->unused, m->unused.nr - 1)] = false;
				m->free_objects -= OBJECTS;
				m->slabs--;
			}
		m->free_touched = false;
	}
	m->odd = !m->odd;
	for (int cpu = 1; cpu < m->cpus; cpu++)
		drain_naive(m, &m->array[cpu], &m->touched[cpu], LIMIT);
}

/* Waves of allocations and frees, so that all lists fill and run empty; what one CPU allocates another one frees. */
static void compare(int cpus, uint64_t seed)
{
	static struct naive m;
	static int live[MAX_SLABS * OBJECTS];
	struct slub_cache *c = slab(STRIDE, OBJECTS, LIMIT, (uint32_t)cpus);
	int nr = 0, gone = 0;

	m = (struct naive){.cpus = cpus};
	for (int i = 0; i < 60000; i++) {
		int cpu = (int)(draw(&seed) % (uint64_t)cpus), wave = i / 3000 % 4;
		bool told = false;

		if (draw(&seed) % 400 == 0) {
			reap_naive(&m);
			slub_reap(c);
		} else if (!nr || draw(&seed) % 8 < (uint64_t[]){6, 4, 1, 4}[wave]) {
			uint32_t born;

			live[nr] = alloc_naive(&m, cpu);
			cr_assert_eq(slub_alloc(c, (unsigned int)cpu, &told), live[nr], "%d", i);
			cr_assert_eq(slub_pop_born(c, &born), told);
			nr++;
		} else {
			/* at random there are hardly ever slabs without an object in use */
			int which = i / 12000 % 2 ? nr - 1 : (int)(draw(&seed) % (uint64_t)nr);
			int object = live[which];

			live[which] = live[--nr];
			free_naive(&m, cpu, object);
			slub_free(c, (unsigned int)cpu, (slub_object)object, &told);
		}
		for (uint32_t freed; slub_pop_freed(c, &freed); gone++)
			cr_assert(!m.exists[freed]);
		cr_assert_eq(counts_of(c).slabs, m.slabs, "%d CPUs, step %d", cpus, i);
		cr_assert_eq(counts_of(c).objects, nr);
	}
	cr_assert_gt(gone, 100, "slabs come and go, or nothing was compared");
	cr_assert_eq(counts_of(c).slab_frees, gone);
	slub_cache_destroy(c);
}

Test(slab_array, every_object_and_slab_is_where_the_naive_model_has_it)
{
	for (int cpus = 1; cpus <= MAX_CPUS; cpus++)
		compare(cpus, (uint64_t)cpus);
}

/* The table in "enable_cpucache" of mm/slab.c. */
Test(slab_array, arrays_hold_fewer_large_objects)
{
	static const uint32_t sizes[][2] = {{8, 120},	{256, 120},  {257, 54},
					    {1024, 54}, {1025, 24},  {4096, 24},
					    {4097, 8},	{131072, 8}, {131073, 1}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		cr_expect_eq(slub_array_limit(sizes[i][0], 4096), sizes[i][1]);
}

/*
 * 10,000 objects of 64 bytes, 59 to a slab, are freed by the CPU that allocated them, one of two. Its array keeps 60 to
 * 120, the shared one 480, the node (1 + 2) * 60 + 59 and what is left of one slab more; SLUB would keep none.
 */
Test(slab_array, free_objects_hold_as_many_slabs_as_the_limits_allow)
{
	enum { NR = 10000 };
	static slub_object objects[NR];
	struct slub_cache *c = slab(64, 59, 120, 2);
	uint64_t held;

	for (int i = 0; i < NR; i++)
		objects[i] = slub_alloc(c, 0, NULL);
	cr_assert_eq(counts_of(c).slabs, (NR + 58) / 59);
	for (int i = 0; i < NR; i++)
		slub_free(c, 0, objects[i], NULL);
	held = counts_of(c).slabs * 59;
	cr_expect(held >= 60 + 480 && held <= 120 + 480 + 239 + 3 * 58, "%lu", held);
	/* a fifth of every array each time, then a half of what is left; the node keeps no slab that is empty */
	for (int i = 0; i < 100; i++)
		slub_reap(c);
	cr_expect_eq(counts_of(c).slabs, 0);
	slub_cache_destroy(c);
}
