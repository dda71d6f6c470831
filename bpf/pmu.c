// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/pmu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/perf.h"
#include "trace/format.h"

enum {
	MAX_EVENTS = 6,
	OTHER_FILES = 512,
	/* of the time of the thread that has to drain the rings, too, goes into reading: on many CPUs the period is longer */
	ONE_PART_IN = 8,
};

/* Fills of AMD's first level, by where they came from; behind the L2, which has all that the L1 has, they filled that, too. */
#define ZEN3                                                                                       \
	"ANY_DATA_CACHE_FILLS_FROM_SYSTEM:INT_CACHE:EXT_CACHE_LCL:MEM_IO_LCL:EXT_CACHE_RMT:MEM_"   \
	"IO_RMT"
#define ZEN4                                                                                       \
	"ANY_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CCX:NEAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:"             \
	"FAR_CACHE_NEAR_FAR:DRAM_IO_FAR"
#define ZEN_WALKS                                                                                  \
	"L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS:TLB_RELOAD_2M_L2_MISS:"                                \
	"TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_4K_L2_MISS"

/* What CPUs themselves call it (Intel since 2011, AMD since Zen 3, Arm), then the kernel's idea of it. */
static const char *const events[COUNTER_MAX][MAX_EVENTS + 1] = {
	[COUNTER_CYCLES] = {"PERF_COUNT_HW_CPU_CYCLES"},
	[COUNTER_INSTRUCTIONS] = {"PERF_COUNT_HW_INSTRUCTIONS"},
	[COUNTER_L1D_FILLS] = {"L1D:REPLACEMENT", ZEN3 ":LCL_L2", ZEN4 ":LCL_L2",
			       "L1D_CACHE_REFILL", "L1-DCACHE-LOAD-MISSES"},
	[COUNTER_L2_FILLS] = {"L2_LINES_IN:ALL", "L2_LINES_IN:ANY", ZEN3, ZEN4, "L2D_CACHE_REFILL"},
	[COUNTER_LLC_FILLS] = {"LONGEST_LAT_CACHE:MISS",
			       "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:MEM_IO_LCL:MEM_IO_RMT",
			       "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_NEAR:DRAM_IO_FAR",
			       "LL_CACHE_MISS_RD", "LLC-LOAD-MISSES"},
	[COUNTER_DTLB_WALKS] = {"DTLB_LOAD_MISSES:WALK_COMPLETED", ZEN_WALKS, "DTLB_WALK",
				"DTLB-LOAD-MISSES"},
	[COUNTER_PAGE_FAULTS] = {"PERF_COUNT_SW_PAGE_FAULTS"},
	[COUNTER_CONTEXT_SWITCHES] = {"PERF_COUNT_SW_CONTEXT_SWITCHES"},
	[COUNTER_CPU_CLOCK] = {"PERF_COUNT_SW_CPU_CLOCK"},
};

/* Counters of one CPU that count at the same time, or not at all: one read() for all of them. */
struct group {
	int fd[COUNTER_MAX]; /* of nr members; the first leads */
	uint8_t counter[COUNTER_MAX];
	unsigned int nr;
	uint16_t cpu;
	uint64_t last_ns, enabled, running, value[COUNTER_MAX]; /* at the last reading */
};

struct pmu_sampler {
	uint64_t period_ns, next_ns;
	struct group *groups;
	size_t nr_groups, cap_groups;
	struct trace_count *counts;
	size_t nr, cap;
	bool taken;
};

DEFINE_CLEANUP(struct pmu_sampler *, pmu_sampler_destroy);

const char *const *pmu_events(enum trace_counter_id counter)
{
	return events[counter];
}

static int add_group(struct pmu_sampler *s, uint16_t cpu, struct error *err)
{
	struct group *more;

	if (s->nr_groups == s->cap_groups) {
		s->cap_groups = s->cap_groups ? 2 * s->cap_groups : 16;
		more = realloc(s->groups, s->cap_groups * sizeof(*more));
		if (!more)
			return error_nomem(err);
		s->groups = more;
	}
	s->groups[s->nr_groups++] = (struct group){.cpu = cpu};
	return 0;
}

static struct group *last_group(struct pmu_sampler *s)
{
	return &s->groups[s->nr_groups - 1];
}

/*
 * Into the CPU's last group, or, where that has no room on the hardware, one of its own. What the kernel counts is always
 * by itself: together with others, v6.18 lets some stay at 0. The file or a negative errno.
 */
static int open_counter(struct pmu_sampler *s, uint8_t counter, uint16_t cpu,
			const char **ret_event, struct error *err)
{
	struct perf_where where = {
		.pid = -1,
		.cpu = cpu,
		.group = -1,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	struct group *g = last_group(s);
	int fd = -1;

	if (g->nr && counter < COUNTER_PAGE_FAULTS) {
		where.group = g->fd[0];
		fd = perf_open(events[counter], &where, ret_event);
	}
	if (fd < 0) {
		where.group = -1;
		fd = perf_open(events[counter], &where, ret_event);
		if (fd >= 0 && g->nr && add_group(s, cpu, err) < 0) {
			close(fd);
			return -ENOMEM;
		}
	}
	if (fd < 0)
		return fd;
	g = last_group(s);
	g->counter[g->nr] = counter;
	g->fd[g->nr++] = fd;
	return fd;
}

/* In the header, where it is not yet. */
static void describe(struct trace_meta *meta, uint8_t counter, const char *event)
{
	struct trace_counted *c = &meta->counted[meta->nr_counted];

	for (size_t i = 0; i < meta->nr_counted; i++)
		if (!strcmp(meta->counted[i].name, counter_name(counter)))
			return;
	if (meta->nr_counted == TRACE_MAX_COUNTED)
		return;
	snprintf(c->name, sizeof(c->name), "%s", counter_name(counter));
	snprintf(c->event, sizeof(c->event), "%s", event);
	meta->nr_counted++;
}

static int open_cpu(struct pmu_sampler *s, uint16_t cpu, uint8_t first, uint8_t last,
		    struct trace_meta *meta, int *ret_why, struct error *err)
{
	const char *event;
	int r = add_group(s, cpu, err);

	for (uint8_t counter = first; !r && counter <= last; counter++) {
		int fd = open_counter(s, counter, cpu, &event, err);

		if (fd == -ENOMEM)
			return error_nomem(err);
		if (fd >= 0)
			describe(meta, counter, event);
		else if (counter == first)
			*ret_why = fd;
	}
	if (!r && !last_group(s)->nr)
		s->nr_groups--;
	return r;
}

static void none(struct trace_meta *meta, int why)
{
	snprintf(meta->pmu, sizeof(meta->pmu), "none");
	if (why == -EACCES || why == -EPERM)
		snprintf(meta->pmu_note, sizeof(meta->pmu_note),
			 "the kernel refuses its counters (perf_event_open: %s)", strerror(-why));
	else
		snprintf(meta->pmu_note, sizeof(meta->pmu_note),
			 "this machine shows none, as most virtual ones do (perf_event_open: %s)",
			 strerror(-why));
}

/* A file for each counter of each CPU: many hosts allow a process 1024 unless it asks for more. */
static void allow_files(uint64_t nr)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= nr + OTHER_FILES)
		return;
	limit.rlim_cur = limit.rlim_max < nr + OTHER_FILES ? limit.rlim_max : nr + OTHER_FILES;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_all(struct pmu_sampler *s, enum pmu_what what, struct trace_meta *meta,
		    struct error *err)
{
	uint8_t first = what == PMU_SOFTWARE ? COUNTER_PAGE_FAULTS : COUNTER_CYCLES;
	uint8_t last = what == PMU_SOFTWARE ? COUNTER_CPU_CLOCK : COUNTER_DTLB_WALKS;
	int why = -ENOENT, r = 0;

	allow_files((uint64_t)meta->nr_cpus * (last - first + 1u));
	if (!perf_names_begin()) {
		none(meta, -ENOENT);
		return 0;
	}
	for (uint32_t cpu = 0; !r && cpu < meta->nr_cpus && cpu <= UINT16_MAX; cpu++)
		r = open_cpu(s, (uint16_t)cpu, first, last, meta, &why, err);
	perf_names_end();
	if (!s->nr_groups)
		none(meta, why);
	else
		snprintf(meta->pmu, sizeof(meta->pmu),
			 what == PMU_SOFTWARE ? "software" : "hardware");
	return r;
}

/* The words of read(): number, time enabled, time running, values. */
static bool read_group(const struct group *g, uint64_t words[3 + COUNTER_MAX])
{
	size_t len = (3 + g->nr) * sizeof(*words);

	return read(g->fd[0], words, len) == (ssize_t)len && words[0] == g->nr;
}

static int add_counts(struct pmu_sampler *s, struct group *g, uint64_t start_ns, struct error *err)
{
	uint64_t words[3 + COUNTER_MAX] = {0}, enabled, running, now = now_ns();

	/* of a CPU that is offline, or of a group that had no turn, more will be known the next time */
	if (!read_group(g, words))
		return 0;
	enabled = words[1] - g->enabled;
	running = words[2] - g->running;
	if (!running || now < start_ns)
		return 0;
	if (s->nr + g->nr > s->cap) {
		size_t cap = 2 * (s->nr + g->nr);
		struct trace_count *more = realloc(s->counts, cap * sizeof(*more));

		if (!more)
			return error_nomem(err);
		s->counts = more;
		s->cap = cap;
	}
	for (unsigned int i = 0; i < g->nr; i++) {
		uint64_t value = words[3 + i] - g->value[i];

		if (running < enabled)
			value = (uint64_t)((unsigned __int128)value * enabled / running);
		s->counts[s->nr++] = (struct trace_count){
			.ts_ns = now - start_ns,
			.span_ns = now - g->last_ns,
			.value = value,
			.cpu = g->cpu,
			.counter = g->counter[i],
			.scaled = running < enabled,
		};
		g->value[i] = words[3 + i];
	}
	g->enabled = words[1];
	g->running = words[2];
	g->last_ns = now;
	return 0;
}

/* From here on is counted. */
static void begin(struct pmu_sampler *s)
{
	uint64_t words[3 + COUNTER_MAX] = {0};

	for (size_t i = 0; i < s->nr_groups; i++) {
		struct group *g = &s->groups[i];

		g->last_ns = now_ns();
		if (!read_group(g, words))
			continue;
		g->enabled = words[1];
		g->running = words[2];
		memcpy(g->value, words + 3, g->nr * sizeof(*words));
	}
	s->next_ns = now_ns() + s->period_ns;
}

int pmu_sampler_create(enum pmu_what what, uint64_t period_ns, struct trace_meta *meta,
		       struct pmu_sampler **ret, struct error *err)
{
	_cleanup_(pmu_sampler_destroyp) struct pmu_sampler *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return error_nomem(err);
	s->period_ns = period_ns ? period_ns : PMU_DEFAULT_NS;
	if (what == PMU_OFF)
		snprintf(meta->pmu, sizeof(meta->pmu), "off");
	else
		r = open_all(s, what, meta, err);
	if (r < 0)
		return r;
	begin(s);
	*ret = take_ptr(s);
	return 0;
}

void pmu_sampler_destroy(struct pmu_sampler *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr_groups; i++)
		for (unsigned int m = s->groups[i].nr; m > 0; m--)
			close(s->groups[i].fd[m - 1]);
	free(s->groups);
	free(s->counts);
	free(s);
}

/* After a reading that began at that time: one that came late does not put off those after it. */
static void plan_next(struct pmu_sampler *s, uint64_t ns, bool anew)
{
	uint64_t end = now_ns(), earliest = end + (ONE_PART_IN - 1) * (end - ns);

	if (anew || s->next_ns + s->period_ns <= ns)
		s->next_ns = ns;
	s->next_ns += s->period_ns;
	if (s->next_ns < earliest)
		s->next_ns = earliest;
}

int pmu_sampler_step(struct pmu_sampler *s, uint64_t start_ns, bool now, struct error *err)
{
	uint64_t ns = now_ns();
	int r = 0;

	if (s->taken)
		s->nr = 0;
	s->taken = false;
	if (!now && ns < s->next_ns)
		return 0;
	for (size_t i = 0; !r && i < s->nr_groups; i++)
		r = add_counts(s, &s->groups[i], start_ns, err);
	plan_next(s, ns, now);
	return r;
}

uint64_t pmu_sampler_due_ns(const struct pmu_sampler *s)
{
	uint64_t now = now_ns();

	if (!s->nr_groups)
		return UINT64_MAX;
	return now < s->next_ns ? s->next_ns - now : 0;
}

bool pmu_sampler_is_full(const struct pmu_sampler *s)
{
	return !s->taken && s->nr >= FORMAT_MAX_COUNTS / 2;
}

size_t pmu_sampler_take(struct pmu_sampler *s, const struct trace_count **ret)
{
	s->taken = true;
	*ret = s->counts;
	return s->nr;
}
