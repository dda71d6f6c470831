/* SPDX-License-Identifier: GPL-2.0-only */
/* Which code a kernel has: the functions and types, different between kernels, that decide how operations touch pages. */
#ifndef TRACE_CODE_H
#define TRACE_CODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum code {
#define CODE(KIND, name, since, doc) CODE_##name,
#include "trace/code.def"
#undef CODE
	CODE_MAX
};

enum code_kind { CODE_KIND_FUNC, CODE_KIND_TYPE, CODE_KIND_MODE };

#define CODE_BIT(name) (1ULL << CODE_##name)

/* What is told of a kernel: bits by enum code, but for modes. */
struct trace_code {
	uint64_t told; /* it is known whether the kernel has it */
	uint64_t has;  /* it does; within told */
};

const char *code_name(enum code code); /* "folios_put_refs" */
enum code_kind code_kind(enum code code);

/* An object of truth values by name. NULL: no memory. */
json_t *trace_code_to_json(const struct trace_code *code);
/* A missing object tells nothing, names that are not known here are passed over. */
int trace_code_from_json(const json_t *json, struct trace_code *ret,
			 struct error *err) __must_check;

#endif
