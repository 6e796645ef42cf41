# The measuring part of planet_bench, run inside a client's place: the current folder holds its
# configurations and `nodes`, $B the programs.
use strict;
use warnings;
use Figures qw(slurp spit shares verdict said conclusion captured add_errors error_table tcp_verdicts least_error);
use JSON::PP ();

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
	for my $s (grep { ($_->{role} // '') eq 'candidate' } map { JSON::PP::decode_json($_) } split /\n/, slurp('out')) {
		die "planet_bench: latlas-probe: $s->{target}: $s->{error}\n" if defined $s->{error};
		push @{ $of{ $s->{addr} } }, { start => $s->{t_us}, map { ($_ => $s->{"${_}_us"}) } @phases };
	}
	@$_ = sort { $a->{start} <=> $b->{start} } @$_ for values %of;
	return \%of;
}

# In flight are as many processes, each with its share of the nodes, so that one node's requests
# follow each other.
sub shared_out {
	my ($in_flight, $line) = @_;
	my @share = map { [] } 1 .. $in_flight;
	for my $k (1 .. $samples) {
		push @{ $share[$_ % $in_flight] }, $line->($nodes[$_], $k) for 0 .. $#nodes;
	}
	return @share;
}

# A command for each sample, given the node's address; it prints one line, of which `read` makes the phases.
sub by_command {
	my ($name, $in_flight, $command, $read) = @_;
	my @share = shared_out($in_flight, sub { my ($node) = @_; return "printf '%s ' $node->[1]; " . $command->($node->[1]) . " || exit 1\n" });
	spit("$name.$_.sh", @{ $share[$_] }) for 0 .. $#share;
	shell($name, shares(map { "/bin/sh $name.$_.sh >$name.$_ 2>>err" } 0 .. $#share));
	my %of;
	for (map { split /\n/, slurp("$name.$_") } 0 .. $#share) {
		my ($address, @s) = split;
		my %s;
		@s{@phases} = $read->(@s);
		push @{ $of{$address} }, \%s;
	}
	return \%of;
}

sub raw_tls {
	my ($in_flight) = @_;
	return by_command('raw_tls', $in_flight, sub { return "echo https://$host:443/1k.bin | $B/tests/bench/raw_tls $_[0] 0 authorities" },
		sub { my ($port, $dns, @us) = @_; return @us });
}

sub curl {
	my ($in_flight) = @_;
	my $w = '%{time_namelookup} %{time_connect} %{time_appconnect} %{time_pretransfer} %{time_starttransfer} %{time_total}\\n';
	return by_command('curl', $in_flight,
		sub { return "curl -sf -o /dev/null --cacert $ca --connect-to $host:443:$_[0]:443 -w '$w' $url" },
		sub {
			my ($lookup, $connect, $app, $pre, $start, $total) = map { $_ * 1e6 } @_;
			return ($connect - $lookup, $app - $connect, $start - $pre, $total - $start);
		});
}

sub blackbox {
	my ($in_flight) = @_;
	my @share = shared_out($in_flight, sub {
		my ($node, $k) = @_;
		return "url = \"http://127.0.0.1:9115/probe?module=http&target=https://$node->[1]/1k.bin\"\noutput = \"answer.$node->[1].$k\"\n";
	});
	spit("ask.$_", @{ $share[$_] }) for 0 .. $#share;
	shell('blackbox_exporter', shares(map { "curl -sf -K ask.$_" } 0 .. $#share));
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
	my ($said, @lines) = captured(["$B/tests/bench/wire", 443, 443, 'eth0'], $run);
	my %wire;
	for (@lines) {
		my ($server, @us) = @$_;
		my %seen;
		@seen{@phases} = @us;
		push @{ $wire{ $server =~ s/:443$//r } }, \%seen;
	}
	my @pairs;
	for my $node (@nodes) {
		my ($s, $w) = map { $_->{ $node->[1] } // [] } $said, \%wire;
		die "planet_bench: $name: $node->[0]: " . @$s . " samples, " . @$w . " connections\n" if @$s != $samples || @$w != @$s;
		push @pairs, map { [$s->[$_], $w->[$_]] } 0 .. $#$s; # both in the order of their starts
	}
	return @pairs;
}

my @order = ('raw sockets and OpenSSL', 'latlas-probe', 'blackbox_exporter', 'curl -w');
my %tool = ('raw sockets and OpenSSL' => \&raw_tls, 'latlas-probe' => \&probe, 'curl -w' => \&curl);
$tool{blackbox_exporter} = \&blackbox if $ENV{BLACKBOX};
for my $in_flight (1, 4) {
	my %error; # of each tool, by phase, run by run
	for my $run (1 .. $ENV{RUNS}) {
		for my $name (grep { $tool{$_} } @order) {
			for my $pair (watched($name, sub { $tool{$name}->($in_flight) })) {
				add_errors($error{$name} //= {}, $run - 1, @$pair);
			}
		}
	}
	error_table("$ENV{PLACE} to six nodes, " . ($in_flight == 1 ? 'one in flight' : "$in_flight in flight"), \@order, \%error);
	tcp_verdicts('planet: ', $in_flight, $error{'latlas-probe'});
	my $least = sub { my ($q, $phase, $name) = @_; return least_error($q, $phase, $error{ $name // 'latlas-probe' }) };
	# The kernel's figure, and the machine's error: 10 us hold on loopback, where packets follow each other; here
	# they come into cold caches. What the probe adds to it is the criterion.
	my $raw = 'raw sockets and OpenSSL';
	verdict("planet: min_rtt, $in_flight in flight, median of the error / raw sockets'", $least->(0.5, 'min_rtt') / $least->(0.5, 'min_rtt', $raw),
		1.15, '%.2f');
	said(sprintf '  p99 of the error, us: %.0f, of raw sockets %.0f', $least->(0.99, 'min_rtt'), $least->(0.99, 'min_rtt', $raw));
}
exit(conclusion() == 0 || $ENV{SMOKE} ? 0 : 1);
