// SPDX-License-Identifier: GPL-2.0-only
/* Words of lines, against a list of them. */
#include <criterion/criterion.h>

#include "sim/cache/line_words.h"
#include "tests/draw.h"

enum { WORDS = 3000 };

struct word {
	uint64_t line;
	uint32_t value, found;
};

static void find(void *ctx, uint64_t line, uint32_t value)
{
	struct word *words = ctx;
	size_t i = 0;

	while (i < WORDS && (words[i].line != line || words[i].value != value))
		i++;
	cr_assert_lt(i, WORDS, "line %#lx has %u", line, value);
	words[i].found++;
}

/* More windows than are at hand, some of which follow each other; all are there when others have been asked for. */
Test(line_words, each_line_has_its_own)
{
	static struct word words[WORDS];
	struct line_words w = {.nr = 0};
	uint64_t state = 88172645463325252ULL;

	for (uint32_t i = 0; i < WORDS; i++) {
		uint64_t window = i % 3 ? i : draw(&state) % (1ULL << 40);

		words[i] = (struct word){.line = window << LINE_WORDS_SHIFT | draw(&state) % 65536,
					 .value = i + 1};
		cr_assert_eq(*line_words_at(&w, words[i].line), 0, "line %u is new", i);
		*line_words_at(&w, words[i].line) = words[i].value;
	}
	for (uint32_t i = 0; i < WORDS; i++)
		cr_assert_eq(*line_words_at(&w, words[i].line), words[i].value, "line %u", i);
	line_words_each(&w, find, words);
	for (uint32_t i = 0; i < WORDS; i++)
		cr_assert_eq(words[i].found, 1, "line %u was told %u times", i, words[i].found);
	line_words_fini(&w);
}
