Every command that the README shows is a real one: those that need no root are run.

  $ for t in build host vm; do cp $SRC/tests/data/cbuild.trace $t.trace; done
  $ sed -n 's/^    \(memsim [^#]*[^# ]\) *\(#.*\)\?$/\1/p' $SRC/README.md | grep -v '^memsim \(record\|snapshot\)' >commands
  $ test $(wc -l <commands) -ge 6
  $ while read -r line; do
  >   sh -c "$line" >out 2>&1 || echo "failed: $line"
  > done <commands
  $ ls build.md mine.yaml
  build.md
  mine.yaml

The report that it shows is the one that the shipped trace gives.

  $ memsim report $SRC/tests/data/cbuild.trace | sed '/^What was seen/,$d' | sed 's/^/    /; s/ *$//' >shown
  $ sed -n '/^    Page metadata under/,/^The whole of it/p' $SRC/README.md | sed '$d' >readme
  $ diff -B shown readme
