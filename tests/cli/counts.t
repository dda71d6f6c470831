What CPUs counted is in a trace beside its events: CPU 0 fills its caches ten times as fast as CPU 1, which is twice as
fast in the second half.

  $ memsim info $SRC/tests/data/counts.trace | grep -E '^(counters|COUNTER|l2_fills|cycles)' | sed 's/  */ /g'
  counters hardware: cycles by PERF_COUNT_HW_CPU_CYCLES, l1d_fills by L1D:REPLACEMENT, l2_fills by L2_LINES_IN:ALL, llc_fills by LONGEST_LAT_CACHE:MISS
  COUNTER CPU COUNT PER SECOND
  cycles 0 2,000,000,000 2,000,000,000
  cycles 1 2,000,000,000 2,000,000,000
  cycles all 4,000,000,000 4,000,000,000
  l2_fills 0 5,000,000 5,000,000 counted in turns, and scaled up
  l2_fills 1 750,000 750,000 counted in turns, and scaled up
  l2_fills all 5,750,000 5,750,000 counted in turns, and scaled up
  $ memsim info --json $SRC/tests/data/counts.trace |
  >   python3 -c 'import json, sys; print([c for c in json.load(sys.stdin)["counts"] if c["counter"] == "llc_fills"][1])'
  {'cpu': 1, 'counter': 'llc_fills', 'count': 375000, 'span_ns': 1000000000, 'scaled': True}
  $ memsim dump --events=none --counts $SRC/tests/data/counts.trace | sed -n '6p; 80p'
       0.100000000   1 count        l1d_fills=100000 span=100000000
       1.000000000   1 count        llc_fills=50000 span=100000000 scaled
  $ memsim dump --events=none --counts --json $SRC/tests/data/counts.trace | head -n 1
  {"count_ts_ns":100000000,"cpu":0,"counter":"cycles","value":200000000,"span_ns":100000000,"scaled":false}

What happened to huge pages there: one is split, and pages of it are looked at and put together.

  $ memsim dump --events=thp $SRC/tests/data/counts.trace | sed -n '1,2p; 9p'
       0.500005000   0 thp          pfn=0x2000    order=9  for=split to=0
       0.500005000   0 thp          pfn=0x2000    order=0  for=scan
       0.500005000   0 thp          pfn=0x2003    order=0  for=collapse
  $ memsim replay --layout=v6.12,memdesc8 --machine=l1=4K/4,l2=16K/4,llc=64K/8 --operations $SRC/tests/data/counts.trace |
  >   awk '$2 ~ /^(split|split_part|collapse_scan|collapse_take)$/ { print $1, $2, $3 }'
  v6.12 split 1
  memdesc8 split 1
  v6.12 split_part 511
  memdesc8 split_part 511
  v6.12 collapse_scan 4
  memdesc8 collapse_scan 4
  v6.12 collapse_take 4
  memdesc8 collapse_take 4

What cannot be asked for.

  $ memsim record --pmu=all -o x
  memsim record: --pmu: 'all' is none of auto, software and off
  Try `memsim record --help' or `memsim record --usage' for more information.
  [2]
  $ memsim record --pmu-period=0.9ms -o x
  memsim record: --pmu-period: 0.9ms is not between 1ms and 1m
  Try `memsim record --help' or `memsim record --usage' for more information.
  [2]

What CPUs counted presses on the caches of the replay, unless something else is asked for. Results say so.

  $ memsim replay --layout=v6.12 $SRC/tests/data/counts.trace | grep '^caches'
  caches: l1=4K/4,l2=16K/4,llc=64K/8 (as the recorded machine advertised them); background pressure as the trace measured it: 2.875 M lines/s per CPU into L2 in the mean
  $ memsim replay --layout=v6.12 --pressure=none $SRC/tests/data/counts.trace | grep '^caches'
  caches: l1=4K/4,l2=16K/4,llc=64K/8 (as the recorded machine advertised them); no background pressure
  $ for pressure in trace none; do memsim replay --json --pressure=$pressure --layout=v6.12 $SRC/tests/data/counts.trace | python3 -c '
  > import json, sys
  > machine = json.load(sys.stdin)["machine"]
  > print({key: machine[key] for key in machine if key.startswith("background")})'; done
  {'background_pressure': 'trace', 'background_fills_per_second_and_cpu': {'L1': 5750000, 'L2': 2875000, 'LLC': 1437500}, 'background_by_proportion': []}
  {'background_pressure': 'none'}
  $ memsim report --quick $SRC/tests/data/counts.trace >report.txt
  $ tr -s '\n ' ' ' <report.txt | grep -o 'with the caches filled[^.]*[.] page32'
  with the caches filled by other data as CPUs counted it. page32
  $ sed -n '/^caches  /,/^policy/p' report.txt
  caches      l1=4K/4,l2=16K/4,llc=64K/8, as the host advertised them;
              background pressure as the trace measured it: 2.875 M
              lines/s per CPU into L2 in the mean (that machine's caches,
              all data)
  policy      folio sizes as traced
  $ grep -c -e '--pressure=' report.txt
  0
  [1]
  $ memsim report --quick --pressure=none $SRC/tests/data/counts.trace | grep -o -e '--pressure.*'
  --pressure=none --quick counts.trace

What nobody measured cannot be taken.

  $ memsim replay --pressure=trace --layout=v6.12 $SRC/tests/data/cbuild.trace
  memsim: --pressure=trace: nothing counted in this trace how many lines entered the caches
  [1]
