/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel says of its types. */
#ifndef BPF_KERNEL_BTF_H
#define BPF_KERNEL_BTF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct btf;
struct btf_type;

/* -ENOENT if it says nothing. The caller frees it with btf__free(). */
int kernel_btf(struct btf **ret, struct error *err) __must_check;

/* The enumeration that has this enumerator, whatever its name, if it has one; NULL: there is none. */
const struct btf_type *kernel_enum(const struct btf *btf, const char *enumerator);
/* False if the enumeration lacks it. */
bool kernel_enum_value(const struct btf *btf, const struct btf_type *type, const char *enumerator,
		       int32_t *ret);

#endif
