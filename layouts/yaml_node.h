/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A strict reading of YAML: one document of plain maps, lists and texts. Everything that lets a
 * file mean something else than it seems to (anchors, tags, duplicate keys, 010, quoted numbers) is
 * refused. Every refusal is one sentence that starts with "file:line:column: ".
 */
#ifndef LAYOUTS_YAML_NODE_H
#define LAYOUTS_YAML_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/error.h"

struct yaml_file {
	const char *name; /* for messages; borrowed */
	yaml_document_t doc;
};

/* Texts in a file that was loaded hold neither control characters nor line breaks. */
int yaml_file_load(struct yaml_file *y, const char *name, const void *data, size_t len,
		   struct error *err) __must_check;
void yaml_file_fini(struct yaml_file *y);

/* A finished sentence about the node; returns -EINVAL. */
int yaml_fail(const struct yaml_file *y, const yaml_node_t *node, struct error *err,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One entry of a map; key is a text. */
struct yaml_entry {
	const char *name;
	const yaml_node_t *key, *value;
};

/* Entries of a map: the node must be one, and its keys must be texts, no two the same. */
int yaml_map_size(const struct yaml_file *y, const yaml_node_t *node, const char *what, size_t *ret,
		  struct error *err) __must_check;
struct yaml_entry yaml_map_entry(const struct yaml_file *y, const yaml_node_t *node, size_t i);

/* A map with a fixed set of keys. */
struct yaml_key {
	const char *name;
	bool optional;
};

/* values[i] becomes the value of keys[i], or NULL where an optional one is absent. */
int yaml_map_read(const struct yaml_file *y, const yaml_node_t *node, const char *what,
		  const struct yaml_key *keys, size_t nr, const yaml_node_t **values,
		  struct error *err) __must_check;

/* Items of a list: at least one, at most max. */
int yaml_list_size(const struct yaml_file *y, const yaml_node_t *node, const char *what, size_t max,
		   size_t *ret, struct error *err) __must_check;
const yaml_node_t *yaml_list_item(const struct yaml_file *y, const yaml_node_t *node, size_t i);

/* A text that is not empty; lives as long as the file. */
int yaml_text(const struct yaml_file *y, const yaml_node_t *node, const char *what,
	      const char **ret, struct error *err) __must_check;
/* A number that is not quoted, by the rules of num_parse(). */
int yaml_number(const struct yaml_file *y, const yaml_node_t *node, const char *what, uint64_t min,
		uint64_t max, uint64_t *ret, struct error *err) __must_check;
/* The same for the len bytes at text, a part of the node such as one end of a range. */
int yaml_number_text(const struct yaml_file *y, const yaml_node_t *node, const char *text,
		     size_t len, const char *what, uint64_t min, uint64_t max, uint64_t *ret,
		     struct error *err) __must_check;
int yaml_bool(const struct yaml_file *y, const yaml_node_t *node, const char *what, bool *ret,
	      struct error *err) __must_check;

#endif
