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

enum { LAYOUT_MAX_OBJECTS = 24, LAYOUT_MAX_SOURCES = 16, LAYOUT_MAX_ORDER = 20 };

struct layout {
	char *name;    /* "memdesc8" */
	char *summary; /* one line */
	char *status;  /* "released", "proposed" or "sketch" */
	char *origin;  /* file it was read from, or "built-in" */
	size_t nr_sources;
	char *sources[LAYOUT_MAX_SOURCES]; /* where its facts come from */

	uint16_t page_size;  /* bytes per memmap entry */
	uint16_t page_align; /* bytes */
	uint32_t overlaid;   /* bit per enum layout_class: fields lie in the memmap */
	size_t nr_objects;
	struct layout_object objects[LAYOUT_MAX_OBJECTS];
	struct layout_place places[FIELD_MAX];
};

/* A built-in name, or a path (anything that holds a '/' or ends in .yaml). */
int layout_load(const char *name_or_path, struct layout **ret, struct error *err) __must_check;
/* Parses bytes; `file` is for messages ("mine.yaml:9:29: ..."). */
int layout_parse(const char *file, const void *data, size_t len, struct layout **ret,
		 struct error *err) __must_check;
void layout_destroy(struct layout *layout);
/* The bytes that layout_load() would parse, cut after 1 MiB and one byte; free(*ret) in the end. */
int layout_text(const char *name_or_path, char **ret, size_t *ret_len,
		struct error *err) __must_check;

/*
 * The object that describes memory of this kind and order, or -1: none is needed, or it is overlaid,
 * or the layout sets its fraction to 0.
 */
int layout_object_for(const struct layout *layout, enum page_kind kind, unsigned int order);

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

#endif
