/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPORT_PICTURES_H
#define CMD_REPORT_PICTURES_H

#include "cmd/report/doc/report_doc.h"

/* The pictures of a report, in the order of its plots; none of them if gnuplot is not installed. */
struct report_pictures {
	size_t nr;
	char **svg;
};
void report_pictures_fini(struct report_pictures *pictures);
/* -ENOENT: gnuplot is not installed. */
int report_pictures_draw(const struct report *r, struct report_pictures *ret,
			 struct error *err) __must_check;

#endif
