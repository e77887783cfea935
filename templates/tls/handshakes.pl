# Asks TCP listeners which TLS protocols, suites and groups they accept. Questions come in on standard input, one per line:
#   hello NAME DROP RECORD HEAD MIDDLE EXTENSIONS GROUPS SUITES     (hex; DROP: once, suites or groups)
#   target ID ADDRESS PORT SNI WAIT LIMIT                           (SNI: extension as hex; WAIT, LIMIT: milliseconds)
# and answers go out: ID NAME STATE HEX. Only modules of perl-base; not a byte of an answer is obeyed.
use strict; use warnings;
use Socket qw(:all); use Fcntl; use POSIX (); use Errno qw(EINPROGRESS EAGAIN EINTR);
$| = 1; $SIG{PIPE} = "IGNORE";
my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100;
sub now { return (POSIX::times())[0] * 1000 / $tick }
my (%hello, @order, @targets);
while (my $line = <STDIN>) {
  chomp $line;
  my ($kind, @f) = split /\t/, $line, -1;
  if ($kind eq "hello" && @f == 8) { my ($name, $drop, @hex) = @f;
    $hello{$name} = { name => $name, drop => $drop, record => pack("H*", $hex[0]), head => pack("H*", $hex[1]), middle => pack("H*", $hex[2]),
      extensions => pack("H*", $hex[3]), groups => [unpack "(A4)*", $hex[4]], suites => [unpack "(A4)*", $hex[5]] };
    push @order, $name unless $name eq "first"; }
  elsif ($kind eq "target" && @f == 6) { push @targets, { id => $f[0], address => $f[1], port => $f[2], sni => pack("H*", $f[3]), wait => $f[4], limit => $f[5], named => 0 } }
}
my $began = now(); my $deadline = $began + 6000; my $most = 48;
my @queue = map { { target => $_, hello => $hello{first}, groups => $hello{first}{groups}, suites => $hello{first}{suites}, round => 0 } } @targets;
my %open;
sub bytes_of { my ($job) = @_; my $h = $job->{hello}; my $sslv3 = $h->{record} eq "\x03\x00";
  my $ext = $h->{extensions};
  if (!$sslv3) {
    $ext = $job->{target}{sni} . $ext if $job->{target}{named};
    my $groups = join "", map { pack "H*", $_ } @{$job->{groups}};
    $ext .= pack("n n/a*", 10, pack("n/a*", $groups)) if length $groups;
    $ext = pack "n/a*", $ext;
  }
  my $body = $h->{head} . pack("n/a*", join "", map { pack "H*", $_ } @{$job->{suites}}) . $h->{middle} . $ext;
  my $message = "\x01" . substr(pack("N", length $body), 1) . $body;
  return "\x16" . $h->{record} . pack "n/a*", $message;
}
sub start { my ($job) = @_; my $t = $job->{target};
  my ($error, $where) = getaddrinfo($t->{address}, $t->{port}, { flags => AI_NUMERICHOST | AI_NUMERICSERV, socktype => SOCK_STREAM });
  if ($error || !$where || !socket($job->{fh}, $where->{family}, SOCK_STREAM, 0)) { return finish($job, "refused") }
  fcntl($job->{fh}, F_SETFL, O_NONBLOCK);
  $job->{in} = ""; $job->{out} = bytes_of($job); $job->{until} = now() + $t->{limit}; $job->{connected} = 0;
  $job->{quiet} = $job->{round} == 0 && $job->{hello}{name} eq "first" && !$t->{named} ? $t->{wait} : 0;
  if (!connect($job->{fh}, $where->{addr}) && $! != EINPROGRESS) { return finish($job, "refused") }
  $open{fileno $job->{fh}} = $job;
}
# Whether the answer is whole: an alert, the end of the open part of the handshake, or something that is not TLS.
sub whole { my ($job) = @_; my $in = $job->{in}; my $at = 0; my $shake = "";
  return 1 if length($in) > 65536;
  my $over = 0;
  while (length($in) >= $at + 5) {
    my ($type, $major, undef, $length) = unpack "CCCn", substr $in, $at, 5;
    if ($major != 3 || $length > 18432 || ($type != 21 && $type != 22)) { $over = 1; last }
    last if length($in) < $at + 5 + $length;
    my $payload = substr $in, $at + 5, $length;
    if ($type == 21 && $payload ne "\x01\x70") { $over = 1; last }
    $shake .= $payload if $type == 22;
    $at += 5 + $length;
  }
  return 1 if length($in) >= 1 && (ord($in) < 20 || ord($in) > 24);
  my $p = 0;
  while (length($shake) >= $p + 4) {
    my ($type, $high, $low) = unpack "CCn", substr $shake, $p, 4;
    my $length = $high * 65536 + $low;
    last if length($shake) < $p + 4 + $length;
    if ($type == 2) {
      my $body = substr $shake, $p + 4, $length; my $skip = length($body) > 35 ? 35 + ord(substr $body, 34, 1) : 35;
      $job->{version} = substr $body, 0, 2;
      $job->{suite} = unpack "H4", substr $body, $skip, 2 if length($body) >= $skip + 2;
      my $rest = length($body) > $skip + 5 ? substr($body, $skip + 5) : "";
      while (length($rest) >= 4) { my ($kind, $size) = unpack "nn", $rest;
        $job->{group} = unpack "H4", substr $rest, 4, 2 if $kind == 51 && $size >= 2 && length($rest) >= 6;
        $job->{hidden} = 1 if $kind == 43;
        $rest = length($rest) >= 4 + $size ? substr($rest, 4 + $size) : ""; }
      return 1 if $job->{hidden};
    }
    return 1 if $type == 14;
    $p += 4 + $length;
  }
  return $over;
}
# The chain is the same every time: it goes out once per protocol, later ones only say that there was one.
sub shorter { my ($in) = @_; my $out = ""; my $at = 0; my $shake = ""; my $record = "\x03\x03"; my $tail = "";
  while (length($in) >= $at + 5) {
    my ($type, undef, undef, $length) = unpack "CCCn", substr $in, $at, 5;
    if ($type != 22 || length($in) < $at + 5 + $length) { $tail = substr $in, $at, 40 if $type != 22; last }
    $record = substr $in, $at + 1, 2; $shake .= substr $in, $at + 5, $length; $at += 5 + $length;
  }
  my $p = 0;
  while (length($shake) >= $p + 4) {
    my ($type, $high, $low) = unpack "CCn", substr $shake, $p, 4; my $length = $high * 65536 + $low;
    $out .= $type == 11 ? "\x0b\x00\x00\x03\x00\x00\x00" : substr $shake, $p, 4 + $length; $p += 4 + $length;
  }
  return ($out eq "" ? "" : "\x16$record" . pack("n/a*", substr $out, 0, 16000)) . $tail;
}
sub finish { my ($job, $state) = @_;
  if ($job->{fh}) { delete $open{fileno $job->{fh}} if defined fileno $job->{fh}; close $job->{fh} }
  my $t = $job->{target}; my $h = $job->{hello}; my $in = defined $job->{in} ? $job->{in} : "";
  my $tls = $in =~ /^[\x15\x16]\x03/;
  if ($h->{name} eq "first") {
    if ($in =~ /^\x15\x03..\x00\x02.[\x28\x50\x70]/s && length $t->{sni} && !$t->{named}) {
      $t->{named} = 1; push @queue, { %$job, fh => undef, in => "" }; return;
    }
    print join("\t", $t->{id}, "first", $state, unpack("H*", substr $in, 0, $tls ? 4096 : 128)), "\n";
    push @queue, map { { target => $t, hello => $hello{$_}, groups => $hello{$_}{groups}, suites => $hello{$_}{suites}, round => 0 } } @order if $tls;
    return;
  }
  $in = shorter($in) if $job->{round} > 0;
  print join("\t", $t->{id}, $h->{name}, $state, unpack("H*", substr $in, 0, 32768)), "\n";
  return if $state ne "done" || !defined $job->{suite} || $h->{drop} eq "once" || $job->{round} > 150;
  return if !$job->{hidden} && $job->{version} ne substr $h->{head}, 0, 2;
  my $next = { target => $t, hello => $h, groups => $job->{groups}, suites => $job->{suites}, round => $job->{round} + 1 };
  my $what = $h->{drop}; my $chosen = $what eq "groups" ? $job->{group} : $job->{suite};
  return if !defined $chosen;
  my @left = grep { $_ ne $chosen } @{$job->{$what}};
  return if @left == @{$job->{$what}} || !@left;
  $next->{$what} = \@left; unshift @queue, $next;
}
while (@queue || %open) {
  my $time = now();
  if ($time > $deadline) { finish($_, "limit") for values %open; print join("\t", $_->{target}{id}, $_->{hello}{name}, "limit", ""), "\n" for @queue; last }
  start(shift @queue) while @queue && keys(%open) < $most;
  next if !%open;
  my ($r, $w) = ("", ""); my $sleep = 500;
  for my $fd (keys %open) { my $job = $open{$fd};
    vec($r, $fd, 1) = 1;
    vec($w, $fd, 1) = 1 if !$job->{connected} || (length $job->{out} && !$job->{quiet});
    my $left = ($job->{connected} && $job->{quiet} ? $job->{quiet_until} : $job->{until}) - $time; $sleep = $left if $left < $sleep; }
  $sleep = 5 if $sleep < 5;
  my $n = select(my $rr = $r, my $ww = $w, undef, $sleep / 1000);
  next if $n < 0;
  $time = now();
  for my $fd (keys %open) { my $job = $open{$fd} or next;
    if (!$job->{connected} && vec $ww, $fd, 1) {
      my $error = unpack "i", getsockopt($job->{fh}, SOL_SOCKET, SO_ERROR) || pack "i", 1;
      if ($error) { finish($job, "refused"); next }
      $job->{connected} = 1; $job->{quiet_until} = $time + $job->{quiet};
    }
    if ($job->{connected} && vec $rr, $fd, 1) {
      my $got = sysread $job->{fh}, $job->{in}, 16384, length $job->{in};
      if (!defined $got) { if ($! != EAGAIN && $! != EINTR) { finish($job, "closed"); next } }
      elsif ($got == 0) { finish($job, "closed"); next }
      elsif ($job->{quiet}) { finish($job, "spoke"); next }
      elsif (whole($job)) { finish($job, "done"); next }
    }
    $job->{quiet} = 0 if $job->{connected} && $job->{quiet} && $time >= $job->{quiet_until};
    if ($job->{connected} && !$job->{quiet} && length $job->{out} && vec($ww, $fd, 1)) {
      my $sent = syswrite $job->{fh}, $job->{out};
      if (defined $sent) { substr($job->{out}, 0, $sent) = "" } elsif ($! != EAGAIN && $! != EINTR) { finish($job, "closed"); next }
    }
    finish($job, "limit") if $time > $job->{until};
  }
}
print "over\n";
