// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <perfmon/pfmlib_perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "bpf/pmu.h"
#include "trace/format.h"

/* The events that libpfm finds for this CPU model, whatever the machine is; NULL: none. */
static const char *found_on(const char *model, enum trace_counter_id counter)
{
	const char *const *name = pmu_events(counter);
	struct perf_event_attr attr;
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};
	char whole[256];

	for (; *name; name++) {
		memset(&attr, 0, sizeof(attr));
		snprintf(whole, sizeof(whole), "%s::%s", model, *name);
		if (pfm_get_os_event_encoding(whole, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT,
					      &arg) == PFM_SUCCESS)
			return *name;
	}
	return NULL;
}

/* libpfm is built for one architecture. */
static bool is_known(const char *model)
{
	for (int i = 0; i < PFM_PMU_MAX; i++) {
		pfm_pmu_info_t info = {.size = sizeof(info)};

		if (pfm_get_pmu_info((pfm_pmu_t)i, &info) == PFM_SUCCESS &&
		    !strcmp(info.name, model))
			return true;
	}
	return false;
}

/* Names of umasks that no CPU has would only show where that CPU is. */
Test(pmu, every_event_is_one_of_the_models_that_it_is_for)
{
	static const struct {
		const char *model;
		const char *l2;
	} models[] = {
		{"snb_ep", "L2_LINES_IN:ANY"}, {"hsw_ep", "L2_LINES_IN:ALL"},
		{"skx", "L2_LINES_IN:ALL"},    {"icx", "L2_LINES_IN:ALL"},
		{"spr", "L2_LINES_IN:ALL"},    {"amd64_fam19h_zen3", NULL},
		{"amd64_fam19h_zen4", NULL},   {"arm_n1", "L2D_CACHE_REFILL"},
	};

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		const char *l2;

		/* libpfm takes one model at a time to be the machine's */
		cr_assert_eq(setenv("LIBPFM_FORCE_PMU", models[i].model, 1), 0);
		cr_assert_eq(pfm_initialize(), PFM_SUCCESS);
		if (!is_known(models[i].model)) {
			pfm_terminate();
			continue;
		}
		l2 = found_on(models[i].model, COUNTER_L2_FILLS);
		cr_expect_not_null(l2, "%s", models[i].model);
		cr_expect(!models[i].l2 || (l2 && !strcmp(l2, models[i].l2)), "%s: %s",
			  models[i].model, l2);
		cr_expect_not_null(found_on(models[i].model, COUNTER_L1D_FILLS), "%s",
				   models[i].model);
		cr_expect_not_null(found_on(models[i].model, COUNTER_DTLB_WALKS), "%s",
				   models[i].model);
		/* Sandy Bridge's is the kernel's generic one */
		cr_expect(found_on(models[i].model, COUNTER_LLC_FILLS) || !i, "%s",
			  models[i].model);
		pfm_terminate();
	}
}

static uint64_t sum_of(const struct trace_count *counts, size_t nr, uint8_t counter, uint16_t cpu,
		       uint64_t *ret_span)
{
	uint64_t sum = 0;

	*ret_span = 0;
	for (size_t i = 0; i < nr; i++) {
		if (counts[i].counter != counter || counts[i].cpu != cpu)
			continue;
		sum += counts[i].value;
		*ret_span += counts[i].span_ns;
	}
	return sum;
}

static void touch_pages(size_t nr)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *area =
		mmap(NULL, nr * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq((void *)area, MAP_FAILED);
	(void)madvise((void *)area, nr * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < nr; i++)
		area[i * page] = 1;
	munmap((void *)area, nr * page);
}

/* What the kernel itself counts shows that counters are read on their CPU, and over the time that is told. */
Test(pmu, counts_are_those_of_the_cpu_and_of_the_time_between_two_readings)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	struct pmu_sampler *s;
	const struct trace_count *counts;
	uint64_t span, clock;
	cpu_set_t cpus;
	size_t nr;

	meta->nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	cr_assert_eq(pmu_sampler_create(PMU_SOFTWARE, 1, meta, &s, NULL), 0);
	if (strcmp(meta->pmu, "software") != 0 || sched_setaffinity(0, sizeof(cpus), &cpus)) {
		cr_assert(*meta->pmu_note || geteuid());
		pmu_sampler_destroy(s);
		free(meta);
		cr_skip("no counters without privileges");
	}
	cr_assert_eq(meta->nr_counted, 3);
	cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
	(void)pmu_sampler_take(s, &counts);
	touch_pages(5000);
	cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
	touch_pages(5000);
	cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
	nr = pmu_sampler_take(s, &counts);
	cr_assert_eq(nr % (2 * 3), 0, "two readings of all counters: %zu", nr);
	/* what others do there comes on top, which is why there is no upper bound */
	cr_expect_geq(sum_of(counts, nr, COUNTER_PAGE_FAULTS, 0, &span), 10000);
	clock = sum_of(counts, nr, COUNTER_CPU_CLOCK, 0, &span);
	cr_expect(clock > span - span / 20 - 5000000 && clock < span + span / 20 + 5000000,
		  "%lu ns of %lu", clock, span);
	for (size_t i = 1; i < nr; i++)
		cr_expect_geq(counts[i].ts_ns, counts[i - 1].ts_ns, "as the writer wants them");
	cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
	cr_expect_eq(pmu_sampler_take(s, &counts), nr / 2, "what was taken is not there again");
	pmu_sampler_destroy(s);
	free(meta);
}

static uint64_t timed_step(struct pmu_sampler *s)
{
	uint64_t before = now_ns();

	cr_assert_eq(pmu_sampler_step(s, 0, false, NULL), 0);
	return now_ns() - before;
}

/* Each nanosecond is asked for: the readings themselves take an eighth of the time. */
Test(pmu, reading_takes_no_more_than_a_part_of_the_time)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct trace_count *counts;
	struct pmu_sampler *s;
	int readings = 0, rests = 0;

	meta->nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	cr_assert_eq(pmu_sampler_create(PMU_SOFTWARE, 1, meta, &s, NULL), 0);
	if (strcmp(meta->pmu, "software") != 0) {
		cr_expect_eq(pmu_sampler_due_ns(s), UINT64_MAX);
		pmu_sampler_destroy(s);
		free(meta);
		cr_skip("no counters without privileges");
	}
	while (readings < 200) {
		uint64_t took = timed_step(s), due;

		if (!pmu_sampler_take(s, &counts))
			continue;
		readings++;
		due = pmu_sampler_due_ns(s);
		cr_expect_leq(due, 7 * took);
		/* the machine may have done something else in between, but not often */
		rests += due >= 6 * took;
	}
	cr_expect_geq(rests, readings / 2);
	pmu_sampler_destroy(s);
	free(meta);
}

/* Asked for by the millisecond, they come then. */
Test(pmu, a_late_reading_does_not_put_off_the_next)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const uint64_t period = 50000000;
	struct pmu_sampler *s;
	uint64_t due;

	meta->nr_cpus = 1;
	cr_assert_eq(pmu_sampler_create(PMU_SOFTWARE, period, meta, &s, NULL), 0);
	due = pmu_sampler_due_ns(s);
	if (strcmp(meta->pmu, "software") == 0) {
		cr_expect_leq(due, period);
		usleep((useconds_t)(due / 1000 + 20000));
		cr_expect_eq(pmu_sampler_due_ns(s), 0);
		cr_assert_eq(pmu_sampler_step(s, 0, false, NULL), 0);
		cr_expect_leq(pmu_sampler_due_ns(s), period - 20000000);
		cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
		cr_expect_gt(pmu_sampler_due_ns(s), period - 20000000, "from that reading on");
	}
	pmu_sampler_destroy(s);
	free(meta);
}

Test(pmu, what_waits_is_told_before_it_is_more_than_a_block)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct trace_count *counts;
	struct pmu_sampler *s;
	size_t steps = 0;

	meta->nr_cpus = 1;
	cr_assert_eq(pmu_sampler_create(PMU_SOFTWARE, 0, meta, &s, NULL), 0);
	cr_expect_not(pmu_sampler_is_full(s));
	if (strcmp(meta->pmu, "software") == 0) {
		while (!pmu_sampler_is_full(s) && steps++ < FORMAT_MAX_COUNTS)
			cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
		cr_expect_leq(pmu_sampler_take(s, &counts), FORMAT_MAX_COUNTS);
		cr_expect_not(pmu_sampler_is_full(s), "it was taken");
		cr_expect_gt(steps, 1000, "but not each time");
	}
	pmu_sampler_destroy(s);
	free(meta);
}

Test(pmu, where_nothing_is_counted_the_header_says_why)
{
	struct trace_meta *meta = calloc(1, sizeof(*meta));
	const struct trace_count *counts;
	struct pmu_sampler *s;

	meta->nr_cpus = 1;
	cr_assert_eq(pmu_sampler_create(PMU_OFF, 0, meta, &s, NULL), 0);
	cr_expect_str_eq(meta->pmu, "off");
	cr_assert_eq(pmu_sampler_step(s, 0, true, NULL), 0);
	cr_expect_eq(pmu_sampler_take(s, &counts), 0);
	pmu_sampler_destroy(s);
	cr_assert_eq(pmu_sampler_create(PMU_AUTO, 0, meta, &s, NULL), 0);
	cr_expect(strcmp(meta->pmu, "none") ? meta->nr_counted > 0
					    : *meta->pmu_note && !meta->nr_counted);
	pmu_sampler_destroy(s);
	free(meta);
}
