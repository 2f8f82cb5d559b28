// SIGTERM (SPEC 5, RELIABILITY D13): streams that end in time end well, the others get an explicit
// end, nobody new is served, and the program ends with 0. A second SIGTERM ends it now.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { kSlow } from '../e2e/harness/gateway.mjs';
import { ms, within } from '../e2e/harness/many.mjs';
import { RawClient, chatBody, post } from '../e2e/harness/raw.mjs';
import { World, readStream } from '../e2e/harness/world.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';

const kDrainMs = 1500 * kSlow;

async function withStreams(count, model, run) {
  const world = await World.start({ limits: { drain_timeout_ms: kDrainMs } });
  try {
    const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(world.gateway.port)));
    clients.forEach((client, i) => client.send(post('/v1/chat/completions', chatBody(`${model}+tag=${i}`, { stream: true }))));
    const records = await Promise.all(clients.map((_, i) => within(world.openai.received((r) => r.json?.model === `${model}+tag=${i}`), 10_000, `stream ${i}`)));
    await Promise.all(records.map((record) => within(record.reached, 10_000, 'the gate')));
    await run({ world, clients, records });
  } finally {
    world.gateway.process.kill('SIGKILL');
    await Promise.all([world.openai.close(), world.claude.close()]);
  }
}

function connects(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

test('D13: streams that end in time end well, the others explicitly, and then exit 0', () => withStreams(40, 'gpt-text+gate=3', async ({ world, clients, records }) => {
  const answers = clients.map((client) => client.answer());
  const told = performance.now();
  world.gateway.process.kill('SIGTERM');
  // Half of the streams may go on; the other half never will.
  records.slice(0, 20).forEach((record) => record.release());
  const short = await Promise.all(answers.slice(0, 20));
  assert.ok(short.every((answer) => answer?.isWhole && readStream(answer.text).isDone && readStream(answer.text).text === kText.join('')));
  const long = await Promise.all(answers.slice(20));
  const explicit = long.filter((answer) => answer?.isWhole && readStream(answer.text).errors.length === 1 && !readStream(answer.text).isDone);
  const end = await within(world.gateway.exited, 10_000 * kSlow, 'the end');
  const took = performance.now() - told;
  console.log(`D13: SIGTERM with 40 streams, drain ${kDrainMs} ms: finished ${short.length} of 20, explicit ends ${explicit.length} of 20, exit after ${ms(took)}`);
  assert.equal(explicit.length, 20);
  assert.deepEqual(end, { code: 0, signal: null });
  assert.ok(took >= kDrainMs * 0.9 && took < kDrainMs + 1500 * kSlow, ms(took));
}));

test('draining ends at once when the last stream has ended', () => withStreams(3, 'gpt-text+gate=3', async ({ world, clients, records }) => {
  const answers = clients.map((client) => client.answer());
  world.gateway.process.kill('SIGTERM');
  records.forEach((record) => record.release());
  assert.ok((await Promise.all(answers)).every((answer) => readStream(answer.text).isDone));
  const ended = performance.now();
  assert.deepEqual(await within(world.gateway.exited, kDrainMs * 0.8, 'the end'), { code: 0, signal: null });
  assert.ok(performance.now() - ended < kDrainMs * 0.8);
  assert.equal(await connects(world.gateway.port), false);
}));

test('while draining no new request is served, and /readyz says 503 on kept connections', () => withStreams(1, 'gpt-text+gate=3', async ({ world, clients, records }) => {
  const kept = await RawClient.connect(world.gateway.port);
  kept.send('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  assert.equal((await kept.answer()).status, 200);
  world.gateway.process.kill('SIGTERM');
  // An idle kept connection is either closed or told.
  await new Promise((resolve) => setTimeout(resolve, 50));
  kept.send('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const answer = await kept.answer();
  assert.ok(answer === null || answer.status === 503, `${answer?.status}`);
  kept.close();
  records[0].release();
  assert.ok(readStream((await clients[0].answer()).text).isDone);
  assert.deepEqual(await within(world.gateway.exited, 5000 * kSlow, 'the end'), { code: 0, signal: null });
}));

test('a second SIGTERM ends now', () => withStreams(2, 'gpt-text+stall=3', async ({ world }) => {
  world.gateway.process.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const told = performance.now();
  world.gateway.process.kill('SIGTERM');
  await within(world.gateway.exited, 1000 * kSlow, 'the end');
  assert.ok(performance.now() - told < 1000 * kSlow);
}));
