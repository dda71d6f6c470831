// SPDX-License-Identifier: GPL-2.0-only
/* memsim layouts check and import: a layout and the BTF of a kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/log.h"
#include "base/outfile.h"
#include "cmd/cmd.h"
#include "cmd/layouts/cmd_layouts.h"
#include "cmd/table.h"
#include "layouts/layout_btf.h"

DEFINE_CLEANUP(struct outfile *, outfile_destroy);

/* What came out of a check. */
struct tally {
	unsigned int same, differs, unchecked;
	char unchecked_names[512];
};

static void format_place(const struct layout_place *place, char *buf, size_t len)
{
	if (place->size)
		snprintf(buf, len, "%u:%u", place->at, place->size);
	else
		snprintf(buf, len, "-");
}

static const char *member_name(const struct layout_btf_place *kernel, char *buf, size_t len)
{
	const char *tail = "";

	if (!kernel->found)
		return "-";
	if (kernel->tail)
		tail = kernel->tail == 1 ? " of tail 1" : " of tail 2";
	if (strcmp(kernel->first, kernel->last))
		snprintf(buf, len, "%s.%s to %s%s", kernel->structure, kernel->first, kernel->last,
			 tail);
	else
		snprintf(buf, len, "%s.%s%s", kernel->structure, kernel->first, tail);
	return buf;
}

static void count(struct tally *tally, const struct layout *layout, const struct layout_btf *btf)
{
	size_t used = 0;

	*tally = (struct tally){.same = layout->page_size == btf->page_size,
				.differs = layout->page_size != btf->page_size};
	for (int field = 0; field < FIELD_MAX; field++) {
		switch (layout_btf_verdict(layout, btf, field)) {
		case LAYOUT_BTF_SAME:
			tally->same++;
			break;
		case LAYOUT_BTF_DIFFERS:
		case LAYOUT_BTF_NOT_IN_LAYOUT:
			tally->differs++;
			break;
		case LAYOUT_BTF_UNCHECKED:
			if (used < sizeof(tally->unchecked_names))
				used += (size_t)snprintf(tally->unchecked_names + used,
							 sizeof(tally->unchecked_names) - used,
							 "%s%s", tally->unchecked++ ? ", " : "",
							 field_name(field));
			break;
		default:
			break;
		}
	}
}

static int print_differences(const struct layout *layout, const struct layout_btf *btf,
			     struct error *err)
{
	const struct table_column columns[] = {
		{"FIELD", false},  {layout->name, true}, {"BTF", true},
		{"MEMBER", false}, {NULL, false},
	};
	_cleanup_(table_destroyp) struct table *table = table_create(columns, err);

	if (table && layout->page_size != btf->page_size) {
		table_row(table);
		table_text(table, "page size");
		table_format(table, "%u", layout->page_size);
		table_format(table, "%u", btf->page_size);
		table_text(table, "struct page");
	}
	for (int field = 0; table && field < FIELD_MAX; field++) {
		enum layout_btf_verdict verdict = layout_btf_verdict(layout, btf, field);
		char mine[16], theirs[16], member[96];

		if (verdict != LAYOUT_BTF_DIFFERS && verdict != LAYOUT_BTF_NOT_IN_LAYOUT)
			continue;
		format_place(&layout->places[field], mine, sizeof(mine));
		format_place(&btf->fields[field].place, theirs, sizeof(theirs));
		table_row(table);
		table_text(table, field_name(field));
		table_text(table, mine);
		table_text(table, theirs);
		table_text(table, member_name(&btf->fields[field], member, sizeof(member)));
	}
	return table_print(table, stdout, err);
}

static json_t *place_json(const struct layout_place *place)
{
	return place->size ? json_pack("{s:i, s:i}", "at", (int)place->at, "size", (int)place->size)
			   : json_null();
}

static int print_json(const struct layout *layout, const struct layout_btf *btf, struct error *err)
{
	static const char *const verdicts[] = {
		[LAYOUT_BTF_SAME] = "same",
		[LAYOUT_BTF_DIFFERS] = "differs",
		[LAYOUT_BTF_NOT_IN_LAYOUT] = "not in layout",
		[LAYOUT_BTF_UNCHECKED] = "unchecked",
	};
	json_t *fields = json_array();

	for (int field = 0; field < FIELD_MAX; field++) {
		enum layout_btf_verdict verdict = layout_btf_verdict(layout, btf, field);
		char member[96];

		if (verdict != LAYOUT_BTF_NEITHER)
			json_array_append_new(
				fields,
				json_pack(
					"{s:s, s:s, s:o, s:o, s:s}", "name", field_name(field),
					"verdict", verdicts[verdict], "layout",
					place_json(&layout->places[field]), "btf",
					place_json(&btf->fields[field].place), "member",
					member_name(&btf->fields[field], member, sizeof(member))));
	}
	return cmd_print_json(json_pack("{s:s, s:{s:i, s:i}, s:o}", "layout", layout->name,
					"page_size", "layout", (int)layout->page_size, "btf",
					(int)btf->page_size, "fields", fields),
			      err);
}

int layouts_check(const struct layouts_args *args, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ struct layout_btf *btf = NULL;
	struct tally tally;
	int r = layout_load(args->names[0], &layout, err);

	if (!r)
		r = layout_btf_read(args->btf, &btf, err);
	if (r)
		return r;
	count(&tally, layout, btf);
	if (args->json)
		r = print_json(layout, btf, err);
	else if (tally.differs)
		r = print_differences(layout, btf, err);
	if (r)
		return r;
	if (tally.unchecked)
		log_info("BTF does not show, and so cannot check: %s", tally.unchecked_names);
	log_info("%s: %u as in %s, %u different", layout->name, tally.same, cmd_basename(args->btf),
		 tally.differs);
	return tally.differs ? EXIT_FAILED : EXIT_DONE;
}

/* A name that a layout may have: of the running kernel its release, otherwise that of the file. */
static void make_name(const char *path, char *buf, size_t len)
{
	struct utsname uts;
	size_t n;

	if (!strncmp(path, "/sys/kernel/btf/", 16) && !uname(&uts))
		snprintf(buf, len, "linux-%.24s", uts.release);
	else
		snprintf(buf, len, "%.32s", cmd_basename(path));
	for (n = 0; buf[n]; n++) {
		if (buf[n] >= 'A' && buf[n] <= 'Z')
			buf[n] = (char)(buf[n] - 'A' + 'a');
		else if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_", buf[n]))
			buf[n] = '-';
	}
	if (!n || strchr(".-_", buf[0]))
		snprintf(buf, len, "imported");
}

static int write_file(const char *path, const char *text, struct error *err)
{
	_cleanup_(outfile_destroyp) struct outfile *out = NULL;
	int r = outfile_create(path, 0666, &out, err);

	if (!r)
		r = outfile_write(out, text, strlen(text), err);
	return r ? r : outfile_commit(out, err);
}

int layouts_import(const struct layouts_args *args, struct error *err)
{
	_cleanup_free_ struct layout_btf *btf = NULL;
	_cleanup_free_ char *text = NULL;
	char name[48], source[48];
	int r = layout_btf_read(args->names[0], &btf, err);

	if (r)
		return r;
	make_name(args->names[0], source, sizeof(source));
	snprintf(name, sizeof(name), "%s", args->new_name ? args->new_name : source);
	r = layout_btf_yaml(btf, name, source, &text, err);
	if (r)
		return r;
	if (args->output)
		return write_file(args->output, text, err);
	fputs(text, stdout);
	return 0;
}
