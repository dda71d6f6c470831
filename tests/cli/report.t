The text form fits a mail: no line is longer than 72 columns, and it is plain ASCII.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim report --quick $T >text
  $ awk 'length > 72' text
  $ LC_ALL=C grep -n '[^ -~]' text
  [1]
  $ grep -A 1 '^To reproduce' text
  To reproduce
  ------------

That holds for long names, too: of layouts, workloads and caches.

  $ cp $T a-workload-whose-name-is-about-as-long-as-names-of-files-ever-are.trace
  $ memsim report --quick --layout=v6.12,v6.12+page_ext-owner,memdesc8+page_ext-owner --machine=zen4 \
  >   a-workload*.trace $SRC/tests/data/groups.trace >wide
  $ awk 'length > 72 && $0 !~ /^ *a-workload[^ ]*( and|:|.trace .)?$/' wide
  $ grep -A 2 -m 1 '^memdesc8  ' wide | cut -c 1-11 | sed 's/ *$//'
  memdesc8
  +page_ext
  -owner
  $ grep '^layout *page ' wide | tr -s ' ' | sort -u
  layout page fixed descriptors total peak % RAM change

The command at its end gives the same report again.

  $ sed -n '/^To reproduce/,$p' text | sed '1,3d' >again.sh
  $ cp $T . && sh again.sh | sed '/^caches  /,/^policy/d' >again
  $ sed '/^caches  /,/^policy/d' text | diff - again

Every form comes from the JSON as it comes from the trace, byte for byte.

  $ memsim report --quick -o r.json $T
  $ for form in txt md html json csv; do
  >   memsim report --quick -o r.$form $T && memsim report --from=r.json -o again.$form && cmp r.$form again.$form
  > done
  $ memsim report --from=r.json | cmp - text

Pictures are drawn by gnuplot, which reads no name: these are whatever files and layouts are called.

  $ odd="a'b\`touch ran\` &#xZ; <\"%s\\> \$HOME T1"
  $ cp $T "$odd.trace" && memsim report --quick -o odd.html "$odd.trace"
  $ ls ran
  ls: cannot access 'ran': No such file or directory
  [2]
  $ cat >names.py <<'END'
  > import re, sys, xml.etree.ElementTree as xml
  > seen = set()
  > for svg in re.findall("<svg .*?</svg>", open("odd.html").read(), re.S):
  >     for e in xml.fromstring(svg):
  >         assert e.tag != "text" or not re.match("T[0-9]", e.text), e.text
  >         seen |= {e.tag} if sys.argv[1] in "".join(e.itertext()) else set()
  > print(*sorted(seen))
  > END
  $ python3 names.py "$odd"
  text title use

It is asked for nothing but pictures: neither what the user set for it nor the locale changes one.

  $ echo 'set output "elsewhere"' >.gnuplot
  $ env HOME=$PWD LC_ALL=nowhere GNUTERM=dumb $BIN/memsim report --quick -o again.html "$odd.trace" && cmp odd.html again.html

Without it there are the numbers, and the page says so once; no other form needs it.

  $ mkdir nothing && PATH=$PWD/nothing $BIN/memsim report --from=r.json -o bare.html
  memsim: warning: gnuplot is not installed: the report has no pictures, only their numbers
  $ grep -c '<svg' bare.html
  0
  [1]
  $ grep -o 'The pictures are left out, because gnuplot is not installed' bare.html
  The pictures are left out, because gnuplot is not installed
  $ grep -c 'numbers of this figure' bare.html r.html | sort -u -t: -k2 | wc -l
  1
  $ for form in txt md json csv; do PATH=$PWD/nothing $BIN/memsim report --from=r.json -o bare.$form && cmp r.$form bare.$form; done

Where it fails that is an error, and there is no page.

  $ broken() { mkdir -p broken && printf '#!/bin/sh\n%s\n' "$1" >broken/gnuplot && chmod +x broken/gnuplot &&
  >   PATH=$PWD/broken:$PATH $BIN/memsim report --from=r.json -o broken.html; }
  $ broken 'echo >&2; echo "  line 7: out of ink" >&2; exit 3'
  memsim: gnuplot: ended with status 3: line 7: out of ink
  [1]
  $ broken 'exit 1'
  memsim: gnuplot: ended with status 1: it does not say why
  [1]
  $ broken 'kill -9 $$'
  memsim: gnuplot: ended by signal 9 (Killed)
  [1]
  $ broken 'echo "<?xml version=\"1.0\"?><svg></svg>"'
  memsim: gnuplot: it drew 1 of * pictures (glob)
  [1]
  $ broken 'echo "<?xml version=\"1.0\"?><svg><g></svg>"'
  memsim: gnuplot: its picture 1, line 1: mismatched tag
  [1]
  $ ls broken.html*
  ls: cannot access 'broken.html*': No such file or directory
  [2]

A plot whose table has no rows for it is an empty picture.

  $ sed 's/"where": "cbuild.*"/"where": "nothing"/' r.json >empty.json && memsim report --from=empty.json -o empty.html
  $ grep -c '>nothing to show<' empty.html
  4

The ending of the output file picks the form, --format as well, and the file appears only when it is whole.

  $ head -n 1 r.md
  # Page metadata under different layouts of struct page
  $ memsim report --from=r.json --format=csv | cmp - r.csv
  $ memsim report --from=r.json -o r.pdf
  memsim: r.pdf: the ending does not tell the form; use .txt, .md, .html, .json, .csv or --format
  [1]
  $ memsim report --baseline=v9 $T
  memsim: --baseline: 'v9' is not among the layouts compared
  [1]
  $ memsim report --layout=v6.12,v6.12 $T
  memsim: --layout: two layouts have the name 'v6.12'
  [2]
  $ memsim report --quick $T ./cbuild.trace
  memsim: /* and ./cbuild.trace: traces with the same name cannot be told apart in a report; rename one (glob)
  [1]
  $ memsim report --from=r.json $T
  memsim report: --from takes the report as it is: no trace beside it
  Try `memsim report --help' or `memsim report --usage' for more information.
  [2]
  $ memsim report --help | sed -nE 's/^ +(-., )?(--[a-z-]+=?).*/\2/p' | sort -u >options
  $ given() { case $1 in
  >   --layout=) echo --layout=v6.12;; --set=) echo --set=folio=80;; --machine=) echo --machine=zen4;;
  >   --pressure=) echo --pressure=light;; --prefetch=) echo --prefetch=none;; --jobs=|--max-folio-order=) echo ${1}1;;
  >   --code=) echo --code=v6.1;; --baseline=) echo --baseline=v6.12;; *) echo $1;;
  > esac; }
  $ for option in $(grep -vE -- '--(output|format|from|help|usage|version|quiet|verbose)' options); do
  >   memsim report --from=r.json $(given $option) 2>&1 >/dev/null | head -n 1
  > done
  memsim report: --from takes the report as it is: no --baseline beside it
  memsim report: --from takes the report as it is: no --code beside it
  memsim report: --from takes the report as it is: no --jobs beside it
  memsim report: --from takes the report as it is: no --layout beside it
  memsim report: --from takes the report as it is: no --machine beside it
  memsim report: --from takes the report as it is: no --max-folio-order beside it
  memsim report: --from takes the report as it is: no --no-thp beside it
  memsim report: --from takes the report as it is: no --partial beside it
  memsim report: --from takes the report as it is: no --prefetch beside it
  memsim report: --from takes the report as it is: no --pressure beside it
  memsim report: --from takes the report as it is: no --quick beside it
  memsim report: --from takes the report as it is: no --set beside it
  $ memsim report -o kept.txt no-such-trace
  memsim: no-such-trace: * (glob)
  [1]
  $ ls kept.txt*
  ls: cannot access 'kept.txt*': No such file or directory
  [2]

An assumption at one of its ends is what replay says with that on its command line, beside what was there already.

  $ G=$SRC/tests/data/groups.trace R="--layout=v6.12,memdesc8 --set folio.large=112"
  $ memsim report $R --format=csv $G | awk -F, '
  >   $1 == "assumptions_memory" { row[$3] = $5 }
  >   $1 == "assumptions_memory" && $3 == "assumed_change_percent" && row["assumption"] !~ " " {
  >     print row["assumption"] "=" row["low"], row["low_change_percent"]
  >     print row["assumption"] "=" row["high"], row["high_change_percent"] }' >ends
  $ wc -l <ends
  16
  $ while read -r set change; do
  >   memsim replay $R --set $set --json $G | awk -v said=$change -v set=$set '
  >     /"total_bytes":/ { total[n++] = $2 }
  >     END { is = 100 * (total[1] - total[0]) / total[0]; if (is != said) print set ": " is ", said " said }'
  > done <ends

Workloads side by side stay as they are alone.

  $ for t in groups nodes; do
  >   memsim report --quick --layout=v6.12,memdesc8 --format=csv $SRC/tests/data/$t.trace | grep '^answer' | cut -d, -f3-
  > done >alone
  $ wc -l <alone
  32
  $ memsim report --quick --layout=v6.12,memdesc8 --format=csv $SRC/tests/data/groups.trace $SRC/tests/data/nodes.trace |
  >   grep '^answer' | cut -d, -f3- | diff alone -

Where no layout gains that is said.

  $ memsim report --quick --layout=v6.12,v4.14 $SRC/tests/data/groups.trace | tr '\n' ' ' | grep -o 'As things are[^.]*.[0-9]*'
  As things are, none of the layouts takes less memory than v6.12

A JSON file that is no report is refused, and the message says where it is wrong.

  $ printf '{"memsim_report": 1' >cut.json; memsim report --from=cut.json
  memsim: cut.json:1:19: not the JSON form of a report: '}' expected near end of file
  [1]
  $ memsim report --from=nope.json
  memsim: nope.json: cannot open: No such file or directory
  [1]
  $ printf '{"memsim_result": 1}' >other.json; memsim report --from=other.json
  memsim: other.json: report: Object item not found: memsim_report
  [1]
  $ sed 's/"unit": "bytes"/"unit": "bites"/' r.json >unit.json; memsim report --from=unit.json
  memsim: unit.json: *: a column's unit is not known (glob)
  [1]
  $ sed 's/"table": "memory"/"table": "memories"/' r.json >table.json; memsim report --from=table.json
  memsim: table.json: memory: a block's table is not there
  [1]

Without --quick every pressure and every open question is tried; the assumptions are in the report.

  $ memsim report --layout=v6.12,memdesc8 --machine=zen4 -o full.json $T
  $ memsim report --from=full.json | grep -E '^memdesc8 +(pressure|folio.stride) ' | sed 's/ *[-+][0-9.]* %//g; s/  */ /g'
  memdesc8 folio.stride 80 128
  memdesc8 pressure none heavy
  memdesc8 folio.stride 80 128

What an assumption does is what the command line with it does.

  $ cat >share.py <<'END'
  > import json, sys
  > report = json.load(open(sys.argv[1]))["tables"]
  > row = [r for r in report["memory"]["rows"] if r["layout"] == "memdesc8"][0]
  > print("%.9f" % row["change_percent"])
  > END
  $ cat >assumed.py <<'END'
  > import json
  > rows = json.load(open("full.json"))["tables"]["assumptions_memory"]["rows"]
  > row = [r for r in rows if r["assumption"] == "folio.stride"][0]
  > print("%.9f" % row["high_change_percent"])
  > END
  $ memsim report --quick --layout=v6.12,memdesc8 --machine=zen4 --set=folio.stride=128 -o set.json $T
  $ python3 share.py set.json >by-hand && python3 assumed.py | cmp - by-hand

Several recordings of one workload have an interval: Student's, which with three of them is 4.303 standard errors wide
on each side. A trace beside itself differs by nothing.

  $ cat >interval.py <<'END'
  > import json, math, statistics
  > tables = json.load(open("three.json"))["tables"]
  > changes = [r["fetches_change_percent"] for r in tables["caches"]["rows"] if r["layout"] == "memdesc8"]
  > row = [r for r in tables["statistics"]["rows"] if r["layout"] == "memdesc8"][0]
  > half = 4.303 * statistics.stdev(changes) / math.sqrt(3)
  > assert abs(row["fetches_change_percent"] - statistics.mean(changes)) < 1e-9, row
  > assert abs(row["fetches_half_interval"] - half) < 1e-9, (row, half)
  > noise = abs(statistics.mean(changes)) <= half
  > assert (row["verdict"] == "within noise") == noise, row
  > print(row["workload"], row["recordings"])
  > END
  $ memsim report --quick --layout=v6.12,memdesc8 -o three.json $SRC/tests/corpus/vm-nginx-?.trace 2>lost
  [3]
  $ sed 's,.*/\(vm-.*lost\).*,\1,' lost
  vm-nginx-1.trace: the recorder lost
  vm-nginx-2.trace: the recorder lost
  $ python3 interval.py
  vm-nginx 3
  $ cp $T again-1.trace && cp $T again-2.trace
  $ memsim report --quick --layout=v6.12,memdesc8 again-1.trace again-2.trace | sed -n '/^Statistics/,/^What was/p' | grep memdesc8
  memdesc8 +2 -[0-9.]+ % 0\.0 [-+][0-9.]+ % 0\.0 (fewer|more) (re)

Of workloads that differ in sign it is told which is which, and that their machines differ.

  $ C=$SRC/tests/corpus
  $ memsim report -q --quick --layout=v6.12,memdesc8 --machine=vm-emr --pressure=light \
  >   -o two.json $C/nginx.trace $C/vm-numeric.trace $C/vm-sqlite-1.trace
  $ memsim report --from=two.json | tr '\n' ' ' >two
  $ grep -o '3 workloads, named after their traces and recorded for [0-9.]* to [0-9.]* s each, on 2 machines.*vm-sqlite)' two | sed 's/kernel [^ ]*/kernel .../g'
  3 workloads, named after their traces and recorded for 0.5 to 1.8 s each, on 2 machines, which differ: 24.0 GiB with kernel ... (nginx) and 1023.5 MiB with kernel ... (vm-numeric, vm-sqlite)
  $ grep -oE '[0-9.]+ % more misses in nginx and ([0-9.]+ to )?[0-9.]+ % fewer misses in vm-numeric and vm-sqlite' two | sed 's/[0-9.]* to //; s/[0-9.][0-9.]*/N/g'
  N % more misses in nginx and N % fewer misses in vm-numeric and vm-sqlite
  $ python3 -c '
  > import json
  > for r in json.load(open("two.json"))["tables"]["answer"]["rows"]:
  >   if r["layout"] == "memdesc8": print(r["workload"], "more" if r["fetches_change_percent"] > 0 else "fewer")'
  nginx more
  vm-numeric fewer
  vm-sqlite fewer

Traces of several machines, of which one was recorded with what its CPUs counted, stay each what they are alone: none is
told to be like the first, and the command at the end of the report gives the same report again.

  $ cp $SRC/tests/data/counts.trace $SRC/tests/data/groups.trace .
  $ memsim report --quick counts.trace groups.trace >mixed
  $ tr -s ' \n' ' ' <mixed >words
  $ grep -o 'with the caches filled by[^,.]*[.]' words
  with the caches filled by other data as CPUs counted it in counts and as if nothing else used the caches in groups.
  $ grep -o 'Nothing else competes for the caches in [^,]*' words
  Nothing else competes for the caches in groups
  $ grep -o 'caches l1=[^,]*,[^,]*,[^,]*, as the host' words
  caches l1=4K/4,l2=16K/4,llc=64K/8, as the host
  caches l1=48K/12,l2=2M/16,llc=32M/16, as the host
  $ sed -n '/^To reproduce/,$p' mixed | sed '1,3d' >again.sh
  $ grep -c machine again.sh
  0
  [1]
  $ sh again.sh | cmp - mixed

What the command line says of machine and pressure is in that command, and only that.

  $ for asked in --machine=zen4 '--machine=zen4 --prefetch=none' --prefetch=stream --pressure=7000000 \
  >   '--machine=l1=8K/4,l2=64K/4,llc=1M/8 --prefetch=pair --pressure=light'; do
  >   memsim report --quick --layout=v6.12,page32 $asked groups.trace >asked
  >   sed -n '/^To reproduce/,$p' asked | sed '1,3d' >again.sh
  >   tr -s ' \\\n' ' ' <again.sh | grep -oE -- '--(machine|prefetch|pressure)=[^ ]*' | tr '\n' ' '
  >   echo; sh again.sh | cmp - asked
  > done
  --machine=zen4 
  --machine=zen4 --prefetch=none 
  --prefetch=stream 
  --pressure=7000000 
  --machine=l1=8K/4,l2=64K/4,llc=1M/8 --prefetch=pair --pressure=light 

On a terminal the share that is done goes from trace to trace and never back; one that is four times as large is four
times as much of the work.

  $ cp $C/vm-numeric.trace small-1.trace
  $ cat >progress.py <<'END'
  > import os, pty, re, subprocess, sys
  > try:
  >     ours, theirs = pty.openpty()
  > except OSError:
  >     sys.exit(print("there is no terminal to be had"))
  > traces = sys.argv[1:]
  > run = subprocess.Popen(["memsim", "report", "--quick", "-o", "shown.txt", *traces], stderr=theirs)
  > os.close(theirs)
  > said = b""
  > try:
  >     while more := os.read(ours, 4096):
  >         said += more
  > except OSError:  # the other end is closed
  >     pass
  > assert run.wait() == 0
  > shown = [(name, int(percent)) for name, percent in re.findall(r"([\w.-]+): (\d+) %", said.decode().replace("\x1b[K", ""))]
  > assert [p for _, p in shown] == sorted(p for _, p in shown) and shown[-1][1] <= 100, shown
  > assert list(dict.fromkeys(n for n, _ in shown)) == [os.path.basename(t) for t in traces], shown
  > sizes = [os.path.getsize(t) for t in traces]
  > begun = [p for n, p in shown if n == os.path.basename(traces[1])][0]
  > print("the second begins at its share:", begun >= int(100 * sizes[0] / sum(sizes)))
  > END
  $ python3 progress.py $C/nginx.trace small-1.trace
  (the second begins at its share: True|there is no terminal to be had) (re)

A trace in which no time passes, as one of a single event, has no rates; the tables of the others are there all the same.

  $ sed -n '1p;3p' $SRC/tests/data/import/trace-cmd-5.10.txt >one.txt && memsim import -q -o one.trace one.txt
  $ memsim report --quick --layout=v6.12,memdesc8 --machine=zen4 one.trace groups.trace -o stalls.json
  $ memsim report --from=stalls.json | sed -n '/^What would be waited for/,/^$/d; /^layout *us per second/,/^$/p' | cut -d ' ' -f 1
  layout
  v6.12
  memdesc8
  
  $ python3 -c '
  > import json
  > print([r["workload"] for r in json.load(open("stalls.json"))["tables"]["stalls"]["rows"]])'
  ['groups', 'groups']
