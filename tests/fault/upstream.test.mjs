// Upstreams that break HTTP, stall, flood, or say what no client should hear (RELIABILITY B1, B3, B5,
// B9, B17). The raw upstream picks what to say by the model's name.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { kSlow } from '../e2e/harness/gateway.mjs';
import { World, kUser, postChat, readStream } from '../e2e/harness/world.mjs';
import { RawUpstream, chatEvent, chunk, kDoneEvent, kFinishEvent, kSseHead, kWholeChat } from '../fakes/upstream_raw.mjs';
import { kBadResponses } from '../e2e/vectors/bad_responses.mjs';

const kTimeouts = { connect: 400, tls: 500, first_byte: 600, idle: 700, total: 60_000 };
const scripts = new Map();  // model -> async (conn, request) => {...}

let upstream;
let world;
let silent;
let full;
before(async () => {
  upstream = await RawUpstream.start(async (conn) => {
    for (let request = await conn.request(); request; request = await conn.request()) {
      conn.model = JSON.parse(request.body).model;
      await scripts.get(conn.model)(conn, request);
    }
  });
  silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  full = await BlackHole.start();
  const provider = (base_url) => ({ plugin: 'openai', base_url, api_keys: [{ id: 'r', val: 'sk-fake-raw' }], timeout_ms: kTimeouts });
  world = await World.start({
    providers: { raw: provider(`${upstream.origin}/v1`), hole: provider(`http://127.0.0.1:${full.port}/v1`), tls: provider(`https://127.0.0.1:${silent.address().port}/v1`) },
    limits: { event_bytes: 1024 * 1024, upstream_idle_ms: 600_000 },
  });
});
after(async () => {
  full.close();
  silent.close();
  await upstream.close();
  await world.stop();
});

// A listener whose queue is full and that never accepts: a connect to it gets no answer at all.
class BlackHole {
  static async start() {
    const hole = new BlackHole();
    const code = 'import socket,sys,time\ns=socket.socket();s.bind(("127.0.0.1",0));s.listen(0)\nprint(s.getsockname()[1],flush=True)\nsys.stdin.read()';
    hole.process = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    hole.port = Number(String((await once(hole.process.stdout, 'data'))[0]));
    // Linux queues one more than it was told.
    hole.fillers = await Promise.all([0, 1].map(async () => {
      const socket = net.connect(hole.port, '127.0.0.1');
      socket.on('error', () => {});
      await Promise.race([once(socket, 'connect'), pause(200)]);
      return socket;
    }));
    return hole;
  }

  close() {
    for (const socket of this.fillers) socket.destroy();
    this.process.stdin.end();
  }
}

const ask = (model, stream = true) => postChat(world.base, { model, messages: kUser, stream });

function script(model, run) {
  scripts.set(model, run);
  return `raw/${model}`;
}

const kGoodAnswer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${kWholeChat.length}\r\n\r\n${kWholeChat}`;

// B1 has each bad answer twice: as the first one of a connection, and as the second one on a
// connection that was kept after a good one. Nothing of the bad one may pass for an answer, and
// the connection must be closed by the gateway, not kept.
test('B1: 53 bad answers, on fresh and on kept connections', async () => {
  let cleanEnds = 0;
  let pooled = 0;
  const wrong = [];
  for (const isKept of [false, true]) {
    for (const [i, { name, bytes, ends, isServed }] of kBadResponses.entries()) {
      const model = `b1-${isKept}-${i}`;
      let conn;
      let warmth = isKept ? 1 : 0;
      script(model, async (connection) => {
        if (warmth-- > 0) return connection.write(kGoodAnswer);
        conn = connection;
        await connection.write(bytes);
        if (ends) connection.end();
        return undefined;
      });
      if (isKept) assert.equal((await ask(`raw/${model}`, false)).status, 200);
      const answer = await ask(`raw/${model}`, false);
      if (isServed ? answer.status !== 200 : answer.status === 200) {
        ++cleanEnds;
        wrong.push(`${name}: ${answer.status} ${answer.text.slice(0, 100)}`);
      } else if (!isServed && answer.status !== 502) {
        wrong.push(`${name}: ${answer.status}, not 502: ${answer.text.slice(0, 200)}`);
      }
      const closed = await Promise.race([conn.closed.then(() => true), pause(1500 * kSlow).then(() => false)]);
      if (!closed) {
        ++pooled;
        wrong.push(`${name}: the connection was kept`);
        conn.socket.destroy();
      }
    }
  }
  console.log(`B1: bad answers that ended cleanly: ${cleanEnds}; pooled: ${pooled} of ${2 * kBadResponses.length}`);
  assert.deepEqual(wrong, []);
});

// The same behind the first byte of a stream: what is bad in the body's framing.
const kBadTails = {
  'a chunk size 0x5': '0x5\r\nhello\r\n0\r\n\r\n',
  'a chunk size of 17 digits': '00000000000000005\r\nhello\r\n0\r\n\r\n',
  'a chunk size that is none': 'zz\r\nhello\r\n0\r\n\r\n',
  'two bytes behind a chunk': `${chunk(chatEvent('x'))}XX0\r\n\r\n`,
  'a last chunk with LF': '0\n\n',
  'a bad trailer': '0\r\nX A: 1\r\n\r\n',
  'an end in a chunk': 'ff\r\ndata: {"cut',
  'an end between chunks': '',
  'a clean end without the terminal event': '0\r\n\r\n',
  'an event that is no JSON': `${chunk('data: {"a":\n\n')}0\r\n\r\n`,
};

test('B1: a stream that breaks behind its first event ends with an error event', async () => {
  const wrong = [];
  for (const [name, tail] of Object.entries(kBadTails)) {
    const model = script(`tail-${name.replaceAll(' ', '-')}`, async (conn) => {
      await conn.write(kSseHead + chunk(chatEvent('one')) + tail);
      if (/^an end/.test(name)) conn.end();
    });
    const answer = await ask(model);
    const { errors, isDone, text } = readStream(answer.text);
    // The second chunk is whole; only what stands behind it is broken.
    const said = name === 'two bytes behind a chunk' ? 'onex' : 'one';
    if (answer.status !== 200 || errors.length !== 1 || isDone || text !== said) wrong.push(`${name}: ${answer.status} ${answer.text}`);
  }
  console.log(`B1: broken streams that ended cleanly: ${wrong.length} of ${Object.keys(kBadTails).length}`);
  assert.deepEqual(wrong, []);
});

test('B3: interim answers are cut at eight', async () => {
  const withInterims = (n) => script(`interim-${n}`, async (conn) => {
    for (let i = 0; i < n; ++i) if (!(await conn.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'))) return;
    await conn.write(kGoodAnswer);
  });
  assert.equal((await ask(withInterims(7), false)).status, 200);
  assert.equal((await ask(withInterims(8), false)).status, 200);
  const started = performance.now();
  assert.equal((await ask(withInterims(9), false)).status, 502);
  assert.equal((await ask(withInterims(100_000), false)).status, 502);
  console.log(`B3: interim answers passed: 8; 100,000 cut after ${((performance.now() - started) / 1000).toFixed(2)} s`);
});

// [what, model or script, which timer, how much of it]
const kStalls = {
  accept: ['hole/stall', 'connect'],
  TLS: ['tls/stall', 'tls'],
  'a head that drips': [() => script('drip', async (conn) => {
    for (const byte of `HTTP/1.1 200 OK\r\nX-Drip: ${'x'.repeat(2000)}\r\n`) {
      if (!(await conn.write(byte))) return;
      await pause(20);
    }
  }), 'first_byte'],
  'before the first token': [() => script('no-token', async (conn) => { await conn.write(kSseHead); }), 'idle', 'first_byte'],
  'after a token': [() => script('one-token', async (conn) => { await conn.write(kSseHead + chunk(chatEvent('one'))); }), 'idle'],
  'pings for ever': [() => script('pings', async (conn) => {
    await conn.write(kSseHead + chunk(chatEvent('one')));
    while (await conn.write(chunk(': ping\n\n'))) await pause(50);
  }), 'idle'],
};

test('B5: six stalls, each ended by its own timer', async () => {
  const wrong = [];
  let worst = 0;
  for (const [name, [model, ...timers]] of Object.entries(kStalls)) {
    const id = `stall-${name.replaceAll(' ', '-')}`;
    const started = performance.now();
    const answer = await postChat(world.base, { model: typeof model === 'function' ? model() : model, messages: kUser, stream: true }, { 'x-request-id': id });
    const took = performance.now() - started;
    const { error_type: type } = await world.gateway.logged((line) => line.request_id === id);
    const timer = timers.find((candidate) => type === `provider_timeout_${candidate}`);
    if (!timer) {
      wrong.push(`${name}: ended by ${type} after ${took.toFixed(0)} ms (${answer.status})`);
      continue;
    }
    const off = (100 * (took - kTimeouts[timer])) / kTimeouts[timer];
    worst = Math.max(worst, Math.abs(off));
    if (Math.abs(off) > 10 * kSlow) wrong.push(`${name}: ${timer} after ${took.toFixed(0)} ms`);
    const isStarted = /token|pings/.test(name) && !/before/.test(name);
    if (isStarted ? readStream(answer.text).errors.length !== 1 : answer.status !== 504) wrong.push(`${name}: ${answer.status} ${answer.text}`);
  }
  console.log(`B5: right timer: ${6 - wrong.length} of 6; worst error ${worst.toFixed(1)} %`);
  assert.deepEqual(wrong, []);
});

const kFloodBytes = process.env.AIPROXY_LONG ? 1024 ** 3 : 64 * 1024 ** 2;
const block = 'x'.repeat(64 * 1024);
const chunkedBlock = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
const kEndless = {
  'a line without end': { start: chunkedBlock('data: {"id":"'), unit: chunkedBlock(block), mayPass: false },
  'data lines without a blank line': { start: '', unit: chunkedBlock(`data: ${'y'.repeat(1024)}\n`.repeat(63)), mayPass: false },
  comments: { start: '', unit: chunkedBlock(': c\n'.repeat(16 * 1024)), mayPass: true },
  'one-byte chunks': { start: '', unit: '1\r\n \r\n'.repeat(10_000), mayPass: false },
};

test('B9: floods within one event are cut at the event limit, in bounded memory', async () => {
  const wrong = [];
  const grown = [];
  for (const [name, { start, unit, mayPass }] of Object.entries(kEndless)) {
    let written = 0;
    const model = script(`flood-${name.replaceAll(' ', '-')}`, async (conn) => {
      await conn.write(kSseHead + chunk(chatEvent('one')) + start);
      while (written < kFloodBytes && (await conn.write(unit))) written += unit.length;
      conn.end();
    });
    const before = world.gateway.memory();
    let peak = before;
    const watch = setInterval(() => { peak = Math.max(peak, world.gateway.memory()); }, 20);
    const answer = await ask(model);
    clearInterval(watch);
    const { errors, isDone } = readStream(answer.text);
    if (errors.length !== 1 || isDone) wrong.push(`${name}: no error: ${answer.text.slice(-200)}`);
    if (!mayPass && written >= kFloodBytes) wrong.push(`${name}: all ${kFloodBytes} bytes were taken`);
    grown.push(`${name} ${peak - before} KiB`);
    if (peak - before > 4096 * kSlow + 1024) wrong.push(`${name}: memory grew by ${peak - before} KiB`);
  }
  console.log(`B9: memory grown (limit 4 MiB above the 1 MiB event), ${kFloodBytes / 1024 ** 2} MiB sent each: ${grown.join(', ')}`);
  assert.deepEqual(wrong, []);
});

const kLeaks = [
  'Set-Cookie: s=leaked', 'Set-Cookie2: s=leaked', 'Server: leaked', 'X-Powered-By: leaked', 'Alt-Svc: h3="leaked"', 'Content-Security-Policy: leaked',
  'Strict-Transport-Security: leaked', 'Via: leaked', 'X-Hop: leaked\r\nConnection: X-Hop', 'Retry-After: leaked\r\nConnection: Retry-After', 'Keep-Alive: leaked',
  'Proxy-Authenticate: leaked', 'Trailer: leaked', 'Upgrade: leaked', 'Access-Control-Allow-Origin: leaked', 'WWW-Authenticate: leaked', 'Location: leaked',
  'Refresh: 0;leaked', 'Report-To: leaked', 'X-Internal-Host: leaked',
];

test('B17: only what an answer needs passes; a huge upstream head is a 502', async () => {
  let leaked = 0;
  for (const [i, field] of kLeaks.entries()) {
    for (const stream of [false, true]) {
      const body = stream ? chunk(chatEvent('x')) + chunk(kFinishEvent) + chunk(kDoneEvent) + '0\r\n\r\n' : '';
      const answer = await ask(script(`leak-${i}-${stream}`, (conn) => conn.write(stream ? kSseHead.replace(/\r\n\r\n$/, `\r\n${field}\r\n\r\n`) + body : kGoodAnswer.replace('\r\n\r\n', `\r\n${field}\r\n\r\n`))), stream);
      assert.equal(answer.status, 200, `${field}: ${answer.text}`);
      if (JSON.stringify([...answer.headers]).includes('leaked')) ++leaked;
    }
  }
  const many = (n) => script(`many-${n}`, (conn) => conn.write(kGoodAnswer.replace('\r\n\r\n', `\r\n${Array.from({ length: n }, (_, i) => `X-${i}: 1`).join('\r\n')}\r\n\r\n`)));
  assert.ok([200, 502].includes((await ask(many(300), false)).status));
  const head = (size) => script(`head-${size}`, (conn) => {
    const rest = size - (kGoodAnswer.indexOf('\r\n\r\n') + 4);
    return conn.write(kGoodAnswer.replace('\r\n\r\n', `\r\nX-L: ${'l'.repeat(rest - 7)}\r\n\r\n`));
  });
  const statuses = [];
  for (const size of [65535, 65536, 65537]) statuses.push((await ask(head(size), false)).status);
  console.log(`B17: leaked headers: ${leaked} of ${kLeaks.length}`);
  assert.deepEqual(statuses, [200, 200, 502]);
  assert.equal(leaked, 0);
});
