// SPDX-License-Identifier: GPL-2.0-only
#include "layouts/yaml_node.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"

int yaml_fail(const struct yaml_file *y, const yaml_node_t *node, struct error *err,
	      const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, -EINVAL, "%s:%zu:%zu: %s", y->name, node->start_mark.line + 1,
			 node->start_mark.column + 1, text);
}

static const char *type_name(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return "a map";
	case YAML_SEQUENCE_NODE:
		return "a list";
	default:
		return "a text";
	}
}

static const char *scalar(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static const yaml_node_t *get_node(const struct yaml_file *y, int id)
{
	/* libyaml's accessor only looks, it merely lacks the const */
	return yaml_document_get_node((yaml_document_t *)&y->doc, id);
}

struct yaml_entry yaml_map_entry(const struct yaml_file *y, const yaml_node_t *node, size_t i)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start + i;
	struct yaml_entry entry = {
		.key = get_node(y, pair->key),
		.value = get_node(y, pair->value),
	};

	entry.name = scalar(entry.key);
	return entry;
}

int yaml_map_size(const struct yaml_file *y, const yaml_node_t *node, const char *what, size_t *ret,
		  struct error *err)
{
	size_t nr;

	if (node->type != YAML_MAPPING_NODE)
		return yaml_fail(y, node, err, "%s must be a map (key: value), not %s", what,
				 type_name(node));
	nr = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	for (size_t i = 0; i < nr; i++) {
		const yaml_node_t *key = get_node(y, node->data.mapping.pairs.start[i].key);

		if (key->type != YAML_SCALAR_NODE || !*scalar(key))
			return yaml_fail(y, key, err, "a key in %s must be a plain name", what);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(yaml_map_entry(y, node, j).name, scalar(key)))
				return yaml_fail(y, key, err,
						 "'%s' is there twice in %s; keep one of them",
						 scalar(key), what);
	}
	*ret = nr;
	return 0;
}

static size_t find_key(const struct yaml_key *keys, size_t nr, const char *name)
{
	size_t i = 0;

	while (i < nr && strcmp(keys[i].name, name))
		i++;
	return i;
}

static int unknown_key(const struct yaml_file *y, const struct yaml_entry *entry, const char *what,
		       const struct yaml_key *keys, size_t nr, struct error *err)
{
	char known[160];
	size_t used = 0;

	for (size_t i = 0; i < nr && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
					 keys[i].name);
	return yaml_fail(y, entry->key, err, "unknown key '%s' in %s; known are: %s", entry->name,
			 what, known);
}

int yaml_map_read(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		  const struct yaml_key *keys, size_t nr, const yaml_node_t **values,
		  struct error *err)
{
	size_t size;
	int r = yaml_map_size(y, node, what, &size, err);

	if (r)
		return r;
	memset(values, 0, nr * sizeof(*values));
	for (size_t i = 0; i < size; i++) {
		struct yaml_entry entry = yaml_map_entry(y, node, i);
		size_t k = find_key(keys, nr, entry.name);

		if (k == nr)
			return unknown_key(y, &entry, what, keys, nr, err);
		values[k] = entry.value;
	}
	for (size_t k = 0; k < nr; k++)
		if (!values[k] && !keys[k].optional)
			return yaml_fail(y, node, err, "%s has no '%s'; it needs one", what,
					 keys[k].name);
	return 0;
}

int yaml_list_size(const struct yaml_file *y, const yaml_node_t *node, const char *what, size_t max,
		   size_t *ret, struct error *err)
{
	size_t nr;

	if (node->type != YAML_SEQUENCE_NODE)
		return yaml_fail(y, node, err, "%s must be a list ([a, b] or lines of - a), not %s",
				 what, type_name(node));
	nr = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (!nr)
		return yaml_fail(y, node, err, "%s is an empty list; fill it or leave the key out",
				 what);
	if (nr > max)
		return yaml_fail(y, node, err, "%s has %zu items, but at most %zu are allowed",
				 what, nr, max);
	*ret = nr;
	return 0;
}

const yaml_node_t *yaml_list_item(const struct yaml_file *y, const yaml_node_t *node, size_t i)
{
	return get_node(y, node->data.sequence.items.start[i]);
}

int yaml_text(const struct yaml_file *y, const yaml_node_t *node, const char *what,
	      const char **ret, struct error *err)
{
	if (node->type != YAML_SCALAR_NODE)
		return yaml_fail(y, node, err, "%s must be a text, not %s", what, type_name(node));
	if (!*scalar(node))
		return yaml_fail(y, node, err, "%s is empty; give it a value", what);
	*ret = scalar(node);
	return 0;
}

int yaml_number_text(const struct yaml_file *y, const yaml_node_t *node, const char *text,
		     size_t len, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
		     struct error *err)
{
	char digits
		[24]; /* the largest number has 20; never cut: what is left could be another one */
	struct error why;
	uint64_t value;

	if (len >= sizeof(digits))
		return yaml_fail(y, node, err, "%s: '%.*s' is too long for a number", what,
				 (int)len, text);
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (num_parse(digits, what, 0, UINT64_MAX, &value, &why))
		return yaml_fail(y, node, err, "%s; write digits alone, or hexadecimal after 0x",
				 why.msg);
	if (num_parse(digits, what, min, max, &value, &why))
		return yaml_fail(y, node, err, "%s", why.msg);
	*ret = value;
	return 0;
}

int yaml_number(const struct yaml_file *y, const yaml_node_t *node, const char *what, uint64_t min,
		uint64_t max, uint64_t *ret, struct error *err)
{
	const char *text = NULL;
	int r = yaml_text(y, node, what, &text, err);

	if (r)
		return r;
	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return yaml_fail(y, node, err, "%s must be a number; take the quotes away", what);
	return yaml_number_text(y, node, text, strlen(text), what, min, max, ret, err);
}

int yaml_bool(const struct yaml_file *y, const yaml_node_t *node, const char *what, bool *ret,
	      struct error *err)
{
	const char *text = NULL;
	int r = yaml_text(y, node, what, &text, err);
	bool yes;

	if (r)
		return r;
	yes = !strcmp(text, "true");
	/* YAML 1.1 also takes yes, on, y: too many ways to say one thing */
	if ((!yes && strcmp(text, "false")) || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return yaml_fail(y, node, err, "%s: '%s' is neither true nor false", what, text);
	*ret = yes;
	return 0;
}
