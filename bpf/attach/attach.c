// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/attach_internal.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "bpf/attach/capability.h"
#include "bpf/attach/exercise.h"
#include "bpf/attach/host.h"
#include "bpf/attach/kernel_btf.h"
#include "bpf/attach/ladder.h"
#include "bpf/attach/levels.h"
#include "bpf/attach/probes.h"
#include "bpf/record.skel.h"
#include "bpf/census/vmemmap.h"

DEFINE_CLEANUP(struct attach *, attach_destroy);
DEFINE_CLEANUP(struct btf *, btf__free);

static bool missing_from_btf(const void *btf, const char *tracepoint)
{
	return probe_args(btf, tracepoint) < 0;
}

/* The programs for tracepoints that this kernel has; ranges of lookups only where folios are not told. */
static int choose_probes(struct attach *a, const struct btf *btf, struct error *err)
{
	bool lookups = hooks_serve(a->ladder.chosen, CLASS_LOOKUP);

	for (size_t i = 0; i < probes_nr; i++) {
		a->programs[i] = bpf_object__find_program_by_name(a->skel->obj, probes[i].program);
		if (!a->programs[i])
			return error_set(err, -ENOENT, "no BPF program is called %s",
					 probes[i].program);
		if (!missing_from_btf(btf, probes[i].tracepoint) &&
		    !(lookups && probes[i].cls == CLASS_LOOKUP) &&
		    a->classes >> probes[i].cls & 1 &&
		    (a->backups || probes[i].role != PROBE_BACKUP))
			continue;
		bpf_program__set_autoload(a->programs[i], false);
		a->programs[i] = NULL;
	}
	return 0;
}

/* Of the programs for functions only those that the ladder chose. */
static int choose_hooks(struct attach *a, struct error *err)
{
	const int *chosen = a->ladder.chosen;

	for (size_t i = 0; i < hooks_nr; i++) {
		struct bpf_program *program;

		if (!hooks[i].program || !*hooks[i].program)
			continue;
		program = bpf_object__find_program_by_name(a->skel->obj, hooks[i].program);
		if (!program)
			return error_set(err, -ENOENT, "no BPF program is called %s",
					 hooks[i].program);
		bpf_program__set_autoload(program, false);
	}
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		const char *name = chosen[slot] < 0 ? "" : hooks[chosen[slot]].program;

		if (!*name || !hooks_wants(chosen, a->classes, slot))
			continue;
		a->hook_programs[slot] = bpf_object__find_program_by_name(a->skel->obj, name);
		bpf_program__set_autoload(a->hook_programs[slot], true);
	}
	return 0;
}

static int configure_selection(struct attach *a, const struct select_opts *opts, uint64_t max_pfn,
			       struct error *err)
{
	static const struct select_opts all;
	struct wire_select selection;
	int r = select_create(opts ? opts : &all, a->skel->obj, max_pfn, a->nr_cpus, &selection,
			      &a->select, err);

	if (!r)
		memcpy((void *)&a->skel->rodata->selection, &selection, sizeof(selection));
	return r;
}

/* Decides which programs to load and sets what the others need to know. */
static int configure(struct attach *a, const struct btf *btf, struct trace_meta *meta,
		     struct error *err)
{
	struct record_bpf__rodata *rodata = a->skel->rodata;
	uint8_t bits[GFP_ROWS];
	int64_t page = 0;
	int r;

	page = btf__find_by_name_kind(btf, "page", BTF_KIND_STRUCT);
	page = page < 0 ? page : btf__resolve_size(btf, (uint32_t)page);
	if (page <= 0)
		return error_set(err, -ENOENT, "the kernel's BTF has no struct page");
	meta->struct_page_size = a->page_struct_size = (uint32_t)page;
	hooks_code(btf, &meta->code);
	probes_classes(missing_from_btf, btf, meta->classes);
	hooks_classes(a->ladder.chosen, a->ladder.why, meta->classes);
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (!(a->classes >> cls & 1))
			meta->classes[cls] = (struct trace_class){.note = "not asked for"};
	rodata->max_pfn = meta->max_pfn;
	rodata->gfp_bits_usual = probes_gfp_bits(btf, bits);
	memcpy((void *)rodata->gfp_bits, bits, sizeof(bits));
	rodata->has_percpu_refill = probe_args(btf, "mm_page_alloc_zone_locked") >= 4;
	rodata->bulk_hooked = hooks_serve(a->ladder.chosen, CLASS_BULK);
	rodata->backed_up = a->backups;
	r = choose_probes(a, btf, err);
	return r ? r : choose_hooks(a, err);
}

static bool is_locked_down(void)
{
	_cleanup_free_ char *text = NULL;
	char level[32];

	if (host_read_file("/sys/kernel/security/lockdown", &text, NULL) < 0)
		return false;
	host_parse_choice(text, level, sizeof(level));
	return !strcmp(level, "confidentiality");
}

static int refused(int r, size_t chunks, struct error *err)
{
	if (is_locked_down())
		return error_set(
			err, -EPERM,
			"this kernel is locked down (confidentiality): it lets no BPF program read "
			"its memory; memsim snapshot and memsim import do without");
	return error_set(err, r == -EPERM ? -EPERM : -EOPNOTSUPP,
			 "this kernel does not take the BPF programs: %s (v5.10 or later is "
			 "needed, and %zu MiB of memory; --verbose says which program, and why)",
			 strerror(-r), chunks * sizeof(struct wire_chunk) >> 20);
}

static int load(struct attach *a, struct error *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);
	size_t chunks = attach_chunks(a);
	int r = bpf_map_create(BPF_MAP_TYPE_ARRAY, "memsim_probe", 4, 8, 1, &mmapable);

	if (r == -EINVAL)
		return error_set(err, -EOPNOTSUPP,
				 "this kernel's BPF arrays cannot be mapped (v5.5 can); memsim "
				 "snapshot and memsim import do without");
	if (r < 0)
		return error_set(err, r, "cannot make a BPF map: %s", strerror(-r));
	close(r);
	r = bpf_map__set_max_entries(a->skel->maps.cpus, (uint32_t)a->nr_rings);
	if (!r)
		r = bpf_map__set_max_entries(a->skel->maps.rings, (uint32_t)chunks);
	if (!r)
		r = record_bpf__load(a->skel);
	if (r < 0)
		return refused(r, chunks, err);
	return 0;
}

static int attach_programs(struct attach *a, struct error *err)
{
	for (size_t i = 0; i < probes_nr; i++) {
		struct bpf_link *link;

		if (!a->programs[i])
			continue;
		link = bpf_program__attach(a->programs[i]);
		if (libbpf_get_error(link))
			return error_set(err, (int)libbpf_get_error(link),
					 "cannot attach to tracepoint %s: %s", probes[i].tracepoint,
					 strerror((int)-libbpf_get_error(link)));
		a->links[i] = link;
	}
	return 0;
}

static int attach_hooks(struct attach *a, struct error *err)
{
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		struct bpf_program *program = a->hook_programs[slot];
		struct bpf_link *link;
		const struct hook *hook;

		if (!program)
			continue;
		hook = &hooks[a->ladder.chosen[slot]];
		link = hook->how == HOOK_KPROBE
			       ? bpf_program__attach_kprobe(program, false, hook->target)
			       : bpf_program__attach(program);
		if (libbpf_get_error(link))
			return error_set(err, (int)libbpf_get_error(link),
					 "cannot attach to %s: %s", hook->target,
					 strerror((int)-libbpf_get_error(link)));
		a->hook_links[slot] = link;
	}
	return 0;
}

/* Whether a task may come between what a program does on a CPU: see append.bpf.h. */
static bool preemptible(const struct attach *a)
{
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		int chosen = a->ladder.chosen[slot];

		if (chosen >= 0 && hooks[chosen].how != HOOK_TP && *hooks[chosen].program &&
		    a->classes >> slots[slot].cls & 1)
			return a->ladder.fetch_and_add;
	}
	return false;
}

static int open_programs(struct attach *a, struct error *err)
{
	a->skel = calloc(1, sizeof(*a->skel));
	if (!a->skel)
		return error_nomem(err);
	if (record_bpf__create_skeleton(a->skel))
		return error_set(err, -errno, "cannot open the BPF programs: %m");
	/* the same programs, maps and variables, compiled in the other way */
	if (a->levels > 1)
		a->skel->skeleton->data = (void *)levels_elf(&a->skel->skeleton->data_sz);
	if (bpf_object__open_skeleton(a->skel->skeleton, NULL))
		return error_set(err, -errno, "cannot open the BPF programs: %m");
	return 0;
}

int attach_create(const struct attach_opts *opts, struct trace_meta *meta, struct attach **ret,
		  struct error *err)
{
	_cleanup_(attach_destroyp) struct attach *a = calloc(1, sizeof(*a));
	_cleanup_(btf__freep) struct btf *btf = NULL;
	int r = capability_check(err);

	if (r < 0)
		return r;
	if (!a)
		return error_nomem(err);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (log_level < LOG_DEBUG) /* our own sentence says it */
		libbpf_set_print(NULL);
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return error_set(err, r, "cannot learn the number of CPUs: %s", strerror(-r));
	a->nr_cpus = (uint32_t)r;
	a->classes = opts->classes ? opts->classes | 1u << CLASS_ALLOC | 1u << CLASS_TASK
				   : ~(1u << CLASS_OBJECT | 1u << CLASS_RSS);
	r = kernel_btf(&btf, err);
	if (r < 0)
		return r;
	ladder_climb(btf, &a->ladder);
	a->levels = preemptible(a) ? 1 : WIRE_LEVELS;
	a->backups = opts->backups && probes_guarded(btf);
	a->select_all = !opts->select || select_is_all(opts->select);
	a->nr_rings = (size_t)a->nr_cpus * a->levels;
	r = attach_fit_rings(a, opts, err);
	if (!r)
		r = open_programs(a, err);
	if (!r)
		r = configure(a, btf, meta, err);
	if (!r)
		r = configure_selection(a, opts->select, meta->max_pfn, err);
	if (!r)
		r = load(a, err);
	if (!r)
		r = attach_map_rings(a, err);
	if (!r)
		r = select_start(a->select, a->control, a->levels, a->nr_cpus, err);
	if (r < 0)
		return r;
	*ret = take_ptr(a);
	return 0;
}

int attach_find_memmap(struct attach *a, struct error *err)
{
	enum { TOUCH = 64 };
	struct record_bpf__bss *bss = a->skel->bss;
	struct bpf_link *link;
	uint64_t pfns[TOUCH], base;
	int r;

	if (bss->vmemmap_base)
		return 0;
	link = bpf_program__attach(a->skel->progs.page_calibrate);
	if (libbpf_get_error(link))
		return error_set(err, (int)libbpf_get_error(link),
				 "cannot attach to tracepoint mm_page_alloc: %s",
				 strerror((int)-libbpf_get_error(link)));
	__atomic_store_n(&bss->calibration_task, (uint32_t)gettid(), __ATOMIC_SEQ_CST);
	r = vmemmap_touch(pfns, TOUCH, err);
	bpf_link__destroy(link);
	if (!r)
		r = vmemmap_solve(bss->calibration, bss->calibration_nr, pfns, TOUCH,
				  a->page_struct_size, &base, err);
	if (!r)
		__atomic_store_n(&bss->vmemmap_base, base, __ATOMIC_SEQ_CST);
	return r;
}

int attach_start(struct attach *a, struct trace_meta *meta, struct error *err)
{
	struct record_bpf__bss *bss = a->skel->bss;
	uint64_t hits[HOOK_SLOT_MAX];
	int r = attach_find_memmap(a, err);

	if (!r)
		r = attach_programs(a, err);
	if (!r)
		r = attach_hooks(a, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < a->nr_rings; i++)
		a->control[i].vmemmap_base = bss->vmemmap_base;
	__atomic_store_n(&bss->recording, 1, __ATOMIC_SEQ_CST);
	r = exercise(err);
	if (r < 0)
		return r;
	attach_hits(a, hits);
	hooks_verify(a->ladder.chosen, hits, bss->no_direct_map, meta->classes);
	return 0;
}

void attach_sample(struct attach *a, uint32_t one_in)
{
	/*
	 * One store for all CPUs, after all of them ask: else what one leaves out, the free of a page say, another
	 * records the next part of, for as long as we are kept from running in between.
	 */
	for (size_t i = 0; one_in > 1 && i < a->nr_rings; i++)
		__atomic_store_n(&a->control[i].choosy, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&a->skel->bss->sample_mask, one_in - 1, __ATOMIC_SEQ_CST);
}

void attach_stop(struct attach *a)
{
	/* detaching takes milliseconds for each, and meanwhile the others would go on */
	if (a->skel)
		__atomic_store_n(&a->skel->bss->recording, 0, __ATOMIC_SEQ_CST);
	for (size_t i = 0; a->rings && i < a->nr_rings; i++)
		ring_ask_stamp(&a->rings[i]);
	for (size_t i = 0; i < probes_nr; i++) {
		bpf_link__destroy(a->links[i]);
		a->links[i] = NULL;
	}
	for (int slot = 0; slot < HOOK_SLOT_MAX; slot++) {
		bpf_link__destroy(a->hook_links[slot]);
		a->hook_links[slot] = NULL;
	}
}

void attach_destroy(struct attach *a)
{
	if (!a)
		return;
	attach_stop(a);
	if (a->control)
		munmap(a->control, a->control_len);
	if (a->chunks)
		munmap(a->chunks, a->chunks_len);
	select_destroy(a->select);
	record_bpf__destroy(a->skel);
	free(a->rings);
	free(a);
}

struct ring *attach_rings(struct attach *a, size_t *ret_nr)
{
	*ret_nr = a->nr_rings;
	return a->rings;
}

const int *attach_chosen(const struct attach *a)
{
	return a->ladder.chosen;
}

uint64_t attach_vmemmap_base(const struct attach *a)
{
	return a->skel->bss->vmemmap_base;
}
