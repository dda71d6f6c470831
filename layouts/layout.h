/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A layout: where a kernel, or a proposal, keeps the metadata of its pages. It is data, read from a
 * YAML file (memsim-layout(5)); the built-in ones are the same files, embedded in the program.
 *
 * The memmap holds one entry of page_size bytes per page. Fields are grouped in classes. A class is
 * either *overlaid*: its fields lie in the memmap entries of the pages it describes, offsets beyond the
 * first entry running on into the tail pages' entries; or *allocated*: its fields lie in a descriptor of
 * its own, which comes from a slab cache and is reached from a page through page.memdesc.
 */
#ifndef LAYOUTS_LAYOUT_H
#define LAYOUTS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/page_kind.h"

/* Classes of fields. LAYOUT_CLASS(NAME, "name", doc) */
#define LAYOUT_CLASSES(LAYOUT_CLASS)                                                               \
	LAYOUT_CLASS(PAGE, "page", "the memmap entry of each page")                                \
	LAYOUT_CLASS(BUDDY, "buddy", "a free block; always in the memmap")                         \
	LAYOUT_CLASS(FOLIO, "folio", "anonymous, file, shmem, hugetlb memory")                     \
	LAYOUT_CLASS(SLAB, "slab", "a slab of kernel objects")                                     \
	LAYOUT_CLASS(PTDESC, "ptdesc", "a page table")                                             \
	LAYOUT_CLASS(ZPDESC, "zpdesc", "a zsmalloc page")                                          \
	LAYOUT_CLASS(NETPOOL, "netpool", "a page_pool buffer")                                     \
	LAYOUT_CLASS(KSM, "ksm", "a page merged by KSM")                                           \
	LAYOUT_CLASS(MOVABLE, "movable", "movable driver pages: balloon")                          \
	LAYOUT_CLASS(HWPOISON, "hwpoison", "a poisoned page")                                      \
	LAYOUT_CLASS(ACCTMEM, "acctmem", "accounted kernel memory")                                \
	LAYOUT_CLASS(MGDESC, "mgdesc", "memory whose user wants a refcount or a list")             \
	LAYOUT_CLASS(PCPUDESC, "pcpudesc", "a percpu chunk")

enum layout_class {
#define LAYOUT_CLASS(NAME, name, doc) LAYOUT_CLASS_##NAME,
	LAYOUT_CLASSES(LAYOUT_CLASS)
#undef LAYOUT_CLASS
		LAYOUT_CLASS_MAX
};

enum field {
#define FIELD(CLASS, NAME, name, doc) FIELD_##CLASS##_##NAME,
#include "layouts/fields.def"
#undef FIELD
	FIELD_MAX
};

/* Where a field is: `at` bytes into its class's structure. size 0: this layout has no such field. */
struct layout_place {
	uint16_t at, size; /* bytes */
};

/* One kind of separately allocated descriptor, and which memory needs it. */
struct layout_object {
	char name[24]; /* "folio", "folio.large", "slab": the class, or class.variant */
	uint8_t cls;   /* enum layout_class */
	bool rcu;      /* SLAB_TYPESAFE_BY_RCU cache: pages come back a grace period later */
	uint8_t min_order, max_order; /* of the memory described; 0..20 */
	uint16_t size;		      /* bytes, as declared */
	uint16_t align;		      /* bytes, power of two */
	uint16_t stride;	      /* size rounded up to align: what one takes in its slab */
	uint32_t kinds;		      /* bit per enum page_kind */
	uint8_t fraction_percent;     /* of the matching allocations that need one; 100: all */
};

/* An array beside the memmap with one entry per page: page_cgroup, page_ext, KMSAN's shadow. */
struct layout_side {
	char name[24];
	uint16_t size;	/* bytes of an entry */
	uint16_t pages; /* whole base pages of an entry, on top of size */
	bool debug;	/* only debug kernels have it: told apart in results */
};

/*
 * How the SLAB allocator kept track of the objects of one slab: a header and an index per object, in the
 * slab itself or, for large objects, in a kmalloc() of its own. per_object 0: the layout has no such management.
 */
struct layout_slab_management {
	uint16_t size;		/* bytes of the header */
	uint16_t per_object;	/* bytes per object */
	uint16_t off_slab_from; /* bytes of an object from which on it may lie outside */
	/* Bytes of an object. A trace tells how large slabs are, but not their objects: an assumption. */
	uint16_t object;
};

/* What memory a rule about huge pages is for: the page kinds hugetlb and device. */
enum layout_huge { LAYOUT_HUGE_HUGETLB, LAYOUT_HUGE_DEVICE };

/* The memmap of each huge page of this sort and size shrinks to so many of its pages. */
struct layout_dedup {
	char name[24];
	uint8_t memory; /* enum layout_huge */
	uint64_t block; /* bytes of the huge page, a power of two */
	uint16_t kept;	/* base pages of memmap that stay */
};

/* A question that a proposal leaves open, or something that was changed by layout_set(). */
struct layout_param {
	char name[40];	   /* "folio.large", "acctmem.fraction" */
	uint32_t value;	   /* now */
	uint32_t standard; /* what the file says */
	uint32_t min, max;
	bool set;	/* by layout_set() */
	char *question; /* NULL: the file asks none */
};

enum {
	LAYOUT_MAX_OBJECTS = 24,
	LAYOUT_MAX_SOURCES = 16,
	LAYOUT_MAX_ORDER = 20,
	LAYOUT_MAX_SIDES = 8,
	LAYOUT_MAX_DEDUPS = 8,
	LAYOUT_MAX_PARAMS = 48,
	LAYOUT_MAX_MODIFIERS = 8,
};

struct layout {
	char *name;    /* "memdesc8", "v6.12+hvo-2M" */
	char *summary; /* one line */
	char *status;  /* "released", "proposed" or "sketch" */
	char *origin;  /* file it was read from, or "built-in" */
	size_t nr_sources;
	char *sources[LAYOUT_MAX_SOURCES]; /* where its facts come from */

	uint16_t page_size;  /* bytes per memmap entry */
	uint16_t page_align; /* bytes */
	uint32_t base_page;  /* bytes of memory that an entry describes; a power of two */
	uint32_t overlaid;   /* bit per enum layout_class: fields lie in the memmap */
	size_t nr_objects;
	struct layout_object objects[LAYOUT_MAX_OBJECTS];
	struct layout_place places[FIELD_MAX];

	struct layout_slab_management slab_management;
	size_t nr_sides;
	struct layout_side sides[LAYOUT_MAX_SIDES];
	size_t nr_dedups;
	struct layout_dedup dedups[LAYOUT_MAX_DEDUPS];
	size_t nr_params;
	struct layout_param params[LAYOUT_MAX_PARAMS];
	uint16_t
		rcu_freeptr; /* bytes that an rcu object grows by for its free pointer; in its stride */
	uint16_t freed_kept; /* freed descriptors of a kind that each CPU keeps, with their pages */
	uint16_t
		slub_sheaf; /* objects of a sheaf in the caches of descriptors; 0: they have none */
	/*
	 * Per cent of the slabs that descriptors of memory in use before the trace fill, 1 to 100: what the
	 * trace cannot tell, as their history is gone.
	 */
	uint16_t census_fill;
};

/*
 * A built-in name, or a path (anything that holds a '/' or ends in .yaml); then any number of
 * modifiers: v6.12+hvo-2M, ./mine.yaml+page_ext-owner.
 */
int layout_load(const char *name_or_path, struct layout **ret, struct error *err) __must_check;
/* Parses bytes; `file` is for messages ("mine.yaml:9:29: ..."). */
int layout_parse(const char *file, const void *data, size_t len, struct layout **ret,
		 struct error *err) __must_check;
void layout_destroy(struct layout *layout);
/*
 * The bytes of one file, a layout's or a modifier's, cut after 1 MiB and one byte; free(*ret) in the end.
 * -EINVAL where modifiers follow: several files make no file.
 */
int layout_text(const char *name_or_path, char **ret, size_t *ret_len,
		struct error *err) __must_check;

/* Traces count pages of 4 KiB: 2^layout_page_shift() of them are a base page of the layout. */
enum { LAYOUT_TRACE_PAGE_SHIFT = 12 };

static inline unsigned int layout_page_shift(const struct layout *layout)
{
	return (unsigned int)__builtin_ctz(layout->base_page) - LAYOUT_TRACE_PAGE_SHIFT;
}

/* The order, in base pages, of the least memory that holds 2^order pages of 4 KiB. */
static inline unsigned int layout_order(const struct layout *layout, unsigned int order)
{
	unsigned int shift = layout_page_shift(layout);

	return order > shift ? order - shift : 0;
}

/*
 * The object that describes memory of this kind and order, in base pages, or -1: none is needed, or it is overlaid,
 * or the layout sets its fraction to 0.
 */
int layout_object_for(const struct layout *layout, enum page_kind kind, unsigned int order);

/*
 * Changes the layout: "folio.large=112" is a size, "folio.stride=128", "slab.align=64",
 * "acctmem.fraction=30", "slab.rcu=1" are other properties of objects; "rcu.freeptr=16",
 * "freed.kept=8", "slub.sheaf=60", "census.fill=70" and "folio.caches=1" are of all of them. -ENOENT: this
 * layout has no such parameter.
 */
int layout_set(struct layout *layout, const char *assignment, struct error *err) __must_check;

/* Puts one modifier on top; file is for messages. The name becomes NAME+MODIFIER. */
int layout_modify(struct layout *layout, const char *file, const void *data, size_t len,
		  struct error *err) __must_check;

/* Reads a modifier without applying it: *ret has its name, summary, status and sources. */
int layout_modifier_parse(const char *file, const void *data, size_t len, struct layout **ret,
			  struct error *err) __must_check;

/*
 * Bytes of metadata of one allocation of 2^order pages of 4 KiB: its memmap entries and its descriptor, with
 * its padding, but without its share of what is unused in the descriptor's slab.
 */
uint64_t layout_unit_bytes(const struct layout *layout, enum page_kind kind, unsigned int order);

/* Bytes per page beside the memmap; those of debug kernels apart. */
uint64_t layout_side_bytes(const struct layout *layout, bool debug);
/* Bytes of memmap that a huge page of this many bytes keeps: all of it, unless a rule says less. */
uint64_t layout_huge_memmap(const struct layout *layout, enum layout_huge memory, uint64_t bytes);

/* One slab of the SLAB allocator of v3.11 to v3.13, as cache_estimate() and its caller plan it. */
struct layout_slab {
	unsigned int objects;
	unsigned int management; /* bytes: in the slab with their padding, or of the kmalloc() */
	bool off_slab;
	unsigned int
		colours; /* slabs begin with 0 to colours - 1 times the larger of align and a line; >= 1 */
};

/* object_size: with its padding; align: of the cache. Without slab_management all is objects. */
void layout_plan_slab(const struct layout *layout, unsigned int object_size, unsigned int align,
		      unsigned int slab_bytes, struct layout_slab *ret);

/*
 * Bytes that the management of one slab of 2^order pages of 4 KiB takes, with objects of the assumed size; what
 * lies outside takes its share of a slab of its own. 0 where the layout has no slab-management.
 */
uint64_t layout_slab_management_bytes(const struct layout *layout, unsigned int order);
/*
 * The memory that the management of slabs lies in, with objects of the assumed size in slabs of one page: the slab itself,
 * or a page of kmalloc()ed ones.
 */
struct layout_slab_home {
	unsigned int per_page;	   /* managements in one page; 1 if that is the slab itself */
	unsigned int stride;	   /* bytes from one to the next */
	unsigned int colours;	   /* slabs begin with 0 to colours - 1 ... */
	unsigned int colour_bytes; /* ... times so many bytes */
	bool kmalloced;
};

void layout_slab_home(const struct layout *layout, struct layout_slab_home *ret);
/* Whether this is SLAB's management, which lies in the slabs or in kmalloc()ed memory and so has no slabs of its own. */
bool layout_is_managed(const struct layout *layout, const struct layout_object *object);

/* Names of fields and classes: "folio.flags", "folio". Static storage. */
const char *field_name(enum field field);
const char *field_doc(enum field field);
enum layout_class field_class(enum field field);
/* -1: no such field. */
int field_find(const char *name);
const char *layout_class_name(enum layout_class cls);
int layout_class_find(const char *name);

/* The embedded files, in the order in which they are listed. text is not NUL-terminated. */
struct layout_builtin {
	const char *name;
	const unsigned char *text;
	size_t len;
};
extern const struct layout_builtin layout_builtins[];
extern const size_t layout_nr_builtins;
extern const struct layout_builtin layout_modifiers[];
extern const size_t layout_nr_modifiers;

#endif
