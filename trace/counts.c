// SPDX-License-Identifier: GPL-2.0-only
#include "trace/counts.h"

static const struct {
	const char *name, *doc;
} counters[COUNTER_MAX] = {
#define COUNTER(number, NAME, name, doc) [number] = {name, doc},
#include "trace/counters.def"
#undef COUNTER
};

const char *counter_name(unsigned int counter)
{
	return counter < COUNTER_MAX ? counters[counter].name : NULL;
}

const char *counter_doc(unsigned int counter)
{
	return counter < COUNTER_MAX ? counters[counter].doc : NULL;
}
