#!/usr/bin/perl
# Deploys through the API of `soapstone serve` with SOAP::Lite (libsoap-lite-perl).
# usage: perl.pl https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
# CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: names of what the manager keeps.
use strict;
use warnings;
use utf8;
use Encode;
use MIME::Base64;
use SOAP::Lite;

binmode STDOUT, ':utf8';
my ($url, $certificate, $token_file, $address, $user, $component, $credential) = @ARGV;
open my $file, '<', $token_file or die "$token_file: $!\n";
chomp(my $token = <$file>);
my $uri = 'urn:soapstone:manager:1';
my $soap = SOAP::Lite->proxy("$url/manager", timeout => 90)->default_ns($uri)->on_action(sub { qq("$uri/$_[1]") })
    ->on_fault(sub { $_[1] });
$soap->transport->ssl_opts(SSL_ca_file => $certificate, verify_hostname => 1);
$soap->transport->default_header(Authorization => "Bearer $token");

sub element { SOAP::Data->name(@_)->type('') }
sub ask { my $operation = shift; my @all = @_; my @pairs; push @pairs, element(splice @all, 0, 2) while @all;
          $soap->call($operation => @pairs) }
sub key { join '', map { sprintf '%02x', rand 256 } 1 .. 16 }

sub follow {
    my ($run, $since, $state) = (shift, 0, 'running');
    while ($state eq 'running') {
        my $news = ask(GetRunEvents => runId => $run, since => $since, waitSeconds => 20, most => 100);
        my @events = $news->valueof('//GetRunEventsResponse/events');
        for (grep { $_->{output} || $_->{outcome} } @events) {
            print "$_->{target} ", ($_->{outcome} // $_->{output}) =~ s/\s*$/\n/r;
        }
        $since = $news->valueof('//lastSeq');
        $state = @events ? 'running' : $news->valueof('//GetRunEventsResponse/state');
    }
}

my @fields = (name => 'bücher', address => $address, user => $user, become => 'sudo', groups => 'examples');
my @target; push @target, element('t:' . shift @fields, shift @fields) while @fields;
my $put = $soap->call(PutTargets => element('targets' => \SOAP::Data->value(@target))
    ->attr({ 'xmlns:t' => 'urn:soapstone:types:1' }));
print 'known ', $put->valueof('//known'), "\n";
my $run = ask(TakeInventory => key => key(), targets => '@examples', credential => $credential)->valueof('//runId');
follow($run);
my $document = ask(GetInventory => runId => $run, targetName => 'bücher')->valueof('//document');
print 'inventory ', (length $document > 100 ? 'True' : 'False'), "\n";
$run = ask(Deploy => key => key(), targets => '@examples', components => $component,
    credential => $credential)->valueof('//runId');
follow($run);
print 'started ', substr(ask(GetRun => runId => $run)->valueof('//startedAt'), 0, 16), "Z\n";
my ($log) = grep { $_->{name} =~ /\Q$component\E/ } ask(GetLogs => runId => $run, targetName => 'bücher')->valueof('//logs');
my $start = ask(ReadLog => runId => $run, targetName => 'bücher', logName => $log->{name}, offset => 0, mostBytes => 80);
print "log $log->{size} ", (split /\n/, Encode::decode('UTF-8', decode_base64($start->valueof('//bytes'))))[0], "\n";
my @none = ask(GetTargets => group => 'nobody', mostTargets => 10)->valueof('//knownTargets');
print 'others ', scalar @none, "\n";
my $info = ask(GetLogs => runId => $run, targetName => 'nobody')->valueof('//ErrorDetail');
print "fault $info->{code} $info->{target} ", ($info->{retryable} eq 'true' ? 'True' : 'False'), "\n";
