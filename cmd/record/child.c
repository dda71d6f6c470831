// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum { CHILD_GRACE_MS = 10000 };

static void child_main(char **command, int go, int failed)
{
	char byte;
	ssize_t n;
	int e;

	/* a signal is for who records; exec() makes the handlers that are inherited here the default */
	do
		n = read(go, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(0);
	execvp(command[0], command);
	e = errno;
	if (write(failed, &e, sizeof(e)) != sizeof(e))
		_exit(126);
	_exit(127);
}

int child_create(char **command, struct child *c, struct error *err)
{
	int go[2], failed[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %m");
	if (pipe2(failed, O_CLOEXEC) < 0) {
		int e = errno;

		close(go[0]);
		close(go[1]);
		return error_set(err, -e, "cannot make a pipe: %s", strerror(e));
	}
	c->pid = fork();
	if (!c->pid) {
		close(go[1]);
		close(failed[0]);
		child_main(command, go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	if (c->pid < 0) {
		c->pid = 0;
		return error_set(err, -errno, "cannot start a process: %m");
	}
	return 0;
}

/* Without the signal that a reader who was killed would cause: an error says it better. */
static ssize_t send_off(int fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	ssize_t n;

	sigaction(SIGPIPE, &ignore, &before);
	n = write(fd, "", 1);
	sigaction(SIGPIPE, &before, NULL);
	return n;
}

int child_go(struct child *c, const char *name, struct error *err)
{
	int e = 0;
	ssize_t n;

	if (send_off(c->go) != 1)
		return error_set(err, -errno, "%s: cannot start it: %m", name);
	do
		n = read(c->failed, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(e))
		return error_set(err, -e, "%s: cannot run it: %s", name, strerror(e));
	return 0;
}

/* Whether it ended in time. A signal to memsim means that nobody wants to wait for it. */
static bool has_ended(pid_t pid)
{
	_cleanup_close_ int fd = pidfd_open(pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};

	(void)poll(&end, 1, CHILD_GRACE_MS);
	return waitpid(pid, NULL, WNOHANG) == pid;
}

void child_fini(struct child *c)
{
	if (c->go >= 0)
		close(c->go);
	if (c->failed >= 0)
		close(c->failed);
	if (c->pid <= 0)
		return;
	if (waitpid(c->pid, NULL, WNOHANG) == 0) {
		kill(c->pid, SIGTERM);
		if (!has_ended(c->pid))
			log_warn("process %d was told to end and goes on", (int)c->pid);
	}
	c->pid = 0;
}
