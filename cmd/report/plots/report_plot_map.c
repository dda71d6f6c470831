// SPDX-License-Identifier: GPL-2.0-only
/* Maps of physical memory: a cell for so many pages, rows of cells by address. */
#include <math.h>
#include <string.h>

#include "base/page_kind.h"
#include "cmd/report/plots/report_plot.h"
#include "sim/pages/page_map.h"

/* What the letters of a map stand for, from A on, and the letter that their colours' names begin with. */
struct map_key {
	char style;
	int nr;
	const char *(*name)(int);
};

enum { MAP_LEFT = 70, MAP_TOP = 10, MAP_CELLS = 64, MAP_CELL = 6, MAX_ROWS = 64 };

/* The cells of one letter; neighbours in a row are one box. Returns how many. */
static size_t letter_data(const struct plot *p, const size_t *rows, size_t nr, char letter,
			  double row_bytes)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		const char *cells = plot_text(p->table, rows[i], 2);
		double from = plot_value(p, rows[i], 1);

		for (size_t c = 0, n; cells[c]; c += n) {
			n = strspn(cells + c, (char[]){cells[c], '\0'});
			if (cells[c] != letter)
				continue;
			if (!found++)
				fprintf(p->to, "$M%c << EOD\n", letter);
			fprintf(p->to, "%zu %zu %.0f %.0f\n", c, c + n, from, from + row_bytes);
		}
	}
	if (found)
		fputs("EOD\n", p->to);
	return found;
}

static void draw_map(struct plot *p, const struct map_key *names)
{
	size_t rows[MAX_ROWS], nr = plot_rows(p, NULL, rows, MAX_ROWS);
	double first = nr ? plot_value(p, rows[0], 1) : 0, height = MAP_CELL * (double)nr;
	/* a single row has no other to tell its size by */
	double row = nr > 1 ? fmax(plot_value(p, rows[1], 1) - first, 1) : 1;
	double last = first + (double)nr * row;
	struct plot_key key = {.nr = 0};
	char letters[sizeof(key.colours) / sizeof(key.colours[0])];
	FILE *script = p->to;

	for (int i = 0; i < names->nr; i++) {
		char letter = (char)('A' + i), cls[4] = {names->style, letter, '\0'};

		if (letter_data(p, rows, nr, letter, row)) {
			letters[key.nr] = letter;
			plot_key_add(&key, plot_mark(p, cls, names->name(i)));
		}
	}
	plot_begin(p, MAP_TOP + (int)height + 10 + plot_key_height(p, &key));
	plot_frame(p, MAP_LEFT, MAP_TOP, MAP_LEFT + MAP_CELLS * MAP_CELL, MAP_TOP + height);
	plot_axis(p, 'y', REPORT_BYTES, last);
	fprintf(script, "unset xtics\nplot [0:%d][%.0f:%.0f] NaN", MAP_CELLS, last, first);
	for (size_t i = 0; i < key.nr; i++)
		fprintf(script, ", $M%c using 1:3:1:2:3:4 with boxxyerror lc rgb %u", letters[i],
			key.colours[i]);
	fputc('\n', script);
	plot_key(p, &key);
	plot_end(p);
}

static const char *kind_name(int kind)
{
	return page_kind_name((enum page_kind)kind);
}

void plot_map(struct plot *p)
{
	draw_map(p, &(struct map_key){'k', PAGE_KIND_MAX, kind_name});
}

void plot_writers(struct plot *p)
{
	draw_map(p, &(struct map_key){'o', PAGE_WRITER_MAX, page_writer_name});
}
