// E12: upstreams with bad certificates are refused by the default configuration, good ones served.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { startOpenAi } from '../fakes/openai.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';
import { World, kUser, postChat, readStream } from './harness/world.mjs';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-certs-'));
const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });

// `openssl ca` is the one command that takes dates of one's own.
function makeAuthority(name) {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '30', '-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign');
  fs.writeFileSync(path.join(dir, `${name}.txt`), '');
  fs.writeFileSync(path.join(dir, `${name}.cnf`), `[ca]\ndefault_ca=d\n[d]\ndir=.\ndatabase=${name}.txt\nnew_certs_dir=.\ncertificate=${name}.pem\nprivate_key=${name}.key\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n`);
}

const day = (offset) => `${new Date(Date.now() + offset * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;

function makeCertificate(name, { authority = 'ours', cn = 'localhost', san = 'DNS:localhost,IP:127.0.0.1', eku = 'serverAuth', from = -1, to = 20, key = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] } = {}) {
  openssl('req', '-newkey', ...key, '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${cn}`);
  fs.writeFileSync(path.join(dir, `${name}.ext`), `extendedKeyUsage=${eku}\n${san ? `subjectAltName=${san}\n` : ''}`);
  openssl('ca', '-batch', '-config', `${authority}.cnf`, '-in', `${name}.csr`, '-out', `${name}.pem`, '-notext', '-startdate', day(from), '-enddate', day(to), '-extfile', `${name}.ext`);
}

// name: how the certificate is bent, or how the server is; host: by which name it is called.
const kBad = {
  expired: { certificate: { from: -20, to: -1 } },
  'not yet valid': { certificate: { from: 5, to: 20 } },
  'self-signed': { isSelfSigned: true },
  'of an unknown authority': { certificate: { authority: 'theirs' } },
  'for another host': { certificate: { cn: 'other.example', san: 'DNS:other.example' } },
  'with the name in CN only': { certificate: { san: '' } },
  'with a wildcard over two levels': { certificate: { cn: 'x', san: 'DNS:*.example.test' }, host: 'a.b.example.test' },
  'for clients only': { certificate: { eku: 'clientAuth' } },
  'for another address': { certificate: { cn: 'x', san: 'IP:127.0.0.2' }, host: '127.0.0.1' },
  'behind TLS 1.1': { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } },
  'with RSA of 1024 bits': { certificate: { key: ['rsa:1024'] }, tls: { ciphers: 'DEFAULT:@SECLEVEL=0' } },
};

// Names that no resolver knows are reached by way of a proxy: every CONNECT ends on loopback.
async function startProxy() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const [, port] = /^CONNECT [^:]+:(\d+) /.exec(head) ?? [];
      const upstream = net.connect(Number(port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

let world;
let proxy;
const fakes = {};
before(async () => {
  proxy = await startProxy();
  makeAuthority('ours');
  makeAuthority('theirs');
  const providers = {};
  for (const [i, [name, { certificate = {}, isSelfSigned, host = 'localhost', tls = {} }]] of Object.entries({ ...kBad, good: {}, wildcard: { certificate: { cn: 'x', san: 'DNS:*.example.test' }, host: 'a.example.test' } }).entries()) {
    const file = `c${i}`;
    if (isSelfSigned) openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${file}.key`, '-out', `${file}.pem`, '-days', '20', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
    else makeCertificate(file, certificate);
    const read = (kind) => fs.readFileSync(path.join(dir, `${file}.${kind}`));
    fakes[name] = await startOpenAi('openai', { tls: { cert: read('pem'), key: read('key'), ...tls } });
    providers[file] = { plugin: 'openai', base_url: `https://${host}:${fakes[name].port}/v1`, api_keys: [{ id: 'k', val: 'sk-fake-tls' }], tls: { ca_file: path.join(dir, 'ours.pem') } };
    if (host.endsWith('.test')) providers[file].proxy_url = `http://127.0.0.1:${proxy.address().port}`;
    fakes[name].provider = file;
  }
  world = await World.start({ providers });
});
after(async () => {
  await Promise.all(Object.values(fakes).map((fake) => fake.close()));
  proxy.close();
  await world.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

test('a good certificate of the configured authority is served, whole and streamed', async () => {
  for (const stream of [false, true]) {
    const answer = await postChat(world.base, { model: `${fakes.good.provider}/gpt-text+split`, messages: kUser, stream });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(stream ? readStream(answer.text).text : answer.json.choices[0].message.content, kText.join(''));
  }
});

test('a wildcard over one level is good, by way of a proxy as well', async () => {
  const answer = await postChat(world.base, { model: `${fakes.wildcard.provider}/gpt-text`, messages: kUser });
  assert.equal(answer.status, 200, answer.text);
});

test('E12: bad certificates are refused', async () => {
  const accepted = [];
  for (const name of Object.keys(kBad)) {
    const id = `tls-${fakes[name].provider}`;
    const answer = await postChat(world.base, { model: `${fakes[name].provider}/gpt-text`, messages: kUser }, { 'x-request-id': id });
    const { error_type: type } = await world.gateway.logged((line) => line.request_id === id);
    if (answer.status !== 502 || !['provider_tls', 'provider_connect'].includes(type) || fakes[name].records.length) accepted.push(`${name}: ${answer.status} ${type}`);
  }
  console.log(`E12: bad certificates accepted: ${accepted.length} of ${Object.keys(kBad).length}`);
  assert.deepEqual(accepted, []);
});
