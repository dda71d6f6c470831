// SPDX-License-Identifier: GPL-2.0-only
/* From columns to events: some 40 instructions for each, which is what reading a trace costs beside zstd. */
#include "trace/codec/codec_decoder.h"

/* Arguments that say what a block is like are constants wherever this is inlined, so that no event costs a branch. */
#define CHUNK_INLINE static inline __attribute__((always_inline))

/* How far decode_run() has come in a chunk. */
struct run {
	struct event *e;
	size_t taken; /* of the pfns that are ready */
	size_t places;
	uint64_t pfns;
	uint64_t place; /* PLACE_*: that of the next event, where some are skipped */
	codec_kinds kinds;
};

/* Which form each event has; false: one of them has none. */
CHUNK_INLINE bool find_forms(struct codec_decoder *d, size_t nr)
{
	const uint32_t last = (uint32_t)d->nr_forms - 1;
	uint32_t wrong = 0;

	/* the top bit of either: SSE2 knows no maximum of such numbers */
	for (size_t i = 0; i < nr; i++) {
		wrong |= d->forms_at[i] | (last - d->forms_at[i]);
		d->forms_at[i] *= (uint32_t)sizeof(struct codec_form);
	}
	return !(wrong >> 31);
}

CHUNK_INLINE void *at_byte(void *array, size_t at)
{
	return (char *)array + at;
}

/*
 * Which rows the next nr events are in. Where a row ends no branch could guess: so events do not come row by row, but
 * each steps to the next row or stays.
 */
CHUNK_INLINE void find_rows(struct codec_decoder *d, size_t nr)
{
	struct codec_row *row = d->rows;
	size_t at = d->left;

	taker_fill(&d->row_len);
	taker_fill(&d->row_cpu);
	taker_fill(&d->row_time);
	memset(d->row_steps, 0, nr);
	*row = d->row;
	while (at < nr) {
		const uint64_t time = d->row_time.values[d->row_time.at++];
		const uint32_t cpu = d->row_cpu.narrow[d->row_cpu.at++];

		d->ts += time;
		/* an addition that wraps must have set the top bit of one of the two before */
		d->bad |= d->ts | time;
		*++row = (struct codec_row){
			.ts = d->ts,
			.tail = (union tail){.cpu = (uint16_t)cpu}.bits,
			.slot = codec_pfn_slot(0, cpu),
		};
		d->row_steps[at] = sizeof(*row);
		at += d->row_len.narrow[d->row_len.at++] + 1ULL;
	}
	d->left = at - nr;
	d->row = *row;
}

/*
 * All of the next nr events but what few kinds have: those go to places. One that is not kept is written over by the
 * next. Their times and CPUs are those of their rows, unless each has its own.
 */
CHUNK_INLINE struct run decode_run(struct codec_decoder *restrict d, size_t nr, struct run run,
				   enum codec_mix mix, bool rows)
{
	const struct codec_row *row = d->rows;
	struct codec_form *forms = d->forms;
	uint64_t ts = d->ts;

	for (size_t i = 0; i < nr; i++) {
		struct codec_form *restrict form = at_byte(forms, d->forms_at[i]);
		struct event *restrict e = run.e;
		const uint32_t cpu = rows ? 0 : d->cpus[i];
		uint64_t delta = d->pfn.values[run.taken];
		uint64_t has_pfn = mix == MIX_PAGES ? UINT64_MAX : form->has_pfn;
		uint64_t tail, pfn;
		size_t slot;

		if (rows)
			row = (const struct codec_row *)((const char *)row + d->row_steps[i]);
		else
			ts += d->times[i];
		tail = form->tail.bits |
		       (rows ? row->tail : (union tail){.cpu = (uint16_t)cpu}.bits);
		/* the slot of a kind without pfns stays 0 */
		slot = form->slots + (rows ? row->slot : codec_pfn_slot(0, cpu));
		pfn = d->last.pfn[slot] + (delta & has_pfn);
		run.taken -= has_pfn;
		run.pfns |= pfn;
		d->last.pfn[slot] = pfn;
		run.kinds += form->one;
		if (mix == MIX_ALL)
			d->places[run.places] = i;
		if (mix == MIX_SKIPPED) {
			d->places[run.places] = run.place;
			run.place += form->next_place;
		}
		if (mix != MIX_PAGES)
			run.places += form->has_place;
		e->ts_ns = rows ? row->ts : ts;
		e->pfn = pfn;
		memcpy(&e->index, &form->index, sizeof(form->index) + sizeof(form->what));
		memcpy(&e->count, &tail, sizeof(tail));
		run.e = at_byte(e, mix == MIX_SKIPPED ? form->kept_bytes : sizeof(*e));
	}
	if (!rows)
		d->ts = ts;
	return run;
}

/* Time and CPU of the events are those of their rows. */
CHUNK_INLINE struct run decode_rows(struct codec_decoder *restrict d, size_t nr, struct run run,
				    enum codec_mix mix)
{
	find_rows(d, nr);
	d->first_ns = d->rows[d->row_steps[0] != 0].ts;
	return decode_run(d, nr, run, mix, true);
}

/* What is wrong with the times after ts: an addition that wraps must have set the top bit of one of the two before. */
static uint64_t bad_times(const uint64_t *times, size_t nr, uint64_t ts)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < nr; i++) {
		ts += times[i];
		bad |= ts | times[i];
	}
	return bad;
}

/* Whether the sum of a chunk's might wrap, and not only set the top bit. */
CHUNK_INLINE bool may_wrap(const struct column *time)
{
	_Static_assert(CODEC_CHUNK < 1 << (63 - 48), "so many of 48 bits have at most 63");
	return time->encoding == CODEC_CONST ? time->value >> 48 : time->encoding > 6;
}

/* The same where every event has its own. */
CHUNK_INLINE struct run decode_single(struct codec_decoder *restrict d, size_t nr, struct run run,
				      enum codec_mix mix)
{
	const struct column *time = d->columns.col + COLUMN_TIME;

	codec_unplane(time, d->done, nr, false, d->times);
	codec_unplane32(d->columns.col + COLUMN_CPU, d->done, nr, d->cpus);
	if (may_wrap(time))
		d->bad |= bad_times(d->times, nr, d->ts);
	d->first_ns = d->ts + d->times[0];
	run = decode_run(d, nr, run, mix, false);
	d->bad |= d->ts;
	return run;
}

CHUNK_INLINE struct run decode_pages(struct codec_decoder *d, size_t nr, struct run run,
				     enum codec_mix mix)
{
	return d->has_rows ? decode_rows(d, nr, run, mix) : decode_single(d, nr, run, mix);
}

/* Where the event goes that has this place. */
CHUNK_INLINE struct event *event_at(struct codec_decoder *d, struct event *out, uint64_t place,
				    const struct codec_form *form, enum codec_mix mix)
{
	if (mix == MIX_ALL)
		return out + place;
	return form->kept_bytes ? at_byte(out, (uint16_t)(place >> PLACE_TO_SHIFT)) : &d->nowhere;
}

/* Object, place and count of the events that have any of them. */
CHUNK_INLINE void decode_places(struct codec_decoder *restrict d, struct run run,
				struct event *restrict out, enum codec_mix mix)
{
	size_t obj_at = d->obj.at, count_at = d->count.at, index_at = d->index.at;
	struct codec_form *forms = d->forms;

	for (size_t i = 0; i < run.places; i++) {
		uint64_t place = d->places[i];
		const struct codec_form *form = at_byte(forms, d->forms_at[(uint16_t)place]);
		struct event *e = event_at(d, out, place, form, mix);
		uint64_t *slot, at;
		uint32_t file;

		if (mix == MIX_SKIPPED) {
			obj_at = (uint16_t)(place >> PLACE_OBJ_SHIFT);
			count_at = place >> PLACE_COUNT_SHIFT;
		}
		/* kinds come in any order: no branch could be guessed */
		file = d->obj.narrow[obj_at] & (uint32_t)form->has_obj;
		slot = d->last.index + file % CODEC_OBJ_SLOTS;
		at = *slot + (d->index.values[index_at] & form->has_index);
		*slot = at;
		e->index = at & form->has_index;
		e->obj = file;
		e->count = d->count.narrow[count_at] & (uint32_t)form->has_count;
		obj_at -= form->has_obj;
		count_at -= form->has_count;
		index_at -= form->has_index;
	}
	d->index.at = index_at;
	d->obj.at = mix == MIX_SKIPPED ? (uint16_t)(run.place >> PLACE_OBJ_SHIFT) : obj_at;
	d->count.at = mix == MIX_SKIPPED ? run.place >> PLACE_COUNT_SHIFT : count_at;
}

/* All events of a chunk may be of one kind, and then too many for a byte: the first one's kind has what others leave. */
CHUNK_INLINE void count_kinds(struct codec_decoder *d, size_t nr, codec_kinds kinds)
{
	const struct codec_form *first = at_byte(d->forms, d->forms_at[0]);
	const unsigned int kind = first->tail.kind;

	kinds[kind] = 0;
	for (size_t i = 0; i < sizeof(kinds); i++) {
		d->counts[i] += kinds[i];
		nr -= kinds[i];
	}
	d->counts[kind] += nr;
}

CHUNK_INLINE int decode_chunk(struct codec_decoder *d, size_t nr, struct event *out,
			      enum codec_mix mix)
{
	struct run run = {
		.e = out,
		.taken = d->pfn.at,
		.place = (uint64_t)d->obj.at << PLACE_OBJ_SHIFT | (uint64_t)d->count.at
									  << PLACE_COUNT_SHIFT,
	};

	if (!find_forms(d, nr))
		return -1;
	run = decode_pages(d, nr, run, mix);
	count_kinds(d, nr, run.kinds);
	if (run.pfns >> FORMAT_PFN_BITS)
		d->bad = UINT64_MAX;
	d->pfn.at = run.taken;
	if (mix != MIX_PAGES)
		decode_places(d, run, out, mix);
	return (int)(run.e - out);
}

CHUNK_INLINE int decode_any(struct codec_decoder *d, size_t nr, struct event *out)
{
	switch (d->mix) {
	case MIX_PAGES:
		return decode_chunk(d, nr, out, MIX_PAGES);
	case MIX_ALL:
		return decode_chunk(d, nr, out, MIX_ALL);
	default:
		return decode_chunk(d, nr, out, MIX_SKIPPED);
	}
}

int codec_chunk_plain(struct codec_decoder *d, size_t nr, struct event *out)
{
	return decode_any(d, nr, out);
}

#ifdef __x86_64__
/* Shifts that need no fixed register and operations with three are worth a tenth of it all. */
__attribute__((target("avx2,bmi2"))) static int chunk_avx2(struct codec_decoder *d, size_t nr,
							   struct event *out)
{
	return decode_any(d, nr, out);
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
