// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading in two passes over the same bytes: libyaml's event API still shows anchors, aliases, tags
 * and directives, so the first pass refuses them and whatever is oversized; the document API, which
 * hides them, then builds the tree.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "layouts/yaml_node.h"

/* A layout has some 150 nodes, nested 3 deep. These only keep a hostile file from taking long. */
enum { MAX_DEPTH = 8, MAX_NODES = 4096, MAX_TEXT = 512 };

DEFINE_CLEANUP(yaml_parser_t *, yaml_parser_delete);

static void event_deletep(yaml_event_t *event)
{
	yaml_event_delete(event);
}

static int fail_at(const char *name, const yaml_mark_t *mark, struct error *err, const char *what)
{
	return error_set(err, -EINVAL, "%s:%zu:%zu: %s", name, mark->line + 1, mark->column + 1,
			 what);
}

static int parser_start(yaml_parser_t *parser, const void *data, size_t len, struct error *err)
{
	if (!yaml_parser_initialize(parser))
		return error_nomem(err);
	/* otherwise a byte order mark would switch to UTF-16 */
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, data, len);
	return 0;
}

static int parser_failed(const yaml_parser_t *parser, const char *name, struct error *err)
{
	const char *problem = parser->problem ? parser->problem : "malformed";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_nomem(err);
	if (parser->error == YAML_READER_ERROR)
		return error_set(err, -EINVAL, "%s: byte %zu: not UTF-8 text: %s", name,
				 parser->problem_offset, problem);
	return error_set(err, -EINVAL, "%s:%zu:%zu: not YAML: %s", name,
			 parser->problem_mark.line + 1, parser->problem_mark.column + 1, problem);
}

/* Names and numbers need none of these, and in a message they would upset the terminal. */
static bool has_control(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool c1 = s[i] == 0xc2 && i + 1 < len && s[i + 1] < 0xa0; /* U+0080..U+009F */

		if (s[i] < 0x20 || s[i] == 0x7f || c1)
			return true;
	}
	return false;
}

static int check_scalar(const yaml_event_t *event, const char *name, struct error *err)
{
	const unsigned char *text = event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (event->data.scalar.anchor)
		return fail_at(name, &event->start_mark, err, "an anchor (&) is not allowed");
	if (event->data.scalar.tag)
		return fail_at(name, &event->start_mark, err, "a tag (!) is not allowed");
	if (len > MAX_TEXT)
		return fail_at(name, &event->start_mark, err, "this text is longer than 512 bytes");
	if (has_control(text, len))
		return fail_at(name, &event->start_mark, err,
			       "a text must be one line without control characters");
	return 0;
}

static int check_start(const yaml_event_t *event, const char *name, struct error *err)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;

	if (map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor)
		return fail_at(name, &event->start_mark, err, "an anchor (&) is not allowed");
	if (map ? event->data.mapping_start.tag : event->data.sequence_start.tag)
		return fail_at(name, &event->start_mark, err, "a tag (!) is not allowed");
	return 0;
}

struct counts {
	unsigned int documents, nodes, depth;
};

static int check_event(const yaml_event_t *event, const char *name, struct counts *n,
		       struct error *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (n->documents++)
			return fail_at(name, &event->start_mark, err,
				       "a second document starts here; a file holds one layout");
		if (event->data.document_start.version_directive ||
		    event->data.document_start.tag_directives.start)
			return fail_at(name, &event->start_mark, err,
				       "a directive (%) is not allowed");
		return 0;
	case YAML_ALIAS_EVENT:
		return fail_at(name, &event->start_mark, err, "an alias (*) is not allowed");
	case YAML_SCALAR_EVENT:
		n->nodes++;
		return check_scalar(event, name, err);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		n->nodes++;
		if (++n->depth > MAX_DEPTH)
			return fail_at(name, &event->start_mark, err, "nested too deeply");
		return check_start(event, name, err);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		n->depth--;
		return 0;
	default:
		return 0;
	}
}

static int check_events(const char *name, const void *data, size_t len, struct error *err)
{
	yaml_parser_t parser;
	_cleanup_(yaml_parser_deletep) yaml_parser_t *guard = NULL;
	struct counts n = {0};
	int r = parser_start(&parser, data, len, err);

	if (r)
		return r;
	guard = &parser;
	for (bool end = false; !end;) {
		_cleanup_(event_deletep) yaml_event_t event = {0};

		if (!yaml_parser_parse(&parser, &event))
			return parser_failed(&parser, name, err);
		end = event.type == YAML_STREAM_END_EVENT;
		r = check_event(&event, name, &n, err);
		if (r)
			return r;
		if (n.nodes > MAX_NODES)
			return fail_at(name, &event.start_mark, err, "too long for a layout");
	}
	if (!n.documents)
		return error_set(err, -EINVAL,
				 "%s: is empty; a layout starts with 'memsim-layout: 1'", name);
	return 0;
}

int yaml_file_load(struct yaml_file *y, const char *name, const void *data, size_t len,
		   struct error *err)
{
	yaml_parser_t parser;
	_cleanup_(yaml_parser_deletep) yaml_parser_t *guard = NULL;
	yaml_document_t doc;
	int r = check_events(name, data, len, err);

	if (r)
		return r;
	r = parser_start(&parser, data, len, err);
	if (r)
		return r;
	guard = &parser;
	if (!yaml_parser_load(&parser, &doc))
		return parser_failed(&parser, name, err);
	*y = (struct yaml_file){.name = name, .doc = doc};
	return 0;
}

void yaml_file_fini(struct yaml_file *y)
{
	yaml_document_delete(&y->doc);
}
