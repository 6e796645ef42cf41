# What the benches' reckoning shares: files, quantiles, verdicts, the capture. Perl's own modules only.
package Figures;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(slurp spit shares quantile median verdict said conclusion captured add_errors error_table tcp_verdicts least_error);

sub slurp { my ($path) = @_; local $/; open my $f, '<', $path or die "bench: $path: $!\n"; return scalar <$f> }

sub spit { my ($path, @text) = @_; open my $f, '>', $path or die "bench: $path: $!\n"; print $f @text; close $f or die "bench: $path: $!\n" }

# A command line of the shell that runs these side by side, and fails where one of them does.
sub shares { return 'set -e; ' . join('', map { "{ $_[$_]; } & p$_=\$!; " } 0 .. $#_) . join('; ', map { "wait \$p$_" } 0 .. $#_) }

sub quantile { # R's type 7: rank q(n-1)
	my ($q, @v) = @_;
	@v = sort { $a <=> $b } @v;
	my $rank = $q * $#v;
	my $low = int $rank;
	return $v[$low] + ($rank - $low) * (($v[$low + 1] // $v[$low]) - $v[$low]);
}
sub median { return quantile(0.5, @_) }

my (@verdicts, $missed, $criteria);
($missed, $criteria) = (0, 0);

# A criterion: `value` may be at most `limit`, or at least where `sense` is '>='. An undefined value was
# not measured, and is missed.
sub verdict {
	my ($what, $value, $limit, $format, $sense) = @_;
	$sense //= '<=';
	my $ok = defined $value && ($sense eq '<=' ? $value <= $limit : $value >= $limit);
	$missed += !$ok;
	$criteria++;
	push @verdicts, sprintf "%-66s %s  %s", "$what $sense " . sprintf($format, $limit) . ':',
	  defined $value ? sprintf($format, $value) : 'not measured', $ok ? 'ok' : 'NOT MET';
	return;
}

# A line among the verdicts that is none.
sub said { push @verdicts, @_; return }

# Prints the verdicts; how many criteria were missed.
sub conclusion {
	print "\n", map { "$_\n" } @verdicts;
	printf "%d of %d criteria hold\n", $criteria - $missed, $criteria;
	return $missed;
}

# Runs a tool while `wire` captures; what the tool returned, and each line of the wire's in its words.
sub captured {
	my ($wire, $run) = @_;
	pipe my $end, my $hold or die "bench: pipe: $!\n";
	my $pid = open(my $from, '-|') // die "bench: fork: $!\n";
	if ($pid == 0) {
		close $hold;
		open STDIN, '<&', $end or die;
		exec @$wire or die;
	}
	close $end;
	my $ready = <$from> // '';
	die "bench: the capture does not start\n" unless $ready eq "ready\n";
	my $said = $run->();
	close $hold;
	my @lines;
	while (<$from>) {
		if (/^captured (\d+) dropped (\d+)/) {
			die "bench: the capture lost $2 packets\n" if $2;
			next;
		}
		push @lines, [map { $_ eq '-' ? undef : $_ } split];
	}
	close $from;
	return ($said, @lines);
}

# The errors of a tool are lists of runs, by phase: what the tool says less what the wire shows, us.
my @PHASES = qw(tcp tls wait body min_rtt);
sub add_errors {
	my ($error, $run, $said, $seen) = @_;
	for (@PHASES) { push @{ $error->{$_}[$run] }, $said->{$_} - $seen->{$_} if defined $said->{$_} && defined $seen->{$_} }
	return;
}

# A row for each tool in its order; one without errors is not installed.
sub error_table {
	my ($where, $order, $errors) = @_;
	print "\nError of each phase against the capture, us (what the tool says less what the wire shows): median / p99 of the "
	  . "absolute; $where\n";
	printf "%-26s %5s  %s\n", '', 'n', join ' ', map { sprintf '%17s', $_ } @PHASES;
	for (@$order) {
		if ($errors->{$_}) { error_row($_, $errors->{$_}) } else { print "skip $_: not installed (make deps-bench)\n" }
	}
	return;
}

sub error_row {
	my ($name, $error) = @_;
	printf "%-26s %5d  %s\n", $name, scalar(map { @$_ } @{ $error->{tcp} }), join ' ', map {
		my @all = map { @$_ } @{ $error->{$_} // [] };
		@all ? sprintf '%8.0f /%7.0f', median(@all), quantile(0.99, map { abs } @all) : sprintf '%17s', '-'
	} @PHASES;
	return;
}

# Of the run that was disturbed least; the table shows them all together.
sub least_error {
	my ($q, $phase, $error) = @_;
	return (sort { $a <=> $b } map { quantile($q, map { abs } @$_) } @{ $error->{$phase} })[0];
}

# What is asked of tcp: with one in flight near to the wire, with more of them not far off.
sub tcp_verdicts {
	my ($prefix, $in_flight, $error) = @_;
	if ($in_flight == 1) {
		verdict("${prefix}tcp, one in flight, median of the error, us", least_error(0.5, 'tcp', $error), 100, '%.0f');
		verdict("${prefix}tcp, one in flight, p99 of the error, us", least_error(0.99, 'tcp', $error), 300, '%.0f');
	} else {
		verdict("${prefix}tcp, $in_flight in flight, p99 of the error, us", least_error(0.99, 'tcp', $error), 1500, '%.0f');
	}
	return;
}

1;
