// SPDX-License-Identifier: GPL-2.0-only
#include "sim/access/kernel_code.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *text;
	uint64_t code;
} kernels[] = {
#define KERNEL(name, bits) {name, "as of " name, bits},
#define HAS(name) CODE_BIT(name)
#include "sim/access/kernel_code.def"
#undef KERNEL
#undef HAS
};

enum { NR_KERNELS = sizeof(kernels) / sizeof(*kernels), KERNEL_ASSUMED = 1 };

/* Not told by code, so no kernel's: how the recorded one was run. */
static uint64_t mode_of(const struct trace_meta *recorded)
{
	return recorded && !recorded->lru_gen ? 0 : CODE_BIT(lru_gen);
}

uint64_t kernel_code_of(const struct trace_meta *recorded)
{
	const struct trace_code *code = &recorded->code;

	return code->has | (kernels[KERNEL_ASSUMED].code & ~code->told) | mode_of(recorded);
}

int kernel_code_parse(const char *name, const struct trace_meta *recorded, uint64_t *ret,
		      struct error *err)
{
	for (int i = 0; i < NR_KERNELS; i++)
		if (strcmp(kernels[i].name, name) == 0) {
			*ret = kernels[i].code | mode_of(recorded);
			return 0;
		}
	return error_set(err, -EINVAL, "'%s' is none of v6.1, v6.12 and v7.3", name);
}

const char *kernel_code_text(const char *chosen, const struct trace_meta *recorded)
{
	for (int i = 0; chosen && i < NR_KERNELS; i++)
		if (strcmp(kernels[i].name, chosen) == 0)
			return kernels[i].text;
	if (!recorded->code.told)
		return "as of v6.12, as the trace does not tell";
	return kernel_code_untold(recorded)
		       ? "the recorded kernel's as far as the trace tells, the rest as of v6.12"
		       : "the recorded kernel's";
}

unsigned int kernel_code_untold(const struct trace_meta *recorded)
{
	const uint64_t traits = ((1ULL << CODE_MAX) - 1) & ~CODE_BIT(lru_gen);

	return (unsigned int)__builtin_popcountll(traits & ~recorded->code.told);
}

const char *kernel_code_nearest(uint64_t code, unsigned int *ret_differ)
{
	const char *name = NULL;

	for (int i = 0; i < NR_KERNELS; i++) {
		uint64_t differ = (code ^ kernels[i].code) & ~CODE_BIT(lru_gen);
		unsigned int nr = (unsigned int)__builtin_popcountll(differ);

		if (name && nr >= *ret_differ)
			continue;
		name = kernels[i].name;
		*ret_differ = nr;
	}
	return name;
}

unsigned int kernel_code_traits(void)
{
	return CODE_MAX - 1;
}
