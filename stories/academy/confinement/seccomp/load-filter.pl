# Installs a seccomp filter and runs a command: perl load-filter.pl NUMBER-OF-PRCTL HEX-FILTER COMMAND ARGS…
# For systems without bubblewrap: no other standard tool installs a filter, and Node makes no system calls of choice.
my ($prctl, $hex, @command) = @ARGV;
my $filter = pack 'H*', $hex;
# struct sock_fprog: the number of instructions of 8 bytes, and a pointer to them.
my $program = pack 'S x![P] P', length($filter) / 8, $filter;
my ($no_new_privs, $set_seccomp, $mode_filter) = (38, 22, 2);
syscall($prctl + 0, $no_new_privs, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall($prctl + 0, $set_seccomp, $mode_filter, $program) == 0 or die "seccomp: $!\n";
exec { $command[0] } @command or die "$command[0]: $!\n";
