/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by machine_yaml.c, which reads a profile, and machine_figures.c, which reads the figures in it. */
#ifndef SIM_MACHINE_READER_H
#define SIM_MACHINE_READER_H

#include "layouts/yaml_node.h"
#include "sim/machine/machine.h"

struct machine_reader {
	const struct yaml_file *y;
	struct machine *m;
	const yaml_node_t *at[FIGURE_MAX]; /* where each figure is, for what is found out later */
};

/* The figures of one group, which are its keys. */
int machine_read_group(struct machine_reader *rd, const yaml_node_t *node, const char *group,
		       struct error *err) __must_check;
/* When all have been read: none is shorter than that of a nearer level. */
int machine_check_latencies(const struct machine_reader *rd, struct error *err) __must_check;

#endif
