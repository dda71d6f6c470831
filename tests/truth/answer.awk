# SPDX-License-Identifier: GPL-2.0-only
# The table at the head of docs/validation.md: each bar, and what the runs say to it.
# usage: answer.awk OWN RUNS CROSS AGAIN [MISSES]
# OWN, CROSS and AGAIN are what `memsim validate truth --summary --markdown` printed, RUNS the tables of single runs, MISSES
# what --misses printed, of each run the one whose counters were read least often last.
BEGIN {
	FS = " *[|] *"
	print "| question | bar | answer |\n|---|---|---|"
}

function size(cell) {
	sub(/^[-+]/, "", cell)
	return cell + 0
}

FNR == 1 {
	file++
	counted = 0
}

$2 == "RUN" && $3 == "COUNTED EACH" {
	counted = 1
	next
}

$2 == "RUN" {
	for (i = 2; i < NF; i++)
		name[i] = $i
	next
}

counted {
	if ($2 != "" && $2 !~ /^-/)
		for (i = 5; i < NF; i += 2)
			seldom[$2 " " i] = $i
	next
}

# of a summary: runs, then errors by class
file != 2 && $2 != "" && $2 !~ /^-/ {
	set = file ($2 == "... as often")
	runs[set]++
	explained[set] += size($3) >= 95
	if (!(set in least) || size($3) < least[set]) {
		least[set] = size($3)
		worst[set] = $2
	}
	for (i = 5; i < NF; i++) {
		if ($i == "-")
			continue
		cells[set]++
		within10[set] += size($i) <= 10
		within20[set] += size($i) <= 20
		if (set == "10" && size($i) > 10)
			far = far "; " $2 " " name[i] " " $i
	}
}

# of a run with caches in the emulator: the error against what the memmap missed there, among all other data
file == 2 && $2 ~ /^(L1|L2|LLC)$/ && $6 != "-" {
	levels++
	close15 += size($7) <= 15
	close30 += size($7) <= 30
}

END {
	printf "| Does the map of accesses explain what kernels do? | 95 %% of all accesses of each run | %d of %d runs; least: %.1f %% (%s) |\n",
		explained["10"], runs["10"], least["10"], worst["10"]
	printf "| Is each class of work right? | within 10 %% | %d of %d%s |\n", within10["10"], cells["10"],
		far == "" ? "" : "; not: " substr(far, 3)
	if (levels)
		printf "| Are misses on page metadata, by level of cache? | within 15 %%, all within 30 %% | %d of %d; within 30 %%: %d |\n",
			close15, levels, close30
	for (cell in seldom) {
		seldoms++
		seldom15 += size(seldom[cell]) <= 15
		seldom30 += size(seldom[cell]) <= 30
	}
	if (seldoms)
		printf "| The same where other data is counted as seldom as by default? | none | within 15 %%: %d of %d; within 30 %%: %d |\n",
			seldom15, seldoms, seldom30
	if (cells["30"])
		printf "| Does a trace of one kernel tell what another does, class by class? | within 20 %% | %d of %d; with as many operations as it had: %d of %d |\n",
			within20["30"], cells["30"], within20["31"], cells["31"]
	if (cells["40"])
		printf "| Does a trace of the same kernel, of another run? | none | within 20 %%: %d of %d; with as many operations: %d of %d |\n",
			within20["40"], cells["40"], within20["41"], cells["41"]
}
