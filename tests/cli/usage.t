Every command explains itself, and wrong calls are told apart from failures.

  $ memsim
  Usage: memsim COMMAND [OPTION...]
  What would a smaller struct page gain and cost, on real workloads.
  
    record     record page events of this host into a trace
    snapshot   write down what every page of this host is now
    import     make a trace from the text of perf or trace-cmd
    info       what a trace holds, how it was taken, what it lost
    dump       the events of a trace as text or JSON lines
    check      verify a trace and its invariants
    replay     replay a trace on one or more layouts
    report     compare layouts, ready for a mailing list
    layouts    list and show layouts
    calibrate  measure this host into a machine profile
    validate   hold the models against this kernel
  
  memsim COMMAND --help explains a command; memsim --version prints the version.
  [2]
  $ memsim --version
  memsim [0-9.]+ (re)
  $ memsim rec
  memsim: 'rec' is not a memsim command; see memsim --help
  [2]
  $ for c in record snapshot import info dump check replay report layouts validate; do
  >   memsim $c --help | head -n 1
  > done
  Usage: memsim record * (glob)
  Usage: memsim snapshot * (glob)
  Usage: memsim import * (glob)
  Usage: memsim info * (glob)
  Usage: memsim dump * (glob)
  Usage: memsim check * (glob)
  Usage: memsim replay * (glob)
  Usage: memsim report * (glob)
  Usage: memsim layouts * (glob)
  Usage: memsim validate * (glob)
  $ memsim -h | head -n 1
  Usage: memsim COMMAND [OPTION...]
  $ for c in record snapshot import info dump check replay report layouts 'layouts list' 'layouts show' 'layouts diff' \
  >   'layouts check' 'layouts import' calibrate validate 'validate slub' 'validate native' 'validate truth'; do
  >   memsim $c -h >short && memsim $c --help | cmp - short || echo "$c"
  > done
  $ memsim info
  memsim info: * (glob)
  Try `memsim info --help' or `memsim info --usage' for more information.
  [2]
  $ memsim replay --layout=v6.12 --jobs=0 x
  memsim: --jobs: '0' is not between 1 and 1024
  [2]
  $ for list in '' , v6.12, v6.12,,page32; do memsim replay --layout=$list x; echo $?; done
  memsim: --layout: '' has an empty name
  2
  memsim: --layout: ',' has an empty name
  2
  memsim: --layout: 'v6.12,' has an empty name
  2
  memsim: --layout: 'v6.12,,page32' has an empty name
  2
  $ memsim replay --layout=v6.12 --machine=l1=48K x 2>&1 | head -n 1
  memsim: * (glob)
  $ memsim record --events=all,nonsense 2>&1 | head -n 1
  memsim record: --events: 'nonsense' is not a class of events: alloc, * or thp (glob)

What is missing or wrong is named.

  $ memsim info no-such-file
  memsim: no-such-file: * No such file or directory (glob)
  [1]
  $ memsim replay --layout=v9.99 no-such-file
  memsim: unknown layout 'v9.99'; memsim layouts list shows them
  [1]
  $ echo 'not a trace' >x.trace
  $ memsim check x.trace
  memsim: x.trace: * (glob)
  [1]
  $ memsim info . 
  memsim: .: * (glob)
  [1]

  $ memsim record --duration=0 2>&1 | head -n 1
  memsim record: --duration: '0' is no time at all
  $ memsim record --buffer-size=3 2>&1 | head -n 1
  memsim record: --buffer-size: '3' is not between 32K and 16G
  $ memsim replay --layout=v6.12 --prefetch=magic x
  memsim: --prefetch: 'magic' is neither none nor some of pair, next-line and stream, joined by +
  [2]
  $ echo hello >x.json && memsim report --from=x.json
  memsim: x.json:1:5: not the JSON form of a report: * (glob)
  [1]

A full disk is no success, and is said once.

  $ memsim layouts list >/dev/full
  memsim: standard output: cannot write: No space left on device
  [1]
  $ memsim report --quick --layout=v6.12 $SRC/tests/data/groups.trace >/dev/full
  memsim: standard output: cannot write: No space left on device
  [1]
