/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_REPORT_MARKUP_H
#define CMD_REPORT_MARKUP_H

#include <stdio.h>

/* Text with &, < and > as entities, and " too; of HTML and of SVG within it. */
void html_text(FILE *to, const char *text);

#endif
