// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/meter.h"

#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

#define WHILE_NS 100000000ULL

enum { MIN_EVENTS = 100 };

void meter_open(struct meter *m)
{
	memset(m, 0, sizeof(*m));
	m->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
}

void meter_start(struct meter *m, const struct attach *a, uint64_t now_ns)
{
	if (m->fd < 0)
		return;
	m->from_ns = now_ns;
	m->until_ns = now_ns + WHILE_NS;
	attach_run_times(a, m->ns);
	m->state = METER_TIMING;
}

void meter_events(struct meter *m, uint64_t start_ns, const struct event *events, size_t n)
{
	for (size_t i = 0; m->state != METER_OFF && i < n; i++) {
		uint64_t ns = start_ns + events[i].ts_ns;

		if (ns >= m->from_ns && ns < m->until_ns)
			m->events[event_info(events[i].kind)->cls]++;
	}
}

void meter_step(struct meter *m, const struct attach *a, uint64_t now_ns, uint64_t drained_ns)
{
	uint64_t ns[CLASS_MAX];

	if (m->state == METER_TIMING && now_ns >= m->until_ns) {
		m->until_ns = now_ns;
		attach_run_times(a, ns);
		meter_fini(m);
		for (int cls = 0; cls < CLASS_MAX; cls++)
			m->ns[cls] = ns[cls] - m->ns[cls];
		m->state = METER_COUNTING;
	}
	if (m->state != METER_COUNTING || drained_ns < m->until_ns)
		return;
	m->state = METER_OFF;
	for (int cls = 0; cls < CLASS_MAX; cls++)
		if (m->events[cls] >= MIN_EVENTS)
			m->result[cls] = m->ns[cls] / m->events[cls];
}

void meter_fini(struct meter *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

uint64_t meter_cost_ns(const struct meter *m, const uint64_t events[CLASS_MAX])
{
	uint64_t sum = 0;

	for (int cls = 0; cls < CLASS_MAX; cls++)
		sum += m->result[cls] * events[cls];
	return sum;
}
