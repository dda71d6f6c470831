// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/cmd.h"

int cmd_replay(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_FAILED;
}
