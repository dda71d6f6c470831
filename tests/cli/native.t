What layouts touch, executed here: times are this machine's, so only their form is compared. The profile is
not, so that nothing has to be measured first.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim validate native --machine=vm-emr --layout=v6.12,memdesc8 --rounds=1 $T | tr -s ' ' >out
  $ sed -n 1,5p out
  cbuild.trace, machine vm-emr
  
  LAYOUT LINES MEMORY NS IN L1 PREDICTED RATIO PREDICTED ERROR
  v6.12 [0-9,]+ [0-9.]+ MiB [0-9.]+ [0-9.]+ [0-9.]+ 1.000 1.000 \+0.0 % (re)
  memdesc8 [0-9,]+ [0-9.]+ MiB [0-9.]+ [0-9.]+ [0-9.]+ [0-9.]+ [0-9.]+ .* % (re)
  $ grep -c 'Predicted ratios are off by' out
  1

As many lines as in the replay, since no operation was left out.

  $ memsim replay --layout=v6.12 --machine=vm-emr --native --json $T >json
  $ grep -A 4 '"native"' json | grep left_out
      "operations_left_out": 0,
  $ python3 -c 'if 1:
  >   import json
  >   r = json.load(open("json"))
  >   print(r["layouts"][0]["lines"] == r["native"]["layouts"][0]["lines"] > 1000000)
  > '
  True
  $ memsim replay --layout=v6.12 --machine=vm-emr --native $T | grep -c '^NS per line'
  1

What cannot be compared is refused.

  $ memsim replay --layout=v6.12 --native $T
  memsim: */cbuild.trace: machine recorded has no latencies; measure this host by memsim calibrate (glob)
  [1]
  $ memsim validate native 2>&1 | head -n 1
  memsim validate native: no trace named
  $ memsim validate native --pressure=light x 2>&1 | head -n 1
  memsim validate native: --pressure goes by the clock of the trace; here, --background adds other data
  $ memsim validate native --rounds=0 x 2>&1 | head -n 1
  memsim validate native: --rounds: '0' is not between 1 and 1000
  $ memsim validate lru 2>&1 | head -n 1
  memsim validate: 'lru' cannot be validated; slub, native and truth can
