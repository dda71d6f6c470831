// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report_runs.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "cmd/cmd.h"

const char *const report_pressures[NR_PRESSURES] = {"none", "light", "heavy"};

/* Layouts that are replayed at once: enough for all cores, few enough for their caches' tags to fit. */
enum { BATCH = 8 };

/* "redis-2.trace" is recording "redis-2" of workload "redis". */
static void set_names(struct report_trace *t)
{
	size_t len;

	snprintf(t->name, sizeof(t->name), "%s", cmd_basename(t->path));
	len = strlen(t->name);
	if (len > 6 && !strcmp(t->name + len - 6, ".trace"))
		t->name[len - 6] = '\0';
	memcpy(t->workload, t->name, sizeof(t->workload));
	for (len = strlen(t->workload); len && isdigit((unsigned char)t->workload[len - 1]);)
		len--;
	if (len > 1 && t->workload[len] && t->workload[len - 1] == '-')
		t->workload[len - 1] = '\0';
}

static int hash_file(struct report_trace *t, struct error *err)
{
	_cleanup_fclose_ FILE *file = fopen(t->path, "re");
	XXH3_state_t *state = XXH3_createState();
	unsigned char buf[1 << 16];
	XXH128_hash_t hash;
	size_t n;

	if (!file || !state) {
		XXH3_freeState(state);
		return error_set(err, -errno, "%s: %s", t->path, strerror(errno));
	}
	XXH3_128bits_reset(state);
	while ((n = fread(buf, 1, sizeof(buf), file)))
		XXH3_128bits_update(state, buf, n);
	hash = XXH3_128bits_digest(state);
	XXH3_freeState(state);
	if (ferror(file))
		return error_set(err, -EIO, "%s: cannot read it", t->path);
	snprintf(t->hash, sizeof(t->hash), "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
	return 0;
}

void outcome_of(const struct layout_result *r, struct outcome *ret)
{
	*ret = (struct outcome){
		.known = true,
		.bytes = layout_result_bytes(r),
		.lines = r->total.lines,
		.fetches = r->total.hits[CACHE_MEMORY],
	};
}

static const struct layout_result *baseline_of(const struct report_runs *runs,
					       const struct replay_result *r)
{
	return &r->layouts[runs->baseline];
}

static bool is_proposal(const struct layout *layout)
{
	return strcmp(layout->status, "released") != 0;
}

/* Layouts that differ from the command line's in one parameter each. */
struct variants {
	size_t nr;
	struct layout *layouts[BATCH];
	struct outcome *outcomes[BATCH];
};

static void variants_fini(struct variants *v)
{
	for (size_t i = 0; i < v->nr; i++)
		layout_destroy(v->layouts[i]);
	v->nr = 0;
}

static int run_variants(const struct report_runs *runs, struct report_trace *t, struct variants *v,
			struct replay_work *work, struct error *err)
{
	struct replay_result *result = NULL;
	struct replay_args args = *runs->args;
	int r;

	if (!v->nr)
		return 0;
	memcpy(args.layouts, v->layouts, v->nr * sizeof(v->layouts[0]));
	args.nr_layouts = v->nr;
	r = replay_args_run(&args, t->path, work, &result, err);
	for (size_t i = 0; !r && i < v->nr; i++)
		outcome_of(&result->layouts[i], v->outcomes[i]);
	replay_result_destroy(result);
	variants_fini(v);
	return r;
}

/*
 * The layout as the command line made it, with one more assignment. NULL without an error: the value cannot
 * be, for example a stride below the size.
 */
static int vary(const struct replay_args *args, size_t layout, const char *assignment,
		struct layout **ret, struct error *err)
{
	const struct layout *like = args->layouts[layout];
	struct layout *varied;
	struct error refused;
	int r = layout_load(args->names[layout], &varied, err);

	for (size_t i = 0; !r && i < like->nr_params; i++) {
		char set[64];

		if (!like->params[i].set)
			continue;
		snprintf(set, sizeof(set), "%s=%" PRIu32, like->params[i].name,
			 like->params[i].value);
		r = layout_set(varied, set, err);
		if (r)
			layout_destroy(varied);
	}
	if (r)
		return r;
	r = layout_set(varied, assignment, &refused);
	if (r)
		layout_destroy(varied);
	*ret = r ? NULL : varied;
	return r == -ENOMEM ? error_nomem(err) : 0;
}

/*
 * Whether the parameter cannot matter: it is about a descriptor that this trace never needs. A fraction that is
 * 0 may be why there is none.
 */
static bool is_idle(const struct layout_result *l, const char *param)
{
	size_t len = strcspn(param, ".");

	if (strstr(param, ".fraction"))
		return false;
	for (size_t i = 0; i < l->nr_objects; i++)
		if (!strncmp(l->objects[i].object->name, param, len) &&
		    strlen(l->objects[i].object->name) == len)
			return !l->objects[i].peak;
	return false;
}

/* Both ends of what parameter p of a layout may be; an end that is assumed already is known. */
static int add_param(const struct report_runs *runs, struct report_trace *t, size_t layout,
		     const struct layout_param *p, struct variants *v, struct replay_work *work,
		     struct error *err)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];
	const uint32_t ends[2] = {p->min, p->max};
	int r = 0;

	*a = (struct assumption){.name = p->name, .question = p->question, .layout = layout};
	snprintf(a->standard, sizeof(a->standard), "%" PRIu32, p->value);
	for (int end = 0; !r && end < 2; end++) {
		struct layout *varied = NULL;
		char assignment[64];

		outcome_of(&t->result->layouts[layout], &a->outcome[end]);
		outcome_of(baseline_of(runs, t->result), &a->baseline[end]);
		snprintf(a->ends[end], sizeof(a->ends[end]), "%" PRIu32, p->value);
		if (ends[end] == p->value)
			continue;
		if (is_idle(&t->result->layouts[layout], p->name)) {
			snprintf(a->ends[end], sizeof(a->ends[end]), "%" PRIu32, ends[end]);
			continue;
		}
		snprintf(assignment, sizeof(assignment), "%s=%" PRIu32, p->name, ends[end]);
		r = vary(runs->args, layout, assignment, &varied, err);
		if (r || !varied)
			continue;
		snprintf(a->ends[end], sizeof(a->ends[end]), "%" PRIu32, ends[end]);
		v->layouts[v->nr] = varied;
		v->outcomes[v->nr++] = &a->outcome[end];
		if (v->nr == BATCH)
			r = run_variants(runs, t, v, work, err);
	}
	return r;
}

static int sweep_params(const struct report_runs *runs, struct report_trace *t,
			struct replay_work *work, struct error *err)
{
	_cleanup_(variants_fini) struct variants v = {.nr = 0};
	int r = 0;

	for (size_t l = 0; !r && l < runs->args->nr_layouts; l++) {
		const struct layout *layout = runs->args->layouts[l];

		if (l == runs->baseline || !is_proposal(layout))
			continue;
		for (size_t p = 0; !r && p < layout->nr_params; p++)
			if (layout->params[p].question && !layout->params[p].set)
				r = add_param(runs, t, l, &layout->params[p], &v, work, err);
	}
	return r ? r : run_variants(runs, t, &v, work, err);
}

static int sweep_pressures(const struct report_runs *runs, struct report_trace *t,
			   struct replay_work *work, struct error *err)
{
	for (size_t i = 0; i < NR_PRESSURES; i++) {
		struct replay_args args = *runs->args;
		int r = pressure_parse(report_pressures[i], &args.pressure, err);

		if (!r && !memcmp(args.pressure.fills, runs->args->pressure.fills,
				  sizeof(args.pressure.fills)))
			t->pressures[i] = t->result;
		else if (!r)
			r = replay_args_run(&args, t->path, work, &t->pressures[i], err);
		if (r)
			return r;
		t->nr_pressures++;
	}
	return 0;
}

/* The ends of the sweep as an assumption like the others. */
static void add_pressure(const struct report_runs *runs, struct report_trace *t, size_t layout)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];

	*a = (struct assumption){
		.name = "pressure",
		.question = "how much of its own data the workload moves through the caches",
		.layout = layout,
	};
	snprintf(a->standard, sizeof(a->standard), "%s", pressure_name(&runs->args->pressure));
	for (int end = 0; end < 2; end++) {
		const struct replay_result *r = t->pressures[end * (NR_PRESSURES - 1)];

		snprintf(a->ends[end], sizeof(a->ends[end]), "%s",
			 report_pressures[end * (NR_PRESSURES - 1)]);
		outcome_of(&r->layouts[layout], &a->outcome[end]);
		outcome_of(baseline_of(runs, r), &a->baseline[end]);
	}
}

/* Pages that nothing describes, and that a busier machine would fill. */
static uint64_t idle_pages(const struct replay_result *result)
{
	const uint64_t *pages = result->end.kind_pages;

	return pages[PAGE_KIND_FREE] + pages[PAGE_KIND_PCP] + pages[PAGE_KIND_UNKNOWN];
}

/* What it takes to describe so many folios of one page, in full slabs. */
static uint64_t small_folio_bytes(const struct layout_result *l, uint64_t folios,
				  uint32_t page_size)
{
	int object = layout_object_for(l->layout, PAGE_KIND_FILE, 0);
	const struct heap_counts *c;

	if (object < 0)
		return 0;
	c = &l->objects[object];
	return (folios + c->objects_per_slab - 1) / c->objects_per_slab *
	       ((uint64_t)page_size << c->slab_order);
}

/* The worst that can happen to layouts with descriptors: memory that is idle here is full of small folios. */
static void add_filling(const struct report_runs *runs, struct report_trace *t, size_t layout)
{
	struct assumption *a = &t->assumptions[t->nr_assumptions++];
	const struct replay_result *r = t->result;
	uint64_t pages = idle_pages(r);

	*a = (struct assumption){
		.name = "idle memory",
		.question = "what memory that is free or unknown here is used for: nothing, or "
			    "folios of one page",
		.layout = layout,
		.standard = "idle",
		.ends = {"idle", "small folios"},
	};
	for (int end = 0; end < 2; end++) {
		outcome_of(&r->layouts[layout], &a->outcome[end]);
		outcome_of(baseline_of(runs, r), &a->baseline[end]);
	}
	a->outcome[1].bytes += small_folio_bytes(&r->layouts[layout], pages, r->meta.page_size);
	a->baseline[1].bytes += small_folio_bytes(baseline_of(runs, r), pages, r->meta.page_size);
}

static int sweep(const struct report_runs *runs, struct report_trace *t, struct replay_work *work,
		 struct error *err)
{
	int r;

	t->assumptions = calloc(MAX_ASSUMPTIONS, sizeof(*t->assumptions));
	if (!t->assumptions)
		return error_nomem(err);
	r = sweep_pressures(runs, t, work, err);
	for (size_t l = 0; !r && l < runs->args->nr_layouts; l++) {
		if (l == runs->baseline || !is_proposal(runs->args->layouts[l]))
			continue;
		add_pressure(runs, t, l);
		add_filling(runs, t, l);
	}
	return r ? r : sweep_params(runs, t, work, err);
}

bool report_runs_begins(const struct report_runs *runs, size_t trace)
{
	for (size_t i = 0; i < trace; i++)
		if (!strcmp(runs->traces[i].workload, runs->traces[trace].workload))
			return false;
	return true;
}

/* How many layouts a trace will be replayed on, for the estimate of the time that is left. */
static double layouts_to_run(const struct report_runs *runs)
{
	const struct replay_args *args = runs->args;
	double nr = (double)args->nr_layouts;

	if (runs->quick)
		return nr;
	nr *= 1 + NR_PRESSURES;
	for (size_t l = 0; l < args->nr_layouts; l++)
		if (l != runs->baseline && is_proposal(args->layouts[l]))
			nr += 1.5 * (double)args->layouts[l]->nr_params;
	return nr;
}

int report_runs_do(struct report_runs *runs, char *const *paths, size_t nr, struct error *err)
{
	struct replay_work work = {.total = layouts_to_run(runs) * (double)nr};
	int r = 0;

	runs->traces = calloc(nr, sizeof(*runs->traces));
	if (!runs->traces)
		return error_nomem(err);
	for (; !r && runs->nr < nr; runs->nr++) {
		struct report_trace *t = &runs->traces[runs->nr];
		struct replay_args args = *runs->args;

		t->path = paths[runs->nr];
		set_names(t);
		args.map = true;
		r = replay_args_run(&args, t->path, &work, &t->result, err);
		if (!r)
			r = hash_file(t, err);
		/* the others of a workload say the same about assumptions, and tell about chance instead */
		if (!r && !runs->quick && report_runs_begins(runs, runs->nr))
			r = sweep(runs, t, &work, err);
	}
	return r;
}

void report_runs_fini(struct report_runs *runs)
{
	for (size_t i = 0; runs->traces && i < runs->nr; i++) {
		struct report_trace *t = &runs->traces[i];

		for (size_t p = 0; p < NR_PRESSURES; p++)
			if (t->pressures[p] != t->result)
				replay_result_destroy(t->pressures[p]);
		replay_result_destroy(t->result);
		free(t->assumptions);
	}
	free(runs->traces);
	runs->traces = NULL;
	runs->nr = 0;
}
