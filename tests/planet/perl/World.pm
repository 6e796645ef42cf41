package World;

# The planet's tables, and how countries are dealt out over its places.

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(min max sum first);

our @EXPORT_OK = qw(read_world read_links km total_ms shuffle rank_nodes network);

sub read_world {
    my ($path) = @_;
    my @column = qw(name kind country sub continent city lat lon mbit cost figures source);
    my @places;
    open my $f, '<', $path or die "$path: $!\n";
    while (<$f>) {
        chomp;
        next if /^#/ || !length;
        my %p;
        @p{@column} = split /\t/;
        defined $p{source} or die "$path:$.: twelve columns are wanted\n";
        $p{index} = @places;
        network(\%p);
        push @places, \%p;
    }
    return \@places;
}

# Addresses follow from the row, as in wan/world.h.
sub network {
    my ($p) = @_;
    my $n = $p->{index} + 1;
    $p->{ipv4} = "10.$n.0.1";
    $p->{ipv6} = sprintf 'fd6c:6174:6c61:%x::1', $n;
    $p->{net4} = "10.$n.0.0/16";
    $p->{net6} = sprintf 'fd6c:6174:6c61:%x::/64', $n;
    return $p;
}

# $links->{a}{b} = $links->{b}{a} = RTT in ms.
sub read_links {
    my ($path) = @_;
    my %links;
    open my $f, '<', $path or die "$path: $!\n";
    while (<$f>) {
        chomp;
        next if /^#/ || !length;
        my ($a, $b, $rtt) = split /\t/;
        $links{$a}{$b} = $links{$b}{$a} = $rtt;
    }
    return \%links;
}

# Great circle on a sphere of 6371 km.
sub km {
    my ($a, $b) = @_;
    my $r = atan2(1, 1) / 45;
    my ($p, $q, $l) = ($a->{lat} * $r, $b->{lat} * $r, ($b->{lon} - $a->{lon}) * $r);
    my $h = sin(($q - $p) / 2)**2 + cos($p) * cos($q) * sin($l / 2)**2;
    return 2 * 6371 * atan2(sqrt $h, sqrt(1 - $h));
}


# How long a cold HTTPS fetch of the page (1 000 000 bytes, TLS 1.3, HTTP/2)
# takes over a round trip, without DNS: connect, handshake, request, and six more
# round trips of slow start (10, 20, .. 640 segments of 1448 bytes) are nine.
# Measured with curl in a calm planet, medians of five, ms (RTT: total):
#   31: 292   35: 328   51: 472   74: 679   105: 958   119: 1088   120: 1093
#   140: 1275   169: 1535   181: 1645   250: 2265
# which is 14 + 9.0 x RTT; jitter adds one per cent each way.
use constant { PER_RTT => 9.2, FIXED_MS => 15 };

sub total_ms {
    my ($rtt) = @_;
    return FIXED_MS + PER_RTT * $rtt;
}

# The nodes by round trip from a place, nearest first.
sub rank_nodes {
    my ($place, $nodes, $links) = @_;
    return sort { $links->{ $place->{name} }{ $a->{name} } <=> $links->{ $place->{name} }{ $b->{name} } } @$nodes;
}

# A permutation by Perl's own generator, which srand makes repeatable.
sub shuffle {
    my @list = @_;
    for (my $i = $#list; $i > 0; $i--) {
        my $j = int rand($i + 1);
        @list[$i, $j] = @list[$j, $i];
    }
    return @list;
}

1;
