# The measuring part of probe_bench, in the world that it has made: the current folder holds
# its configurations, $B the programs. See probe_bench for the arguments.
use strict;
use warnings;
use Figures qw(slurp spit shares median verdict said conclusion captured add_errors error_table tcp_verdicts least_error);
use JSON::PP ();
use List::Util qw(max min);

$| = 1;
my $B = $ENV{B};
my $first = $ENV{FIRST};
my ($smoke, $repeat, @sections) = (0, 7);
while (defined(my $arg = shift)) {
	if ($arg eq '--smoke') { ($smoke, $repeat) = (1, 1) }
	elsif ($arg eq '--repeat') { $repeat = shift // die "probe_bench: --repeat: needs a number\n" }
	else { push @sections, $arg }
}
@sections = qw(cpu hand memory wire) unless @sections;
my $targets = $smoke ? 5 : 200;
my ($GAP_US, $IN_FLIGHT) = (5000, 4); # the probe's own: probe/round.h, and the plan's default

# ---- running things ----------------------------------------------------------------------------

sub url { my ($i) = @_; my $port = $first + $i; return "https://t$port.bench.test:$port/1k.bin" }

# Runs a command line of the shell; its processor time (us), largest memory (KiB), duration (us).
sub metered {
	my (@command) = @_;
	system("$B/tests/bench/meter", 'meter.out', '/bin/sh', '-c', "exec @command") == 0
	  or die "probe_bench: this failed: @command\n" . (-s 'err' ? slurp('err') : '');
	my ($cpu, $rss, $wall) = split ' ', slurp('meter.out');
	return ($cpu, $rss, $wall);
}

# What disturbs a run, on a machine that is shared, only adds to its cost; so the least of each is the
# best that is known of it, and their ratio hardly moves where those of single runs swing by a third.
sub least_ratio { my ($one, $other) = @_; return min(@$one) / min(@$other) }

sub cost_head { my ($to) = @_; printf "%-26s %8s %8s %8s   %s\n", '', 'min', 'median', 'max', "to $to: least; run by run min median max" }

sub cost_row {
	my ($name, $us, $base) = @_;
	my @ratio = map { $us->[$_] / $base->[$_] } 0 .. $#$us;
	printf "%-26s %8.0f %8.0f %8.0f   %10.2f %12.2f %6.2f %6.2f\n", $name, min(@$us), median(@$us), max(@$us),
	  least_ratio($us, $base), min(@ratio), median(@ratio), max(@ratio);
}

# ---- the tools -----------------------------------------------------------------------------------
# Each measures targets 0 .. N-1 once; returns what was spent (us of CPU) for one of them, and its largest
# memory. A list of phases by port goes to the file "times" where the third argument says so.

sub write_urls {
	my ($n) = @_;
	spit('urls', map { url($_) . "\n" } 0 .. $n - 1);
}

sub probe_round {
	my ($n, $in_flight, $conf) = @_;
	$conf //= 'probe.conf';
	my $plan = 'plan' . $n . ($in_flight == 1 ? '.one' : '') . '.conf';
	system 'rm', '-rf', 'spool';
	my ($cpu, $rss) = metered("$B/latlas-probe --config $conf --plan $plan >out 2>err");
	my @batches = glob 'spool/*.ndjson*';
	die "probe_bench: latlas-probe: no batch in its spool\n" unless @batches;
	my @samples = grep { defined $_->{seq} } map { JSON::PP::decode_json($_) } map { split /\n/, slurp($_) } @batches;
	my @failed = grep { defined $_->{error} } @samples;
	die sprintf "probe_bench: latlas-probe: %d samples of %d, %d failed: %s\n", scalar @samples, $n, scalar @failed,
	  @failed ? $failed[0]{error} : '' if @samples != $n || @failed;
	my %by_port = map { $_->{target} =~ /(\d+)/ ? ($1, $_) : () } @samples;
	return ($cpu / $n, $rss, { map { my $s = $by_port{$_}; $_ => { map { ($_ => $s->{"${_}_us"}) } qw(dns tcp tls wait body min_rtt) } } keys %by_port });
}

sub by_columns { # PORT DNS TCP TLS WAIT BODY [MIN_RTT]
	my %times;
	for (map { split /\n/, slurp($_) } @_) {
		my ($port, @us) = split;
		$times{$port} = { map { defined $us[$_] ? ((qw(dns tcp tls wait body min_rtt))[$_] => $us[$_]) : () } 0 .. 5 };
	}
	return \%times;
}

sub bare_curl {
	my ($n, $in_flight) = @_;
	write_urls($n);
	my ($cpu, $rss) = metered("$B/tests/bench/bare_curl 127.0.0.1 $in_flight $GAP_US /etc/ssl/certs <urls >out 2>err");
	return ($cpu / $n, $rss, by_columns('out'));
}

# It has one connection at a time: as many processes as are in flight, each with its share.
sub raw_tls {
	my ($n, $in_flight) = @_;
	write_urls($n);
	spit('shares.sh', shares(map { "awk 'NR % $in_flight == $_' urls | $B/tests/bench/raw_tls 53 " . $GAP_US * $in_flight . " /etc/ssl/certs >out.$_" } 0 .. $in_flight - 1), "\n");
	my ($cpu, $rss) = $in_flight == 1
	  ? metered("$B/tests/bench/raw_tls 53 $GAP_US /etc/ssl/certs <urls >out.0 2>err")
	  : metered('/bin/sh shares.sh 2>err');
	return ($cpu / $n, $rss, by_columns(map { "out.$_" } 0 .. $in_flight - 1));
}

# As many processes as are in flight, each with its share, one curl after the other. Its -w times
# are cumulative, in seconds.
sub curl_loop {
	my ($n, $in_flight) = @_;
	my @pids;
	my ($cpu, $rss) = (0, 0);
	my $w = '%{time_namelookup} %{time_connect} %{time_appconnect} %{time_pretransfer} %{time_starttransfer} %{time_total}\n';
	my $script = "i=\$1; while [ \$i -lt $n ]; do p=\$(($first + i)); printf '%s ' \$p; "
	  . "curl -sf -o /dev/null -w '$w' https://t\$p.bench.test:\$p/1k.bin || exit 1; i=\$((i + $in_flight)); done";
	spit('loop.sh', "$script\n");
	my $all = join ' & ', map { "/bin/sh loop.sh $_ >out.$_" } 0 .. $in_flight - 1;
	spit('loops.sh', "$all & wait\n");
	($cpu, $rss) = metered('/bin/sh loops.sh 2>err');
	my %times;
	for (map { split /\n/, slurp("out.$_") } 0 .. $in_flight - 1) {
		my ($port, @s) = split;
		my ($lookup, $connect, $app, $pre, $start, $total) = map { $_ * 1e6 } @s;
		$times{$port} = { dns => $lookup, tcp => $connect - $lookup, tls => $app - $connect, wait => $start - $pre,
			body => $total - $start };
	}
	die 'probe_bench: curl: ' . keys(%times) . " of $n\n" . slurp('err') if keys %times != $n;
	return ($cpu / $n, $rss, \%times);
}

sub blackbox_cpu { my $us = `$B/tests/bench/meter --of $ENV{BLACKBOX}`; return $us + 0 }

# One curl asks it for one target after the other, over one connection, as Prometheus does.
sub blackbox {
	my ($n, $in_flight, $module) = @_;
	$module //= 'http';
	for my $k (0 .. $in_flight - 1) {
		open my $f, '>', "ask.$k" or die "probe_bench: ask: $!\n";
		for (my $i = $k; $i < $n; $i += $in_flight) {
			printf $f "url = \"http://127.0.0.1:9115/probe?module=%s&target=%s\"\noutput = \"answer.%d\"\n", $module, url($i), $first + $i;
		}
		close $f;
	}
	my $rate = int(1e6 / $GAP_US / $in_flight);
	my $before = blackbox_cpu();
	my $all = join ' & ', map { "curl -sf --rate $rate/s -K ask.$_" } 0 .. $in_flight - 1;
	system('/bin/sh', '-c', "$all & wait") == 0 or die "probe_bench: blackbox_exporter does not answer\n";
	my $cpu = blackbox_cpu() - $before;
	my %name = (resolve => 'dns', connect => 'tcp', tls => 'tls', processing => 'wait', transfer => 'body');
	my %times;
	for my $port ($first .. $first + $n - 1) {
		my $text = slurp("answer.$port");
		die "probe_bench: blackbox_exporter: port $port:\n$text" unless $text =~ /^probe_success 1$/m;
		while ($text =~ /^probe_http_duration_seconds\{phase="(\w+)"\} (\S+)$/mg) {
			$times{$port}{ $name{$1} } = $2 * 1e6;
		}
	}
	unlink glob 'answer.*';
	return ($cpu / $n, 0, \%times);
}

# ---- processor time --------------------------------------------------------------------------------

sub cpu {
	my %tool = (
		'raw sockets and OpenSSL' => sub { raw_tls($targets, 1) },
		'bare libcurl and c-ares' => sub { bare_curl($targets, $IN_FLIGHT) },
		'latlas-probe' => sub { probe_round($targets, $IN_FLIGHT) },
		'latlas-probe, ca_file' => sub { probe_round($targets, $IN_FLIGHT, 'probe.ca_file.conf') },
		'curl in a loop' => sub { curl_loop($smoke ? 2 : 40, 1) },
	);
	my @order = ('raw sockets and OpenSSL', 'bare libcurl and c-ares', 'latlas-probe', 'latlas-probe, ca_file',
		'blackbox_exporter', 'blackbox_exporter, ca_file', 'curl in a loop');
	if ($ENV{BLACKBOX}) {
		$tool{blackbox_exporter} = sub { blackbox($targets, 1) };
		$tool{'blackbox_exporter, ca_file'} = sub { blackbox($smoke ? 5 : 100, 1, 'http_ca_file') };
	}
	my %spent;
	for my $run (($smoke ? 1 : 0) .. $repeat) { # the first warms up, and is not counted
		for my $name (grep { $tool{$_} } @order) {
			my ($us) = $tool{$name}->();
			push @{ $spent{$name} }, $us if $run > 0;
		}
	}
	my @bare = @{ $spent{'bare libcurl and c-ares'} };
	printf "\nProcessor time of a sample, us: %d targets, TLS 1.3, Debian's authorities, 1 KiB, user and system, "
	  . "the whole run with start and end; %d runs in turn\n", $targets, scalar @bare;
	cost_head('bare');
	for my $name (@order) {
		if (!$spent{$name}) { print "skip $name: not installed (make deps-bench)\n"; next }
		cost_row($name, $spent{$name}, \@bare);
	}
	my $of = sub { least_ratio(@spent{@_}) };
	verdict('probe CPU a sample / bare', $of->('latlas-probe', 'bare libcurl and c-ares'), 1.15, '%.2f');
	if ($ENV{BLACKBOX}) {
		# Given the bundle as a file, it parses it for each probe; the criterion was set by that figure.
		# Where it may use the system's authorities it parses them once, and then raw sockets and
		# OpenSSL are no seventh of it, nor can any program be that is built on them.
		verdict('probe CPU a sample / blackbox_exporter given the bundle', $of->('latlas-probe', 'blackbox_exporter, ca_file'), 1 / 7, '%.3f');
		said sprintf '  both given the bundle: %.3f; both with the system\'s: %.2f, where raw sockets are %.2f',
		  $of->('latlas-probe, ca_file', 'blackbox_exporter, ca_file'), $of->('latlas-probe', 'blackbox_exporter'),
		  $of->('raw sockets and OpenSSL', 'blackbox_exporter');
	}
	verdict('probe CPU a sample / curl in a loop', $of->('latlas-probe', 'curl in a loop'), 1 / 20, '%.4f');
}

# ---- one target by hand, ten with a push --------------------------------------------------------------

sub hand {
	my $url = url(0);
	my %command = (
		curl => "curl -sf -o /dev/null -w '%{time_total}' $url >out 2>err",
		'by hand, one sample' => "$B/latlas-probe -n 1 $url >out 2>err",
		'by hand, ten samples' => "$B/latlas-probe -n 10 $url >out 2>err",
		'a round of ten, pushed' => "$B/latlas-probe --config joined/probe.conf >out 2>err",
	);
	my @order = ('curl', 'by hand, one sample', 'by hand, ten samples', 'a round of ten, pushed');
	my %spent;
	for my $run (0 .. ($smoke ? 0 : 3 * $repeat)) {
		for my $name (@order) {
			my ($us) = metered($command{$name});
			push @{ $spent{$name} }, $us if $run > 0 || $smoke;
		}
	}
	my @left = glob 'joined/spool/*.ndjson*';
	die "probe_bench: the round's batch was not sent\n" if @left;
	my @curl = @{ $spent{curl} };
	printf "\nProcessor time from start to exit, us: one URL, Debian's authorities; %d runs in turn\n", scalar @curl;
	cost_head('curl');
	for my $name (@order) {
		cost_row($name, $spent{$name}, \@curl);
	}
	verdict('one target by hand / curl', least_ratio($spent{'by hand, one sample'}, \@curl), 0.4, '%.2f');
	verdict('a round of ten with push / curl', least_ratio($spent{'a round of ten, pushed'}, \@curl), 0.8, '%.2f');
}

# ---- memory ------------------------------------------------------------------------------------------

sub memory {
	print "\nLargest memory, MB (resident, with the libraries' shared pages)\n";
	for my $case ([$targets, 16], [$smoke ? 10 : 500, 28]) {
		my ($n, $limit) = @$case;
		my @mb;
		for (1 .. ($smoke ? 1 : 3)) {
			my (undef, $rss) = probe_round($n, $IN_FLIGHT);
			push @mb, $rss * 1024 / 1e6;
		}
		printf "%-26s %8.1f %8.1f %8.1f\n", "$n targets", min(@mb), median(@mb), max(@mb);
		verdict("memory with $n targets, MB", max(@mb), $limit, '%.1f');
	}
	my (undef, $rss) = bare_curl($targets, $IN_FLIGHT);
	printf "%-26s %17.1f\n", "bare, $targets targets", $rss * 1024 / 1e6;
}

# ---- against the wire ----------------------------------------------------------------------------------

# Runs one tool while the wire is watched; for each port what the wire saw.
sub watched {
	my ($run) = @_;
	my ($times, @lines) = captured(["$B/tests/bench/wire", $first, $first + $ENV{TARGETS} - 1], sub { ($run->())[2] });
	my %wire;
	for (@lines) {
		my ($port, @us) = @$_;
		@{ $wire{$port} }{qw(tcp tls wait body min_rtt)} = @us;
	}
	return ($times, \%wire);
}

sub wire {
	my %tool = (
		'raw sockets and OpenSSL' => sub { raw_tls($targets, $_[0]) },
		'latlas-probe' => sub { probe_round($targets, $_[0]) },
		'bare libcurl and c-ares' => sub { bare_curl($targets, $_[0]) },
		'blackbox_exporter' => sub { blackbox($targets, $_[0]) },
		'curl -w' => sub { curl_loop($smoke ? $targets : 100, $_[0]) },
	);
	my @order = ('raw sockets and OpenSSL', 'latlas-probe', 'bare libcurl and c-ares', 'blackbox_exporter', 'curl -w');
	# A processor that sleeps is woken late, and that is the machine's, not the tool's.
	my $awake = open(my $wakes, '-|') // die "probe_bench: fork: $!\n";
	if ($awake == 0) { exec "$B/planet-wan", 'awake' or die }
	for my $in_flight (1, $IN_FLIGHT) {
		my %error;
		for my $run (1 .. ($smoke ? 1 : $repeat)) {
			for my $name (@order) {
				next if $name eq 'blackbox_exporter' && !$ENV{BLACKBOX};
				my ($times, $wire) = watched(sub { $tool{$name}->($in_flight) });
				for my $port (keys %$times) {
					my ($t, $w) = ($times->{$port}, $wire->{$port});
					die "probe_bench: $name: the wire saw nothing of port $port\n" unless $w;
					add_errors($error{$name} //= {}, $run - 1, $t, $w);
				}
			}
		}
		error_table($in_flight == 1 ? 'one in flight' : "$in_flight in flight", \@order, \%error);
		tcp_verdicts('', $in_flight, $error{'latlas-probe'});
		my $least = sub { my ($q, $phase, $name) = @_; return least_error($q, $phase, $error{ $name // 'latlas-probe' }) };
		verdict("min_rtt, $in_flight in flight, p99 of the error, us", $least->(0.99, 'min_rtt'), 10, '%.0f');
		said(sprintf '  of raw sockets in the same runs: %.0f', $least->(0.99, 'min_rtt', 'raw sockets and OpenSSL'));
	}
	kill 'TERM', $awake;
	my $late = JSON::PP::decode_json(join '', <$wakes>);
	printf "(A program that only slept was woken late meanwhile by %d us, p50, and %d us, p99.)\n", @$late{qw(p50_us p99_us)};
	close $wakes;
}

my %section = (cpu => \&cpu, hand => \&hand, memory => \&memory, wire => \&wire);
for (@sections) { $section{$_}->() }
my $missed = conclusion();
exit($smoke || !$missed ? 0 : 1);
