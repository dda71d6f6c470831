typedef int placeholder_bpf;
