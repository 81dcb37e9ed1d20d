# Holds one TCP port until it is killed: by listening, or as the near end of a connection.
# usage: perl - listen|outgoing ADDRESS PORT; says "held" or what went wrong
use strict;
use warnings;
use IO::Socket::IP;

my ($how, $address, $port) = @ARGV;
$0 = "lab-occupy $how $port";

sub must { my ($socket) = @_; return $socket if $socket; print "$@\n"; exit 1; }

my @kept;
if ($how eq 'listen') {
    push @kept, must(IO::Socket::IP->new(LocalHost => $address, LocalPort => $port,
        Listen => 5, ReuseAddr => 1, V6Only => 0));
} else {
    my $server = must(IO::Socket::IP->new(LocalHost => $address, LocalPort => 0, Listen => 1));
    push @kept, $server, must(IO::Socket::IP->new(LocalHost => $address, LocalPort => $port,
        PeerHost => $address, PeerPort => $server->sockport));
}
print "held\n";
open STDOUT, '>', '/dev/null';
sleep 3600 while 1;
