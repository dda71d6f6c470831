// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/scale.h"

uint64_t scale_bytes(uint64_t n, uint64_t of, uint64_t to)
{
	__extension__ typedef unsigned __int128 wide;

	return of ? (uint64_t)((wide)n * to / of) : 0;
}

void scale_layout(const struct replay_result *result, const struct layout_result *layout,
		  uint64_t ram_bytes, struct scaled *ret)
{
	const struct layout *l = layout->layout;
	uint64_t ram = replay_ram_bytes(result), entries = ram_bytes / l->base_page;
	uint64_t peak = layout->desc_peak_bytes,
		 mean = (uint64_t)series_mean(&layout->series.total);

	ret->fixed_bytes = entries * (l->page_size + layout_side_bytes(l, false)) -
			   scale_bytes(layout->fixed.saved_bytes, ram, ram_bytes) +
			   scale_bytes(layout->fixed.slab_bytes, ram, ram_bytes);
	ret->desc_bytes = scale_bytes(layout->desc_bytes, ram, ram_bytes);
	ret->total_bytes = ret->fixed_bytes + ret->desc_bytes;
	ret->total_peak_bytes = ret->fixed_bytes + scale_bytes(peak, ram, ram_bytes);
	ret->total_mean_bytes = ret->fixed_bytes + scale_bytes(mean, ram, ram_bytes);
}
