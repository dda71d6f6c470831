// SPDX-License-Identifier: GPL-2.0-only
/* From what the plugin writes to classes of work, for a kernel of four functions. */
#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "tests/truth/plugin_counts.h"
#include "tests/truth/truth.h"

static const char kallsyms[] = "ffffffff81000000 T lru_add\n"
			       "ffffffff81000100 t lru_gen_del_folio.constprop.0\n"
			       "ffffffff81000180 D lru_gen_data\n"
			       "ffffffff81000200 T __list_del_entry_valid_or_report\n"
			       "ffffffff81000300 T nobody_knows\n"
			       "ffffffffc0001000 t virtblk_probe\t[virtio_blk]\n";

static void write_file(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	cr_assert(f && fputs(text, f) >= 0);
}

struct rig {
	char dir[32], symbols_path[64], truth_path[64];
	struct counts counts;
	struct symbols symbols;
};

static void rig_init(struct rig *rig)
{
	struct error err = {0};

	*rig = (struct rig){.dir = "/tmp/truth-XXXXXX"};
	cr_assert(mkdtemp(rig->dir) != NULL);
	(void)snprintf(rig->symbols_path, sizeof(rig->symbols_path), "%s/kallsyms", rig->dir);
	(void)snprintf(rig->truth_path, sizeof(rig->truth_path), "%s/truth.json", rig->dir);
	write_file(rig->symbols_path, kallsyms);
	cr_assert_eq(symbols_read(rig->symbols_path, &rig->symbols, &err), 0, "%s", err.msg);
}

static void rig_fini(struct rig *rig)
{
	free(rig->counts.sites);
	symbols_fini(&rig->symbols);
	(void)unlink(rig->symbols_path);
	(void)unlink(rig->truth_path);
	(void)rmdir(rig->dir);
}

static void see(struct rig *rig, uint32_t pc, uint32_t call, uint64_t loads, uint64_t stores,
		uint64_t rmw)
{
	struct site *site = counts_site(&rig->counts, site_key(pc, rmw > 0, 8, 3), call);

	site->loads += loads;
	site->stores += stores;
	site->rmw += rmw;
}

static void read_back(struct rig *rig, int windows, struct truth *ret)
{
	FILE *f = fopen(rig->truth_path, "we");
	struct error err = {0};

	cr_assert(f != NULL);
	fprintf(f,
		"{\"memsim_truth\": 1, \"windows\": %d, \"cached\": false, \"sites\": ", windows);
	counts_print(&rig->counts, f);
	cr_assert(fputs("}\n", f) >= 0 && fclose(f) == 0);
	cr_assert_eq(truth_read(rig->truth_path, &rig->symbols, ret, &err), windows == 1 ? 0 : -22,
		     "%s", err.msg);
}

Test(truth, a_load_and_a_store_of_one_instruction_are_one_access)
{
	struct truth truth = {0};
	struct rig rig;

	rig_init(&rig);
	see(&rig, 0x81000010, 0x81000005, 10, 0, 0);
	see(&rig, 0x81000014, 0x81000005, 7, 7, 7);
	read_back(&rig, 1, &truth);
	cr_assert_eq(truth.total.accesses, 17);
	cr_assert_eq(truth.total.atomics, 7);
	cr_assert_eq(truth.works[WORK_LRU].accesses, 17);
	truth_fini(&truth);
	rig_fini(&rig);
}

Test(truth, a_helper_counts_as_the_function_that_called_it)
{
	struct truth truth = {0};
	struct rig rig;

	rig_init(&rig);
	see(&rig, 0x81000210, 0x81000150, 3, 0, 0);
	see(&rig, 0x81000210, 0x81000350, 5, 0, 0);
	read_back(&rig, 1, &truth);
	cr_assert_eq(truth.works[WORK_LRU].accesses, 3);
	cr_assert_eq(truth.works[WORK_OTHER].accesses, 5);
	cr_assert_eq(truth.nr_functions, 2);
	cr_assert_str_eq(truth.functions[1].name,
			 "__list_del_entry_valid_or_repor < lru_gen_del_folio");
	truth_fini(&truth);
	rig_fini(&rig);
}

Test(truth, code_that_was_compiled_at_run_time_is_the_recorder)
{
	struct truth truth = {0};
	struct rig rig;

	rig_init(&rig);
	see(&rig, 0xc0001010, 0, 1, 0, 0);
	see(&rig, 0xc0201010, 0, 2, 0, 0);
	read_back(&rig, 1, &truth);
	cr_assert_eq(truth.works[WORK_OTHER].accesses, 1);
	cr_assert_eq(truth.works[WORK_RECORDER].accesses, 2);
	truth_fini(&truth);
	rig_fini(&rig);
}

Test(truth, a_run_without_its_markers_is_refused)
{
	struct truth truth = {0};
	struct rig rig;

	rig_init(&rig);
	see(&rig, 0x81000010, 0, 1, 0, 0);
	read_back(&rig, 0, &truth);
	rig_fini(&rig);
}

Test(truth, counts_survive_the_growth_of_their_table)
{
	struct counts counts = {0};

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 50000; i++)
			counts_site(&counts, site_key(0x81000000 + i, 0, 8, 3), i % 3)->loads++;
	cr_assert_eq(counts.nr, 50000);
	for (uint32_t i = 0; i < 50000; i++)
		cr_assert_eq(counts_site(&counts, site_key(0x81000000 + i, 0, 8, 3), i % 3)->loads,
			     2);
	free(counts.sites);
}
