The text form fits a mail: no line is longer than 72 columns, and it is plain ASCII.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim report $T >text
  $ awk 'length > 72' text
  $ LC_ALL=C grep -n '[^ -~]' text
  [1]
  $ grep -A 1 '^To reproduce' text
  To reproduce
  ------------

The command at its end gives the figures again.

  $ sed -n '/^To reproduce/,$p' text | sed '1,3d' >again.sh
  $ cd $SRC/tests/data && sh $OLDPWD/again.sh | grep -c memdesc8; cd $OLDPWD
  [1-9]* (re)

The ending of the output file picks the form, and the file appears only when it is whole.

  $ memsim report -o r.md $T && head -n 1 r.md
  # Page metadata under different layouts of struct page
  $ memsim report -o r.txt $T && cmp r.txt text
  $ memsim report -o r.pdf $T
  memsim: r.pdf: the ending does not tell the form; use .txt, .md or --format
  [1]
  $ memsim report --baseline=v9 $T
  memsim: --baseline: 'v9' is not among the layouts compared
  [1]
  $ memsim report -o kept.txt no-such-trace
  memsim: no-such-trace: * (glob)
  [1]
  $ ls kept.txt*
  ls: cannot access 'kept.txt*': No such file or directory
  [2]
