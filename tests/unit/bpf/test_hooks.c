// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <criterion/criterion.h>
#include <string.h>

#include "bpf/attach/hooks.h"

/* A kernel as a list of what it takes: "function/arguments", in one string. */
static bool in_list(void *arg, const struct hook *hook)
{
	char wanted[96];

	snprintf(wanted, sizeof(wanted), " %s/%u ", hook->target, hook->args);
	return strstr(arg, wanted);
}

static bool no_tracepoint_missing(const void *arg, const char *tracepoint)
{
	(void)arg;
	(void)tracepoint;
	return false;
}

static void kernel(const char *functions, const char *why, int chosen[HOOK_SLOT_MAX],
		   struct trace_class classes[CLASS_MAX])
{
	hooks_choose(in_list, (void *)functions, chosen);
	probes_classes(no_tracepoint_missing, NULL, classes);
	hooks_classes(chosen, why, classes);
}

Test(hooks, every_slot_has_hooks_and_every_hook_has_a_program_or_a_way)
{
	int last = -1;
	bool any = true;

	for (size_t i = 0; i < hooks_nr; i++) {
		if (!hooks[i].program) {
			cr_expect(any, "slot %d has no hook", last);
			cr_expect_eq(hooks[i].slot, ++last);
			any = false;
			continue;
		}
		any = true;
		cr_expect_eq(!*hooks[i].program, hooks[i].how == HOOK_VIA, "%s", hooks[i].target);
	}
	cr_expect_eq(last, HOOK_SLOT_MAX - 1);
}

/* The development host: tracepoints only. */
Test(hooks, a_kernel_that_refuses_functions_keeps_what_tracepoints_show)
{
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	kernel(" writeback_dirty_folio/2 mm_compaction_isolate_migratepages/4 "
	       " mm_compaction_isolate_freepages/4 ",
	       "programs on functions are refused", chosen, classes);
	cr_expect_eq(classes[CLASS_LOOKUP].fidelity, FIDELITY_AGGREGATE);
	cr_expect_str_eq(classes[CLASS_LOOKUP].how, "tp_btf");
	cr_expect_eq(classes[CLASS_MAPCOUNT].fidelity, FIDELITY_ABSENT);
	cr_expect_str_eq(classes[CLASS_MAPCOUNT].note, "programs on functions are refused");
	cr_expect_eq(classes[CLASS_WRITEBACK].fidelity, FIDELITY_EXACT);
	cr_expect_str_eq(classes[CLASS_WRITEBACK].how, "tp_btf");
	cr_expect_str_eq(classes[CLASS_WRITEBACK].note,
			 "what write() copies into is not seen: programs on functions are refused");
	cr_expect_eq(classes[CLASS_SCAN].fidelity, FIDELITY_EXACT);
}

/* Names as in v6.12's BTF. */
Test(hooks, alternatives_are_tried_in_order_and_by_number_of_arguments)
{
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	kernel(" filemap_get_entry/2 __filemap_get_folio/4 filemap_get_read_batch/4 "
	       " next_uptodate_folio/3 allocate_slab/4 __free_slab/2 pte_alloc_one/1 ",
	       "", chosen, classes);
	cr_expect_str_eq(hooks[chosen[HOOK_SLOT_GET_ENTRY]].program, "get_entry");
	cr_expect_str_eq(hooks[chosen[HOOK_SLOT_SLAB_NEW]].program, "slab_new_flags");
	cr_expect_eq(chosen[HOOK_SLOT_UNMAP], -1);
	cr_expect(hooks_serve(chosen, CLASS_LOOKUP));
	cr_expect_not(hooks_serve(chosen, CLASS_MAPCOUNT));
	cr_expect_not(hooks_serve(chosen, CLASS_ALLOC), "no slot shows it");
	cr_expect_eq(classes[CLASS_LOOKUP].fidelity, FIDELITY_EXACT);
	cr_expect_str_eq(classes[CLASS_LOOKUP].how, "fexit");
	cr_expect(strstr(classes[CLASS_LOOKUP].note, "find_get_entries"), "%s",
		  classes[CLASS_LOOKUP].note);
	cr_expect(strstr(classes[CLASS_MAPCOUNT].note, "folio_add_new_anon_rmap"), "%s",
		  classes[CLASS_MAPCOUNT].note);
	cr_expect_eq(classes[CLASS_KIND].fidelity, FIDELITY_EXACT);
}

/* v5.10 reads page by page through pagecache_get_page(). */
Test(hooks, a_function_served_by_another_hook_needs_none)
{
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	kernel(" pagecache_get_page/4 generic_file_buffered_read/3 ", "", chosen, classes);
	cr_expect(hooks_serve(chosen, CLASS_LOOKUP));
	cr_expect_eq(hooks[chosen[HOOK_SLOT_GET_READ]].how, HOOK_VIA);
	cr_expect(strstr(classes[CLASS_LOOKUP].note, "fault-around"));
	kernel(" pagecache_get_page/4 ", "", chosen, classes);
	cr_expect_not(hooks_serve(chosen, CLASS_LOOKUP));
}

Test(hooks, arguments_of_functions_come_from_btf)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int proto = btf__add_func_proto(btf, 0);

	btf__add_func_param(btf, "a", number);
	btf__add_func_param(btf, "b", number);
	btf__add_func(btf, "known", BTF_FUNC_STATIC, proto);
	cr_expect_eq(hook_args(btf, "known"), 2);
	cr_expect_eq(hook_args(btf, "unknown"), -1);
	btf__free(btf);
}

Test(hooks, what_was_attached_but_does_not_fire_is_absent)
{
	const char *functions =
		" copy_page_range/2 vm_normal_page/3 pte_alloc_one/1 allocate_slab/3 "
		" __free_slab/2 ";
	uint64_t hits[HOOK_SLOT_MAX];
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++)
		hits[slot] = 1;
	hits[HOOK_SLOT_SLAB_NEW] = 0;
	kernel(functions, "", chosen, classes);
	hooks_verify(chosen, hits, false, classes);
	cr_expect_eq(classes[CLASS_FORK].fidelity, FIDELITY_EXACT);
	cr_expect_eq(classes[CLASS_KIND].fidelity, FIDELITY_EXACT, "slabs need not come");
	hits[HOOK_SLOT_FORK_PAGE] = 0;
	hooks_verify(chosen, hits, false, classes);
	cr_expect_eq(classes[CLASS_FORK].fidelity, FIDELITY_ABSENT);
	cr_expect_eq(*classes[CLASS_FORK].how, 0);
	cr_expect(strstr(classes[CLASS_FORK].note, "vm_normal_page"));
}

/* Where what did not fire could not, the reason is the kernel's; where it has nothing to do with that, it is not. */
Test(hooks, what_finds_no_page_without_the_direct_map_says_so)
{
	uint64_t hits[HOOK_SLOT_MAX] = {0};
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	kernel(" copy_page_range/2 vm_normal_page/3 page_add_new_anon_rmap/3 kmem_cache_free/3 "
	       " kfree/2 ",
	       "", chosen, classes);
	cr_assert_eq(classes[CLASS_OBJECT].fidelity, FIDELITY_EXACT);
	cr_assert_eq(classes[CLASS_TABLE].fidelity, FIDELITY_INFERRED);
	hooks_verify(chosen, hits, true, classes);
	cr_expect_eq(classes[CLASS_OBJECT].fidelity, FIDELITY_ABSENT);
	cr_expect(strstr(classes[CLASS_OBJECT].note, "page_offset_base"));
	cr_expect(strstr(classes[CLASS_TABLE].note, "page_offset_base"));
	cr_expect_eq(classes[CLASS_FORK].fidelity, FIDELITY_ABSENT);
	cr_expect(strstr(classes[CLASS_FORK].note, "never ran"));
	cr_expect_not(strstr(classes[CLASS_FORK].note, "page_offset_base"));
}

/* The pages that khugepaged looks at pass through the program that shows forks, also where nobody asks for forks. */
Test(hooks, a_program_is_there_for_the_class_that_is_served_by_way_of_it)
{
	struct trace_class classes[CLASS_MAX];
	int chosen[HOOK_SLOT_MAX];

	kernel(" copy_page_range/2 vm_normal_page/3 split_page_memcg/2 hpage_collapse_scan_pmd/5 ",
	       "", chosen, classes);
	cr_expect_eq(classes[CLASS_THP].fidelity, FIDELITY_EXACT);
	cr_expect(hooks_wants(chosen, 1u << CLASS_FORK, HOOK_SLOT_FORK_PAGE));
	cr_expect_not(hooks_wants(chosen, 1u << CLASS_FORK, HOOK_SLOT_SPLIT));
	cr_expect(hooks_wants(chosen, 1u << CLASS_THP, HOOK_SLOT_FORK_PAGE));
	cr_expect(hooks_wants(chosen, 1u << CLASS_THP, HOOK_SLOT_SPLIT));
	cr_expect_not(hooks_wants(chosen, 1u << CLASS_THP, HOOK_SLOT_FORK_ENTER));
	cr_expect_not(hooks_wants(chosen, 1u << CLASS_THP, HOOK_SLOT_COLLAPSE), "not there");
	kernel(" copy_page_range/2 vm_normal_page/3 hpage_collapse_scan_pmd/5 ", "", chosen,
	       classes);
	cr_expect_eq(classes[CLASS_THP].fidelity, FIDELITY_ABSENT);
	cr_expect_not(hooks_wants(chosen, 1u << CLASS_THP, HOOK_SLOT_FORK_PAGE),
		      "half a class is worth nothing");
}
