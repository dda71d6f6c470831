A trace that is cut off or damaged is never taken for a whole one; with --partial what comes before the damage is used.

  $ cp $SRC/tests/data/cbuild.trace whole.trace
  $ size=$(wc -c <whole.trace)
  $ memsim check -q whole.trace >/dev/null
  $ zstd -tq whole.trace
  $ head -c $((size - 1)) whole.trace >cut.trace
  $ memsim check cut.trace >/dev/null
  memsim: cut.trace: * (glob)
  [1]
  $ head -c $((size / 2)) whole.trace >half.trace
  $ memsim replay --layout=v6.12 half.trace
  memsim: half.trace: * (glob)
  [1]
  $ memsim replay --layout=v6.12 --partial half.trace 2>err | head -n 1
  half.trace: kernel * events in * (glob)
  $ memsim replay --layout=v6.12 --partial --json half.trace >half.json 2>err
  [3]
  $ grep -c '^memsim: warning: half.trace: ' err
  1
  $ grep '"complete"' half.json
      "complete": false,
  $ cat whole.trace whole.trace >twice.trace
  $ memsim info twice.trace >/dev/null
  memsim: twice.trace: * (glob)
  [1]
  $ { head -c 1000000 whole.trace; printf 'flip'; tail -c +1000005 whole.trace; } >flip.trace
  $ memsim check flip.trace >/dev/null
  memsim: flip.trace: damaged at byte * (glob)
  [1]
  $ memsim check --partial flip.trace >/dev/null 2>&1
  [3]
