Built-in layouts can be listed and shown, and what is shown can be used.

  $ memsim layouts show memdesc8 >mine.yaml

A copy, whatever it is called inside, can be told from what it was copied from.

  $ memsim replay --layout=memdesc8,./mine.yaml $SRC/tests/data/counts.trace | awk '/^LAYOUT/ { n++ } n == 1 && NF { print $1 }'
  LAYOUT
  memdesc8
  ./mine.yaml
  Descriptors
  $ memsim report -q --quick --layout=v6.12,./mine.yaml,memdesc8 --format=csv $SRC/tests/data/counts.trace |
  >   grep -o '\./mine.yaml' | sort -u
  ./mine.yaml
  $ memsim replay --layout=./mine.yaml,./mine.yaml $SRC/tests/data/counts.trace
  memsim: --layout: two layouts have the name 'memdesc8'
  [2]
  $ sed -i 's/^name: memdesc8$/name: mine/; s/size: 80, align: 16/size: 96, align: 16/' mine.yaml
  $ memsim replay --layout=memdesc8,./mine.yaml --json $SRC/tests/data/cbuild.trace >both.json
  $ grep -c '"name": "mine"' both.json
  1
  $ grep '"bytes_per_page"' both.json
        "bytes_per_page": 8,
        "bytes_per_page": 8,
  $ sed -i 's/^  page.memdesc:.*/  page.memdesc: {at: 4, size: 8}/' mine.yaml
  $ memsim replay --layout=./mine.yaml $SRC/tests/data/cbuild.trace
  memsim: ./mine.yaml:*: page.memdesc ends at byte 12, but page has 8 (glob)
  [1]
