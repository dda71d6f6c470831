// SPDX-License-Identifier: GPL-2.0-only
/* memsim layouts diff: what moved, changed size, appeared or vanished from one layout to another. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/layouts/cmd_layouts.h"
#include "cmd/table.h"

/* One line of the comparison; a side that is empty does not have it. */
struct change {
	char name[48], before[64], after[64];
	const char *what;
};

/* Called for every difference in order, as long as it returns 0. */
typedef int change_fn(void *ctx, const struct change *change);

struct differ {
	const struct layout *a, *b;
	change_fn *report;
	void *ctx;
	unsigned int nr;
	int r;
};

static void report(struct differ *d, const char *name, const char *before, const char *after,
		   const char *changed)
{
	struct change change = {.what = changed};

	if (d->r || !strcmp(before, after))
		return;
	if (!*before || !*after)
		change.what = *after ? "appeared" : "vanished";
	snprintf(change.name, sizeof(change.name), "%s", name);
	snprintf(change.before, sizeof(change.before), "%s", before);
	snprintf(change.after, sizeof(change.after), "%s", after);
	d->nr++;
	d->r = d->report(d->ctx, &change);
}

static void report_number(struct differ *d, const char *name, uint64_t before, uint64_t after)
{
	char a[24] = "", b[24] = "";

	snprintf(a, sizeof(a), "%llu", (unsigned long long)before);
	snprintf(b, sizeof(b), "%llu", (unsigned long long)after);
	report(d, name, a, b, "changed");
}

static const char *class_place(const struct layout *layout, enum layout_class cls)
{
	if (layout->overlaid & 1u << cls)
		return "in the memmap";
	for (size_t i = 0; i < layout->nr_objects; i++)
		if (layout->objects[i].cls == cls)
			return "allocated";
	return "";
}

static void describe_object(const struct layout *layout, const char *name, char *buf, size_t len)
{
	*buf = '\0';
	for (size_t i = 0; i < layout->nr_objects; i++) {
		const struct layout_object *o = &layout->objects[i];

		if (!strcmp(o->name, name))
			snprintf(buf, len, "%u bytes, stride %u, orders %u-%u, %u%%%s", o->size,
				 o->stride, o->min_order, o->max_order, o->fraction_percent,
				 o->rcu ? ", rcu" : "");
	}
}

static void diff_objects(struct differ *d, enum layout_class cls)
{
	const struct layout *layouts[] = {d->a, d->b};

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < layouts[side]->nr_objects; i++) {
			const struct layout_object *object = &layouts[side]->objects[i];
			char before[64], after[64], label[48];

			if (object->cls != cls)
				continue;
			/* folio.hugetlb is a field, too */
			snprintf(label, sizeof(label), "descriptor %s", object->name);
			describe_object(d->a, object->name, before, sizeof(before));
			describe_object(d->b, object->name, after, sizeof(after));
			/* what both have was told on the first side */
			if (!side || !*before)
				report(d, label, before, after, "changed");
		}
}

static void diff_field(struct differ *d, enum field field)
{
	const struct layout_place *a = &d->a->places[field], *b = &d->b->places[field];
	char before[24] = "", after[24] = "";

	if (a->size)
		snprintf(before, sizeof(before), "%u:%u", a->at, a->size);
	if (b->size)
		snprintf(after, sizeof(after), "%u:%u", b->at, b->size);
	report(d, field_name(field), before, after, a->at != b->at ? "moved" : "resized");
}

static void describe_side(const struct layout *layout, const char *name, char *buf, size_t len)
{
	*buf = '\0';
	for (size_t i = 0; i < layout->nr_sides; i++)
		if (!strcmp(layout->sides[i].name, name))
			snprintf(buf, len, "%u bytes per page",
				 layout->sides[i].size +
					 layout->sides[i].pages * layout->base_page);
}

static void diff_sides(struct differ *d)
{
	const struct layout *layouts[] = {d->a, d->b};

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < layouts[side]->nr_sides; i++) {
			const char *name = layouts[side]->sides[i].name;
			char before[64], after[64];

			describe_side(d->a, name, before, sizeof(before));
			describe_side(d->b, name, after, sizeof(after));
			if (!side || !*before)
				report(d, name, before, after, "changed");
		}
}

static int diff(struct differ *d)
{
	report_number(d, "page size", d->a->page_size, d->b->page_size);
	report_number(d, "page align", d->a->page_align, d->b->page_align);
	report_number(d, "base page", d->a->base_page, d->b->base_page);
	report_number(d, "slab header", d->a->slab_management.size, d->b->slab_management.size);
	report_number(d, "slab index per object", d->a->slab_management.per_object,
		      d->b->slab_management.per_object);
	report_number(d, "2 MiB hugetlb memmap",
		      layout_huge_memmap(d->a, LAYOUT_HUGE_HUGETLB, 1 << 21),
		      layout_huge_memmap(d->b, LAYOUT_HUGE_HUGETLB, 1 << 21));
	report_number(d, "1 GiB hugetlb memmap",
		      layout_huge_memmap(d->a, LAYOUT_HUGE_HUGETLB, 1 << 30),
		      layout_huge_memmap(d->b, LAYOUT_HUGE_HUGETLB, 1 << 30));
	diff_sides(d);
	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++) {
		report(d, layout_class_name(cls), class_place(d->a, cls), class_place(d->b, cls),
		       "changed");
		diff_objects(d, cls);
		for (int field = 0; field < FIELD_MAX; field++)
			if ((int)field_class(field) == cls)
				diff_field(d, field);
	}
	return d->r;
}

static int add_row(void *ctx, const struct change *change)
{
	struct table *table = ctx;

	table_row(table);
	table_text(table, change->name);
	table_text(table, *change->before ? change->before : "-");
	table_text(table, *change->after ? change->after : "-");
	table_text(table, change->what);
	return 0;
}

static int add_json(void *ctx, const struct change *change)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s?, s:s?, s:s}", "name", change->name,
					     "before", *change->before ? change->before : NULL,
					     "after", *change->after ? change->after : NULL, "what",
					     change->what));
	return 0;
}

static int print(struct differ *d, struct error *err)
{
	const struct table_column columns[] = {
		{"WHAT", false},   {d->a->name, false}, {d->b->name, false},
		{"CHANGE", false}, {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *table = table_create(columns, err);

	d->report = add_row;
	d->ctx = table;
	if (table)
		diff(d);
	if (table && !d->nr) {
		log_info("%s and %s keep everything in the same places", d->a->name, d->b->name);
		return 0;
	}
	return table_print(table, stdout, err);
}

static int print_json(struct differ *d, struct error *err)
{
	json_t *list = json_array();

	d->report = add_json;
	d->ctx = list;
	diff(d);
	return cmd_print_json(json_pack("{s:s, s:s, s:o}", "before", d->a->name, "after",
					d->b->name, "changes", list),
			      err);
}

int layouts_diff(const struct layouts_args *args, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *a = NULL, *b = NULL;
	struct layout *both[2];
	struct differ d = {0};
	int r = layout_load(args->names[0], &a, err);

	if (!r)
		r = layout_load(args->names[1], &b, err);
	if (r)
		return r;
	both[0] = a;
	both[1] = b;
	r = layouts_set(both, 2, args->sets, args->nr_sets, err);
	if (r)
		return r;
	d.a = a;
	d.b = b;
	return args->json ? print_json(&d, err) : print(&d, err);
}
