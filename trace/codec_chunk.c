// SPDX-License-Identifier: GPL-2.0-only
/* From columns to events: some 30 instructions for each, which is what reading a trace costs beside zstd. */
#include "trace/codec_decoder.h"

/* Arguments that say what a block is like are constants wherever this is inlined, so that no event costs a branch. */
#define CHUNK_INLINE static inline __attribute__((always_inline))

/* How far decode_run() has come in a chunk. */
struct run {
	const uint64_t *delta;
	size_t places, kept;
	uint64_t pfns;
};

/* Begins the next row. */
CHUNK_INLINE void next_row(struct codec_decoder *d)
{
	uint64_t time = d->row_time.values[d->row_time.at++];

	d->ts += time;
	/* an addition that wraps must have set the top bit of one of the two before */
	d->bad |= d->ts | time;
	d->left = d->row_len.narrow[d->row_len.at++] + 1ULL;
	d->cpu = d->row_cpu.narrow[d->row_cpu.at++];
}

/*
 * All of the events [from, to) but what few kinds have: those go to places. One that is not kept is written over by
 * the next. They have one CPU and one time, unless each has its own.
 */
CHUNK_INLINE struct run decode_run(struct codec_decoder *restrict d, size_t from, size_t to,
				   struct event *restrict out, struct run run, enum codec_mix mix,
				   bool rows)
{
	struct codec_form *restrict forms = d->forms;
	const uint64_t cpu_bits = (union tail){.cpu = (uint16_t)d->cpu}.bits, ts = d->ts;
	uint64_t *restrict slots = d->last.pfn + codec_pfn_slot(0, rows ? d->cpu : 0);

	for (size_t i = from; i < to; i++) {
		struct codec_form *form = &forms[d->codes[i]];
		const uint32_t cpu = rows ? 0 : d->cpus[i];
		struct event *e = out + (mix == MIX_SKIPPED ? run.kept : i);
		/* the slot of a kind without pfns stays 0 */
		uint64_t *slot = slots + form->slots + (rows ? 0 : codec_pfn_slot(0, cpu));
		uint64_t pfn = *slot + (mix == MIX_PAGES ? *run.delta : *run.delta & form->has_pfn);
		uint64_t tail = form->tail.bits |
				(rows ? cpu_bits : (union tail){.cpu = (uint16_t)cpu}.bits);

		run.delta += mix == MIX_PAGES ? 1 : form->takes_pfn;
		run.pfns |= pfn;
		*slot = pfn;
		form->nr[i % LANES]++;
		if (mix != MIX_PAGES) {
			d->places[run.places].from = (uint16_t)i;
			d->places[run.places].to = (uint16_t)(mix == MIX_SKIPPED ? run.kept : i);
			run.places += form->has_place;
		}
		e->ts_ns = rows ? ts : d->times[i];
		e->pfn = pfn;
		memcpy(&e->index, &form->index, sizeof(form->index) + sizeof(form->what));
		memcpy(&e->count, &tail, sizeof(tail));
		run.kept += mix == MIX_SKIPPED ? form->kept : 1;
	}
	return run;
}

/* Time and CPU of the events are those of their rows. */
CHUNK_INLINE struct run decode_rows(struct codec_decoder *restrict d, size_t nr,
				    struct event *restrict out, struct run run, enum codec_mix mix)
{
	taker_fill(&d->row_len);
	taker_fill(&d->row_cpu);
	taker_fill(&d->row_time);
	if (!d->left)
		next_row(d);
	d->first_ns = d->ts;
	for (size_t at = 0, here; at < nr; at += here, d->left -= here) {
		if (!d->left)
			next_row(d);
		here = d->left < nr - at ? d->left : nr - at;
		run = decode_run(d, at, at + here, out, run, mix, true);
	}
	return run;
}

/* The same where every event has its own. */
CHUNK_INLINE struct run decode_single(struct codec_decoder *restrict d, size_t nr,
				      struct event *restrict out, struct run run,
				      enum codec_mix mix)
{
	uint64_t *times = d->times, ts = d->ts, bad = 0;

	codec_unplane(d->columns.col + COLUMN_TIME, d->done, nr, false, times);
	codec_unplane32(d->columns.col + COLUMN_CPU, d->done, nr, d->cpus);
	for (size_t i = 0; i < nr; i++) {
		ts += times[i];
		bad |= ts | times[i];
		times[i] = ts;
	}
	d->first_ns = times[0];
	d->ts = ts;
	d->bad |= bad;
	return decode_run(d, 0, nr, out, run, mix, false);
}

CHUNK_INLINE struct run decode_pages(struct codec_decoder *d, size_t nr, struct event *out,
				     struct run run, enum codec_mix mix)
{
	return d->has_rows ? decode_rows(d, nr, out, run, mix)
			   : decode_single(d, nr, out, run, mix);
}

/* Object, place and count of the events that have any of them. */
CHUNK_INLINE void decode_places(struct codec_decoder *restrict d, size_t nr,
				struct event *restrict out)
{
	const uint32_t *obj = d->obj.narrow + d->obj.at;
	const uint64_t *index = d->index.values + d->index.at;
	const uint32_t *count = d->count.narrow + d->count.at;

	for (size_t i = 0; i < nr; i++) {
		const struct codec_form *form = d->forms + d->codes[d->places[i].from];
		struct event *e = form->kept ? out + d->places[i].to : &d->nowhere;
		/* kinds come in any order: no branch could be guessed */
		uint64_t has_index = -(uint64_t)form->has_index;
		uint32_t file = *obj & -(uint32_t)form->has_obj;
		uint64_t *slot = d->last.index + file % CODEC_OBJ_SLOTS;
		uint64_t place = *slot + (*index & has_index);

		*slot = place;
		e->index = place & has_index;
		e->obj = file;
		e->count = *count & -(uint32_t)form->has_count;
		obj += form->has_obj;
		count += form->has_count;
		index += form->has_index;
	}
	d->obj.at = (size_t)(obj - d->obj.narrow);
	d->index.at = (size_t)(index - d->index.values);
	d->count.at = (size_t)(count - d->count.narrow);
}

CHUNK_INLINE size_t decode_chunk(struct codec_decoder *d, size_t nr, struct event *out)
{
	struct run run = {.delta = d->pfn.values + d->pfn.at};

	switch (d->mix) {
	case MIX_PAGES:
		run = decode_pages(d, nr, out, run, MIX_PAGES);
		break;
	case MIX_ALL:
		run = decode_pages(d, nr, out, run, MIX_ALL);
		break;
	case MIX_SKIPPED:
		run = decode_pages(d, nr, out, run, MIX_SKIPPED);
		break;
	}
	if (run.pfns >> FORMAT_PFN_BITS)
		d->bad = UINT64_MAX;
	d->pfn.at = (size_t)(run.delta - d->pfn.values);
	decode_places(d, run.places, out);
	return run.kept;
}

size_t codec_chunk_plain(struct codec_decoder *d, size_t nr, struct event *out)
{
	return decode_chunk(d, nr, out);
}

#ifdef __x86_64__
/* Shifts that need no fixed register and operations with three are worth a tenth of it all. */
__attribute__((target("avx2,bmi2"))) static size_t chunk_avx2(struct codec_decoder *d, size_t nr,
							      struct event *out)
{
	return decode_chunk(d, nr, out);
}
#endif

codec_chunk_fn *codec_chunk(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return chunk_avx2;
#endif
	return codec_chunk_plain;
}
