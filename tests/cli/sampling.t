--sample-sets simulates L1 with all of its sets and L2 and the last level with one in N. What does not hang on the
caches is the same, and so is what L1 has.

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
  sets: L1 with all, L2 and LLC with one in 16; what missed there is estimated
  $ memsim replay --layout=v6.12 --sample-sets=1/16 $T | grep -A1 MISSED
  LAYOUT MISSED L2 % STD ERROR MISSED LLC % STD ERROR
  v6.12 * +-0.0* * +-0.0* (glob)
  $ grep -c sample_errors full.json sets.json
  full.json:0
  sets.json:3

On every shipped trace the share of lines that miss a level is within half a percentage point of that with all sets; L1's is the
same; and of the errors as many are within two standard errors as there should be.

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
  >             if level != "L1":
  >                 nr += 1
  >                 near += off <= 200 * sets["sample_errors"][level]
  > print(len(traces) > 20, worst["L1"] == 0, 0 < worst["L2"] <= 0.5, 0 < worst["LLC"] <= 0.5, near >= 0.95 * nr)
  > END
  $ python3 shares.py
  True True True True True

What cannot be sampled is refused.

  $ memsim replay --layout=v6.12 --sample-sets=1/3 $T
  memsim: one set in 3 cannot be sampled in these caches: only powers of two up to 64
  [1]
  $ memsim replay --layout=v6.12 --sample-sets=1/16 --prefetch=pair $T
  memsim: a sample of the sets cannot have prefetchers, which bring lines from one set into another
  [1]
  $ memsim replay --layout=v6.12 --sample-sets=1/16 --native --machine=vm-emr $T 2>&1 | head -1
  memsim replay: --native executes all lines, and none are sampled
