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

static const struct layout_builtin *find_builtin(const struct layout_builtin *list, size_t nr,
						 const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

static int copy_builtin(const struct layout_builtin *builtin, char **ret, size_t *ret_len,
			struct error *err)
{
	char *text = malloc(builtin->len ? builtin->len : 1);

	if (!text)
		return error_nomem(err);
	memcpy(text, builtin->text, builtin->len);
	*ret = text;
	*ret_len = builtin->len;
	return 0;
}

static int read_modifier(const char *name, char **ret, size_t *ret_len, struct error *err)
{
	const struct layout_builtin *builtin =
		find_builtin(layout_modifiers, layout_nr_modifiers, name);

	if (is_path(name))
		return read_path(name, ret, ret_len, err);
	if (!builtin)
		return error_set(err, -ENOENT,
				 "unknown modifier '%s'; memsim layouts list shows them", name);
	return copy_builtin(builtin, ret, ret_len, err);
}

/*
 * Where the modifiers begin, at their plus sign, or the end of the name. The name of a file may hold a
 * plus, so after one they begin at ".yaml+".
 */
static const char *find_modifiers(const char *name)
{
	const char *plus = strstr(name, ".yaml+");

	if (plus)
		return plus + strlen(".yaml");
	return is_path(name) ? name + strlen(name) : strchrnul(name, '+');
}

int layout_text(const char *name_or_path, char **ret, size_t *ret_len, struct error *err)
{
	const struct layout_builtin *builtin;

	if (*find_modifiers(name_or_path))
		return error_set(err, -EINVAL,
				 "%s is put together from several files; each of them can be shown",
				 name_or_path);
	if (is_path(name_or_path))
		return read_path(name_or_path, ret, ret_len, err);
	builtin = find_builtin(layout_builtins, layout_nr_builtins, name_or_path);
	if (!builtin)
		builtin = find_builtin(layout_modifiers, layout_nr_modifiers, name_or_path);
	if (!builtin)
		return error_set(err, -ENOENT,
				 "unknown layout '%s'; memsim layouts list shows them",
				 name_or_path);
	return copy_builtin(builtin, ret, ret_len, err);
}

static int modify(struct layout *layout, const char *list, struct error *err)
{
	_cleanup_free_ char *copy = strdup(list);
	unsigned int nr = 0;
	char *rest = copy, *name;
	int r = 0;

	if (!copy)
		return error_nomem(err);
	while (!r && (name = strsep(&rest, "+"))) {
		_cleanup_free_ char *text = NULL;
		size_t len;

		if (!*name)
			return error_set(err, -EINVAL, "%s+%s: a modifier has no name",
					 layout->name, list);
		if (nr++ == LAYOUT_MAX_MODIFIERS)
			return error_set(err, -E2BIG, "%s: more than %d modifiers", layout->name,
					 LAYOUT_MAX_MODIFIERS);
		r = read_modifier(name, &text, &len, err);
		if (!r)
			r = layout_modify(layout, name, text, len, err);
	}
	return r;
}

static int load_base(const char *name, struct layout **ret, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (!is_path(name) && !find_builtin(layout_builtins, layout_nr_builtins, name) &&
	    find_builtin(layout_modifiers, layout_nr_modifiers, name))
		return error_set(err, -EINVAL,
				 "%s is a modifier: put it behind a layout, as in v6.12+%s", name,
				 name);
	r = layout_text(name, &text, &len, err);
	if (!r)
		r = layout_parse(name, text, len, &layout, err);
	if (r)
		return r;
	if (!is_path(name)) {
		char *origin = strdup("built-in");

		if (!origin)
			return error_nomem(err);
		free(layout->origin);
		layout->origin = origin;
	}
	*ret = take_ptr(layout);
	return 0;
}

int layout_load(const char *name_or_path, struct layout **ret, struct error *err)
{
	_cleanup_(layout_destroyp) struct layout *layout = NULL;
	const char *modifiers = find_modifiers(name_or_path);
	_cleanup_free_ char *base = strndup(name_or_path, (size_t)(modifiers - name_or_path));
	int r;

	if (!base)
		return error_nomem(err);
	r = load_base(base, &layout, err);
	if (!r && *modifiers)
		r = modify(layout, modifiers + 1, err);
	if (r)
		return r;
	*ret = take_ptr(layout);
	return 0;
}

void layout_destroy(struct layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->nr_sources; i++)
		free(layout->sources[i]);
	for (size_t i = 0; i < layout->nr_params; i++)
		free(layout->params[i].question);
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
