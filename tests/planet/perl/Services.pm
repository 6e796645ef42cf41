package Services;

# The configuration of everything that runs in a planet, from its places. Each
# writes below the run folder and nowhere else.

use strict;
use warnings;
use Exporter 'import';
use World qw(rank_nodes);

our @EXPORT_OK = qw(spill wan nameserver resolver site plan);

use constant { TTL => 15, DOMAIN => 'cdn.example', CLOUD => 'cloud.example' };

# Writes a file at once or not at all.
sub spill {
    my ($path, $text) = @_;
    open my $f, '>', "$path.new" or die "$path: $!\n";
    print $f $text;
    close $f or die "$path: $!\n";
    rename "$path.new", $path or die "$path: $!\n";
}

# The WAN's own table: links.tsv as microseconds. Jitter is one per cent of the
# round trip each way, at most 2 ms on average; loss ten in a million.
sub wan {
    my ($w, $calm) = @_;
    my @all = @{ $w->{places} };
    my $text = join '', map { "new $_->{name}\n" } @all;
    $text .= "place $_->{name} rate " . $_->{mbit} * 1000 . "\n" for @all;
    for my $i (0 .. $#all) {
        for my $j ($i + 1 .. $#all) {
            my $rtt = $w->{links}{ $all[$i]{name} }{ $all[$j]{name} } // next;
            my $jitter = $rtt * 10 < 2000 ? $rtt * 10 : 2000;
            $text .= sprintf "link %s %s rtt %d jitter %d loss %d\n", $all[$i]{name}, $all[$j]{name}, $rtt * 1000,
                $calm ? (0, 0) : ($jitter, 10);
        }
    }
    return $text;
}

# gdnsd: each country to its nodes, nearest first; a dead one is skipped. The
# map has continents, countries and, where a country has two places, the second
# one's subdivision. $wrong->{COUNTRY} is the node of a wrong map.
sub nameserver {
    my ($w, $dir, $wrong) = @_;
    my ($ns) = grep { $_->{kind} eq 'dns' } @{ $w->{places} };
    my @nodes = @{ $w->{nodes} };
    my (%map, %first);
    for my $p (@{ $w->{clients} }) {
        my @order = map { $_->{name} } rank_nodes($p, \@nodes, $w->{links});
        if (my $node = $wrong->{ $p->{country} }) {
            @order = ($node, grep { $_ ne $node } @order);
        }
        my $key = $first{ $p->{country} }++ ? $p->{sub} : 'default';
        $map{ $p->{continent} }{ $p->{country} }{$key} = '[ ' . join(', ', @order) . ' ]';
    }
    my $maps = '';
    for my $continent (sort keys %map) {
        $maps .= "          $continent => {\n";
        for my $country (sort keys %{ $map{$continent} }) {
            my $c = $map{$continent}{$country};
            $maps .= "            $country => { " . join(', ', map { "$_ => $c->{$_}" } sort keys %$c) . " }\n";
        }
        $maps .= "          }\n";
    }
    my $names = join ', ', map { $_->{name} } @nodes;
    my $addresses = join '', map { "        $_->{name} => { addrs_v4 => [ $_->{ipv4} ], addrs_v6 => [ $_->{ipv6} ] }\n" } @nodes;
    spill("$dir/ns/config", <<"END");
options => {
  listen => [ $ns->{ipv4}, $ns->{ipv6} ]
  run_dir => $dir/ns/run
  state_dir => $dir/ns/state
  udp_threads => 1
  tcp_threads => 1
  zones_default_ttl => ${\TTL}
}
service_types => {
  edge => { plugin => http_status, url_path => /healthz, vhost => www.${\DOMAIN}, port => 80,
            interval => 2, timeout => 1, up_thresh => 2, ok_thresh => 2, down_thresh => 2 }
}
plugins => {
  geoip => {
    maps => {
      planet => {
        geoip2_db => $dir/geo/planet.mmdb
        datacenters => [ $names ]
        map => {
          default => [ $names ]
$maps        }
      }
    }
    resources => {
      www => {
        map => planet
        service_types => edge
        dcmap => {
$addresses        }
      }
    }
  }
}
END
    my $of = sub { my ($kind) = @_; (grep { $_->{kind} eq $kind } @{ $w->{places} })[0] };
    my $soa = sub { my ($zone) = @_; <<"END" };
\@ ${\TTL} SOA ns.$zone. hostmaster.$zone. 1 7200 1800 259200 ${\TTL}
\@ 900 NS ns.$zone.
ns 900 A $ns->{ipv4}
ns 900 AAAA $ns->{ipv6}
END
    my $rr = sub { my ($name, $p) = @_; sprintf "%s %d A %s\n%s %d AAAA %s\n", $name, TTL, $p->{ipv4}, $name, TTL, $p->{ipv6} };
    spill("$dir/ns/zones/" . DOMAIN, $soa->(DOMAIN) . "www ${\TTL}/${\TTL} DYNA geoip!www\n"
        . $rr->('origin', $of->('origin')) . $rr->('collector', $of->('collector'))
        . $rr->('*.probe', $of->('origin'))); # any name: what no cache can have
    spill("$dir/ns/zones/" . CLOUD, $soa->(CLOUD) . join '', map { $rr->($_->{name}, $_) } @{ $w->{candidates} });
}

# unbound, one a client: a cache, and nothing but the planet's name service to
# ask. Retries wait three seconds, so that a slow answer is a slow answer and not
# a storm.
sub resolver {
    my ($w, $dir, $p) = @_;
    my ($ns) = grep { $_->{kind} eq 'dns' } @{ $w->{places} };
    mkdir "$dir/resolvers/$p->{name}";
    spill("$dir/resolvers/$p->{name}/unbound.conf", <<"END" . join '', map { <<"STUB" } DOMAIN, CLOUD);
server:
  interface: $p->{ipv4}
  interface: $p->{ipv6}
  access-control: 10.0.0.0/8 allow
  access-control: fd00::/8 allow
  do-ip6: yes
  outgoing-interface: $p->{ipv4}
  username: ""
  chroot: ""
  directory: "$dir/resolvers/$p->{name}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  num-threads: 1
  so-reuseport: no
  outgoing-range: 64
  num-queries-per-thread: 64
  msg-cache-size: 1m
  rrset-cache-size: 1m
  key-cache-size: 64k
  neg-cache-size: 64k
  module-config: "iterator"
  qname-minimisation: no
  do-not-query-localhost: no
  unknown-server-time-limit: 3000
  infra-cache-min-rtt: 3000
remote-control:
  control-enable: no
END
stub-zone:
  name: "$_"
  stub-addr: $ns->{ipv4}
STUB
}

# nginx: one process, TLS 1.2 and 1.3, HTTP/2, every handshake a full one. What
# faults change lies in cert.inc and body.inc.
sub site {
    my ($w, $dir, $p) = @_;
    my $at = "$dir/sites/$p->{name}";
    my $name = $p->{kind} eq 'node' ? 'www.' . DOMAIN : $p->{kind} eq 'origin' ? 'origin.' . DOMAIN : "$p->{name}." . CLOUD;
    mkdir $_ for $at, "$at/www", "$at/tmp";
    spill("$at/nginx.conf", <<"END");
user root root;
daemon off;
master_process off;
pid $at/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
  server_tokens off;
  default_type text/html;
  types { text/html html; }
  sendfile on;
  tcp_nopush off;
  client_body_temp_path $at/tmp;
  proxy_temp_path $at/tmp;
  fastcgi_temp_path $at/tmp;
  uwsgi_temp_path $at/tmp;
  scgi_temp_path $at/tmp;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache off;
  ssl_session_tickets off;
  # A record of the default 16 KB is larger than what is left of a first flight of ten segments
  # when HTTP/2's own frames have taken three: its first byte could be read only a round trip
  # later.
  ssl_buffer_size 8k;
  include $at/cert.inc;
  server {
    listen $p->{ipv4}:80 reuseport;
    listen [$p->{ipv6}]:80 reuseport;
    listen $p->{ipv4}:443 ssl http2 reuseport;
    listen [$p->{ipv6}]:443 ssl http2 reuseport;
    server_name $name;
    add_header X-Served-By $p->{name} always;
    location = /healthz { return 200 "ok\\n"; }
    include $at/body.inc;
  }
}
END
    spill("$at/cert.inc", "ssl_certificate $dir/pki/leaf.pem;\nssl_certificate_key $dir/pki/leaf.key;\n");
    my $cached = $p->{kind} eq 'node' ? ' add_header X-Cache HIT always; add_header X-Served-By ' . "$p->{name} always;" : '';
    spill("$at/body.inc", "location / { root $at/www;$cached }\n");
    spill("$at/slow.inc", "location / { proxy_pass http://127.0.0.1:8081; add_header X-Cache MISS always; "
        . "add_header X-Served-By $p->{name} always; }\n");
    my $as = $> == 0 ? "uid = 0\ngid = 0\n" : '';
    spill("$at/rsyncd.conf", <<"END") if $p->{kind} eq 'node';
${as}port = 8730
address = $p->{ipv4}
use chroot = no
reverse lookup = no
[www]
path = $at/www
read only = no
END
}

# The operator's plan.
sub plan {
    my ($w) = @_;
    my $text = <<"END";
objective { metric = "total"  quantile = 0.75  limit_ms = 1000 }
schedule  { samples = 1  concurrency = 4  timeout_ms = 10000  families = {"ipv4"}  audit_every = "1h" }
target    "www"    { role = "cdn"       url = "https://www.${\DOMAIN}/"  edge_header = "X-Served-By" }
target    "origin" { role = "baseline"  url = "https://origin.${\DOMAIN}/"  edge_header = "X-Served-By" }
END
    my $where = sub { my ($p) = @_; sprintf 'city = "%s"  country = "%s"  lat = %s  lon = %s', @$p{qw(city country lat lon)} };
    $text .= sprintf qq(node      "%s"    { address = {"%s"}  %s  status = "live" }\n), $_->{name}, $_->{ipv4}, $where->($_)
        for @{ $w->{nodes} };
    $text .= sprintf qq(candidate "%s"    { url = "https://%s.${\CLOUD}/"  %s  cost_month = %.1f }\n), $_->{name}, $_->{name},
        $where->($_), $_->{cost}
        for @{ $w->{candidates} };
    return $text;
}

1;
