// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels without BTF: their struct page, rebuilt with the members in the kernel's order and let the
 * compiler say where they are. Pointers are void *, atomic_t and spinlock_t are ints, as on x86-64.
 */
#include <stddef.h>

#include "tests/unit/layouts/expected.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))
#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)
#define IN_TAIL(nr, type, member)                                                                  \
	(nr) * sizeof(type) + offsetof(type, member), sizeof(((type *)0)->member)

struct links {
	void *next, *prev;
};

/* Linux 3.11, and with last_cpupid in flags 3.13; COUNTERS is a long where cmpxchg16b is used. */
#define STRUCT_PAGE_3(COUNTERS, PER_VERSION_MAPPING, PER_VERSION_LRU)                              \
	{                                                                                          \
		unsigned long flags;                                                               \
		union {                                                                            \
			void *mapping;                                                             \
			PER_VERSION_MAPPING                                                        \
		};                                                                                 \
		union {                                                                            \
			unsigned long index;                                                       \
			void *freelist;                                                            \
			bool pfmemalloc;                                                           \
		};                                                                                 \
		union {                                                                            \
			COUNTERS counters;                                                         \
			struct {                                                                   \
				union {                                                            \
					int _mapcount;                                             \
					int units;                                                 \
					unsigned int active;                                       \
				};                                                                 \
				int _count;                                                        \
			};                                                                         \
		};                                                                                 \
		union {                                                                            \
			struct links lru;                                                          \
			struct {                                                                   \
				void *next;                                                        \
				int pages, pobjects;                                               \
			};                                                                         \
			void *slab_page;                                                           \
			PER_VERSION_LRU                                                            \
		};                                                                                 \
		union {                                                                            \
			unsigned long private;                                                     \
			int ptl;                                                                   \
			void *slab_cache;                                                          \
			void *first_page;                                                          \
		};                                                                                 \
	}

struct page_3_11_slab STRUCT_PAGE_3(unsigned int, , );
struct page_3_11_slub STRUCT_PAGE_3(unsigned long, , ) __attribute__((aligned(16)));
struct page_3_13_slab STRUCT_PAGE_3(unsigned int, void *s_mem;, struct links rcu_head;
				    void *pmd_huge_pte;);
struct page_3_13_slub STRUCT_PAGE_3(unsigned long, void *s_mem;, struct links rcu_head;
				    void *pmd_huge_pte;) __attribute__((aligned(16)));

struct slab_3_11 {
	struct links list;
	unsigned long colouroff;
	void *s_mem;
	unsigned int inuse;
	unsigned int free;
	unsigned short nodeid;
};

/* What does not depend on the slab allocator. */
#define PAGE_3(type)                                                                               \
	{"page.flags", AT(type, flags)}, {"page.mapping", AT(type, mapping)},                      \
		{"page.index", AT(type, index)}, {"page.mapcount", AT(type, _mapcount)},           \
		{"page.type", AT(type, _mapcount)}, {"page.refcount", AT(type, _count)},           \
		{"page.compound_head", AT(type, first_page)}, {"page.private", AT(type, private)}, \
		{"buddy.type", AT(type, _mapcount)}, {"buddy.list", AT(type, lru)},                \
		{"buddy.order", AT(type, private)}, {"folio.flags", AT(type, flags)},              \
		{"folio.mapping", AT(type, mapping)}, {"folio.index", AT(type, index)},            \
		{"folio.mapcount", AT(type, _mapcount)}, {"folio.refcount", AT(type, _count)},     \
		{"folio.lru", AT(type, lru)}, {"folio.private", AT(type, private)},                \
		{"folio.order", IN_TAIL(1, type, lru.prev)},                                       \
		{"folio.hugetlb", IN_TAIL(2, type, lru.next)}, {"ptdesc.flags", AT(type, flags)},  \
		{"ptdesc.mm", AT(type, index)}, {"ptdesc.refcount", AT(type, _count)},             \
		{"ptdesc.list", AT(type, lru)},                                                    \
	{                                                                                          \
		"ptdesc.ptl", AT(type, ptl)                                                        \
	}
#define SLAB_IN_PAGE_3(type, counter)                                                              \
	{"slab.flags", AT(type, flags)}, {"slab.freelist", AT(type, freelist)},                    \
		{"slab.counters", AT(type, counter)}, {"slab.refcount", AT(type, _count)},         \
		{"slab.list", AT(type, lru)},                                                      \
	{                                                                                          \
		"slab.cache", AT(type, slab_cache)                                                 \
	}

static void expect(const char *name, size_t size, size_t align, size_t side,
		   const struct expected_place *table, size_t nr)
{
	struct layout *layout = load(name);

	cr_expect_eq(layout->page_size, size, "%s: %zu", name, size);
	cr_expect_eq(layout->page_align, align, "%s: %zu", name, align);
	cr_expect_eq(layout_side_bytes(layout, false), side, "%s", name);
	expect_places(layout, table, nr);
	layout_destroy(layout);
}

Test(structs, v3_11_with_slab)
{
	static const struct expected_place table[] = {
		PAGE_3(struct page_3_11_slab),
		{"page.memdesc", AT(struct page_3_11_slab, slab_page)},
		{"slab.list", AT(struct slab_3_11, list)},
		{"slab.counters", AT(struct slab_3_11, inuse)},
		{"slab.freelist", AT(struct slab_3_11, free)},
	};
	struct layout *layout = load("v3.11-slab");

	expect("v3.11-slab", sizeof(struct page_3_11_slab), _Alignof(struct page_3_11_slab), 16,
	       table, NR(table));
	cr_assert_eq(layout->nr_objects, 1);
	cr_assert_eq(layout->objects[0].size, sizeof(struct slab_3_11));
	cr_assert_eq(layout->slab_management.size, sizeof(struct slab_3_11));
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_SLAB, 0), 0);
	cr_assert_eq(layout_object_for(layout, PAGE_KIND_ANON, 0), -1);
	layout_destroy(layout);
}

Test(structs, v3_11_with_slub)
{
	static const struct expected_place table[] = {
		PAGE_3(struct page_3_11_slub),
		SLAB_IN_PAGE_3(struct page_3_11_slub, counters),
	};

	expect("v3.11-slub", sizeof(struct page_3_11_slub), _Alignof(struct page_3_11_slub), 16,
	       table, NR(table));
}

/* The experiment is SLUB of 3.11 in a struct page that is not aligned, with MEMCG off. */
Test(structs, page56_is_slub_without_alignment)
{
	static const struct expected_place table[] = {
		PAGE_3(struct page_3_11_slab),
		SLAB_IN_PAGE_3(struct page_3_11_slab, counters),
	};

	expect("page56", sizeof(struct page_3_11_slab), _Alignof(struct page_3_11_slab), 0, table,
	       NR(table));
}

Test(structs, v3_13_with_slab)
{
	static const struct expected_place table[] = {
		PAGE_3(struct page_3_13_slab),
		SLAB_IN_PAGE_3(struct page_3_13_slab, active),
		{"ptdesc.pmd_huge_pte", AT(struct page_3_13_slab, pmd_huge_pte)},
	};

	expect("v3.13-slab", sizeof(struct page_3_13_slab), _Alignof(struct page_3_13_slab), 16,
	       table, NR(table));
}

Test(structs, v3_13_with_slub)
{
	static const struct expected_place table[] = {
		PAGE_3(struct page_3_13_slub),
		SLAB_IN_PAGE_3(struct page_3_13_slub, counters),
		{"ptdesc.pmd_huge_pte", AT(struct page_3_13_slub, pmd_huge_pte)},
	};

	expect("v3.13-slub", sizeof(struct page_3_13_slub), _Alignof(struct page_3_13_slub), 16,
	       table, NR(table));
}

struct page_4_19 {
	unsigned long flags;
	union {
		struct {
			struct links lru;
			void *mapping;
			unsigned long index, private;
		};
		struct {
			struct links slab_list;
			void *slab_cache, *freelist;
			unsigned long counters;
		};
		struct {
			unsigned long compound_head;
			unsigned char compound_dtor, compound_order;
			int compound_mapcount;
		};
		struct {
			unsigned long pad_1, pad_2;
			struct links deferred_list;
		};
		struct {
			unsigned long pt_pad_1;
			void *pmd_huge_pte;
			unsigned long pt_pad_2;
			void *pt_mm;
			int ptl;
		};
	};
	union {
		int _mapcount;
		unsigned int page_type, active;
		int units;
	};
	int _refcount;
	void *mem_cgroup;
} __attribute__((aligned(16)));

Test(structs, v4_19_is_five_words_in_a_union)
{
	typedef struct page_4_19 page;
	static const struct expected_place table[] = {
		{"page.flags", AT(page, flags)},
		{"page.compound_head", AT(page, compound_head)},
		{"page.mapping", AT(page, mapping)},
		{"page.index", AT(page, index)},
		{"page.private", AT(page, private)},
		{"page.mapcount", AT(page, _mapcount)},
		{"page.type", AT(page, page_type)},
		{"page.refcount", AT(page, _refcount)},
		{"page.memcg", AT(page, mem_cgroup)},
		{"buddy.list", AT(page, lru)},
		{"buddy.order", AT(page, private)},
		{"buddy.type", AT(page, page_type)},
		{"folio.flags", AT(page, flags)},
		{"folio.lru", AT(page, lru)},
		{"folio.mapping", AT(page, mapping)},
		{"folio.index", AT(page, index)},
		{"folio.private", AT(page, private)},
		{"folio.mapcount", AT(page, _mapcount)},
		{"folio.refcount", AT(page, _refcount)},
		{"folio.memcg", AT(page, mem_cgroup)},
		{"folio.order", IN_TAIL(1, page, compound_order)},
		{"folio.entire_mapcount", IN_TAIL(1, page, compound_mapcount)},
		{"folio.deferred_list", IN_TAIL(2, page, deferred_list)},
		{"folio.hugetlb", IN_TAIL(2, page, private)},
		{"slab.flags", AT(page, flags)},
		{"slab.list", AT(page, slab_list)},
		{"slab.cache", AT(page, slab_cache)},
		{"slab.freelist", AT(page, freelist)},
		{"slab.counters", AT(page, counters)},
		{"slab.refcount", AT(page, _refcount)},
		{"ptdesc.flags", AT(page, flags)},
		{"ptdesc.list", AT(page, lru)},
		{"ptdesc.pmd_huge_pte", AT(page, pmd_huge_pte)},
		{"ptdesc.mm", AT(page, pt_mm)},
		{"ptdesc.ptl", AT(page, ptl)},
		{"ptdesc.type", AT(page, page_type)},
		{"ptdesc.refcount", AT(page, _refcount)},
		{"ptdesc.memcg", AT(page, mem_cgroup)},
		{"zpdesc.next", AT(page, freelist)},
		{"zpdesc.zspage", AT(page, private)},
		{"zpdesc.first", AT(page, units)},
	};

	expect("v4.19", sizeof(page), _Alignof(page), 0, table, NR(table));
}
