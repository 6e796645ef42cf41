#!/usr/bin/perl
# Count again what the cells of a database say, from its raw samples alone, and compare to the bucket.
# Written from doc/definitions.md and the description of the storage forms, sharing nothing with the
# collector: a DDSketch bucket of v > 0 is ceil(ln v / ln gamma), gamma = 1.005 / 0.995 (Masson, Rim, Lee,
# VLDB 2019).
#
#     recount.pl DATABASE [PART OF]     PART (from 0) of so many parts that the probes make: memory is limited
#
# Only batches that no longer wait to be folded count. Prints what differs (the first ten) and ends with 1 if
# anything does; the last line is "cells N samples N".
use strict;
use warnings;

my $db = shift or die "recount.pl: which database?\n";
my ($part, $of) = (shift // 0, shift // 1);
my $ln_gamma = log(1.005 / 0.995);
my @measures = qw(dns tcp tls wait body ttfb total min_rtt server ttfb-dns total-dns
	ttfb-server total-server ttfb-dns-server total-dns-server);
my (%cell, %bucket, $wrong, $samples);

sub rows {
	my ($sql, $each) = @_;
	open(my $in, '-|', 'sqlite3', '-batch', '-noheader', '-cmd', '.timeout 5000', $db, $sql)
		or die "recount.pl: sqlite3: $!\n";
	while (my $line = <$in>) {
		chomp $line;
		$each->(split /\|/, $line, -1);
	}
	close $in or die "recount.pl: sqlite3 failed\n";
}

sub wrong {
	print "$_[0]\n" if ++$wrong <= 10;
}

# bucket => count, "0" for the value nought
sub add {
	my ($cell, $measure, $us) = @_;
	my $b = $us == 0 ? 'zero' : ($bucket{$us} //= do {
		my $x = log($us) / $ln_gamma;
		my $i = int($x);
		$i < $x ? $i + 1 : $i;
	});
	$cell->{sketch}{$measure}{$b}++;
}

# The measures of a success: what there is not is ''.
sub enter {
	my ($c, $nth, $dns, $tcp, $tls, $wait, $body, $rtt) = @_;
	my %v = (tcp => $tcp, tls => $tls, wait => $wait, body => $body, min_rtt => $rtt);
	my $server = $wait ne '' && $rtt ne '' ? ($wait > $rtt ? $wait - $rtt : 0) : '';
	$v{server} = $server;
	if ($nth == 0) { # a second visit in a round would meet the caches that the first one warmed
		$v{dns} = $dns;
		$v{ttfb} = $wait eq '' ? '' : ($dns || 0) + ($tcp || 0) + ($tls || 0) + $wait;
		$v{total} = $v{ttfb} eq '' || $body eq '' ? '' : $v{ttfb} + $body;
		for my $m (qw(ttfb total)) {
			next if $v{$m} eq '';
			$v{"$m-dns"} = $v{$m} - $dns if $dns ne '';
			$v{"$m-server"} = $v{$m} - $server if $server ne '';
			$v{"$m-dns-server"} = $v{$m} - $dns - $server if $dns ne '' && $server ne '';
		}
	}
	for my $m (keys %v) { add($c, $m, $v{$m}) if $v{$m} ne '' }
}

rows('SELECT b.probe, (b.started_us + s.dt_us) / 3600000000, s.series, ifnull(s.nth, 0),
	ifnull(s.lagged, 0), b.implausible, ifnull(b.round_ok, -1), ifnull(b.timeout_ms, 0) * 1000,
	ifnull(er.text, \'\'), s.dns_us, s.tcp_us, s.tls_us, s.wait_us, s.body_us, s.min_rtt_us
	FROM batch b CROSS JOIN sample s ON s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383 LEFT JOIN string er ON er.id = s.error
	WHERE NOT EXISTS (SELECT 1 FROM unfolded u WHERE u.probe = b.probe AND u.batch = b.id)' . " AND b.probe % $of = $part", sub {
	my ($probe, $hour, $series, $nth, $lagged, $implausible, $ok, $timeout, $error, $dns, $tcp, $tls, $wait, $body, $rtt) = @_;
	my $c = $cell{"$probe|$hour|$series"} //= {attempts => 0, first => 0, first_failed => 0, outages => 0,
		flagged => 0, timeout => 0, failures => {}, sketch => {}};
	$samples++;
	$c->{flagged}++ if $lagged || $implausible;
	return if $implausible; # nobody knows its hour
	return if $lagged && ($error ne '' || $ok == 0); # the failure may be the probe's own doing
	if ($ok == 0) { $c->{outages}++; return }
	$c->{attempts}++;
	$c->{first}++ if $nth == 0;
	$c->{timeout} = $timeout if $timeout > $c->{timeout};
	if ($error ne '') {
		$c->{failures}{$error}++;
		$c->{first_failed}++ if $nth == 0;
		return;
	}
	return if $lagged; # that it succeeded is not in doubt, only how long it took
	enter($c, $nth, $dns, $tcp, $tls, $wait, $body, $rtt);
});

# ---- the storage form: varints, seven bits a byte, the lowest first ---------------------------------
my ($bytes, $at);
sub varint {
	my ($n, $shift) = (0, 0);
	while (1) {
		die "recount.pl: a cell ends too early\n" if $at >= length $bytes;
		my $b = ord(substr $bytes, $at++, 1);
		$n += ($b & 127) << $shift;
		return $n if $b < 128;
		$shift += 7;
	}
}
# A list's sample: which values there are, by the bits of a byte; of five bytes each if its highest bit is set, else
# of three, the lowest first.
sub list_sample {
	die "recount.pl: a cell ends too early\n" if $at >= length $bytes;
	my $head = ord(substr $bytes, $at++, 1);
	my $width = $head & 128 ? 5 : 3;
	my @values;
	for my $i (0 .. 5) {
		my $us = '';
		if ($head >> $i & 1) {
			die "recount.pl: a cell ends too early\n" if $at + $width > length $bytes;
			$us = unpack('Q<', substr($bytes, $at, $width) . "\0" x (8 - $width));
			$at += $width;
		}
		push @values, $us;
	}
	return ($head & 64 ? 1 : 0, @values);
}
sub text { join ' ', map { "$_:$_[0]{$_}" } sort keys %{$_[0]} }

my $cells = 0;
rows('SELECT probe, hour, series, attempts, failures, hex(data) FROM cell' . " WHERE probe % $of = $part", sub {
	my ($probe, $hour, $series, $attempts, $failures, $hex) = @_;
	my $key = "$probe|$hour|$series";
	my $want = delete $cell{$key};
	$cells++;
	if (!defined $want) { wrong("cell $key: no sample has it"); return }
	($bytes, $at) = (pack('H*', $hex), 0);
	my $version = varint();
	wrong("cell $key: version $version") if $version != 1 && $version != 2;
	my %got = map { $_ => varint() } qw(attempts first first_failed outages flagged timeout);
	for my $f (sort keys %got) {
		# map is in the order of the list, so are the varints
		wrong("cell $key: $f $got{$f}, counted again $want->{$f}") if $got{$f} != $want->{$f};
	}
	my ($types, $failed) = (varint(), 0);
	my @counts;
	for (1 .. $types) { varint(); push @counts, varint(); $failed += $counts[-1] }
	my @again = values %{$want->{failures}};
	wrong("cell $key: failures by type") if "@{[sort @counts]}" ne "@{[sort @again]}";
	wrong("cell $key: columns") if $attempts != $want->{attempts} || $failures != $failed;
	my $got = {sketch => {}};
	if ($version == 2) {
		my $n = varint();
		wrong("cell $key: a list of $n samples") if $n < 1 || $n > 16;
		enter($got, list_sample()) for 1 .. $n;
	} else {
		my $set = varint();
		for my $m (grep { $set >> $_ & 1 } 0 .. $#measures) {
			my ($end, %sketch) = (varint());
			$end += $at;
			my $zeros = varint();
			$sketch{zero} = $zeros if $zeros > 0;
			my ($n, $i) = (varint(), -1);
			for (1 .. $n) {
				my $gap = varint();
				$i += ($gap >> 1) + 1;
				$sketch{$i} = $gap & 1 ? varint() + 2 : 1;
			}
			wrong("cell $key: $measures[$m]: length") if $at != $end;
			$got->{sketch}{$measures[$m]} = \%sketch;
		}
	}
	for my $m (@measures) {
		my ($a, $b) = map { text($_->{sketch}{$m} || {}) } $got, $want;
		wrong("cell $key: $m: $a, counted again $b") if $a ne $b;
	}
	wrong("cell $key: bytes behind its end") if $at != length $bytes;
});
wrong("cell $_: is missing") for sort keys %cell;
print "and more: $wrong in all\n" if ($wrong // 0) > 10;
printf "cells %d samples %d\n", $cells, $samples // 0;
exit($wrong ? 1 : 0);
