// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/report/plots/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Files in memory instead of pipes: nobody has to read while somebody writes. */
struct channels {
	int script, out, said;
};

static void channels_fini(struct channels *c)
{
	cleanup_closep(&c->script);
	cleanup_closep(&c->out);
	cleanup_closep(&c->said);
}

static int channels_init(struct channels *c, const char *script, size_t len, struct error *err)
{
	c->script = memfd_create("gnuplot-script", MFD_CLOEXEC);
	c->out = memfd_create("gnuplot-out", MFD_CLOEXEC);
	c->said = memfd_create("gnuplot-said", MFD_CLOEXEC);
	if (c->script < 0 || c->out < 0 || c->said < 0)
		return error_set(err, -errno, "gnuplot: cannot make a file in memory: %m");
	for (size_t done = 0; done < len;) {
		ssize_t n = write(c->script, script + done, len - done);

		if (n < 0 && errno != EINTR)
			return error_set(err, -errno, "gnuplot: cannot write its script: %m");
		done += n > 0 ? (size_t)n : 0;
	}
	(void)lseek(c->script, 0, SEEK_SET);
	return 0;
}

static int read_back(int fd, char **ret, struct error *err)
{
	struct stat st;
	char *text;
	size_t len = 0;

	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "gnuplot: cannot read what it wrote: %m");
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return error_nomem(err);
	while (len < (size_t)st.st_size) {
		ssize_t n = pread(fd, text + len, (size_t)st.st_size - len, (off_t)len);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	*ret = text;
	return 0;
}

/* The last line that it said, which is its complaint: "line 3: unrecognized option". */
static int complain(const struct channels *c, int status, struct error *err)
{
	_cleanup_free_ char *said = NULL;
	char *line;
	int r = read_back(c->said, &said, err);

	if (r)
		return r;
	for (size_t len = strlen(said); len && strchr(" \t\n", said[len - 1]);)
		said[--len] = '\0';
	line = strrchr(said, '\n');
	line = line ? line + 1 : said;
	line += strspn(line, " \t");
	if (WIFSIGNALED(status))
		return error_set(err, -EIO, "gnuplot: ended by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	return error_set(err, -EIO, "gnuplot: ended with status %d: %s", WEXITSTATUS(status),
			 *line ? line : "it does not say why");
}

static int spawn(const struct channels *c, pid_t *ret, struct error *err)
{
	char name[] = "gnuplot", defaults[] = "-d", locale[] = "LC_ALL=C";
	char *const argv[] = {name, defaults, NULL}, *const env[] = {locale, NULL};
	posix_spawn_file_actions_t actions;
	int e = posix_spawn_file_actions_init(&actions);

	if (e)
		return error_set(err, -e, "gnuplot: cannot start it: %s", strerror(e));
	e = posix_spawn_file_actions_adddup2(&actions, c->script, STDIN_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, c->out, STDOUT_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, c->said, STDERR_FILENO);
	if (!e)
		e = posix_spawnp(ret, name, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	return e ? error_set(err, -e, "gnuplot: cannot start it: %s", strerror(e)) : 0;
}

int gnuplot_run(const char *script, size_t len, char **ret, struct error *err)
{
	_cleanup_(channels_fini) struct channels c = {-1, -1, -1};
	int status = 0, r = channels_init(&c, script, len, err);
	pid_t pid;

	if (!r)
		r = spawn(&c, &pid, err);
	if (r)
		return r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "gnuplot: cannot wait for it: %m");
	return status ? complain(&c, status, err) : read_back(c.out, ret, err);
}
