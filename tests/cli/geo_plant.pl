#!/usr/bin/perl
# geo_plant.pl KIND FILE: a small database in MaxMind's format, of the kind places, moved or networks,
# for the tests of geography (and the seeds of its fuzzer): documentation addresses and loopback.
use strict;
use warnings;
no warnings "deprecated"; # Debian 13's word on MaxMind::DB::Writer, which has no successor in Perl
use MaxMind::DB::Writer::Tree;

my ($kind, $file) = @ARGV;
my %types = (
    autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string',
    country => 'map', city => 'map', names => 'map', location => 'map',
    iso_code => 'utf8_string', en => 'utf8_string', latitude => 'double', longitude => 'double',
);
my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version => 6, record_size => 24, alias_ipv6_to_ipv4 => 0, remove_reserved_networks => 0,
    database_type => $kind eq 'networks' ? 'GeoLite2-ASN' : 'GeoLite2-City',
    languages => ['en'], description => { en => 'made for a test' },
    map_key_type_callback => sub { $types{ $_[0] } },
);

sub place {
    my ($net, $country, $city, $lat, $lon) = @_;
    $tree->insert_network($net, {
        country => { iso_code => $country }, city => { names => { en => $city } },
        location => { latitude => $lat, longitude => $lon } });
}

if ($kind eq 'networks') {
    $tree->insert_network('198.51.100.0/24',
        { autonomous_system_number => 64500, autonomous_system_organization => 'Rival Delivery' });
    $tree->insert_network('127.0.0.0/8', { autonomous_system_number => 64501 });
} else {
    place('127.0.0.0/8', $kind eq 'moved' ? ('NL', 'Amsterdam', 52.37, 4.9) : ('GB', 'London', 51.51, -0.13));
    place('198.51.100.0/25', 'DE', 'Frankfurt', 50.11, 8.68);
    place('198.51.100.128/25', 'US', 'San Jose', 37.34, -121.89);
    place('2001:db8::/32', 'JP', 'Tokyo', 35.68, 139.69);
}
open my $out, '>:raw', $file or die "$file: $!\n";
$tree->write_tree($out);
close $out or die "$file: $!\n";
