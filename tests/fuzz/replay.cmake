# SPDX-License-Identifier: GPL-2.0-only
memsim_fuzzer(replay USES memsim_sim PkgConfig::ZSTD PkgConfig::XXHASH)
