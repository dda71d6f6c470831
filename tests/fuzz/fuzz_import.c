// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as the text of other tools: whatever a line is taken for can be stored, and the trace gets its end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format.h"
#include "trace/import/import.h"
#include "trace/import/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const char *line, size_t len)
{
	struct text_event e;

	if (text_parse_line(line, len, &e) != TEXT_EVENT)
		return;
	if (!event_info(e.event.kind) || e.event.order > FORMAT_MAX_ORDER ||
	    e.event.pfn >> FORMAT_PFN_BITS || e.event.ts_ns > INT64_MAX || e.event.obj)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_opts opts = {.output = "/dev/null", .tool = "fuzz"};
	const char *text = (const char *)data, *end = text + size;
	struct import_counts counts;
	struct error err = {0};

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		parse(text, (size_t)(stop - text));
		text = stop + (newline != NULL);
	}
	if (import_text("fuzz", data, size, &opts, &counts, &err) < 0 && (!err.code || !err.msg[0]))
		abort();
	return 0;
}
