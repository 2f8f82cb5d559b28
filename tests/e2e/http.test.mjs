// Plain HTTP manners of the data port: keep-alive, pipelining, 100-continue, health, ids, TLS.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { World, kUser, postChat, readStream } from './harness/world.mjs';
import { RawClient, chatBody, post } from './harness/raw.mjs';
import { within } from './harness/many.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';

let world;
before(async () => { world = await World.start(); });
after(() => world.stop());

const kPath = '/v1/chat/completions';

test('one connection serves many requests, streams among them', async () => {
  const client = await RawClient.connect(world.gateway.port);
  for (let i = 0; i < 20; ++i) {
    const stream = i % 2 === 1;
    client.send(post(kPath, chatBody('gpt-text', { stream })));
    const answer = await client.answer();
    assert.equal(answer.status, 200);
    assert.ok(answer.isWhole);
    assert.equal(stream ? readStream(answer.text).text : JSON.parse(answer.text).choices[0].message.content, kText.join(''));
  }
  client.close();
});

test('the upstream connection is kept and used again', async () => {
  const before = world.openai.connectionsTotal;
  for (let i = 0; i < 20; ++i) assert.equal((await postChat(world.base, { model: 'gpt-text', messages: kUser })).status, 200);
  const made = world.openai.connectionsTotal - before;
  assert.ok(made <= 2, `20 requests in turn made ${made} connections; each of the two workers may make one`);
});

test('pipelined requests are answered in their order', async () => {
  const client = await RawClient.connect(world.gateway.port);
  const texts = ['one', 'two', 'three', 'four'];
  client.send(Buffer.concat(texts.map((text) => post(kPath, JSON.stringify({ model: 'gpt-echo', messages: [{ role: 'user', content: text }] })))));
  for (const text of texts) assert.equal(JSON.parse((await client.answer()).text).choices[0].message.content, text);
  client.close();
});

test('Expect: 100-continue gets its interim answer before the body', async () => {
  const client = await RawClient.connect(world.gateway.port);
  const body = chatBody('gpt-text');
  client.send(`POST ${kPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
  await client.until((b) => (b.includes('\r\n\r\n') ? true : undefined));
  assert.match(client.buffer.toString(), /^HTTP\/1\.1 100 /);
  client.send(body);
  assert.equal((await client.answer()).status, 200);
  client.close();
});

test('Connection: close is obeyed, HTTP/1.0 gets no chunks', async () => {
  const closing = await RawClient.connect(world.gateway.port);
  closing.send(post(kPath, chatBody('gpt-text'), ['Connection: close']));
  assert.equal((await closing.answer()).status, 200);
  assert.equal(await closing.closed, 'fin');
  closing.close();
  const old = await RawClient.connect(world.gateway.port);
  old.send(post(kPath, chatBody('gpt-text', { stream: true })).toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'));
  const answer = await old.answer();
  assert.equal(answer.headers['transfer-encoding'], undefined);
  assert.equal(readStream(answer.text).text, kText.join(''));
  old.close();
});

test('health: /ping, /healthz, /readyz, GET and HEAD /', async () => {
  const get = async (target, method = 'GET') => {
    const client = await RawClient.connect(world.gateway.port);
    client.send(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    const answer = await client.answer({ isHead: method === 'HEAD' });
    client.close();
    return answer;
  };
  assert.deepEqual(JSON.parse((await get('/ping')).text), { ping: 'ok' });
  for (const target of ['/healthz', '/readyz', '/']) assert.equal((await get(target)).status, 200, target);
  const head = await get('/', 'HEAD');
  assert.equal(head.status, 200);
  assert.equal((await get('/nothing/here')).status, 404);
});

test('a sane x-request-id is taken over and comes back under both names; others are made', async () => {
  const given = await postChat(world.base, { model: 'gpt-text', messages: kUser }, { 'x-request-id': 'my-id-7' });
  assert.equal(given.headers.get('x-request-id'), 'my-id-7');
  assert.equal(given.headers.get('request-id'), 'my-id-7');
  assert.equal((await world.gateway.logged((line) => line.request_id === 'my-id-7')).status, 200);
  const made = await postChat(world.base, { model: 'gpt-text', messages: kUser }, { 'x-request-id': 'x'.repeat(5000) });
  assert.match(made.headers.get('x-request-id'), /^[\w.-]{8,128}$/);
  assert.ok((await postChat(world.base, { model: 'gpt-err-429', messages: kUser })).headers.get('x-request-id'));
});

test('the upstream sees only what it should of the head', async () => {
  await postChat(world.base, { model: 'gpt-text+tag=head', messages: kUser }, { cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', 'x-auth-id': 'o1', 'proxy-authorization': 'x', te: 'trailers' });
  const record = await within(world.openai.received((r) => r.json?.model === 'gpt-text+tag=head'), 5000, 'the request upstream');
  assert.deepEqual(record.all('host'), [new URL(world.openai.origin).host]);
  assert.deepEqual(record.all('authorization'), [`Bearer ${world.secrets.value('openai key')}`]);
  for (const name of ['cookie', 'x-forwarded-for', 'x-auth-id', 'proxy-authorization', 'x-api-key']) assert.deepEqual(record.all(name), [], name);
  assert.equal(record.all('content-length').length + record.all('transfer-encoding').length, 1, 'one framing');
});

test('a WebSocket upgrade on /v1/responses gets 426 at once', async () => {
  const client = await RawClient.connect(world.gateway.port);
  client.send('GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
  assert.equal((await client.answer()).status, 426);
  client.close();
});

test('an open listener refuses a foreign Host', async () => {
  const client = await RawClient.connect(world.gateway.port);
  client.send('GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n');
  const { status } = await client.answer();
  assert.ok(status === 421 || status === 403 || status === 400, `${status}`);
  client.close();
});

test('a forward passes bodies, query and status untouched both ways', async () => {
  const body = Buffer.from([...Array(256).keys()]);
  const answer = await fetch(`${world.base}/files?purpose=a%2Fb&x=1`, { method: 'POST', headers: { 'content-type': 'application/octet-stream', connection: 'close' }, body });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), body);
  const record = await within(world.openai.received((r) => r.path === '/v1/files'), 5000, 'the request upstream');
  assert.equal(record.target, '/v1/files?purpose=a%2Fb&x=1');
  assert.deepEqual(record.all('authorization'), [`Bearer ${world.secrets.value('openai key')}`]);
  assert.equal((await fetch(`${world.base}/batches`, { headers: { connection: 'close' } })).status, 200);
});

test('TLS: a certificate of our own authority, HTTP/1.1, a stream, and plain text is refused', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-tls-'));
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'my.key', '-out', 'my.csr', '-subj', '/CN=localhost');
  fs.writeFileSync(path.join(dir, 'ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
  openssl('x509', '-req', '-in', 'my.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'my.pem', '-days', '2', '-extfile', 'ext');
  const secure = await World.start({ listen: { tls: { cert: path.join(dir, 'my.pem'), key: path.join(dir, 'my.key') } } });
  try {
    const options = { ca: fs.readFileSync(path.join(dir, 'ca.pem')), servername: 'localhost', ALPNProtocols: ['http/1.1'] };
    const client = await RawClient.connect(secure.gateway.port, { secure: options });
    assert.ok(client.socket.authorized);
    assert.equal(client.socket.alpnProtocol, 'http/1.1');
    for (const stream of [false, true]) {
      client.send(post(kPath, chatBody('gpt-text+split', { stream })));
      const answer = await client.answer();
      assert.equal(stream ? readStream(answer.text).text : JSON.parse(answer.text).choices[0].message.content, kText.join(''));
    }
    client.close();
    const old = RawClient.connect(secure.gateway.port, { secure: { ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } });
    await assert.rejects(old, /alert|version|protocol/i);
    const plain = await RawClient.connect(secure.gateway.port);
    plain.send('GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    const answer = await plain.answer();
    assert.ok(answer === null || answer.status === 400, 'plain text on a TLS port is not served');
    plain.close();
  } finally {
    await secure.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
