// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/replay/replay_params.h"

#include <stdio.h>
#include <string.h>

#include "cmd/table.h"

enum { TEXT_WIDTH = 100 };

/* A line that is no longer than it should be, wherever it comes to its end. */
static void add_word(size_t *column, size_t indent, const char *word)
{
	if (*column + 1 + strlen(word) > TEXT_WIDTH) {
		printf("\n%*s", (int)indent, "");
		*column = indent;
	}
	*column += (size_t)printf(" %s", word);
}

static bool print_params_of(const struct layout *layout)
{
	size_t indent = strlen(layout->name) + 1, column = indent;
	bool changed = false;

	if (!layout->nr_params)
		return false;
	printf("%s:", layout->name);
	for (size_t i = 0; i < layout->nr_params; i++) {
		const struct layout_param *p = &layout->params[i];
		char word[96];

		snprintf(word, sizeof(word), "%s=%u%s", p->name, p->value, p->set ? "*" : "");
		changed |= p->set;
		add_word(&column, indent, word);
	}
	puts("");
	return changed;
}

static const struct table_column param_columns[] = {
	{"LAYOUT", false}, {"CHANGED", false},	    {"NOW", true},
	{"DEFAULT", true}, {"WHAT IS OPEN", false}, {0},
};

int replay_params_print(const struct replay_result *result, struct error *err)
{
	_cleanup_(table_destroyp) struct table *t = table_create(param_columns, err);
	bool any = false, changed = false;

	for (size_t i = 0; i < result->nr_layouts; i++)
		any |= result->layouts[i].layout->nr_params > 0;
	if (!any)
		return 0;
	puts("\nParameters that the sources leave open (*: changed by --set; memsim layouts show "
	     "names the sources)\n");
	for (size_t i = 0; i < result->nr_layouts; i++)
		changed |= print_params_of(result->layouts[i].layout);
	if (!changed)
		return 0;
	for (size_t i = 0; t && i < result->nr_layouts; i++) {
		const struct layout *layout = result->layouts[i].layout;

		for (size_t j = 0; j < layout->nr_params; j++) {
			const struct layout_param *p = &layout->params[j];

			if (!p->set)
				continue;
			table_row(t);
			table_text(t, layout->name);
			table_text(t, p->name);
			table_count(t, p->value);
			table_count(t, p->standard);
			table_text(t, p->question ? p->question : "-");
		}
	}
	puts("");
	return table_print(t, stdout, err);
}
