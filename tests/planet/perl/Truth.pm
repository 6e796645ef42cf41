package Truth;

# What a planet's verdicts must be, worked out from its tables and its faults
# alone: by the definitions of doc/definitions.md, with World::total_ms for a fetch.
#
# A place's p75(total) is modelled as fetch + lookup + server, where the lookup
# is a cache miss (more than a quarter are), and the server's time is zero but
# for a planted delay. CLEAR says how far from the limit a figure must lie for a
# verdict to be demanded; nearer, the place expects nothing.

use strict;
use warnings;
use Exporter 'import';
use List::Util qw(min first);
use World qw(total_ms rank_nodes shuffle);

our @EXPORT_OK = qw(expect deal plant);

use constant { LIMIT_MS => 1000, CLEAR_MS => 100 };

# The cheapest fix first; the verdict of each.
my @FIX = qw(steering dns edge node);
my %VERDICT = (steering => 'mis-steered', dns => 'slow-dns', edge => 'slow-edge', node => 'needs-node');

# p75(total) of a place with some fixes made.
sub fixed_ms {
    my ($w, $place, $fix, $candidates) = @_;
    my $f = $w->{faults};
    my $server = sub { $fix->{edge} ? 0 : $f->{'server-slow'}{ $_[0] } // 0 };
    my $cost = sub { total_ms($w->{links}{ $place->{name} }{ $_[0] }) + $server->($_[0]) };
    my @choice = ($place->{node});
    @choice = map { $_->{name} } @{ $w->{nodes} } if $fix->{steering} || $fix->{node};
    push @choice, @$candidates if $fix->{node};
    my $dns = $fix->{dns} ? 1 : 2 + $w->{links}{ $place->{name} }{ns} + ($f->{'resolver-slow'}{ $place->{name} } // 0);
    return $dns + min map { $cost->($_) } @choice;
}

# Sets of fixes, smaller first, then cheaper.
sub fix_sets {
    my @sets;
    for my $bits (1 .. 2**@FIX - 1) {
        push @sets, [grep { $bits & (1 << $_) } 0 .. $#FIX];
    }
    return map { [map { $FIX[$_] } @$_] }
        sort { @$a <=> @$b || join('', @$a) cmp join('', @$b) } @sets;
}

# Fills in place->{expect} (verdicts that are right; none if it is too near to
# call), ->{p75_ms}, ->{candidates} (each of which alone would do), ->{why}.
sub expect {
    my ($w, $place) = @_;
    my @all = map { $_->{name} } @{ $w->{candidates} };
    my $seen = $place->{p75_ms} = fixed_ms($w, $place, {}, []);
    $place->{expect} = [];
    $place->{candidates} = [grep { fixed_ms($w, $place, { node => 1 }, [$_]) <= LIMIT_MS - CLEAR_MS } @all];
    if ($seen <= LIMIT_MS - CLEAR_MS) {
        $place->{expect} = ['ok'];
        $place->{candidates} = [];
        return;
    }
    return if $seen < LIMIT_MS + CLEAR_MS;
    for my $set (fix_sets()) {
        my $ms = fixed_ms($w, $place, { map { $_ => 1 } @$set }, \@all);
        next if $ms >= LIMIT_MS + CLEAR_MS;
        $place->{expect} = [$VERDICT{ $set->[0] }] if $ms <= LIMIT_MS - CLEAR_MS;
        return;
    }
    # Nothing meets the objective: the largest single gain, if it is clear.
    my @gain = sort { $b->[1] <=> $a->[1] }
        map { [$_, $seen - fixed_ms($w, $place, { $_ => 1 }, \@all)] } @FIX;
    $place->{expect} = [$VERDICT{ $gain[0][0] }] if $gain[0][1] - $gain[1][1] > CLEAR_MS;
}

# Deals the countries out over the clients' places again. A country with two
# places gets two that have the same verdict, so that it has one itself.
sub deal {
    my ($w) = @_;
    my @clients = @{ $w->{clients} };
    my @labels = map { { country => $_->{country}, sub => $_->{sub}, continent => $_->{continent} } } @clients;
    for (1 .. 1000) {
        my @dealt = shuffle(@labels);
        my %seen;
        for my $i (0 .. $#clients) {
            push @{ $seen{ $dealt[$i]{country} } }, $clients[$i]{expect}[0] // '';
        }
        next if grep { my ($one, @rest) = @{ $seen{$_} }; first { $_ ne $one } @rest } keys %seen;
        for my $i (0 .. $#clients) {
            $clients[$i]{$_} = $dealt[$i]{$_} for qw(country sub continent);
        }
        return;
    }
    die "no fair deal found\n";
}

# Chooses one of each fault, on places where it is the one cause; returns the
# faults as lists [kind, argument, ...]. Countries must have been dealt out.
sub plant {
    my ($w) = @_;
    my %places_of;
    $places_of{ $_->{country} }++ for @{ $w->{clients} };
    my @alone = grep { $places_of{ $_->{country} } == 1 } @{ $w->{clients} };
    my %node_of = map { $_->{name} => $_->{node} } @{ $w->{clients} };
    for (1 .. 1000) {
        my ($lost, $slow) = (shuffle(@alone))[0, 1];
        my $wrong = (shuffle(@{ $w->{nodes} }))[0]{name};
        my $server = (shuffle(@{ $w->{nodes} }))[0]{name};
        my $before = join ',', $lost->{expect}[0] // '', $slow->{expect}[0] // '';
        $w->{faults} = { 'resolver-slow' => { $slow->{name} => 1500 }, 'server-slow' => { $server => 1200 } };
        $lost->{node} = $wrong;
        my @was_ok = grep { ($_->{expect}[0] // '') eq 'ok' } @{ $w->{clients} };
        expect($w, $_) for @{ $w->{clients} };
        my $good = $before eq 'ok,ok'
            && ($lost->{expect}[0] // '') eq 'mis-steered' && $lost->{p75_ms} < 3000 && $wrong ne $server
            && ($slow->{expect}[0] // '') eq 'slow-dns' && $slow->{node} ne $server
            && total_ms($w->{links}{ $slow->{name} }{ $slow->{node} }) < 600
            && (grep { ($_->{expect}[0] // '') eq 'slow-edge' } @was_ok)
            && (grep { ($_->{expect}[0] // '') eq 'needs-node' } @{ $w->{clients} });
        if ($good) {
            return (['wrong-map', $lost->{country}, $wrong], ['resolver-slow', $slow->{name}, 1500],
                ['server-slow', $server, 1200]);
        }
        $w->{faults} = {};
        $_->{node} = $node_of{ $_->{name} } for @{ $w->{clients} };
        expect($w, $_) for @{ $w->{clients} };
    }
    die "no place for the faults found\n";
}

1;
