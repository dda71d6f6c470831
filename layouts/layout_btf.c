// SPDX-License-Identifier: GPL-2.0-only
/* A layout held against a kernel's BTF, and a layout made from it. */
#include "layouts/layout_btf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "layouts/layout_yaml.h"

DEFINE_CLEANUP(struct layout *, layout_destroy);

enum layout_btf_verdict layout_btf_verdict(const struct layout *layout,
					   const struct layout_btf *btf, enum field field)
{
	const struct layout_place *place = &layout->places[field];
	const struct layout_btf_place *kernel = &btf->fields[field];

	if (!place->size)
		return kernel->found ? LAYOUT_BTF_NOT_IN_LAYOUT : LAYOUT_BTF_NEITHER;
	if (!kernel->found)
		return LAYOUT_BTF_UNCHECKED;
	if (kernel->place.at != place->at || kernel->place.size != place->size)
		return LAYOUT_BTF_DIFFERS;
	return LAYOUT_BTF_SAME;
}

static bool has_class(const struct layout_btf *btf, enum layout_class cls)
{
	for (int field = 0; field < FIELD_MAX; field++)
		if (field_class(field) == cls && btf->fields[field].found)
			return true;
	return false;
}

/* The next field of the class by offset, then by the order of fields.def; after < 0: the first. */
static int next_field(const struct layout_btf *btf, enum layout_class cls, int after)
{
	const struct layout_btf_place *fields = btf->fields;
	int best = -1;

	for (int i = 0; i < FIELD_MAX; i++) {
		unsigned int at = fields[i].place.at;

		if (!fields[i].found || field_class(i) != cls)
			continue;
		if (after >= 0 &&
		    (at < fields[after].place.at || (at == fields[after].place.at && i <= after)))
			continue;
		if (best < 0 || at < fields[best].place.at)
			best = i;
	}
	return best;
}

static void write_class(FILE *f, const struct layout_btf *btf, enum layout_class cls)
{
	unsigned int end = 0;

	fputc('\n', f);
	for (int i = next_field(btf, cls, -1); i >= 0; i = next_field(btf, cls, i)) {
		const struct layout_btf_place *field = &btf->fields[i];
		int name = fprintf(f, "  %s:", field_name(i));

		/* sorted by offset, so what overlaps anything overlaps what reaches furthest */
		fprintf(f, "%*s{at: %u, size: %u%s}", name < 25 ? 25 - name : 1, "",
			field->place.at, field->place.size,
			field->place.at < end ? ", union: true" : "");
		fprintf(f, "  # %s.%s", field->structure, field->first);
		if (strcmp(field->first, field->last))
			fprintf(f, " to %s", field->last);
		if (field->tail)
			fprintf(f, " of tail %u", field->tail);
		fputc('\n', f);
		if (field->place.at + field->place.size > end)
			end = field->place.at + field->place.size;
	}
}

/* BTF does not keep alignment: HAVE_ALIGNED_STRUCT_PAGE means 16, and then the size tells. */
static unsigned int guess_align(unsigned int page_size)
{
	unsigned int align = 16;

	while (page_size % align)
		align /= 2;
	return align;
}

static void write_yaml(FILE *f, const struct layout_btf *btf, const char *name, const char *source)
{
	bool first = true;

	fprintf(f,
		"# written by memsim layouts import\n"
		"memsim-layout: 1\nname: %s\n"
		"summary: %u-byte struct page, read from BTF; everything in the memmap\n"
		"status: released\nsources:\n  - BTF of %s\n\n",
		name, btf->page_size, source);
	fprintf(f,
		"page: {size: %u, align: %u}  # BTF has no alignment; this is the largest that "
		"fits\n",
		btf->page_size, guess_align(btf->page_size));
	for (int cls = LAYOUT_CLASS_PAGE + 1; cls < LAYOUT_CLASS_MAX; cls++) {
		if (!has_class(btf, cls))
			continue;
		fprintf(f, "%s%s", first ? "overlaid: [" : ", ", layout_class_name(cls));
		first = false;
	}
	fprintf(f, "%s\nfields:", first ? "" : "]\n");
	for (int cls = 0; cls < LAYOUT_CLASS_MAX; cls++)
		if (has_class(btf, cls))
			write_class(f, btf, cls);
}

int layout_btf_yaml(const struct layout_btf *btf, const char *name, const char *source, char **ret,
		    struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int failed, r;

	if (!f)
		return error_nomem(err);
	write_yaml(f, btf, name, source);
	failed = ferror(f);
	if (fclose(f) || failed)
		return error_nomem(err);
	/* a struct that is none of the known ones must not become a file that nobody can read */
	r = layout_parse(name, text, len, &layout, err);
	if (r)
		return error_prefix(err, r, "what %s says makes no layout", source);
	*ret = take_ptr(text);
	return 0;
}
