// SPDX-License-Identifier: GPL-2.0-only
/* Finds the members of layout_btf.def in BTF, through whatever unnamed structs and unions are around them. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "layouts/layout_btf.h"
#include "layouts/layout_yaml.h"

DEFINE_CLEANUP(struct btf *, btf__free);

/* struct page nests three unnamed levels; a hostile file must not recurse without end. */
enum { MAX_NESTING = 16 };

static const struct row {
	enum field field;
	const char *structure;
	unsigned int tail;
	const char *first, *last;
} rows[] = {
#define BTF_FIELD(CLASS, NAME, structure, tail, first, last)                                       \
	{FIELD_##CLASS##_##NAME, structure, tail, first, last},
#include "layouts/layout_btf.def"
#undef BTF_FIELD
};

struct span {
	uint32_t at, size; /* bytes */
};

static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name,
			uint32_t base_bits, unsigned int depth, struct span *ret);

/* The member itself, or one inside an unnamed member (which may be of a named type: -fms-extensions). */
static bool match_member(const struct btf *btf, const struct btf_type *t, uint32_t i,
			 const char *name, uint32_t base_bits, unsigned int depth, struct span *ret)
{
	const struct btf_member *member = btf_members(t) + i;
	const char *member_name = btf__name_by_offset(btf, member->name_off);
	uint32_t bits = base_bits + btf_member_bit_offset(t, i);
	const struct btf_type *inner;
	int64_t size;
	int id;

	if (!member_name)
		return false;
	if (*member_name) {
		if (strcmp(member_name, name) || bits % 8)
			return false;
		size = btf_member_bitfield_size(t, i) ? (btf_member_bitfield_size(t, i) + 7) / 8
						      : btf__resolve_size(btf, member->type);
		if (size <= 0 || size > UINT16_MAX)
			return false;
		*ret = (struct span){.at = bits / 8, .size = (uint32_t)size};
		return true;
	}
	id = btf__resolve_type(btf, member->type);
	inner = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	return inner && btf_is_composite(inner) &&
	       find_member(btf, inner, name, bits, depth + 1, ret);
}

static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name,
			uint32_t base_bits, unsigned int depth, struct span *ret)
{
	if (depth > MAX_NESTING)
		return false;
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		if (match_member(btf, t, i, name, base_bits, depth, ret))
			return true;
	return false;
}

static const struct btf_type *find_struct(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
}

/* Whether the row is what this kernel has. */
static bool place_row(const struct btf *btf, const struct row *row, unsigned int page_size,
		      struct layout_btf_place *ret)
{
	const struct btf_type *t = find_struct(btf, row->structure);
	struct span first, last;
	uint32_t at;

	if (!t || !find_member(btf, t, row->first, 0, 0, &first) ||
	    !find_member(btf, t, row->last, 0, 0, &last))
		return false;
	at = first.at + row->tail * page_size;
	if (last.at < first.at || at > LAYOUT_MAX_OBJECT ||
	    last.at + last.size - first.at > LAYOUT_MAX_FIELD)
		return false;
	*ret = (struct layout_btf_place){
		.found = true,
		.place = {(uint16_t)at, (uint16_t)(last.at + last.size - first.at)},
		.structure = row->structure,
		.first = row->first,
		.last = row->last,
		.tail = row->tail,
	};
	return true;
}

static int no_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* libbpf would explain a broken file on stderr, where only cmd/ may write. */
static struct btf *parse_silently(const char *path)
{
	libbpf_print_fn_t old = libbpf_set_print(no_print);
	struct btf *btf = btf__parse(path, NULL);
	int code = errno;

	libbpf_set_print(old);
	errno = code;
	return btf;
}

static int open_btf(const char *path, struct btf **ret, struct error *err)
{
	struct btf *btf = parse_silently(path);

	/* libbpf has many codes for this, some of them of its own */
	if (!btf && !access(path, R_OK) && errno != ENOMEM && errno != EISDIR)
		return error_set(err, -EINVAL,
				 "%s: holds no BTF; it takes an uncompressed vmlinux, or BTF alone "
				 "as in /sys/kernel/btf",
				 path);
	if (!btf)
		return error_set(err, -errno, "%s: cannot read BTF: %s", path, strerror(errno));
	*ret = btf;
	return 0;
}

int layout_btf_read(const char *path, struct layout_btf **ret, struct error *err)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	_cleanup_free_ struct layout_btf *found = calloc(1, sizeof(*found));
	const struct btf_type *page;
	int r;

	if (!found)
		return error_nomem(err);
	r = open_btf(path, &btf, err);
	if (r)
		return r;
	page = find_struct(btf, "page");
	if (!page || page->size < LAYOUT_MIN_PAGE || page->size > LAYOUT_MAX_PAGE)
		return error_set(err, -EINVAL, "%s: has BTF, but no struct page of a kernel", path);
	found->page_size = page->size;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout_btf_place *place = &found->fields[rows[i].field];

		if (!place->found)
			place_row(btf, &rows[i], found->page_size, place);
	}
	*ret = take_ptr(found);
	return 0;
}
