/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records page events of the running kernel into a trace.
 *
 *	recorder_create()	checks what the kernel allows, loads, attaches: events flow
 *	recorder_start()	header and census into the trace
 *	recorder_run()		drains until told to stop
 *	recorder_finish()	detaches, drains the rest, footer
 */
#ifndef BPF_RECORDER_H
#define BPF_RECORDER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/pmu.h"
#include "bpf/select.h"
#include "trace/meta.h"

struct recorder;

struct recorder_opts {
	const char *output;    /* path of the trace, borrowed until finish; see rotate */
	uint64_t buffer_bytes; /* per CPU; 0: 16 MiB. Rounded up to a power of two */
	int zstd_level;	       /* 0: the default */
	/*
	 * Bit per enum event_class to record, TASK always is; 0: all but OBJECT, of which there are too many, and RSS, of
	 * which there is one with each page that comes into a process, for nothing that the replay could use.
	 */
	uint32_t classes;
	uint32_t required; /* bit per enum event_class: fail if this kernel cannot show it */
	struct select_opts select; /* whose events */
	uint32_t sample; /* one page in so many, a power of two up to SAMPLE_MAX; 0: all */
	bool drop;	 /* when it is too much, lose events instead of sampling pages */
	bool names;	 /* the paths of memory cgroups go into the trace */
	bool no_backups; /* cheaper, and what interrupts do in the programs is lost: served.bpf.h */
	bool has_command;    /* a process of the caller's must be ended with the recording */
	double max_overhead; /* percent of the time of all CPUs; more: sample; 0: any */
	uint64_t max_bytes;  /* of all traces together; 0: any */
	uint64_t max_memory; /* of the recorder; 0: any */
	uint64_t rotate_bytes,
		rotate_ns; /* begin the next trace, OUTPUT.0001 and so on; 0: never */
	enum pmu_what pmu;
	uint64_t pmu_period_ns; /* 0: 100 ms */
};

/* What serves one thing to be seen on this kernel. */
struct recorder_hook {
	const char *name, *how, *target; /* how: "absent" and target: "" where nothing does */
	uint8_t cls;
	uint64_t hits; /* runs of its program while some traffic was made for it */
};

enum { RECORDER_HOOKS_MAX = 64 };

struct recorder_probe {
	struct trace_class classes[CLASS_MAX];
	struct recorder_hook hooks[RECORDER_HOOKS_MAX];
	size_t nr;
	char pmu[16], pmu_note[160]; /* as in struct trace_meta, like the next */
	size_t nr_counted;
	struct trace_counted counted[TRACE_MAX_COUNTED];
};

/* Attaches, makes a little traffic, detaches: what recording would see here. Errors as recorder_create(). */
int recorder_probe(struct recorder_probe *ret, struct error *err) __must_check;

/*
 * -EPERM: not root or too few capabilities; -ENOENT: the kernel has no BTF; -EOPNOTSUPP: a feature
 * is missing, named in the message; -ENODATA: a required class is absent.
 */
int recorder_create(const struct recorder_opts *opts, struct recorder **ret,
		    struct error *err) __must_check;
int recorder_start(struct recorder *r, struct error *err) __must_check;

/*
 * Drains until the trace is full, *stop becomes nonzero (set from a signal handler), the deadline (CLOCK_MONOTONIC ns,
 * 0: none) passes, or child (0: none) has exited; tells which. May be called again and again, e.g.
 * with near deadlines, to show progress in between. *ret_status (with COMMAND only) is as a shell
 * gives it.
 */
enum recorder_stop {
	RECORDER_STOP_SIGNAL,
	RECORDER_STOP_DURATION,
	RECORDER_STOP_COMMAND,
	RECORDER_STOP_SIZE,
	RECORDER_STOP_CENSUS, /* as before, and not even the census had room */
};
int recorder_run(struct recorder *r, uint64_t deadline_ns, pid_t child,
		 const volatile sig_atomic_t *stop, enum recorder_stop *ret_why, int *ret_status,
		 struct error *err) __must_check;

/* Detaches and writes the end of the trace; ret_footer says what was recorded and lost, in all traces together. */
int recorder_finish(struct recorder *r, enum recorder_stop why, int command_status,
		    struct trace_footer *ret_footer, struct error *err) __must_check;

const struct trace_meta *recorder_meta(const struct recorder *r);
/* Bytes written so far, and events so far, for the progress line. */
uint64_t recorder_bytes(const struct recorder *r);
uint64_t recorder_events(const struct recorder *r);

/* COMMAND never ran: the trace that was begun is not kept. */
void recorder_abandon(struct recorder *r);

/* Detaches whatever is attached. NULL is fine. */
void recorder_destroy(struct recorder *r);

#endif
