// SPDX-License-Identifier: GPL-2.0-only
/* The circles of pointers that calibration goes round: what they visit, whatever that takes. */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/machine/calibrate_impl.h"

/* A circle through all lines, whatever its stride: as many hops as lines lead back, and not fewer. */
Test(chase, circles_visit_every_line_once_in_a_round)
{
	static const size_t strides[] = {64, 4096};

	for (size_t s = 0; s < 2; s++) {
		struct chase c;
		const size_t lines = 500;
		void *first, *p;
		size_t round = 0;

		cr_assert_eq(chase_create(4 << 20, false, NULL, &c, NULL), 0);
		chase_link(&c, lines, strides[s], 3);
		first = p = c.at[0];
		do {
			char *line = (char *)p - 3;

			cr_assert_geq((uintptr_t)line, (uintptr_t)c.mem);
			cr_assert_lt((uintptr_t)line, (uintptr_t)c.mem + lines * strides[s]);
			cr_assert_eq((uintptr_t)line % 64, 0);
			p = *(void **)line;
			round++;
		} while (p != first && round <= lines);
		cr_assert_eq(round, lines);
		chase_fini(&c);
	}
}

/* Groups of consecutive lines in random order: each line once, and none but the last of a group jumps. */
Test(chase, groups_of_lines_visit_every_line_once)
{
	struct chase c;

	cr_assert_eq(chase_create(2 << 20, false, NULL, &c, NULL), 0);
	for (size_t group = 1; group <= 64; group *= 8) {
		const size_t lines = (2 << 20) / CALIBRATE_LINE;
		size_t jumps = 0, nr = 0;
		char *p = c.mem, *next;

		chase_link_groups(&c, lines, group);
		do {
			memcpy(&next, p, sizeof(next));
			jumps += next != p + CALIBRATE_LINE;
			p = next;
			nr++;
		} while (p != c.mem && nr <= lines);
		cr_assert_eq(nr, lines, "groups of %zu", group);
		cr_assert_leq(jumps, lines / group);
		cr_assert_geq(jumps, lines / group - lines / group / 8);
	}
	chase_fini(&c);
}
