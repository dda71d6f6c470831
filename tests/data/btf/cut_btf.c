// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts the BTF of a kernel down to a few structs: cut_btf FROM TO STRUCT...
 * What a struct holds by value comes along; what it points to becomes void. Structs that the kernel does
 * not have are left out. README says how the files beside this one were made with it.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cutter {
	const struct btf *from;
	struct btf *to;
	int *copies; /* id in `from` -> id in `to`; 0: not yet */
};

static int copy(struct cutter *c, uint32_t id);

static int check(int id, const char *what)
{
	if (id < 0) {
		fprintf(stderr, "cut_btf: %s: %s\n", what, strerror(-id));
		exit(1);
	}
	return id;
}

static const char *text(const struct cutter *c, uint32_t offset)
{
	const char *s = btf__name_by_offset(c->from, offset);

	return s && *s ? s : NULL;
}

static int copy_array(struct cutter *c, const struct btf_type *t)
{
	const struct btf_array *array = btf_array(t);
	int index = copy(c, array->index_type), element = copy(c, array->type);

	return check(btf__add_array(c->to, index, element, array->nelems), "array");
}

/* Values of an enum do not matter here, its size does. */
static int copy_enum(struct cutter *c, const struct btf_type *t)
{
	return check(btf__add_enum(c->to, text(c, t->name_off), t->size), "enum");
}

static int copy_composite(struct cutter *c, const struct btf_type *t)
{
	const struct btf_member *members = btf_members(t);
	uint32_t nr = btf_vlen(t);
	int *types = calloc(nr + 1, sizeof(*types)), id;

	/* members first: btf__add_field() works on the type that was added last */
	for (uint32_t i = 0; i < nr; i++)
		types[i] = copy(c, members[i].type);
	id = check(btf_is_struct(t) ? btf__add_struct(c->to, text(c, t->name_off), t->size)
				    : btf__add_union(c->to, text(c, t->name_off), t->size),
		   "struct");
	for (uint32_t i = 0; i < nr; i++)
		check(btf__add_field(c->to, text(c, members[i].name_off), types[i],
				     btf_member_bit_offset(t, i), btf_member_bitfield_size(t, i)),
		      "member");
	free(types);
	return id;
}

static int copy_type(struct cutter *c, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(c->to, text(c, t->name_off), t->size, btf_int_encoding(t));
	case BTF_KIND_PTR:
		return btf__add_ptr(c->to, 0);
	case BTF_KIND_ARRAY:
		return copy_array(c, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_composite(c, t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return copy_enum(c, t);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(c->to, text(c, t->name_off), copy(c, t->type));
	default: /* const, volatile, tags: transparent */
		return copy(c, t->type);
	}
}

static int copy(struct cutter *c, uint32_t id)
{
	if (id && !c->copies[id])
		c->copies[id] = check(copy_type(c, btf__type_by_id(c->from, id)), "type");
	return id ? c->copies[id] : 0;
}

int main(int argc, char **argv)
{
	struct btf *from = argc > 3 ? btf__parse(argv[1], NULL) : NULL;
	struct cutter c = {.from = from, .to = btf__new_empty()};
	const void *data;
	uint32_t size;
	FILE *f;

	if (!from || !c.to) {
		fprintf(stderr, "usage: cut_btf FROM TO STRUCT...\n");
		return 2;
	}
	c.copies = calloc(btf__type_cnt(from), sizeof(*c.copies));
	for (int i = 3; i < argc; i++) {
		int id = btf__find_by_name_kind(from, argv[i], BTF_KIND_STRUCT);

		if (id > 0)
			copy(&c, (uint32_t)id);
	}
	data = btf__raw_data(c.to, &size);
	f = fopen(argv[2], "wb");
	if (!f || !data || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
