/* SPDX-License-Identifier: GPL-2.0-only */
/* The forms of a report: each is one function that writes all of it. */
#ifndef CMD_REPORT_FORM_H
#define CMD_REPORT_FORM_H

#include <stdio.h>

#include "cmd/report/doc/report_doc.h"

/* Width of the text form: what survives quoting in a mail. */
enum { REPORT_WIDTH = 72 };

struct report_form {
	const char *name, *suffix, *doc;
	int (*write)(const struct report *r, FILE *to, struct error *err);
};

/* NULL: no such form. */
const struct report_form *report_form_find(const char *name);
/* By the end of a file's name (".md"), or NULL. */
const struct report_form *report_form_for_file(const char *path);
extern const struct report_form
	*const report_forms[]; /* the first is the default; NULL ends them */

extern const struct report_form report_form_text, report_form_markdown, report_form_html,
	report_form_json, report_form_csv;

/* The style sheet, embedded from cmd/report/forms/report.css. */
struct report_asset {
	const char *name;
	const unsigned char *text;
	size_t len;
};
extern const struct report_asset report_assets[];
extern const size_t report_nr_assets;

#endif
