#!/bin/bash
# Deploys through the API of `soapstone serve` with nothing but curl and sed.
# usage: curl.sh https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
# CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: names of what the manager keeps.
set -euo pipefail
url=$1 certificate=$2 token=$(cat "$3") address=$4 user=$5 component=$6 credential=$7
target=bücher

# ask OPERATION BODY   prints the answer, an element a line; the token is in no command line
ask() {
    printf '%s' "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:t='urn:soapstone:types:1'><s:Body>
        <$1 xmlns='urn:soapstone:manager:1'>$2</$1></s:Body></s:Envelope>" |
        curl -sS --cacert "$certificate" --max-time 90 -H 'Content-Type: text/xml; charset=utf-8' --data-binary @- \
            --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$url/manager" |
        tr '\n' '\r' | sed 's/></>\n</g'
}

# all NAME   the texts of all elements of that name; one line each
all() { sed -nE "s|^<([a-z]+:)?$1>([^<]*)</.*|\2|p" | plain; }

plain() { sed 's/&#xA;/\r/g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'; }

is() { if [ "$1" "$2" "$3" ]; then echo True; else echo False; fi; }

follow() {
    local run=$1 since=0 state=running news
    while [ "$state" = running ]; do
        news=$(ask GetRunEvents "<runId>$run</runId><since>$since</since><waitSeconds>20</waitSeconds><most>100</most>")
        sed -nE 's/^<t:(target|outcome|output)>(.*)<\/t:.*/\1 \2/p' <<<"$news" | while read -r what text; do
            if [ "$what" = target ]; then name=$text; else plain <<<"$name $text" | tr '\r' '\n' | sed '/^$/d'; fi
        done
        since=$(all lastSeq <<<"$news")
        if ! grep -q '<mgr:events>' <<<"$news"; then state=$(all state <<<"$news"); fi
    done
}

key() { head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

put="<targets><t:name>$target</t:name><t:address>$address</t:address><t:user>$user</t:user><t:become>sudo</t:become>
     <t:groups>examples</t:groups></targets>"
echo "known $(ask PutTargets "$put" | all known)"
run=$(ask TakeInventory "<key>$(key)</key><targets>@examples</targets><credential>$credential</credential>" | all runId)
follow "$run"
document=$(ask GetInventory "<runId>$run</runId><targetName>$target</targetName>" | all document)
echo "inventory $(is ${#document} -gt 100)"
run=$(ask Deploy "<key>$(key)</key><targets>@examples</targets><components>$component</components>
                  <credential>$credential</credential>" | all runId)
follow "$run"
echo "started $(ask GetRun "<runId>$run</runId>" | all startedAt | cut -c1-16)Z"
where="<runId>$run</runId><targetName>$target</targetName>"
logs=$(ask GetLogs "$where")
log=$(all name <<<"$logs" | grep "$component")
size=$(grep -A1 ">$log<" <<<"$logs" | all size)
read -r line < <(ask ReadLog "$where<logName>$log</logName><offset>0</offset><mostBytes>80</mostBytes>" | all bytes | base64 -d)
echo "log $size $line"
echo "others $(ask GetTargets "<group>nobody</group><mostTargets>10</mostTargets>" | grep -c '<mgr:knownTargets>' || true)"
fault=$(ask GetLogs "<runId>$run</runId><targetName>nobody</targetName>")
echo "fault $(all code <<<"$fault") $(all target <<<"$fault") $(all retryable <<<"$fault" | sed 's/f/F/; s/t/T/')"
