// SPDX-License-Identifier: GPL-2.0-only
/* What came of holding the model of slab caches against the kernel. */
#include "cmd/validate/validate.h"

#include <inttypes.h>

#include "cmd/cmd.h"
#include "cmd/table.h"

enum { POINTS = 5 };

static const char *const point_names[POINTS] = {"start", "1/4", "1/2", "3/4", "end"};

/* The sample that lies next to so many quarters of the time. */
static const struct slub_sample *point(const struct slub_findings *f, unsigned int quarters)
{
	uint64_t first = f->samples[0].ns, last = f->samples[f->nr_samples - 1].ns;
	uint64_t wanted = first + (last - first) * quarters / 4;
	const struct slub_sample *best = &f->samples[0];

	for (size_t i = 1; i < f->nr_samples; i++) {
		const struct slub_sample *s = &f->samples[i];
		uint64_t off = s->ns < wanted ? wanted - s->ns : s->ns - wanted;
		uint64_t best_off = best->ns < wanted ? wanted - best->ns : best->ns - wanted;

		if (off <= best_off)
			best = s;
	}
	return best;
}

double slub_error_percent(const struct slub_sample *s, size_t cache)
{
	double real = (double)s->real[cache].num_slabs, model = (double)s->model[cache].slabs;

	if (s->real[cache].num_slabs == 0)
		return model > 0 ? 100.0 : 0.0;
	return 100.0 * (model - real) / real;
}

static double size_of(double x)
{
	return x < 0 ? -x : x;
}

double slub_worst_percent(const struct slub_findings *f, size_t cache)
{
	double worst = 0;

	for (unsigned int q = 1; q < POINTS; q++) {
		double off = size_of(slub_error_percent(point(f, q), cache));

		worst = off > worst ? off : worst;
	}
	return worst;
}

bool slub_saw_all(const struct slub_findings *f, size_t cache)
{
	const struct slub_replay_counts *c = &f->samples[f->nr_samples - 1].model[cache];

	return f->known_start[cache] && !f->unrest[cache] && !f->lost[cache] && !c->unseen_frees &&
	       !c->stray_frees;
}

static double worst_of_all(const struct slub_findings *f, size_t cache)
{
	double worst = 0;

	for (size_t i = 0; i < f->nr_samples; i++) {
		double off = size_of(slub_error_percent(&f->samples[i], cache));

		worst = off > worst ? off : worst;
	}
	return worst;
}

static bool order_differs(const struct slub_findings *f, size_t i)
{
	const struct slab_shape *s = &f->shape[i];
	const struct slub_geometry *g = &f->computed[i];

	return g->order != s->order || g->objects != s->objs_per_slab ||
	       g->cpu_partial != s->cpu_partial || g->min_partial != s->min_partial;
}

static void print_notes(const struct slub_findings *f, size_t i)
{
	const struct slab_shape *s = &f->shape[i];
	const struct slub_geometry *g = &f->computed[i];
	const struct slub_replay_counts *c = &f->samples[f->nr_samples - 1].model[i];

	printf("%s: %u bytes, order %u, %u objects per slab, %u for a CPU's partial list, "
	       "min_partial %u, sheaves of %u\n",
	       f->names[i], s->slab_size, s->order, s->objs_per_slab, s->cpu_partial,
	       s->min_partial, s->sheaf_capacity);
	if (order_differs(f, i))
		printf("  the model alone would have: order %u, %u objects, %u, %u\n", g->order,
		       g->objects, g->cpu_partial, g->min_partial);
	printf("  %" PRIu64 " allocations and %" PRIu64 " frees, %" PRIu64 " of them of objects "
	       "older than the recording; lost: %" PRIu64 "\n",
	       c->allocs, c->frees, c->old_frees, f->lost[i]);
	if (c->unseen_frees || c->stray_frees)
		printf("  %" PRIu64 " objects came back unseen, %" PRIu64 " left unseen\n",
		       c->unseen_frees, c->stray_frees);
	if (f->unrest[i])
		printf("  %" PRIu64
		       " objects came or went before the partial slabs were read: some lie with "
		       "CPUs\n",
		       f->unrest[i]);
	printf("  the partial slabs of the start were %s; largest error of %zu samples: %.2f%%\n",
	       f->known_start[i] ? "read" : "guessed", f->nr_samples, worst_of_all(f, i));
}

int validate_slub_text(const struct slub_findings *f, struct error *err)
{
	static const struct table_column columns[] = {
		{"CACHE", false},      {"POINT", false},       {"SECONDS", true},
		{"ACTIVE-REAL", true}, {"ACTIVE-MODEL", true}, {"SLABS-REAL", true},
		{"SLABS-MODEL", true}, {"ERROR", true},	       {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);
	int r;

	for (size_t i = 0; t && i < f->nr; i++)
		for (unsigned int q = 0; q < POINTS; q++) {
			const struct slub_sample *s = point(f, q);

			table_row(t);
			table_text(t, f->names[i]);
			table_text(t, point_names[q]);
			table_format(t, "%.2f", (double)(s->ns - f->samples[0].ns) / 1e9);
			table_count(t, s->real[i].active_objs);
			table_count(t, s->model[i].active);
			table_count(t, s->real[i].num_slabs);
			table_count(t, s->model[i].slabs);
			table_format(t, "%+.2f%%", slub_error_percent(s, i));
		}
	r = table_print(t, stdout, err);
	if (r < 0)
		return r;
	putchar('\n');
	for (size_t i = 0; i < f->nr; i++)
		print_notes(f, i);
	return 0;
}

static json_t *sample_json(const struct slub_findings *f, const struct slub_sample *s, size_t i)
{
	return json_pack("{s:f, s:I, s:I, s:I, s:I, s:I, s:f}", "seconds",
			 (double)(s->ns - f->samples[0].ns) / 1e9, "active_real",
			 (json_int_t)s->real[i].active_objs, "active_model",
			 (json_int_t)s->model[i].active, "live_model", (json_int_t)s->model[i].live,
			 "slabs_real", (json_int_t)s->real[i].num_slabs, "slabs_model",
			 (json_int_t)s->model[i].slabs, "error_percent", slub_error_percent(s, i));
}

static json_t *cache_json(const struct slub_findings *f, size_t i)
{
	const struct slab_shape *s = &f->shape[i];
	const struct slub_geometry *g = &f->computed[i];
	const struct slub_replay_counts *c = &f->samples[f->nr_samples - 1].model[i];
	json_t *points = json_object(), *samples = json_array();

	for (unsigned int q = 0; q < POINTS; q++)
		json_object_set_new(points, point_names[q], sample_json(f, point(f, q), i));
	for (size_t k = 0; k < f->nr_samples; k++)
		json_array_append_new(samples, sample_json(f, &f->samples[k], i));
	return json_pack("{s:s, s:{s:i, s:i, s:i, s:i, s:i, s:i}, s:{s:i, s:i, s:i, s:i}, s:I, "
			 "s:I, s:I, s:I, "
			 "s:I, s:I, s:b, s:I, s:b, s:f, s:f, s:o, s:o}",
			 "name", f->names[i], "kernel", "slab_size", (int)s->slab_size, "order",
			 (int)s->order, "objects", (int)s->objs_per_slab, "cpu_partial",
			 (int)s->cpu_partial, "min_partial", (int)s->min_partial, "sheaf_capacity",
			 (int)s->sheaf_capacity, "computed", "order", (int)g->order, "objects",
			 (int)g->objects, "cpu_partial", (int)g->cpu_partial, "min_partial",
			 (int)g->min_partial, "allocs", (json_int_t)c->allocs, "frees",
			 (json_int_t)c->frees, "old_frees", (json_int_t)c->old_frees,
			 "unseen_frees", (json_int_t)c->unseen_frees, "stray_frees",
			 (json_int_t)c->stray_frees, "lost", (json_int_t)f->lost[i], "start_known",
			 (int)f->known_start[i], "start_unrest", (json_int_t)f->unrest[i],
			 "saw_all", (int)slub_saw_all(f, i), "worst_percent",
			 slub_worst_percent(f, i), "worst_of_all_samples_percent",
			 worst_of_all(f, i), "points", points, "samples", samples);
}

int validate_slub_json(const struct slub_findings *f, struct error *err)
{
	json_t *caches = json_array();

	for (size_t i = 0; i < f->nr; i++)
		json_array_append_new(caches, cache_json(f, i));
	return cmd_print_json(
		json_pack("{s:I, s:o}", "skipped", (json_int_t)f->skipped, "caches", caches), err);
}
