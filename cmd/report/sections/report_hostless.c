// SPDX-License-Identifier: GPL-2.0-only
/* Traces that do not tell of their host, as those imported from other tools' text without a snapshot of it. */
#include "base/num.h"
#include "cmd/report/sections/report_sections.h"

static bool is_hostless(const struct replay_result *result)
{
	return !*result->meta.kernel;
}

/* What is assumed of such a trace: memory up to the last page that an event names. */
static void add_taken(struct report_text *t, const struct report_trace *trace)
{
	char ram[16];

	report_add(t,
		   "%s does not tell of its host: neither how much memory that has nor what its "
		   "pages were used for before the first event. It is taken to end with the "
		   "highest page that an event names, at %s, and what no event names to be of "
		   "unknown use; so its bytes here are no statement about that host. ",
		   trace->name, num_format_size(replay_ram_bytes(trace->result), ram, sizeof(ram)));
}

bool report_hostless(struct report *r, const struct report_runs *runs)
{
	struct report_text t = {.len = 0};
	size_t nr = 0;

	for (size_t i = 0; i < runs->nr; i++)
		if (is_hostless(runs->traces[i].result)) {
			add_taken(&t, &runs->traces[i]);
			nr++;
		}
	if (!nr)
		return false;
	report_add(&t, "A snapshot of the host brings both along (memsim import --snapshot).");
	report_paragraph(r, t.s);
	return nr == runs->nr;
}
