// Back-pressure both ways (RELIABILITY C1, C3): a side that does not read holds the other back, and
// the gateway holds no more than its buffer.
//
// What the gateway holds is taken - delivered, where the kernel's own queues are read from
// /proc/net/tcp and counted on neither side: they belong to the sockets, not to the gateway. Sizes
// are scaled: the streams stop growing after a second, long before the 200 and 500 MB; with
// AIPROXY_LONG the whole amounts are sent.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { World, readStream } from '../e2e/harness/world.mjs';
import { RawClient, chatBody, drained, post } from '../e2e/harness/raw.mjs';
import { RawUpstream, chatEvent, chunk, kDoneEvent, kFinishEvent, kSseHead } from '../fakes/upstream_raw.mjs';

const kMiB = 1024 * 1024;
const kLong = Boolean(process.env.AIPROXY_LONG);
const kEvents = (kLong ? 200 : 24) * 1024;  // of a little over 1 KiB each
const kUpload = (kLong ? 500 : 30) * kMiB;

let upstream;
let world;
let serve;
before(async () => {
  upstream = await RawUpstream.start((conn) => serve(conn));
  world = await World.start({
    providers: { openai: { base_url: `${upstream.origin}/v1`, api_keys: [{ id: 'r', val: 'sk-fake-raw' }] } },
    limits: { body_bytes: 1024 * kMiB },
  });
});
after(async () => {
  await upstream.close();
  await world.stop();
});

// Bytes that wait in the kernel between two ports, in both queues, towards `to`.
function queued(from, to) {
  const hex = (port) => port.toString(16).toUpperCase().padStart(4, '0');
  let sum = 0;
  for (const line of fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    if (!queues) continue;
    const [sent, received] = queues.split(':').map((part) => parseInt(part, 16));
    if (local.endsWith(`:${hex(from)}`) && remote.endsWith(`:${hex(to)}`)) sum += sent;
    if (local.endsWith(`:${hex(to)}`) && remote.endsWith(`:${hex(from)}`)) sum += received;
  }
  return sum;
}

// Waits until `value` has not moved for half a second.
async function still(value) {
  for (let last = -1; last !== value();) {
    last = value();
    await pause(500);
  }
}

test('C1: a client that does not read holds its upstream back', async () => {
  const text = chunk(chatEvent('x'.repeat(1000)));
  let conn;
  serve = async (connection) => {
    conn = connection;
    await conn.request();
    // The next test's request is to come on a connection of its own.
    await conn.write(kSseHead.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    for (let i = 0; i < kEvents && (await conn.write(text)); ++i);
    await conn.write(chunk(kFinishEvent) + chunk(kDoneEvent) + '0\r\n\r\n');
  };
  const client = await RawClient.connect(world.gateway.port, { patienceMs: 280_000 });
  const before = world.gateway.memory();
  client.send(post('/v1/chat/completions', chatBody('gpt-raw', { stream: true })));
  await client.until((b) => (b.includes('xxxx') ? true : undefined));
  client.socket.pause();
  await still(() => conn.written);
  const gatewayPort = conn.socket.remotePort;
  const taken = conn.written - conn.socket.writableLength - queued(upstream.port, gatewayPort);
  const delivered = client.socket.bytesRead + queued(world.gateway.port, client.socket.localPort);
  // The upstream's chunk framing and the gateway's differ by a few bytes in a hundred.
  const held = Math.round((taken - delivered) / 1024);
  const grown = world.gateway.memory() - before;
  assert.ok(conn.written < kEvents * text.length, 'the upstream was held back');
  client.socket.resume();
  const answer = await client.answer();
  const got = readStream(answer.text);
  client.close();
  console.log(`C1: of ${Math.round((kEvents * text.length) / kMiB)} MiB the gateway took ${Math.round(taken / 1024)} KiB while the client did not read: held ${held} KiB, memory grew by ${grown} KiB`);
  assert.equal(got.text.length, kEvents * 1000, 'all of it arrived in the end');
  assert.ok(got.isDone);
  assert.ok(held <= 256 + 0.05 * (taken / 1024), `${held} KiB held`);
  assert.ok(grown <= 4096, `memory grew by ${grown} KiB`);
});

test('C3: an upstream that does not read holds its client back', async () => {
  let conn;
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  let received = 0;
  serve = async (connection) => {
    conn = connection;
    conn.socket.pause();
    await released;
    conn.socket.removeAllListeners('data');
    let isAnswered = false;
    conn.socket.on('data', (data) => {
      received += data.length;
      if (received < kUpload || isAnswered) return;
      isAnswered = true;
      conn.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    conn.socket.resume();
    await conn.closed;
  };
  const client = await RawClient.connect(world.gateway.port, { patienceMs: 280_000 });
  const before = world.gateway.memory();
  client.send(`POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\nContent-Length: ${kUpload}\r\n\r\n`);
  let sent = 0;
  const block = Buffer.alloc(256 * 1024, 0x61);
  const sending = (async () => {
    while (sent < kUpload && !client.hasEnded) {
      const piece = block.subarray(0, Math.min(block.length, kUpload - sent));
      sent += piece.length;
      if (!client.socket.write(piece)) await drained(client.socket);
    }
  })();
  await still(() => sent);
  const taken = client.socket.bytesWritten - client.socket.writableLength - queued(client.socket.localPort, world.gateway.port);
  const delivered = conn ? queued(conn.socket.remotePort, upstream.port) + conn.socket.bytesRead : 0;
  const held = Math.round((taken - delivered) / 1024);
  const grown = world.gateway.memory() - before;
  assert.ok(sent < kUpload, 'the client was held back');
  release();
  await sending;
  const answer = await client.answer();
  client.close();
  console.log(`C3: of ${Math.round(kUpload / kMiB)} MiB the gateway took ${Math.round(taken / 1024)} KiB while the upstream did not read: held ${held} KiB, memory grew by ${grown} KiB`);
  assert.equal(answer.text, 'ok');
  assert.ok(received >= kUpload);
  assert.ok(held <= 256 + 64, `${held} KiB held`);
  assert.ok(grown <= 4096, `memory grew by ${grown} KiB`);
});
