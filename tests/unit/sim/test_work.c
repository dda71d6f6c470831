// SPDX-License-Identifier: GPL-2.0-only
/* Functions of the kernel and operations of memsim by classes of work. */
#include <criterion/criterion.h>

#include "sim/access/work.h"

Test(work, a_function_is_of_the_class_of_its_row)
{
	unsigned int steps;

	cr_expect_eq(work_of_function("lru_gen_del_folio", &steps), WORK_LRU);
	cr_expect_eq(steps, 1);
	cr_expect_eq(work_of_function("slab_update_freelist", &steps), WORK_SLAB);
	cr_expect_eq(steps, WORK_STEPS);
	cr_expect_eq(work_of_function("___slab_alloc", &steps), WORK_SLAB);
	cr_expect_eq(steps, WORK_STEPS_INLINED);
	cr_expect_eq(work_of_function("nobody_knows", &steps), WORK_OTHER);
	cr_expect_eq(work_of_operation(OP_LRU_ADD, 0), WORK_LRU);
	cr_expect_eq(work_of_operation(OP_ACCESS, 0), WORK_OTHER);
}

Test(work, a_helper_counts_as_the_function_that_called_it)
{
	unsigned int steps;

	cr_expect(work_is_helper("__list_del_entry_valid_or_report"));
	cr_expect_not(work_is_helper("lru_gen_del_folio"));
	cr_expect_eq(
		work_of_function("__list_del_entry_valid_or_report < lru_gen_del_folio", &steps),
		WORK_LRU);
	cr_expect_eq(work_of_function("__list_del_entry_valid_or_report < nobody_knows", &steps),
		     WORK_OTHER);
	/* called by another helper: for whom, nobody knows */
	cr_expect_eq(work_of_function("__list_del_entry_valid_or_report", &steps), WORK_OTHER);
}

Test(work, code_that_was_compiled_at_run_time_is_the_recorder)
{
	cr_expect(work_is_recorder("[bpf]"));
	cr_expect(work_is_recorder("copy_from_kernel_nofault"));
	cr_expect_not(work_is_recorder("nobody_knows"));
}
