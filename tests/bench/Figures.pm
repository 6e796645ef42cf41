# What the benches' reckoning shares: files, quantiles, verdicts. Perl's own modules only.
package Figures;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(slurp spit quantile median verdict said conclusion);

sub slurp { my ($path) = @_; local $/; open my $f, '<', $path or die "bench: $path: $!\n"; return scalar <$f> }

sub spit { my ($path, @text) = @_; open my $f, '>', $path or die "bench: $path: $!\n"; print $f @text; close $f or die "bench: $path: $!\n" }

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

1;
