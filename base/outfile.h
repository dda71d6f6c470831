/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An output file that appears under its name only when it is whole: it is written as NAME.partial
 * beside it and renamed by outfile_commit(). A crash leaves NAME.partial behind and an older NAME
 * untouched; NAME.partial is never written over, as it may be all that is left of something, or a
 * link that somebody else put there. Something that is not a regular file (/dev/null, a pipe) is written directly.
 */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct outfile;

/* Creates NAME.partial with the mode; the path is copied. -EEXIST: it is there already. */
int outfile_create(const char *path, mode_t mode, struct outfile **ret,
		   struct error *err) __must_check;
/* Writes all of it or fails (-ENOSPC names the file and how far it got). */
int outfile_write(struct outfile *out, const void *data, size_t len,
		  struct error *err) __must_check;
/* Bytes written so far. */
uint64_t outfile_size(const struct outfile *out);
/* The name that is being written now: NAME.partial, or NAME itself when written directly. */
const char *outfile_name(const struct outfile *out);
/*
 * fsync, close, rename, fsync of the folder. On success the file is there, whole; on failure NAME.partial stays. If only
 * the folder cannot be synced, this fails although the file is there: a crash may still take its name.
 */
int outfile_commit(struct outfile *out, struct error *err) __must_check;
/* Frees it. Not committed: NAME.partial is removed unless outfile_keep() was called. NULL is fine. */
void outfile_destroy(struct outfile *out);
/* Whether a file that is of use even when cut off (a trace) stays behind as NAME.partial. */
void outfile_keep(struct outfile *out, bool keep);

#endif
