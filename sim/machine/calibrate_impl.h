/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the files of calibration: calibrate.c (the order of things), calibrate_chase.c and
 * calibrate_atomic.c (what is timed), calibrate_pmu.c (hardware counters), calibrate_nodes.c (another
 * NUMA node), calibrate_host.c (what the hardware says of itself), calibrate_derive.c and calibrate_tlb.c
 * (what follows from the times; no clock in it, so that tests can feed it).
 */
#ifndef SIM_CALIBRATE_IMPL_H
#define SIM_CALIBRATE_IMPL_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/machine/calibrate.h"

/*
 * Disturbances only ever add time, so the shortest of several repetitions is the figure, and that
 * another repetition came near it is what makes it credible.
 */
struct sample {
	double best, second; /* nanoseconds; second is 0 until there are two */
	unsigned int nr;
};

static inline void sample_add(struct sample *s, double ns)
{
	if (!s->nr || ns < s->best) {
		s->second = s->best;
		s->best = ns;
	} else if (s->nr == 1 || ns < s->second) {
		s->second = ns;
	}
	s->nr++;
}

/* Counters of a thread. PMU_EVENT(NAME, doc) */
#define PMU_EVENTS(PMU_EVENT)                                                                      \
	PMU_EVENT(L1_MISS, "loads that missed L1")                                                 \
	PMU_EVENT(L2_MISS, "loads that missed L2")                                                 \
	PMU_EVENT(LLC_MISS, "loads that missed the last level")                                    \
	PMU_EVENT(DTLB_MISS, "loads that needed a page-table walk")

enum pmu_event {
#define PMU_EVENT(NAME, doc) PMU_##NAME,
	PMU_EVENTS(PMU_EVENT)
#undef PMU_EVENT
		PMU_MAX
};

struct pmu {
	int fd[PMU_MAX]; /* -1: this hardware, or this kernel, does not count it for us */
};

/* Opens what there is; nothing is a failure. */
void pmu_open(struct pmu *pmu);
void pmu_close(struct pmu *pmu);
void pmu_read(const struct pmu *pmu, uint64_t ret[PMU_MAX]);

enum {
	CALIBRATE_LINE = 64, /* bytes from one pointer to the next: one line, on all we know */
	CALIBRATE_MAX_SIZES = 48,
	CALIBRATE_MAX_TLB = 16,
	CALIBRATE_LANES = 8,
	CALIBRATE_MAX_LANE = 32, /* chases at once */
};

/* How many chases run side by side in each attempt at parallelism. */
extern const unsigned int calibrate_lanes[CALIBRATE_LANES];

struct chase_point {
	uint64_t size;		/* bytes of the working set */
	struct sample ns;	/* per hop */
	double misses[PMU_MAX]; /* per hop, least of all repetitions; negative: not counted */
};

struct tlb_point {
	uint32_t pages;		   /* of 4 KiB, one line of each is touched */
	struct sample small, huge; /* ns per hop where pages are of 4 KiB, and of 2 MiB */
};

struct advertised {
	struct {
		uint64_t size; /* 0: not told */
		uint32_t ways;
	} cache[3];
	uint32_t line;
	uint32_t base_mhz; /* 0: not told */
	char cpu[96], kernel[96];
	bool virtual_machine;
};

/* All that was measured. */
struct calibration {
	struct advertised advertised;
	size_t nr_sizes, nr_tlb;		       /* at least one of each */
	struct chase_point sizes[CALIBRATE_MAX_SIZES]; /* ascending */
	struct tlb_point tlb[CALIBRATE_MAX_TLB];       /* ascending */
	struct chase_point memory;		       /* a working set that no cache holds */
	struct sample hop, atomic, shared;
	/* ns per line where lines come from memory in pairs, and page by page, but both in random order */
	struct sample pairs, pages;
	uint64_t direct_kib[3]; /* of the direct map, by pages of 4K, 2M and 1G; 0: not told */
	unsigned int nr_nodes;
	struct sample remote;	/* ns per hop, like memory, on another node; nr 0: none */
	struct sample transfer; /* ns per line that a CPU there has just written; the same */
	struct sample lanes[CALIBRATE_LANES]; /* ns per line with so many chases side by side */
	bool huge_pages;		      /* the chases ran on 2 MiB pages */
	bool counted[PMU_MAX];
	int shared_cpus[2]; /* the second is -1 if there was only one */
	unsigned int sweeps;
};

/* -EBUSY: not credible, see calibrate(). */
int calibrate_derive(const struct calibration *c, struct machine *ret,
		     struct error *err) __must_check;

/* For the files of derivation: a figure in its unit (of times: picoseconds), and a line among the sources. */
void calibrate_set(struct machine *m, enum machine_figure_id id, double value,
		   enum machine_how how);
void calibrate_note(struct machine *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void calibrate_derive_tlb(const struct calibration *c, struct machine *m);
void calibrate_derive_prefetch(const struct calibration *c, struct machine *m);
/* After the TLB, whose walks may have been taken off the latency of memory. */
void calibrate_derive_nodes(const struct calibration *c, struct machine *m);

void calibrate_host(struct advertised *ret);
/* How much of the kernel's direct map is mapped by pages of 4K, 2M and 1G, in KiB. */
void calibrate_direct_map(uint64_t ret[3]);

/* Another NUMA node than the CPU's; borrows from hwloc's topology. */
struct other_node {
	struct hwloc_topology *topology;
	const struct hwloc_bitmap_s *nodeset; /* NULL: there is none */
	unsigned int nr_nodes;		      /* of the host, at least 1 */
	int cpu;			      /* one of its CPUs, -1: it has none */
};

void other_node_find(int cpu, struct other_node *ret);
void other_node_fini(struct other_node *n);
int other_node_bind(const struct other_node *n, void *mem, size_t len);

/* Memory for chases, in pages of 2 MiB where they can be had, or of 4 KiB for certain. */
struct chase {
	char *mem;
	size_t size;
	bool huge;		      /* what was asked for */
	uint32_t *order;	      /* scratch */
	void *at[CALIBRATE_MAX_LANE]; /* where chases stopped, to go on there */
};

/* on: NULL, or memory of that node; -EIO: it is not to be had. */
int chase_create(size_t size, bool huge, const struct other_node *on, struct chase *ret,
		 struct error *err) __must_check;
void chase_fini(struct chase *c);
/* Whether the kernel gave 2 MiB pages for most of it. */
bool chase_is_huge(const struct chase *c);
/*
 * Links `lines` lines, `stride` bytes apart, in one random circle; where the stride is a page, at a random
 * line of each. `tag` is added to each pointer: the low bits that a masked chase takes away.
 */
void chase_link(struct chase *c, size_t lines, size_t stride, uintptr_t tag);
/* The same lines, but in groups of so many that follow each other: what prefetchers are made for. */
void chase_link_groups(struct chase *c, size_t lines, size_t group);
/* Nanoseconds per hop over so many hops. */
double chase_run(struct chase *c, size_t hops);
double chase_run_masked(struct chase *c, size_t hops);
/* The same with `lanes` chases side by side, from far apart in the circle; nanoseconds per line. */
double chase_run_lanes(struct chase *c, unsigned int lanes, size_t hops);
/* Lets its CPU write the first so many lines of the chase, and runs that: nanoseconds per line. */
int other_node_transfer(const struct other_node *n, struct chase *chase, size_t lines, double *ret);

uint64_t calibrate_now(void); /* nanoseconds */
/* Nanoseconds per atomic addition to a line that nobody else has. */
double atomic_unshared(void);
/* The same to a line that `cpu` has just added to; negative errno: no thread there. */
int atomic_shared(int cpu, double *ret);

#endif
