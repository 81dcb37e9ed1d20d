#!/usr/bin/php
<?php
// Deploys through the API of `soapstone serve` with PHP's SoapClient (php-cli, php-soap).
// usage: php.php https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: names of what the manager keeps.
[, $url, $certificate, $tokenFile, $address, $user, $component, $credential] = $argv;

$context = stream_context_create([
    'ssl' => ['cafile' => $certificate, 'verify_peer' => true],
    'http' => ['header' => 'Authorization: Bearer ' . trim(file_get_contents($tokenFile)), 'timeout' => 90],
]);
$soap = new SoapClient("$url/manager?wsdl", [
    'stream_context' => $context, 'cache_wsdl' => WSDL_CACHE_NONE,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS, // a list of one is a list, too; an empty one is no property
]);

function follow(SoapClient $soap, string $run): void
{
    for ($since = 0, $state = 'running'; $state == 'running';) {
        $news = $soap->GetRunEvents(['runId' => $run, 'since' => $since, 'waitSeconds' => 20, 'most' => 100]);
        $events = $news->events ?? [];
        foreach ($events as $event)
            if (isset($event->output) || isset($event->outcome))
                echo $event->target, ' ', $event->outcome ?? trim($event->output), "\n";
        $since = $news->lastSeq;
        $state = $events ? 'running' : $news->state;
    }
}

$target = ['name' => 'bücher', 'address' => $address, 'user' => $user, 'become' => 'sudo', 'groups' => ['examples']];
echo 'known ', $soap->PutTargets(['targets' => [$target]])->known, "\n";
$order = ['targets' => ['@examples'], 'credential' => $credential];
$run = $soap->TakeInventory(['key' => bin2hex(random_bytes(16))] + $order)->runId;
follow($soap, $run);
$document = $soap->GetInventory(['runId' => $run, 'targetName' => $target['name']])->document;
echo 'inventory ', strlen($document) > 100 ? 'True' : 'False', "\n";
$run = $soap->Deploy(['key' => bin2hex(random_bytes(16)), 'components' => [$component]] + $order)->runId;
follow($soap, $run);
echo 'started ', gmdate('Y-m-d\TH:i\Z', strtotime($soap->GetRun(['runId' => $run])->run->startedAt)), "\n";
foreach ($soap->GetLogs(['runId' => $run, 'targetName' => $target['name']])->logs as $log) {
    if (!str_contains($log->name, $component))
        continue;
    $start = $soap->ReadLog(['runId' => $run, 'targetName' => $target['name'], 'logName' => $log->name,
                             'offset' => 0, 'mostBytes' => 80])->bytes;
    echo 'log ', $log->size, ' ', explode("\n", $start)[0], "\n";
}
echo 'others ', count($soap->GetTargets(['group' => 'nobody', 'mostTargets' => 10])->knownTargets ?? []), "\n";
try {
    $soap->GetLogs(['runId' => $run, 'targetName' => 'nobody']);
} catch (SoapFault $fault) {
    $info = $fault->detail->ErrorDetail;
    echo 'fault ', $info->code, ' ', $info->target, ' ', $info->retryable === 'true' ? 'True' : 'False', "\n";
}
