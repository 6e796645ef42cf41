# The measuring part of collector_bench, in the world that it has made: the current folder holds a
# configuration, a database with probes enrolled and their tokens, $B the programs. See collector_bench
# for the arguments.
use strict;
use warnings;
use JSON::PP ();
use List::Util qw(max sum0);
use POSIX ();
use Time::HiRes qw(sleep);
use FindBin;
use lib $FindBin::Bin;
use Figures qw(slurp verdict conclusion);

$| = 1;
my ($B, $dir) = @ENV{qw(B dir)};
my ($smoke, $repeat, @sections) = (0, 3);
while (defined(my $arg = shift)) {
	if ($arg eq '--smoke') { ($smoke, $repeat) = (1, 1) }
	elsif ($arg eq '--repeat') { $repeat = shift // die "collector_bench: --repeat: needs a number\n" }
	else { push @sections, $arg }
}
@sections = qw(intake cron memory slow) unless @sections;

# ---- running things ----------------------------------------------------------------------------

# Start a server; back when something listens on its port. Its output goes to NAME.log.
sub start {
	my ($name, $port, @command) = @_;
	my $pid = fork // die "collector_bench: fork: $!\n";
	if ($pid == 0) {
		open STDOUT, '>', "$name.log";
		open STDERR, '>&', \*STDOUT;
		exec @command or POSIX::_exit(127);
	}
	my $hex = sprintf ':%04X', $port;
	for (1 .. 400) {
		return $pid if grep { / \S+$hex \S+ 0A / } split /\n/, slurp('/proc/net/tcp') . (-e '/proc/net/tcp6' ? slurp('/proc/net/tcp6') : '');
		last if waitpid($pid, POSIX::WNOHANG()) == $pid;
		sleep 0.05;
	}
	die "collector_bench: $name does not listen:\n" . slurp("$name.log");
}

sub stop {
	my ($pid) = @_;
	kill 'TERM', $pid;
	for (1 .. 300) { return if waitpid($pid, POSIX::WNOHANG()) == $pid; sleep 0.05 }
	kill 'KILL', $pid;
	waitpid $pid, 0;
}

sub collector {
	unlink glob 'latlas.db*';
	system('cp', 'empty.db', 'latlas.db') == 0 or die "collector_bench: cp failed\n";
	return start('collector', 8443, "$B/latlas-collector", 'serve', '--config', "$dir/etc/collector.conf");
}

sub cpu_us { my ($pid) = @_; my $us = `$B/tests/bench/meter --of $pid`; return $us + 0 }

sub memory_mb { # the most so far
	my ($pid) = @_;
	return slurp("/proc/$pid/status") =~ /VmHWM:\s+(\d+)/ ? $1 / 1024 : undef;
}

my $to_collector = "--url https://127.0.0.1:8443 --ca etc/ca.pem";
sub pusher_command { my (@args) = @_; return "$B/tests/bench/pusher @args" }
# Every push must have been acknowledged, or the figures say nothing.
sub push_all {
	my (@args) = @_;
	system 'sync'; # what others wrote before is not this one's to wait for
	my $json = qx(@{[pusher_command(@args)]} 2>err);
	die "collector_bench: pusher @args: " . slurp('err') . $json if $? != 0;
	return JSON::PP::decode_json($json);
}

# ---- intake --------------------------------------------------------------------------------------

# What was acknowledged is in the database, each sample once.
sub rows_of {
	return undef unless grep { -x "$_/sqlite3" } split /:/, $ENV{PATH};
	my $n = qx(sqlite3 latlas.db 'SELECT count(*) FROM sample');
	chomp $n;
	return $n;
}

my $seconds = 5;
my $connections = 8;
my $bound = $smoke ? '--count 40' : ''; # pushes in all: a smoke test is soon over

sub intake_collector {
	my ($samples) = @_;
	my $pid = collector();
	my $before = cpu_us($pid);
	my $r = push_all($to_collector, '--probes probes', "--samples $samples --connections $connections --seconds $seconds $bound");
	my $cpu = cpu_us($pid) - $before;
	stop($pid);
	my $rows = rows_of();
	die "collector_bench: $r->{acknowledged} batches acknowledged, $rows rows in the database\n"
	  if defined $rows && $rows != $r->{acknowledged} * $samples;
	return { rate => $r->{samples_per_s}, p99 => $r->{latency_ms}{p99}, cpu => $cpu / ($r->{acknowledged} * $samples),
		bytes => $r->{sent_bytes} / ($r->{acknowledged} * $samples) };
}

sub influx_config {
	open my $f, '>', 'influxdb.conf' or die "collector_bench: influxdb.conf: $!\n";
	print $f <<END;
reporting-disabled = true
bind-address = "127.0.0.1:8088"
[meta]
  dir = "$dir/influx/meta"
  logging-enabled = false
[data]
  dir = "$dir/influx/data"
  wal-dir = "$dir/influx/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:8086"
  log-enabled = false
END
	close $f;
}

# The same numbers in the line protocol, the format these take fastest; over HTTP without TLS.
sub intake_peer {
	my ($port, $path, $samples, @command) = @_;
	system 'rm', '-rf', 'influx', 'victoria';
	my $pid = start('peer', $port, @command);
	sleep 0.5;
	system("curl -sf -o /dev/null -XPOST --data-urlencode 'q=CREATE DATABASE latlas' http://127.0.0.1:$port/query") if $port == 8086;
	my $before = cpu_us($pid);
	my $r = push_all("--url http://127.0.0.1:$port --influx '$path' --samples $samples --connections $connections --seconds $seconds $bound");
	my $cpu = cpu_us($pid) - $before;
	stop($pid);
	return { rate => $r->{samples_per_s}, p99 => $r->{latency_ms}{p99}, cpu => $cpu / ($r->{acknowledged} * $samples),
		bytes => $r->{sent_bytes} / ($r->{acknowledged} * $samples) };
}

sub bare {
	unlink glob 'bare.db*';
	my $n = $smoke ? 20000 : 500000;
	system 'sync';
	my $rate = qx($B/tests/bench/bare_insert bare.db $n);
	die "collector_bench: bare_insert failed\n" if $? != 0;
	return { rate => $rate + 0 };
}

sub installed { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

sub intake {
	my @ways = (
		['bare SQLite, 1000 rows a commit, synced', \&bare],
		['collector, 1000 samples a push', sub { intake_collector(1000) }],
		['collector, 20 samples a push', sub { intake_collector(20) }],
	);
	my @absent;
	if (installed('influxd')) {
		influx_config();
		for my $n (1000, 20) {
			push @ways, ["InfluxDB, $n samples a push, synced",
				sub { intake_peer(8086, '/write?db=latlas&precision=u', $n, 'influxd', '-config', 'influxdb.conf') }];
		}
	} else { push @absent, 'InfluxDB' }
	if (installed('victoria-metrics')) {
		for my $n (1000, 20) {
			push @ways, ["VictoriaMetrics, $n samples a push, not synced",
				sub { intake_peer(8428, '/write?precision=u', $n, 'victoria-metrics', '-storageDataPath=victoria',
					'-httpListenAddr=127.0.0.1:8428') }];
		}
	} else { push @absent, 'VictoriaMetrics' }
	print "Intake: $connections kept connections, as fast as they go, load generator on the same machine\n";
	printf "%-46s %10s %10s %8s %12s %9s %8s\n", '', 'samples/s', 'median', 'to bare', 'p99 ms', 'CPU us', 'bytes';
	my %runs;
	for (1 .. $repeat) { push @{ $runs{ $_->[0] } }, $_->[1]->() for @ways }
	my $base = max map { $_->{rate} } @{ $runs{ $ways[0][0] } };
	for my $way (@ways) {
		my @r = sort { $b->{rate} <=> $a->{rate} } @{ $runs{ $way->[0] } };
		my $best = $r[0];
		printf "%-46s %10.0f %10.0f %8.3f %12s %9s %8s\n", $way->[0], $best->{rate}, $r[$#r / 2]{rate}, $best->{rate} / $base,
		  map { defined $_->[1] ? sprintf $_->[0], $_->[1] : '-' } ['%.1f', $best->{p99}], ['%.2f', $best->{cpu}], ['%.0f', $best->{bytes}];
	}
	print "skip $_: not installed (make deps-bench)\n" for @absent;
	print "(The server's processor time for a sample; bytes of a sample as sent. VictoriaMetrics answers before the data are on\n",
	  "the disk; InfluxDB when its log is synced. Both speak plain HTTP here, the collector TLS.)\n\n";
	my ($ours) = sort { $b->{rate} <=> $a->{rate} } @{ $runs{ $ways[1][0] } };
	verdict('intake, committed and answered, to bare SQLite', $ours->{rate} / $base, 0.15, '%.3f', '>=');
}

# ---- as cron makes them -----------------------------------------------------------------------------

sub cron {
	my $at_once = $smoke ? 20 : 200;
	my $bursts = $smoke ? 2 : 5;
	print "As cron makes them: each push a new TLS connection, 20 samples, $at_once at once\n";
	printf "%-46s %10s %9s %9s %12s %12s\n", '', 'pushes/s', 'p50 ms', 'p99 ms', 'CPU us ours', 'generator';
	my @ways = (
		["$at_once at a time, the next when one is done", "--cron --connections $at_once --seconds $seconds $bound"],
		['the same, packed (gzip), as a probe does', "--cron --gzip --connections $at_once --seconds $seconds $bound"],
		["$at_once begun in the same moment, every 2 s", "--cron --connections $at_once --burst $at_once --every 2s --count " . $at_once * $bursts . ' --seconds ' . 3 * $bursts],
		['kept connections, for comparison', "--connections $at_once --seconds $seconds $bound"],
	);
	my %cost;
	for my $way (@ways) {
		my ($name, $args) = @$way;
		my $pid = collector();
		my $before = cpu_us($pid);
		# From addresses of their own, as probes are: what was closed just now still counts for its address.
		my $r = push_all($to_collector, '--probes probes --samples 20 --from 127.9.0.0/24', $args);
		die "collector_bench: $name: $r->{broken} connections broke\n" if $r->{broken};
		my $cpu = (cpu_us($pid) - $before) / $r->{acknowledged};
		stop($pid);
		$cost{$name} = $cpu;
		printf "%-46s %10s %9.1f %9.1f %12.0f %12.0f\n", $name, $args =~ /burst/ ? '-' : sprintf('%.0f', $r->{pushes_per_s}),
		  @{ $r->{latency_ms} }{qw(p50 p99)}, $cpu, $r->{cpu_s} * 1e6 / $r->{acknowledged};
	}
	my ($new, $kept) = @cost{ $ways[0][0], $ways[3][0] };
	printf "(Of the collector's %.0f us a push %.0f are the connection: handshake, accept, close; %.0f %%.)\n\n", $new, $new - $kept,
	  100 * ($new - $kept) / $new;
}

# ---- memory -----------------------------------------------------------------------------------------

sub memory {
	my $n = $smoke ? 20 : 200;
	my $size = 0;
	print "Memory, the most, with $n kept connections that all push\n";
	for my $samples (20, 1000) {
		my $pid = collector();
		push_all($to_collector, "--probes probes --samples $samples --connections $n --seconds $seconds --timeout 60s $bound");
		my $mb = memory_mb($pid);
		stop($pid);
		printf "%-46s %10.1f MB\n", "$samples samples a push", $mb;
		$size = max $size, $mb;
	}
	print "\n";
	verdict("memory at $n connections, MB", $size, 200, '%.1f');
}

# ---- slow connections ---------------------------------------------------------------------------------

# Each of KIND: how many, begun in a second. A life is counted from the SYN on, the deadline from the moment
# at which the collector takes the connection: some seconds more are given. The deadline is the collector's: 20 s to show a token (3 s in
# a smoke test, by its configuration).
sub slow {
	my @crowd = $smoke ? (['silent', 40, 100], ['hello', 40, 100], ['head', 20, 50])
	                   : (['silent', 4000, 400], ['hello', 4000, 400], ['head', 2000, 200]);
	my $deadline = $smoke ? 3 : 20;
	my $ramp = max map { $_->[1] / $_->[2] } @crowd;
	my $for = POSIX::ceil($ramp + $deadline + 2);
	my $all = sum0 map { $_->[1] } @crowd;
	my $pid = collector();
	printf "%d slow connections within %.0f s from as many addresses, meanwhile 20 pushes a second, each a new connection\n", $all, $ramp;
	my @children;
	my $from = 1;
	for my $c (@crowd) {
		my ($kind, $n, $rate) = @$c;
		my $child = fork // die "collector_bench: fork: $!\n";
		if ($child == 0) {
			my $command = pusher_command($to_collector, "--slow $kind --connections $n --rate $rate --seconds $for --from 127.$from.0.0/16");
			exec '/bin/sh', '-c', "exec $command >slow.$kind" or POSIX::_exit(127);
		}
		$from++;
		push @children, $child;
	}
	my $r = push_all($to_collector, '--probes probes --cron --connections 200 --rate 20 --seconds', $for - 1);
	waitpid $_, 0 for @children;
	my $mb = memory_mb($pid);
	stop($pid);
	printf "%-46s %10s %9s %9s %9s %9s\n", '', 'begun', 'at a time', 'closed', 'life p50', 'max, s';
	my ($alive, $life) = (0, 0);
	for my $c (@crowd) {
		my $s = JSON::PP::decode_json(slurp("slow.$c->[0]"));
		my %name = (silent => 'say nothing', hello => 'half a ClientHello, a byte each 3 s', head => 'half a head, a byte each 3 s');
		printf "%-46s %10d %9d %9d %9.1f %9.1f\n", $name{ $c->[0] }, @$s{qw(opened most closed)}, map { ($s->{life_ms}{$_} // 0) / 1000 } qw(p50 max);
		$alive += $s->{alive} + ($s->{opened} - $s->{closed} - $s->{refused} - $s->{alive});
		$life = max $life, ($s->{life_ms}{max} // 0) / 1000;
	}
	printf "%-46s %10d %9s %9s   p50 %.1f, p99 %.1f, max %.1f ms\n", 'pushes beside them', $r->{acknowledged}, '', '', @{ $r->{latency_ms} }{qw(p50 p99 max)};
	printf "%-46s %10.1f MB\n\n", 'memory, the most', $mb;
	verdict("$all slow connections: the others' p99, ms", $r->{latency_ms}{p99}, 500, '%.1f');
	verdict("$all slow connections: still there at the end", $alive, 0, '%d');
	verdict("$all slow connections: the longest life, s", $life, $deadline + 5, '%.1f');
}

my %section = (intake => \&intake, cron => \&cron, memory => \&memory, slow => \&slow);
for (@sections) { $section{$_}->() }
my $missed = conclusion();
exit($smoke || !$missed ? 0 : 1);
