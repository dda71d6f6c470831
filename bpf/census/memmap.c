// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/census/memmap.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "bpf/attach/kernel_btf.h"
#include "bpf/memmap.skel.h"
#include "bpf/census/memmap_wire.h"

_Static_assert((int)MEMMAP_WINDOW == (int)MEMMAP_PAGES, "one call reads a window");

struct memmap {
	struct memmap_bpf *skel;
	const struct memmap_page *pages; /* the BPF map, in our memory */
	uint64_t base;
};

DEFINE_CLEANUP(struct memmap *, memmap_destroy);
DEFINE_CLEANUP(struct btf *, btf__free);

static int check_kernel(struct error *err)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	int r = kernel_btf(&btf, err);

	if (r < 0)
		return r;
	if (!kernel_enum(btf, "BPF_FUNC_loop"))
		return error_set(err, -EOPNOTSUPP, "this kernel has no bpf_loop() (v5.17 has)");
	if (!kernel_enum(btf, "PGTY_buddy"))
		return error_set(err, -EOPNOTSUPP,
				 "this kernel does not tell the numbers of its page types "
				 "(v6.12 does)");
	return 0;
}

int memmap_create(uint64_t base, struct memmap **ret, struct error *err)
{
	_cleanup_(memmap_destroyp) struct memmap *m = calloc(1, sizeof(*m));
	void *pages;
	int r;

	if (!m)
		return error_nomem(err);
	m->base = base;
	r = check_kernel(err);
	if (r < 0)
		return r;
	m->skel = memmap_bpf__open_and_load();
	if (!m->skel)
		return error_set(err, -EOPNOTSUPP, "this kernel does not take the BPF program: %m");
	pages = mmap(NULL, MEMMAP_PAGES * sizeof(*m->pages), PROT_READ, MAP_SHARED,
		     bpf_map__fd(m->skel->maps.pages), 0);
	if (pages == MAP_FAILED)
		return error_set(err, -errno, "cannot map the BPF program's pages: %m");
	m->pages = pages;
	*ret = take_ptr(m);
	return 0;
}

void memmap_destroy(struct memmap *m)
{
	if (!m)
		return;
	if (m->pages)
		munmap((void *)m->pages, MEMMAP_PAGES * sizeof(*m->pages));
	memmap_bpf__destroy(m->skel);
	free(m);
}

int memmap_read(struct memmap *m, uint64_t pfn, size_t n, const struct census_window *ret,
		struct error *err)
{
	struct memmap_args args = {.base = m->base, .pfn = pfn, .nr = (uint32_t)n};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));
	int r = bpf_prog_test_run_opts(bpf_program__fd(m->skel->progs.read_pages), &opts);

	if (r < 0)
		return error_set(err, r, "cannot run the BPF program that reads the memmap: %s",
				 strerror(-r));
	for (size_t i = 0; i < n; i++) {
		ret->kpf[i] = m->pages[i].kpf;
		ret->counts[i] = m->pages[i].count;
		ret->memcgs[i] = m->pages[i].memcg;
	}
	return 0;
}
