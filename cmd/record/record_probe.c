// SPDX-License-Identifier: GPL-2.0-only
/* memsim record --probe: what this kernel can show, and how. */
#include "cmd/record/record_probe.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "bpf/recorder.h"
#include "cmd/cmd.h"
#include "cmd/table.h"

static int print_classes(const struct recorder_probe *probe, struct error *err)
{
	static const struct table_column columns[] = {
		{"CLASS", false}, {"FIDELITY", false}, {"HOW", false}, {"NOTE", false}, {0}};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (int cls = 0; t && cls < CLASS_MAX; cls++) {
		const struct trace_class *c = &probe->classes[cls];

		table_row(t);
		table_text(t, event_class_name((enum event_class)cls));
		table_text(t, fidelity_name(c->fidelity));
		table_text(t, c->how);
		table_text(t, c->note);
	}
	return table_print(t, stdout, err);
}

static int print_hooks(const struct recorder_probe *probe, struct error *err)
{
	static const struct table_column columns[] = {{"CLASS", false}, {"SEES", false},
						      {"HOW", false},	{"ON", false},
						      {"RUNS", true},	{0}};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (size_t i = 0; t && i < probe->nr; i++) {
		const struct recorder_hook *hook = &probe->hooks[i];

		table_row(t);
		table_text(t, event_class_name(hook->cls));
		table_text(t, hook->name);
		table_text(t, hook->how);
		table_text(t, hook->target);
		table_count(t, hook->hits);
	}
	return table_print(t, stdout, err);
}

static int print_counters(const struct recorder_probe *probe, struct error *err)
{
	static const struct table_column columns[] = {{"COUNTER", false}, {"EVENT", false}, {0}};
	_cleanup_(table_destroyp) struct table *t = table_create(columns, err);

	for (size_t i = 0; t && i < probe->nr_counted; i++) {
		table_row(t);
		table_text(t, probe->counted[i].name);
		table_text(t, probe->counted[i].event);
	}
	if (t && !probe->nr_counted) {
		table_row(t);
		table_text(t, probe->pmu);
		table_text(t, probe->pmu_note);
	}
	return table_print(t, stdout, err);
}

static json_t *json_of(const struct recorder_probe *probe)
{
	json_t *classes = json_object(), *list = json_array(), *counted = json_array();

	for (int cls = 0; cls < CLASS_MAX; cls++) {
		const struct trace_class *c = &probe->classes[cls];

		json_object_set_new(classes, event_class_name((enum event_class)cls),
				    json_pack("{s:s, s:s, s:s}", "fidelity",
					      fidelity_name(c->fidelity), "how", c->how, "note",
					      c->note));
	}
	for (size_t i = 0; i < probe->nr; i++) {
		const struct recorder_hook *hook = &probe->hooks[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:I}", "class",
						event_class_name(hook->cls), "sees", hook->name,
						"how", hook->how, "on", hook->target, "runs",
						(json_int_t)hook->hits));
	}
	for (size_t i = 0; i < probe->nr_counted; i++)
		json_array_append_new(counted,
				      json_pack("{s:s, s:s}", "counter", probe->counted[i].name,
						"event", probe->counted[i].event));
	return json_pack("{s:o?, s:o?, s:s, s:s, s:o?}", "classes", classes, "hooks", list, "pmu",
			 probe->pmu, "pmu_note", probe->pmu_note, "counted", counted);
}

int record_probe(bool json, struct error *err)
{
	_cleanup_free_ struct recorder_probe *probe = calloc(1, sizeof(*probe));
	int r;

	if (!probe)
		return error_nomem(err);
	r = recorder_probe(probe, err);
	if (r < 0)
		return r;
	if (json)
		return cmd_print_json(json_of(probe), err);
	r = print_classes(probe, err);
	if (r < 0)
		return r;
	putchar('\n');
	r = print_hooks(probe, err);
	if (r < 0)
		return r;
	putchar('\n');
	return print_counters(probe, err);
}
