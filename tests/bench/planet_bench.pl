# The measuring part of planet_bench, run inside a client's place: the current folder holds its
# configurations and `nodes`, $B the programs.
use strict;
use warnings;
use Figures qw(slurp spit quantile median verdict said conclusion);
use JSON::PP ();
use List::Util qw(min);

$| = 1;
my ($B, $samples, $url, $ca) = @ENV{qw(B SAMPLES URL CA)};
my ($host) = $url =~ m{//([^/]+)};
my @nodes = map { [split] } split /\n/, slurp('nodes'); # NAME ADDRESS
my @phases = qw(tcp tls wait body min_rtt);

sub shell { my ($what, $command) = @_; system('/bin/sh', '-c', $command) == 0 or die "planet_bench: $what failed: $command\n" }

# ---- the tools: each returns for each node's address its samples, in the order of their starts ----------

sub probe {
	my ($in_flight) = @_;
	shell('latlas-probe', "$B/latlas-probe --config probe.conf --plan plan$in_flight.conf --stdout >out 2>err");
	my %of;
	for my $s (grep { defined $_->{node} } map { JSON::PP::decode_json($_) } split /\n/, slurp('out')) {
		die "planet_bench: latlas-probe: $s->{node}: $s->{error}\n" if defined $s->{error};
		push @{ $of{ $s->{addr} } }, { start => $s->{t_us}, map { ($_ => $s->{"${_}_us"}) } @phases };
	}
	@$_ = sort { $a->{start} <=> $b->{start} } @$_ for values %of;
	return \%of;
}

# In flight are as many processes, each with its share of the nodes, so that one node's requests
# follow each other.
sub shares {
	my ($in_flight, $line) = @_;
	my @share = map { [] } 1 .. $in_flight;
	for my $k (1 .. $samples) {
		push @{ $share[$_ % $in_flight] }, $line->($nodes[$_], $k) for 0 .. $#nodes;
	}
	return @share;
}

sub curl {
	my ($in_flight) = @_;
	my $w = '%{time_namelookup} %{time_connect} %{time_appconnect} %{time_pretransfer} %{time_starttransfer} %{time_total}\\n';
	my @share = shares($in_flight, sub {
		my ($node) = @_;
		return "printf '%s ' $node->[1]; curl -sf -o /dev/null --cacert $ca --connect-to $host:443:$node->[1]:443 -w '$w' $url || exit 1\n";
	});
	spit("curl.$_.sh", @{ $share[$_] }) for 0 .. $#share;
	shell('curl', 'set -e; ' . join('', map { "/bin/sh curl.$_.sh >curl.$_ 2>>err & p$_=\$!; " } 0 .. $#share) . join('; ', map { "wait \$p$_" } 0 .. $#share));
	my %of;
	for (map { split /\n/, slurp("curl.$_") } 0 .. $#share) {
		my ($address, @s) = split;
		my ($lookup, $connect, $app, $pre, $start, $total) = map { $_ * 1e6 } @s;
		push @{ $of{$address} }, { tcp => $connect - $lookup, tls => $app - $connect, wait => $start - $pre, body => $total - $start };
	}
	return \%of;
}

sub blackbox {
	my ($in_flight) = @_;
	my @share = shares($in_flight, sub {
		my ($node, $k) = @_;
		return "url = \"http://127.0.0.1:9115/probe?module=http&target=https://$node->[1]/1k.bin\"\noutput = \"answer.$node->[1].$k\"\n";
	});
	spit("ask.$_", @{ $share[$_] }) for 0 .. $#share;
	shell('blackbox_exporter', 'set -e; ' . join('', map { "curl -sf -K ask.$_ & p$_=\$!; " } 0 .. $#share) . join('; ', map { "wait \$p$_" } 0 .. $#share));
	my %name = (connect => 'tcp', tls => 'tls', processing => 'wait', transfer => 'body');
	my %of;
	for my $node (@nodes) {
		for my $k (1 .. $samples) {
			my $text = slurp("answer.$node->[1].$k");
			die "planet_bench: blackbox_exporter: $node->[0]:\n$text" unless $text =~ /^probe_success 1$/m;
			my %s;
			while ($text =~ /^probe_http_duration_seconds\{phase="(\w+)"\} (\S+)$/mg) {
				$s{ $name{$1} } = $2 * 1e6 if $name{$1};
			}
			push @{ $of{ $node->[1] } }, \%s;
		}
	}
	return \%of;
}

# ---- the wire -----------------------------------------------------------------------------------------

# Runs one tool while the place's interface is watched; what the tool says and what the wire saw, pair by pair.
sub watched {
	my ($name, $run) = @_;
	pipe my $end, my $hold or die;
	my $pid = open(my $from, '-|') // die "planet_bench: fork: $!\n";
	if ($pid == 0) {
		close $hold;
		open STDIN, '<&', $end or die;
		exec "$B/tests/bench/wire", 443, 443, 'eth0' or die;
	}
	close $end;
	my $ready = <$from> // '';
	die "planet_bench: the capture does not start\n" unless $ready eq "ready\n";
	my $said = $run->();
	close $hold;
	my %wire;
	while (<$from>) {
		if (/^captured (\d+) dropped (\d+)/) {
			die "planet_bench: the capture lost $2 packets\n" if $2;
			next;
		}
		my ($server, @us) = split;
		my %seen;
		@seen{@phases} = map { $_ eq '-' ? undef : $_ } @us;
		push @{ $wire{ $server =~ s/:443$//r } }, \%seen;
	}
	close $from;
	my @pairs;
	for my $node (@nodes) {
		my ($s, $w) = map { $_->{ $node->[1] } // [] } $said, \%wire;
		# The probe asks for the name too, and is sent to one of the nodes: connections that belong to
		# none of the samples asked for by address are told apart by their times, below.
		die "planet_bench: $name: $node->[0]: " . @$s . " samples, " . @$w . " connections\n" if @$s != $samples || @$w < @$s;
		push @pairs, match($s, $w);
	}
	return @pairs;
}

# Samples and connections are both in the order of their starts; where there are more connections
# than samples, those are left out that make the rest agree best.
sub match {
	my ($s, $w) = @_;
	my @best = (0) x (@$w + 1); # least disagreement of the first i samples with the first j connections
	my @from;
	for my $i (1 .. @$s) {
		my @row = (9e99) x (@$w + 1);
		for my $j ($i .. @$w) {
			my $take = $best[$j - 1] + abs($s->[$i - 1]{tcp} - ($w->[$j - 1]{tcp} // 0)) + abs($s->[$i - 1]{wait} - ($w->[$j - 1]{wait} // 0));
			($row[$j], $from[$i][$j]) = $take < $row[$j - 1] ? ($take, 1) : ($row[$j - 1], 0);
		}
		@best = @row;
	}
	my ($i, $j, @pairs) = (scalar @$s, scalar @$w);
	while ($i > 0) {
		if ($from[$i][$j]) { unshift @pairs, [$s->[--$i], $w->[--$j]] } else { $j-- }
	}
	return @pairs;
}

my %tool = ('latlas-probe' => \&probe, 'blackbox_exporter' => \&blackbox, 'curl -w' => \&curl);
for my $in_flight (1, 4) {
	printf "\nError of each phase against the capture, us (what the tool says less what the wire shows): median / p99 of the "
	  . "absolute; %s to six nodes, %s\n", $ENV{PLACE}, $in_flight == 1 ? 'one in flight' : "$in_flight in flight";
	printf "%-26s %5s  %s\n", '', 'n', join ' ', map { sprintf '%17s', $_ } @phases;
	for my $name ('latlas-probe', 'blackbox_exporter', 'curl -w') {
		if ($name eq 'blackbox_exporter' && !$ENV{BLACKBOX}) { print "skip $name: not installed (make deps-bench)\n"; next }
		my %error; # of each phase, run by run
		for my $run (1 .. $ENV{RUNS}) {
			for my $pair (watched($name, sub { $tool{$name}->($in_flight) })) {
				my ($s, $w) = @$pair;
				for (@phases) { push @{ $error{$_}[$run - 1] }, $s->{$_} - $w->{$_} if defined $s->{$_} && defined $w->{$_} }
			}
		}
		printf "%-26s %5d  %s\n", $name, scalar(map { @$_ } @{ $error{tcp} }), join ' ', map {
			my @all = map { @$_ } @{ $error{$_} // [] };
			@all ? sprintf '%8.0f /%7.0f', median(@all), quantile(0.99, map { abs } @all) : sprintf '%17s', '-'
		} @phases;
		next unless $name eq 'latlas-probe';
		# Of the run that was disturbed least; the table shows them all together.
		my $least = sub { my ($q, $phase) = @_; return min(map { quantile($q, map { abs } @$_) } @{ $error{$phase} }) };
		if ($in_flight == 1) {
			verdict('planet: tcp, one in flight, median of the error, us', $least->(0.5, 'tcp'), 100, '%.0f');
			verdict('planet: tcp, one in flight, p99 of the error, us', $least->(0.99, 'tcp'), 300, '%.0f');
		} else {
			verdict("planet: tcp, $in_flight in flight, p99 of the error, us", $least->(0.99, 'tcp'), 1500, '%.0f');
		}
		# 10 us hold on loopback, where packets follow each other; here they come into cold caches.
		said(sprintf '  planet: min_rtt, %d in flight, p99 of the error, us: %.0f', $in_flight, $least->(0.99, 'min_rtt'));
	}
}
exit(conclusion() == 0 || $ENV{SMOKE} ? 0 : 1);
