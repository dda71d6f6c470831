// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/report.h"

#include "cmd/report/sections/report_sections.h"

int report_build(const struct report_runs *runs, struct report **ret, struct error *err)
{
	_cleanup_(report_destroyp) struct report *r =
		report_create("Page metadata under different layouts of struct page");
	int e = report_check(r, err);

	if (e)
		return e;
	for (size_t i = 0; i < runs->nr; i++)
		r->complete &= runs->traces[i].result->complete;
	report_answer(r, runs);
	report_memory(r, runs);
	report_memory_pictures(r, runs);
	report_costs(r, runs);
	report_doubts(r, runs);
	report_limits(r, runs);
	e = report_check(r, err);
	if (!e)
		*ret = take_ptr(r);
	return e;
}
