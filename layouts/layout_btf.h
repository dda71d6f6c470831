/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel's BTF says about its structs: the oracle for the layouts of released kernels, and the
 * source of new ones. Without libbpf (MEMSIM_BPF=OFF) everything here fails with one sentence.
 */
#ifndef LAYOUTS_LAYOUT_BTF_H
#define LAYOUTS_LAYOUT_BTF_H

#include "layouts/layout.h"

/* One field in the BTF. */
struct layout_btf_place {
	bool found;
	struct layout_place place; /* overlaid: tail pages follow the head, as in a layout */
	const char *structure;	   /* "folio"; static storage */
	const char *first, *last;  /* members; the same where it is one; static storage */
	unsigned int tail;	   /* which page `structure` stands for, where it is struct page */
};

struct layout_btf {
	unsigned int page_size; /* sizeof(struct page) */
	struct layout_btf_place fields[FIELD_MAX];
};

/* A vmlinux with BTF inside, or BTF alone such as /sys/kernel/btf/vmlinux. Free with free(). */
int layout_btf_read(const char *path, struct layout_btf **ret, struct error *err) __must_check;

enum layout_btf_verdict {
	LAYOUT_BTF_SAME,
	LAYOUT_BTF_DIFFERS,	  /* another offset or size */
	LAYOUT_BTF_NOT_IN_LAYOUT, /* the kernel has it, the layout does not */
	LAYOUT_BTF_UNCHECKED,	  /* the layout has it, but BTF shows no such member */
	LAYOUT_BTF_NEITHER,
};

enum layout_btf_verdict layout_btf_verdict(const struct layout *layout,
					   const struct layout_btf *btf, enum field field);

/* The text of a layout file for this kernel, NUL-terminated, which layout_parse() accepts; free(*ret). */
int layout_btf_yaml(const struct layout_btf *btf, const char *name, const char *source, char **ret,
		    struct error *err) __must_check;

#endif
