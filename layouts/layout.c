// SPDX-License-Identifier: GPL-2.0-only
/* Where layouts come from, built-in or a file; and the one question that replay keeps asking. */
#include "layouts/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"

/* One more than layout_parse() accepts, so that it sees that a file is too long. */
enum { MAX_READ = (1 << 20) + 1 };

DEFINE_CLEANUP(struct layout *, layout_destroy);

static bool is_path(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 5 && !strcmp(name + len - 5, ".yaml"));
}

static int read_path(const char *path, char **ret, size_t *ret_len, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = malloc(MAX_READ);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (!text)
		return error_nomem(err);
	while (len < MAX_READ) {
		n = read(fd, text + len, MAX_READ - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno, "%s: cannot read: %s", path, strerror(errno));
		if (!n)
			break;
		len += (size_t)n;
	}
	*ret = take_ptr(text);
	*ret_len = len;
	return 0;
}

static int read_builtin(const char *name, char **ret, size_t *ret_len, struct error *err)
{
	for (size_t i = 0; i < layout_nr_builtins; i++) {
		const struct layout_builtin *builtin = &layout_builtins[i];
		char *text;

		if (strcmp(builtin->name, name))
			continue;
		text = malloc(builtin->len ? builtin->len : 1);
		if (!text)
			return error_nomem(err);
		memcpy(text, builtin->text, builtin->len);
		*ret = text;
		*ret_len = builtin->len;
		return 0;
	}
	return error_set(err, -ENOENT, "unknown layout '%s'; memsim layouts list shows them", name);
}

int layout_text(const char *name_or_path, char **ret, size_t *ret_len, struct error *err)
{
	return is_path(name_or_path) ? read_path(name_or_path, ret, ret_len, err)
				     : read_builtin(name_or_path, ret, ret_len, err);
}

int layout_load(const char *name_or_path, struct layout **ret, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = layout_text(name_or_path, &text, &len, err);

	if (!r)
		r = layout_parse(name_or_path, text, len, &layout, err);
	if (r)
		return r;
	if (!is_path(name_or_path)) {
		char *origin = strdup("built-in");

		if (!origin)
			return error_nomem(err);
		free(layout->origin);
		layout->origin = origin;
	}
	*ret = take_ptr(layout);
	return 0;
}

void layout_destroy(struct layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->nr_sources; i++)
		free(layout->sources[i]);
	free(layout->name);
	free(layout->summary);
	free(layout->status);
	free(layout->origin);
	free(layout);
}

int layout_object_for(const struct layout *layout, enum page_kind kind, unsigned int order)
{
	if ((unsigned int)kind >= PAGE_KIND_MAX)
		return -1;
	for (size_t i = 0; i < layout->nr_objects; i++) {
		const struct layout_object *object = &layout->objects[i];

		if (object->kinds & 1u << kind && order >= object->min_order &&
		    order <= object->max_order)
			return object->fraction_percent ? (int)i : -1;
	}
	return -1;
}
