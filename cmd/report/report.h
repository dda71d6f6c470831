/* SPDX-License-Identifier: GPL-2.0-only */
/* From replays to a report: every number of it is computed here, once, and nowhere else. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/report/doc/report_doc.h"
#include "cmd/report/runs/report_runs.h"

int report_build(const struct report_runs *runs, struct report **ret,
		 struct error *err) __must_check;

#endif
