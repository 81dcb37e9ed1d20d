#!/usr/bin/node
// Deploys through the API of `soapstone serve` with the package `soap` from npm.
// usage: node.js https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: names of what the manager keeps.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const soap = require('soap');

const [url, certificate, tokenFile, address, user, component, credential] = process.argv.slice(2);

async function connect() {
    const agent = new https.Agent({ ca: fs.readFileSync(certificate), keepAlive: true });
    const client = await soap.createClientAsync(`${url}/manager?wsdl`, { wsdl_options: { httpsAgent: agent } });
    const token = fs.readFileSync(tokenFile, 'utf8').trim();
    return async (operation, request = {}) => {
        const [answer] = await client[`${operation}Async`](request, { httpsAgent: agent, timeout: 90000 },
            { Authorization: `Bearer ${token}` });
        return answer || {}; // an answer without elements is null
    };
}

async function follow(ask, run) {
    for (let since = 0, state = 'running'; state === 'running';) {
        const news = await ask('GetRunEvents', { runId: run, since, waitSeconds: 20, most: 100 });
        for (const event of news.events || []) // an empty list is no property
            if (event.output || event.outcome)
                console.log(event.target, event.outcome || event.output.trim());
        since = news.lastSeq;
        state = news.events ? 'running' : news.state;
    }
}

async function main() {
    const ask = await connect();
    const target = { name: 'bücher', address, user, become: 'sudo', groups: ['examples'] };
    console.log('known', (await ask('PutTargets', { targets: [target] })).known);
    const key = () => crypto.randomBytes(16).toString('hex');
    const inventory = (await ask('TakeInventory', { key: key(), targets: ['@examples'], credential })).runId;
    await follow(ask, inventory);
    const told = await ask('GetInventory', { runId: inventory, targetName: target.name });
    console.log('inventory', told.document.length > 100 ? 'True' : 'False');
    const order = { key: key(), targets: ['@examples'], components: [component], credential };
    const runId = (await ask('Deploy', order)).runId;
    await follow(ask, runId);
    console.log('started', (await ask('GetRun', { runId })).run.startedAt.toISOString().slice(0, 16) + 'Z');
    const where = { runId, targetName: target.name };
    const log = (await ask('GetLogs', where)).logs.find((one) => one.name.includes(component));
    const start = (await ask('ReadLog', { ...where, logName: log.name, offset: 0, mostBytes: 80 })).bytes;
    console.log('log', log.size, Buffer.from(start, 'base64').toString().split('\n')[0]);
    console.log('others', ((await ask('GetTargets', { group: 'nobody', mostTargets: 10 })).knownTargets || []).length);
    const fault = await ask('GetLogs', { runId, targetName: 'nobody' }).catch((error) => error.root.Envelope.Body.Fault);
    const info = fault.detail.ErrorDetail;
    console.log('fault', info.code, info.target, info.retryable === 'true' ? 'True' : 'False');
}

main();
