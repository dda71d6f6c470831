// SPDX-License-Identifier: GPL-2.0-only
/* Another NUMA node, as this CPU sees it: its memory, and lines that one of its CPUs has written. */
#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <pthread.h>

#include "base/cleanup.h"
#include "sim/machine/calibrate_impl.h"

/* Any node with memory of its own where this CPU is not; rather one that has CPUs. */
static hwloc_obj_t choose(hwloc_topology_t topology, int cpu)
{
	hwloc_obj_t chosen = NULL, node = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (hwloc_bitmap_isset(node->cpuset, (unsigned int)cpu) ||
		    !node->attr->numanode.local_memory)
			continue;
		if (!chosen || hwloc_bitmap_iszero(chosen->cpuset))
			chosen = node;
	}
	return chosen;
}

void other_node_find(int cpu, struct other_node *ret)
{
	hwloc_obj_t node;
	int nr;

	*ret = (struct other_node){.nr_nodes = 1, .cpu = -1};
	if (hwloc_topology_init(&ret->topology)) {
		ret->topology = NULL;
		return;
	}
	if (hwloc_topology_load(ret->topology))
		return;
	nr = hwloc_get_nbobjs_by_type(ret->topology, HWLOC_OBJ_NUMANODE);
	ret->nr_nodes = nr > 1 ? (unsigned int)nr : 1;
	node = choose(ret->topology, cpu);
	if (!node)
		return;
	ret->nodeset = node->nodeset;
	ret->cpu = hwloc_bitmap_first(node->cpuset);
}

void other_node_fini(struct other_node *n)
{
	if (n->topology)
		hwloc_topology_destroy(n->topology);
	*n = (struct other_node){.cpu = -1};
}

int other_node_bind(const struct other_node *n, void *mem, size_t len)
{
	int r = hwloc_set_area_membind(n->topology, mem, len, n->nodeset, HWLOC_MEMBIND_BIND,
				       HWLOC_MEMBIND_BYNODESET | HWLOC_MEMBIND_STRICT);

	return r < 0 ? -errno : 0;
}

struct writing {
	struct chase *chase;
	size_t lines;
};

/* Each line gets what it held. */
static void *write_lines(void *arg)
{
	const struct writing *w = arg;

	for (size_t i = 0; i < w->lines; i++) {
		void *volatile *line = (void *volatile *)(w->chase->mem + i * CALIBRATE_LINE);

		*line = *line;
	}
	return NULL;
}

int other_node_transfer(const struct other_node *n, struct chase *chase, size_t lines, double *ret)
{
	struct writing writing = {chase, lines};
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t set;
	int r;

	CPU_ZERO(&set);
	CPU_SET((size_t)n->cpu, &set);
	pthread_attr_init(&attr);
	r = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	if (!r)
		r = pthread_create(&thread, &attr, write_lines, &writing);
	pthread_attr_destroy(&attr);
	if (r)
		return -r;
	pthread_join(thread, NULL);
	*ret = chase_run(chase, lines);
	return 0;
}

static void set(struct machine *m, enum machine_figure_id id, double ns)
{
	calibrate_set(m, id, 1000 * ns, HOW_TIMING);
}

void calibrate_derive_nodes(const struct calibration *c, struct machine *m)
{
	double local = (double)m->figures[FIGURE_LATENCY_MEMORY].value / 1000;
	/* what was taken off local memory for walks is in the other node's time, too */
	double walk = fmax(0, c->memory.ns.best - local);

	if (c->nr_nodes <= 1)
		calibrate_note(m, "one node: remote latency not measured");
	else if (!c->remote.nr)
		calibrate_note(m,
			       "%u nodes, but none that this CPU may take memory from: remote "
			       "latency not measured",
			       c->nr_nodes);
	if (c->remote.nr)
		/* jitter of a fraction must not turn them round */
		set(m, FIGURE_LATENCY_REMOTE, fmax(local, c->remote.best - walk));
	if (c->transfer.nr)
		set(m, FIGURE_TRANSFER, c->transfer.best);
}
