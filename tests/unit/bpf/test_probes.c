// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <criterion/criterion.h>
#include <string.h>

#include "bpf/attach/probes.h"

static bool missing_one(const void *arg, const char *tracepoint)
{
	return arg && !strcmp(arg, tracepoint);
}

/* What the design promises for the tracepoint-only rung. */
Test(probes, a_kernel_with_all_tracepoints_shows_these_classes)
{
	static const uint8_t expected[CLASS_MAX] = {
		[CLASS_ALLOC] = FIDELITY_EXACT,	     [CLASS_BUDDY] = FIDELITY_EXACT,
		[CLASS_LRU] = FIDELITY_EXACT,	     [CLASS_CACHE] = FIDELITY_EXACT,
		[CLASS_LOOKUP] = FIDELITY_AGGREGATE, [CLASS_RSS] = FIDELITY_AGGREGATE,
		[CLASS_TASK] = FIDELITY_EXACT,	     [CLASS_MAPCOUNT] = FIDELITY_ABSENT,
		[CLASS_FORK] = FIDELITY_ABSENT,	     [CLASS_BULK] = FIDELITY_ABSENT,
	};
	struct trace_class classes[CLASS_MAX];

	probes_classes(missing_one, NULL, classes);
	for (int cls = 0; cls < CLASS_MAX; cls++) {
		cr_expect_eq(classes[cls].fidelity, expected[cls], "class %d", cls);
		cr_expect_eq(!*classes[cls].how, expected[cls] == FIDELITY_ABSENT, "class %d", cls);
		cr_expect_lt(strlen(classes[cls].note), sizeof(classes[cls].note) - 1,
			     "class %d: the note is cut off", cls);
	}
}

/* Linux 6.6 has no mm_filemap_get_pages; every kernel could lack mm_lru_activate. */
Test(probes, a_missing_tracepoint_is_named)
{
	struct trace_class classes[CLASS_MAX];

	probes_classes(missing_one, "mm_filemap_get_pages", classes);
	cr_expect_eq(classes[CLASS_LOOKUP].fidelity, FIDELITY_ABSENT);
	cr_expect_eq(*classes[CLASS_LOOKUP].how, '\0');
	cr_expect(strstr(classes[CLASS_LOOKUP].note, "mm_filemap_get_pages"));
	cr_expect_eq(classes[CLASS_CACHE].fidelity, FIDELITY_EXACT);
	probes_classes(missing_one, "mm_lru_activate", classes);
	cr_expect_eq(classes[CLASS_LRU].fidelity, FIDELITY_EXACT);
	cr_expect(strstr(classes[CLASS_LRU].note, "mm_lru_activate"));
}

/* BTF as a kernel would carry it, made by hand. */
Test(probes, arguments_and_flag_positions_come_from_btf)
{
	struct btf *btf = btf__new_empty();
	int proto, ptr, number;
	uint8_t bits[GFP_ROWS];

	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(btf, 0);
	for (int i = 0; i < 4; i++)
		btf__add_func_param(btf, NULL, number);
	ptr = btf__add_ptr(btf, proto);
	btf__add_typedef(btf, "btf_trace_mm_test", ptr);
	btf__add_typedef(btf, "btf_trace_odd", number);
	cr_expect_eq(probe_args(btf, "mm_test"), 3);
	cr_expect_eq(probe_args(btf, "mm_absent"), -1);
	cr_expect_eq(probe_args(btf, "odd"), -1);

	cr_expect(probes_gfp_bits(btf, bits), "without the enum the old positions hold");
	cr_expect_eq(bits[GFP_ROW_COMP], 18);
	btf__add_enum(btf, NULL, 4);
	btf__add_enum_value(btf, "___GFP_DMA_BIT", 0);
	btf__add_enum_value(btf, "___GFP_COMP_BIT", 21);
	btf__add_enum_value(btf, "___GFP_ZERO_BIT", 9);
	cr_expect_not(probes_gfp_bits(btf, bits));
	cr_expect_eq(bits[GFP_ROW_COMP], 21);
	cr_expect_eq(bits[GFP_ROW_ZERO], 9);
	cr_expect_eq(bits[GFP_ROW_MOVABLE], 3);
	btf__free(btf);
}

/* As in Debian's kernels: 5.10 has no such member, 6.1 and later ones have. */
Test(probes, a_kernel_that_counts_who_is_at_work_guards_programs)
{
	struct btf *with = btf__new_empty(), *without = btf__new_empty(),
		   *nothing = btf__new_empty();

	cr_assert_gt(btf__add_struct(with, "bpf_prog", 16), 0);
	cr_assert_eq(btf__add_field(with, "pages", 0, 0, 0), 0);
	cr_assert_eq(btf__add_field(with, "active", 0, 64, 0), 0);
	cr_assert_gt(btf__add_struct(without, "bpf_prog_stats", 16), 0);
	cr_assert_eq(btf__add_field(without, "active", 0, 0, 0), 0);
	cr_assert_gt(btf__add_struct(without, "bpf_prog", 16), 0);
	cr_assert_eq(btf__add_field(without, "pages", 0, 0, 0), 0);
	cr_expect(probes_guarded(with));
	cr_expect_not(probes_guarded(without));
	cr_expect(probes_guarded(nothing), "what is not told may be");
	btf__free(with);
	btf__free(without);
	btf__free(nothing);
}
