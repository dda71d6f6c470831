Machines by name, by file and by their caches alone; the first two know what waiting costs.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim replay --layout=v6.12 --machine=zen4 $T | grep -E '^caches|STALL' | tr -s ' '
  caches: l1=32K/8,l2=1M/8,llc=32M/16,llc-kind=victim,llc-cpus=8,prefetch=pair+stream (machine zen4, published, built-in); no background pressure
  LAYOUT OPERATION COUNT ACCESSES LINES L1 L2 LLC MEMORY PREFETCHED STALL MS
  $ cp $SRC/sim/machine/builtin/zen4.yaml mine.yaml
  $ memsim replay --layout=v6.12 --machine=mine.yaml $T | grep '^caches'
  caches: l1=32K/8,l2=1M/8,llc=32M/16,llc-kind=victim,llc-cpus=8,prefetch=pair+stream (machine zen4, published, mine.yaml); no background pressure
  $ memsim replay --layout=v6.12 --machine=l1=32K/8,l2=1M/8,llc=32M/16 $T | grep -E '^caches|STALL'
  caches: l1=32K/8,l2=1M/8,llc=32M/16 (as given); no background pressure

Pressure is said wherever there is some, and a report's last command asks for it again.

  $ memsim replay --layout=v6.12 --pressure=light $T | grep -o 'background.*'
  background pressure light: 5 M lines/s per CPU into L2
  $ memsim replay --layout=v6.12 --pressure=20M --json $T | grep -A 4 '"background_pressure"'
      "background_pressure": "given",
      "background_fills_per_second_and_cpu": {
        "L1": 47720000,
        "L2": 20000000,
        "LLC": 14680000
  $ memsim report --layout=v6.12 --machine=zen4 --pressure=20M $T >text
  $ tail -n 3 text | tr -d '\\\n' | tr -s ' ' | grep -o -e '--machine=zen4 --pressure=20000000'
  --machine=zen4 --pressure=20000000

What is wrong is refused: an option with 2, a name or a file with 1.

  $ memsim replay --layout=v6.12 --pressure=medium $T
  memsim: --pressure: 'medium' is not trace, none, light or heavy, nor a rate such as 50M (lines per second and CPU)
  [2]
  $ memsim replay --layout=v6.12 --machine=l1=32K/8 $T
  memsim: cache geometry: 'l1=32K/8' does not say l2=
  [2]
  $ memsim replay --layout=v6.12 --machine=cray1 $T
  memsim: unknown machine 'cray1'; built in are: * (glob)
  [1]
  $ sed -i 's/ways: 8/ways: 7/' mine.yaml && memsim replay --layout=v6.12 --machine=mine.yaml $T
  memsim: mine.yaml:17:7: cache geometry: the l1 size of 32768 bytes is not a whole number of sets of 7 ways of 64 bytes
  [1]

calibrate takes no arguments.

  $ memsim calibrate now 2>&1 | head -n 1
  memsim calibrate: 'now' is one argument too many

Kinds of last level and prefetchers are said with the caches, and may be chosen.

  $ memsim replay --layout=v6.12 --machine=spr $T | grep -o '^caches: [^ ]*'
  caches: l1=48K/12,l2=2M/16,llc=105M/15,llc-kind=victim,prefetch=pair+stream
  $ memsim replay --layout=v6.12 --machine=spr --prefetch=none $T | grep -o '^caches: [^ ]*'
  caches: l1=48K/12,l2=2M/16,llc=105M/15,llc-kind=victim
  $ C=l1=32K/8,l2=1M/8,llc=32M/16,llc-kind=exclusive,plru=l1+llc,prefetch=next-line
  $ memsim replay --layout=v6.12 --machine=$C $T | grep -o '^caches: [^ ]*'
  caches: l1=32K/8,l2=1M/8,llc=32M/16,llc-kind=exclusive,plru=l1+llc,prefetch=next-line

What prefetchers fetch from memory stands beside what had to be waited for: less of that, and in all as much or more than without.

  $ memsim replay --layout=v6.12 --machine=vm-emr --json $T >stream.json
  $ memsim replay --layout=v6.12 --machine=vm-emr --prefetch=none --json $T >none.json
  $ cat >fetched.py <<'END'
  > import json, sys
  > s, n = (json.load(open(f))["layouts"][0] for f in ("stream.json", "none.json"))
  > demand, ahead = s["hits"]["memory"], s["prefetches"]["memory"]
  > print("prefetches" in n, demand < n["hits"]["memory"] <= demand + ahead, ahead < s["prefetches"]["lines"])
  > text = [w for l in open("text") if "all" in l.split() for w in l.replace(",", "").split()]
  > print(text[-3:-1] == [str(demand), str(ahead)])
  > END
  $ memsim replay --layout=v6.12 --machine=vm-emr --operations $T >text
  $ python3 fetched.py
  False True True
  True
  $ grep -E 'MEMORY|v6.12 +alloc ' text | tr -s ' ' | sed 's/STALL MS/STALL/' | cut -d' ' -f10
  PREFETCHED
  -
  $ memsim replay --layout=v6.12 --machine=vm-emr --prefetch=none $T | grep -c PREFETCHED
  0
  [1]
  $ memsim replay --layout=v6.12 --prefetch=fast $T
  memsim: --prefetch: 'fast' is neither none nor some of pair, next-line and stream, joined by +
  [2]
  $ memsim replay --layout=v6.12 --machine=l1=48K/12,l2=2M/16,llc=32M/16,plru=l1 $T
  memsim: cache geometry: tree-PLRU needs a power of two of ways, and l1 has 12
  [2]
  $ memsim replay --layout=v6.12 --machine=l1=32K/8,l2=1M/8,llc=32M/16,line=128 $T
  memsim: machine given has cache lines of 128 bytes, but what an operation touches is counted in lines of 64
  [1]

A data TLB is simulated where the profile has one; what it does not say is assumed, and shown so.

  $ memsim replay --layout=v6.12 --machine=zen4 $T | grep 'WALKS' | tr -s ' '
  LAYOUT TAKEN TRUE SHARING FALSE SHARING TLB L1 TLB L2 WALKS
  $ memsim replay --layout=v6.12 $T | grep 'SHARING' | tr -s ' '
  LAYOUT TAKEN TRUE SHARING FALSE SHARING
  $ memsim replay --layout=v6.12 --machine=zen4 --json $T | grep -A 7 '"pages": {' | head -n 8 | tr -d ' \n'
  "pages":{"memmap":{"value":2097152,"how":"assumed"},"direct":{"value":2097152,"how":"assumed" (no-eol)
