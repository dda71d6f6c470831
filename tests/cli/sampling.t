--sample-sets simulates all sets of the caches at first and one in N at last. What does not hang on the caches is the same.

  $ T=$SRC/tests/data/cbuild.trace
  $ L=v6.12,page32,memdesc8
  $ memsim replay --layout=$L --json $T >full.json
  $ memsim replay --layout=$L --json --sample-sets=1/16 $T >sets.json
  $ counts() { grep -E '"(count|accesses|atomics|lines|L1|descriptor_bytes|total_bytes)": [0-9]+' "$1"; }
  $ counts full.json | sed '/L1/d' >full; counts sets.json | sed '/L1/d' | cmp - full
  $ memsim replay --layout=$L --json --sample-sets=16 -j 1 $T | cmp - sets.json
  $ grep sample_sets full.json sets.json
  full.json:    "sample_sets": 1,
  sets.json:    "sample_sets": 16,

The result says that it is one, and how sure each estimate is.

  $ memsim replay --layout=v6.12 --sample-sets=1/16 $T | grep sets
  sets: all for the first 65536 lines, half of them up to twice as many, and so on to one in 16 if they are alike; what missed is estimated
  $ memsim replay --layout=v6.12 --sample-sets=1/16 $T | grep -A1 MISSED
  LAYOUT LINES TAKEN % MISSED L1 % STD ERROR MISSED L2 % STD ERROR MISSED LLC % STD ERROR
  v6.12 * * +-0.* * +-0.0* * +-0.0* (glob)
  $ grep -c sample_errors full.json sets.json
  full.json:0
  sets.json:3

A short trace is exact: all of its lines go to the caches.

  $ for sets in 1 16; do
  >   memsim replay --layout=$L --json --sample-sets=$sets $SRC/tests/corpus/nginx.trace >$sets
  > done
  $ cat >short.py <<'END'
  > import json
  > def told(name):
  >     result = json.load(open(name))
  >     result["trace"].pop("sample_sets")
  >     for l in result["layouts"]:
  >         print(l.pop("sample_share", "-"), l.pop("sample_errors", "-"))
  >         for key in "structures", "kinds", "orders": # whose hits are not told of a sample
  >             l.pop(key)
  >     return result
  > print(told("1") == told("16"))
  > END
  $ python3 short.py
  - -
  - -
  - -
  1.0 {'L1': 0.0, 'L2': 0.0, 'LLC': 0.0}
  1.0 {'L1': 0.0, 'L2': 0.0, 'LLC': 0.0}
  1.0 {'L1': 0.0, 'L2': 0.0, 'LLC': 0.0}
  True

On every shipped trace the share of lines that miss a level is within half a percentage point of that with all sets, and
of the errors as many are within two standard errors as there should be.

  $ cat >shares.py <<'END'
  > import glob, json, os, subprocess
  > src = os.environ["SRC"]
  > def run(trace, *opts):
  >     command = ["memsim", "replay", "-q", "--json", "--layout=v6.12,page32,memdesc8", *opts, trace]
  >     out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
  >     return json.loads(out.stdout)["layouts"]
  > def shares(l):
  >     miss, out = l["lines"], {}
  >     for level in ("L1", "L2", "LLC"):
  >         miss -= l["hits"][level]
  >         out[level] = 100 * miss / l["lines"]
  >     return out
  > nr = near = 0
  > worst = {"L1": 0, "L2": 0, "LLC": 0}
  > traces = glob.glob(src + "/tests/corpus/*.trace") + [src + "/tests/data/cbuild.trace", src + "/tests/data/nodes.trace"]
  > for trace in traces:
  >     for full, sets in zip(run(trace), run(trace, "--sample-sets=1/16")):
  >         for level, share in shares(full).items():
  >             off = abs(shares(sets)[level] - share)
  >             worst[level] = max(worst[level], off)
  >             nr += 1
  >             near += off <= 200 * sets["sample_errors"][level] + 1e-9
  > print(len(traces) > 20, 0 < worst["L1"] <= 0.5, 0 < worst["L2"] <= 0.5, 0 < worst["LLC"] <= 0.5, near >= 0.95 * nr)
  > END
  $ python3 shares.py
  True True True True True

Where single lines miss often, as they do under pressure, sets are unlike each other, and more of them stay.

  $ for pressure in none light; do
  >   memsim replay --layout=$L --json --sample-sets=16 --pressure=$pressure $SRC/tests/corpus/vm-redis.trace >$pressure 2>lost || echo $?
  > done
  3
  3
  $ cat >unlike.py <<'END'
  > import json
  > none, light = (json.load(open(name))["layouts"] for name in ("none", "light"))
  > for a, b in zip(none, light):
  >     print(a["sample_share"] < 0.5, b["sample_share"] > 0.9, b["sample_errors"]["L1"] < 0.005)
  > END
  $ python3 unlike.py
  True True True
  True True True
  True True True

What CPUs took from each other is estimated, too, here of all lines of which one in eight or so were looked at.

  $ cat >taken.py <<'END'
  > import json
  > def told(name):
  >     return [(l["sharing"]["copies_taken"], *l["sharing_misses"].values()) for l in json.load(open(name))["layouts"]]
  > for full, sets in zip(told("full.json"), told("sets.json")):
  >     print(full != sets, all(abs(b - a) <= a / 5 + 10 for a, b in zip(full, sets)))
  > END
  $ python3 taken.py
  True True
  True True
  True True

What cannot be sampled is refused.

  $ memsim replay --layout=v6.12 --sample-sets=1/3 $T
  memsim: one set in 3 cannot be sampled in these caches: only powers of two up to 16
  [1]
  $ memsim replay --layout=v6.12 --sample-sets=1/16 --prefetch=pair $T
  memsim: a sample of the sets cannot have prefetchers, which bring lines from one set into another
  [1]
  $ memsim replay --layout=v6.12 --sample-sets=1/16 --native --machine=vm-emr $T 2>&1 | head -1
  memsim replay: --native executes all lines, and none are sampled
