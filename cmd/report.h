/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The comparison, as text for a mailing list or as Markdown. Both forms come from the same functions;
 * a form only says how a heading, a paragraph and a table look.
 */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stdio.h>

#include "base/error.h"
#include "cmd/table.h"
#include "sim/replay.h"

/* Width of the text form: what survives quoting in a mail. */
enum { REPORT_WIDTH = 72 };

struct report_form {
	const char *name, *suffix, *doc;
	void (*heading)(FILE *to, int level, const char *text);
	/* One paragraph, wrapped if the form wants it. */
	void (*paragraph)(FILE *to, const char *text);
	/* One line of a list: "key: value". */
	void (*item)(FILE *to, const char *key, const char *value);
	/* Something to type, verbatim. */
	void (*command)(FILE *to, const char *text);
	int (*table)(struct table *t, FILE *to, struct error *err);
};

extern const struct report_form report_form_text, report_form_markdown;

/* NULL: no such form. */
const struct report_form *report_form_find(const char *name);
/* By the end of a file's name (".md"), or NULL. */
const struct report_form *report_form_for_file(const char *path);

/* Writes the report on one trace; `baseline` is the layout that the others are compared with. */
int report_write(const struct report_form *form, const struct replay_result *result,
		 const char *trace_name, size_t baseline, FILE *to, struct error *err) __must_check;

#endif
