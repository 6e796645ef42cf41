#!/usr/bin/perl
# What no honest client does, for attack_test. Everything to 127.0.0.1:PORT, bounded in time.
#
#   attack.pl raw PORT ANSWERS           send standard input, print what comes: until so many answers
#                                        are there, or the other side ends, or ten seconds are over
#   attack.pl endless PORT               a head from standard input, then chunks without end; prints
#                                        the first line that comes and "stopped" once nobody reads
#   attack.pl drip PORT                  standard input, a byte every 0.1 s (its last byte again and
#                                        again); prints the seconds until the other side ends
#   attack.pl hold PORT N                N connections that send the head on standard input and no body;
#                                        prints "holding", stays until it is killed (or a minute)
#   attack.pl idle PORT N ADDRESSES      N connections from 127.0.1.1.., half of them with a line
#                                        begun; prints "open", then how many ended within 20 s
use strict;
use warnings;
use IO::Socket::INET;
use IO::Select;
use Time::HiRes qw(time sleep);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my ($what, $port, @rest) = @ARGV;
alarm 60;

sub connection {
	my %more = @_;
	return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Proto => 'tcp', Timeout => 10, %more);
}

# Read what is there within $wait seconds: undef at the end, '' if nothing came.
sub hear {
	my ($s, $wait) = @_;
	return '' unless IO::Select->new($s)->can_read($wait);
	my $n = sysread($s, my $data, 65536);
	return $n ? $data : undef;
}

sub answers { my @n = $_[0] =~ m{^HTTP/1\.1 \d+}mg; my @ends = $_[0] =~ m/\}\r?\n/g; return @ends < @n ? @ends : @n }

if ($what eq 'raw') {
	my $said = '';
	local $/;
	my $text = <STDIN>;
	my $s = connection() or die "cannot connect: $!\n";
	my ($at, $until) = (0, time + 10);
	while (time < $until) {
		if ($at < length $text && IO::Select->new($s)->can_write(0)) {
			$s->blocking(0);
			my $n = syswrite($s, $text, 65536, $at);
			$s->blocking(1);
			$at += $n if defined $n;
			$at = length $text if !defined $n && !$!{EAGAIN};
		}
		my $more = hear($s, $at < length $text ? 0 : 0.1);
		last unless defined $more;
		$said .= $more;
		last if answers($said) >= $rest[0] && $at >= length $text;
	}
	print $said;
} elsif ($what eq 'endless') {
	local $/;
	my $head = <STDIN>;
	my $s = connection() or die "cannot connect: $!\n";
	my ($said, $chunk, $until, $sent) = ('', sprintf("%x\r\n%s\r\n", 65536, 'x' x 65536), time + 20, 0);
	syswrite($s, $head);
	$s->blocking(0);
	while (time < $until) {
		my $n = syswrite($s, $chunk);
		last if !defined $n && !$!{EAGAIN};
		$sent += $n // 0;
		my $more = hear($s, defined $n ? 0 : 0.05) // '';
		$said .= $more;
	}
	$said =~ s/\r.*//s;
	print "$said ", time < $until && $sent < 64 << 20 ? "stopped" : "went on for $sent bytes", "\n";
} elsif ($what eq 'drip') {
	local $/;
	my $text = <STDIN>;
	my $s = connection() or die "cannot connect: $!\n";
	my $began = time;
	for my $i (0 .. 300) {
		my $c = substr($text, $i < length($text) ? $i : -1, 1);
		last unless syswrite($s, $c);
		last unless defined hear($s, 0.1);
	}
	printf "%.1f\n", time - $began;
} elsif ($what eq 'hold') {
	local $/;
	my $head = <STDIN>;
	my @held;
	for (1 .. $rest[0]) {
		my $s = connection() or die "cannot connect: $!\n";
		syswrite($s, $head);
		push @held, $s;
	}
	print "holding\n";
	sleep 60;
} elsif ($what eq 'idle') {
	my ($n, $addresses) = @rest;
	my (%open, $select);
	$select = IO::Select->new;
	for my $i (0 .. $n - 1) {
		my $s = connection(LocalAddr => '127.0.1.' . (1 + $i % $addresses)) or next;
		syswrite($s, "POST /v1/batches HTTP/1.1\r\nHost: x\r\nX: ") if $i % 2;
		$select->add($s);
	}
	print 'open ', $select->count, "\n";
	my ($ended, $until) = (0, time + 20);
	while (time < $until && $select->count > 0) {
		for my $s ($select->can_read(0.2)) {
			next if sysread($s, my $data, 4096);
			$select->remove($s);
			close $s;
			$ended++;
		}
	}
	print "ended $ended\n";
} else {
	die "attack.pl: $what?\n";
}
