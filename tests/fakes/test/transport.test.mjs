// The transport modes, and what a fake tells about its clients.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Fake } from '../fake.mjs';
import { cutBadly, parseModel } from '../transport.mjs';

const kEvents = ['data: {"a":"é👋"}\n\n', 'data: {"b":"\\u00e9 \\n"}\n\n', 'data: [DONE]\n\n'];

async function withFake(run) {
  const fake = await Fake.start('t', (record) => record.answer({ plan: parseModel(record.path.slice(1)).plan, events: kEvents }));
  try {
    await run(fake);
    assert.deepEqual(fake.faults, []);
  } finally {
    await fake.close();
  }
}

// One request over a bare socket; everything that comes back, and how it ended.
async function raw(fake, path, headers = '') {
  const socket = net.connect(fake.port, '127.0.0.1');
  const chunks = [];
  let failure = null;
  socket.on('data', (data) => chunks.push(data));
  socket.on('error', (error) => { failure = error.code; });
  socket.write(`GET /${path} HTTP/1.1\r\nHost: f\r\nConnection: close\r\n${headers}\r\n`);
  await new Promise((resolve) => socket.on('close', resolve));
  const all = Buffer.concat(chunks);
  const at = all.indexOf('\r\n\r\n');
  return { head: all.subarray(0, at).toString(), body: all.subarray(at + 4), failure };
}

const unchunk = (body) => Buffer.concat(readChunks(body));

function readChunks(body) {
  const out = [];
  let at = 0;
  while (at < body.length) {
    const end = body.indexOf('\r\n', at);
    const size = parseInt(body.subarray(at, end).toString(), 16);
    if (size === 0) break;
    out.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return out;
}

test('a model name is a scenario and a plan', () => {
  assert.deepEqual(parseModel('gpt-tool+split+stall=2'), { scenario: 'tool', plan: { split: true, stall: 2 } });
  assert.deepEqual(parseModel('claude-text+tag=x'), { scenario: 'text', plan: { tag: 'x' } });
  assert.throws(() => parseModel('gpt-text+stal=2'), /no such transport mode/);
});

test('bad cuts fall inside UTF-8, escapes and line ends, and lose nothing', () => {
  const bytes = Buffer.from('data: {"a":"é👋\\u00e9"}\r\n\r\n');
  const pieces = cutBadly(bytes);
  assert.deepEqual(Buffer.concat(pieces), bytes);
  assert.ok(pieces.some((piece) => piece.at(-1) === 0xc3), 'a cut inside é');
  assert.ok(pieces.some((piece) => piece.at(-1) === 0x5c), 'a cut behind a backslash');
  assert.ok(pieces.some((piece) => piece.at(-1) === 0x0d), 'a cut between CR and LF');
});

for (const mode of ['', '+whole', '+bytes', '+split', '+drip=1', '+delay=5']) {
  test(`mode "${mode}" carries every byte in chunks`, () => withFake(async (fake) => {
    const { head, body } = await raw(fake, `text${mode}`);
    assert.match(head, /transfer-encoding: chunked/i);
    assert.equal(unchunk(body).toString(), kEvents.join(''));
    const chunks = readChunks(body).length;
    if (mode === '+bytes') assert.equal(chunks, Buffer.byteLength(kEvents.join('')));
    if (mode === '+whole') assert.equal(chunks, 1);
    if (mode === '') assert.equal(chunks, kEvents.length);
  }));
}

test('length, eof and crlf change the framing as they say', () => withFake(async (fake) => {
  const length = await raw(fake, 'text+length');
  assert.match(length.head, new RegExp(`content-length: ${Buffer.byteLength(kEvents.join(''))}`, 'i'));
  assert.equal(length.body.toString(), kEvents.join(''));
  const eof = await raw(fake, 'text+eof');
  assert.doesNotMatch(eof.head, /content-length|transfer-encoding/i);
  assert.equal(eof.body.toString(), kEvents.join(''));
  assert.equal(unchunk((await raw(fake, 'text+crlf')).body).toString(), kEvents.join('').replaceAll('\n', '\r\n'));
}));

test('gzip is sent only to those who accept it', () => withFake(async (fake) => {
  assert.doesNotMatch((await raw(fake, 'text+gzip')).head, /content-encoding/i);
  const { head, body } = await raw(fake, 'text+gzip', 'Accept-Encoding: gzip\r\n');
  assert.match(head, /content-encoding: gzip/i);
  assert.equal(gunzipSync(unchunk(body)).toString(), kEvents.join(''));
}));

test('cut ends cleanly, fin in the middle of the framing, rst with a reset', () => withFake(async (fake) => {
  const cut = await raw(fake, 'text+cut=1');
  assert.equal(unchunk(cut.body).toString(), kEvents[0]);
  assert.match(cut.body.toString('latin1'), /0\r\n\r\n$/);
  const fin = await raw(fake, 'text+fin=1');
  assert.doesNotMatch(fin.body.toString('latin1'), /0\r\n\r\n$/);
  assert.equal(fin.failure, null);
  assert.equal((await raw(fake, 'text+rst=1')).failure, 'ECONNRESET');
}));

test('a stalled client that leaves is reported, by FIN and by RST', () => withFake(async (fake) => {
  for (const leave of ['end', 'resetAndDestroy']) {
    const socket = net.connect(fake.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /text+stall=1+tag=${leave} HTTP/1.1\r\nHost: f\r\n\r\n`);
    const record = await fake.received((r) => r.path.endsWith(leave));
    await record.reached;
    assert.equal(fake.openRequests, 1);
    assert.equal(record.eventsSent, 1);
    const left = performance.now();
    socket[leave]();
    const seen = await record.gone;
    assert.ok(seen - left < 200, `seen after ${seen - left} ms`);
    assert.equal(await record.over, 'gone');
  }
  assert.equal(fake.openRequests, 0);
}));

test('a gate holds the answer until the test releases it', () => withFake(async (fake) => {
  const answer = raw(fake, 'text+gate=2');
  const record = await fake.received();
  await record.reached;
  assert.equal(record.eventsSent, 2);
  record.release();
  assert.equal(unchunk((await answer).body).toString(), kEvents.join(''));
  assert.equal(await record.over, 'whole');
}));

test('requests are recorded with ordered raw headers, query and body; connections are counted', () => withFake(async (fake) => {
  const socket = net.connect(fake.port, '127.0.0.1');
  for (const i of [1, 2]) {
    socket.write(`POST /text?x=${i} HTTP/1.1\r\nHost: f\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 3\r\n\r\nabc`);
    const record = await fake.received((r) => r.query.get('x') === String(i));
    assert.deepEqual(record.rawHeaders, ['Host', 'f', 'X-B', '1', 'x-a', '2', 'X-B', '3', 'Content-Length', '3']);
    assert.deepEqual(record.all('x-b'), ['1', '3']);
    assert.equal(record.body.toString(), 'abc');
    await record.over;
  }
  assert.equal(fake.connectionsTotal, 1, 'keep-alive reuse');
  assert.equal(fake.openConnections, 1);
  socket.destroy();
}));
