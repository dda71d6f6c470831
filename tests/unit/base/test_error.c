// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

Test(error, returns_the_code_and_keeps_the_sentence)
{
	struct error err = {0};

	cr_assert_eq(error_set(&err, -EINVAL, "%s: line %d", "x.yaml", 3), -EINVAL);
	cr_assert_eq(err.code, -EINVAL);
	cr_assert_str_eq(err.msg, "x.yaml: line 3");
}

Test(error, null_is_legal)
{
	cr_assert_eq(error_set(NULL, -EIO, "nobody reads this"), -EIO);
}

Test(error, prefix_keeps_the_old_code_and_message)
{
	struct error err = {0};

	(void)error_set(&err, -ENOENT, "no such layout");
	cr_assert_eq(error_prefix(&err, -EINVAL, "option %s", "--layout"), -ENOENT);
	cr_assert_str_eq(err.msg, "option --layout: no such layout");
}

Test(error, a_long_message_ends_in_an_ellipsis)
{
	struct error err = {0};
	char big[2 * sizeof(err.msg)];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)error_set(&err, -EINVAL, "%s", big);
	cr_assert_str_eq(err.msg + strlen(err.msg) - 4, "x...");
	cr_assert_eq(strlen(err.msg), sizeof(err.msg) - 1);
	(void)error_prefix(&err, -EINVAL, "again");
	cr_assert_eq(strlen(err.msg), sizeof(err.msg) - 1);
}
