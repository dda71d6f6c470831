/* SPDX-License-Identifier: GPL-2.0-only */
/* Forced into every C file by the build: each of these has a better sister, named beside it. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef MEMSIM_USES_LIBBPF
#include <linux/bpf.h> /* its lists of helpers hold banned names */
#endif

#pragma GCC poison strcpy strcat strncpy strncat		   /* snprintf */
#pragma GCC poison sprintf vsprintf gets			   /* snprintf, vsnprintf, fgets */
#pragma GCC poison strtok strtok_r				   /* strsep, strchrnul */
#pragma GCC poison atoi atol atoll strtol strtoul strtoll strtoull /* num_parse() */
#pragma GCC poison localtime gmtime asctime ctime /* localtime_r, gmtime_r, strftime */

#endif
