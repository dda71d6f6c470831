// SPDX-License-Identifier: GPL-2.0-only
/* All pictures of a report by one run of gnuplot. */
#include "cmd/report/plots/report_pictures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/plots/gnuplot.h"
#include "cmd/report/plots/report_plot.h"

struct plots {
	size_t nr;
	struct plot *plots;
};

static void plots_fini(struct plots *p)
{
	for (size_t i = 0; i < p->nr; i++)
		plot_fini(&p->plots[i]);
	free(p->plots);
}

void report_pictures_fini(struct report_pictures *pictures)
{
	for (size_t i = 0; i < pictures->nr; i++)
		free(pictures->svg[i]);
	free(pictures->svg);
}

static size_t count_plots(const struct report *r)
{
	size_t nr = 0;

	for (size_t s = 0; s < r->nr_sections; s++)
		for (size_t b = 0; b < r->sections[s].nr_blocks; b++)
			nr += r->sections[s].blocks[b].kind == REPORT_PLOT;
	return nr;
}

/* How a kind of plot is drawn, and how many columns of which unit it cannot do without. */
static const struct plot_kind {
	void (*draw)(struct plot *p);
	enum report_unit unit;
	size_t nr_columns;
} plot_kinds[REPORT_PLOT_MAX] = {
	[REPORT_PLOT_AREA] = {plot_area, REPORT_BYTES, 1},
	[REPORT_PLOT_LINES] = {plot_lines, REPORT_NUMBER, 1},
	[REPORT_PLOT_BARS] = {plot_bars, REPORT_RATE, 1},
	[REPORT_PLOT_SCATTER] = {plot_scatter, REPORT_CHANGE, 2},
	[REPORT_PLOT_TORNADO] = {plot_tornado, REPORT_CHANGE, 3},
	[REPORT_PLOT_MAP] = {plot_map, REPORT_TEXT, 2},
	[REPORT_PLOT_WRITERS] = {plot_writers, REPORT_TEXT, 2},
};

static void write_script(const struct report *r, const struct report_block *block, FILE *to,
			 struct plot *p)
{
	const struct plot_kind *kind = &plot_kinds[block->plot];
	const struct report_table *t = r->tables[block->table];
	size_t row, columns[3];

	p->to = to;
	p->report = r;
	p->table = t;
	p->block = block;
	plot_mark(p, "axis", NULL);
	plot_mark(p, "grid", NULL);
	if (plot_rows(p, NULL, &row, 1) &&
	    plot_columns(t, kind->unit, columns, kind->nr_columns) == kind->nr_columns)
		kind->draw(p);
	else
		plot_nothing(p);
}

static int write_scripts(const struct report *r, struct plots *plots, char **ret, size_t *ret_len,
			 struct error *err)
{
	FILE *to = open_memstream(ret, ret_len);
	bool failed = !to;

	for (size_t s = 0; to && s < r->nr_sections; s++) {
		const struct report_section *section = &r->sections[s];

		for (size_t b = 0; b < section->nr_blocks; b++) {
			struct plot *p = &plots->plots[plots->nr];

			if (section->blocks[b].kind != REPORT_PLOT)
				continue;
			p->number = (unsigned int)++plots->nr;
			write_script(r, &section->blocks[b], to, p);
			failed |= p->failed;
		}
	}
	failed |= to && fclose(to);
	return failed ? error_nomem(err) : 0;
}

static int read_picture(const struct plot *p, const char *svg, size_t len, char **ret,
			struct error *err)
{
	size_t ret_len;
	FILE *to = open_memstream(ret, &ret_len);
	int r;

	if (!to)
		return error_nomem(err);
	r = plot_to_svg(p, svg, len, to, err);
	return fclose(to) ? error_nomem(err) : r;
}

/* gnuplot writes one document after the other. */
static int read_pictures(const struct plots *plots, const char *all, struct report_pictures *ret,
			 struct error *err)
{
	static const char end[] = "</svg>";
	int r = 0;

	for (size_t i = 0; i < plots->nr && !r; i++) {
		const char *begin = strstr(all, "<?xml"), *last = begin ? strstr(begin, end) : NULL;

		if (!last)
			return error_set(err, -EIO, "gnuplot: it drew %zu of %zu pictures", i,
					 plots->nr);
		all = last + strlen(end);
		r = read_picture(&plots->plots[i], begin, (size_t)(all - begin), &ret->svg[i], err);
		ret->nr = i + 1;
	}
	return r;
}

int report_pictures_draw(const struct report *report, struct report_pictures *ret,
			 struct error *err)
{
	_cleanup_(report_pictures_fini) struct report_pictures pictures = {.nr = 0};
	_cleanup_(plots_fini) struct plots plots = {.nr = 0};
	_cleanup_free_ char *script = NULL, *all = NULL;
	size_t nr = count_plots(report), len;
	int r;

	if (!nr)
		return 0;
	plots.plots = calloc(nr, sizeof(*plots.plots));
	pictures.svg = calloc(nr, sizeof(*pictures.svg));
	if (!plots.plots || !pictures.svg)
		return error_nomem(err);
	r = write_scripts(report, &plots, &script, &len, err);
	if (!r)
		r = gnuplot_run(script, len, &all, err);
	if (!r)
		r = read_pictures(&plots, all, &pictures, err);
	if (r)
		return r;
	*ret = pictures;
	pictures = (struct report_pictures){.nr = 0};
	return 0;
}
