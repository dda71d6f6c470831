/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose code carries the operations out: rows of the access map may hold only for kernels that have, or lack, a
 * function or type (trace/code.def). A layout says where fields lie, this says which of them are touched, and
 * either may be another kernel's than the one recorded. Codes are bits by enum code.
 */
#ifndef SIM_KERNEL_CODE_H
#define SIM_KERNEL_CODE_H

#include <stdbool.h>

#include "base/error.h"
#include "trace/meta.h"

/* The recorded kernel's; what the trace does not tell of it is taken to be as in v6.12. */
uint64_t kernel_code_of(const struct trace_meta *recorded);

/*
 * "v6.12": one of the kernels that the access map was held against, in the mode of the recorded one, if there is one.
 */
int kernel_code_parse(const char *name, const struct trace_meta *recorded, uint64_t *ret,
		      struct error *err) __must_check;

/* What results say of it, chosen by name or recorded (NULL): "as of v6.12", "the recorded kernel's". Static. */
const char *kernel_code_text(const char *chosen, const struct trace_meta *recorded);

/* Which of these kernels has most nearly that code, and in how many traits (kernel_code_traits()) it differs. */
const char *kernel_code_nearest(uint64_t code, unsigned int *ret_differ);
/* What tells one kernel's code from another's; how a kernel is run is not in it. */
unsigned int kernel_code_traits(void);
/* How many of these a trace does not tell. */
unsigned int kernel_code_untold(const struct trace_meta *recorded);

#endif
