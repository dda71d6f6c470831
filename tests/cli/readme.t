Every command that the README shows is a real one: those that need no root are run, except for reports that try all
assumptions, which take their time: one of these follows, and cli.report has the forms.

  $ for name in build host vm; do cp $SRC/tests/data/cbuild.trace $name.trace; done
  $ cp $SRC/tests/data/truth/*.trace .
  $ sed -n 's/^    \(memsim [^#]*[^# ]\) *\(#.*\)\?$/\1/p' $SRC/README.md | grep -v '^memsim \(record\|snapshot\)' |
  >   grep -v '^memsim report [^-]*\(-o build.html \)\?build.trace' >commands
  $ test $(wc -l <commands) -ge 6
  $ while read -r line; do
  >   sh -c "$line" >out 2>&1 || echo "failed: $line"
  > done <commands
  $ ls build.md mine.yaml
  build.md
  mine.yaml

The report that it shows is the one that the shipped trace gives.

  $ memsim report $SRC/tests/corpus/cbuild.trace | sed '/^Descriptors/,$d' | sed 's/^/    /; s/ *$//' >shown
  $ sed -n '/^    Page metadata under/,/^The whole report/p' $SRC/README.md | sed '$d' >readme
  $ diff -B shown readme
