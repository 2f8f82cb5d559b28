// Clients that leave (RELIABILITY C4): in every phase and in every way, the upstream hears of it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { kSlow } from '../e2e/harness/gateway.mjs';
import { forEachOf, ms, quantiles, within } from '../e2e/harness/many.mjs';
import { RawClient, chatBody, post } from '../e2e/harness/raw.mjs';
import { World } from '../e2e/harness/world.mjs';

let world;
before(async () => { world = await World.start(); });
after(() => world.stop());

const kTrials = process.env.AIPROXY_LONG ? 5000 : 500;
// Where the exchange is when the client leaves.
const kPhases = {
  waiting: { 'gpt-': '+hang', 'claude-': '+hang' },
  'mid-stream': { 'gpt-': '+drip=5', 'claude-': '+drip=5' },
  stalled: { 'gpt-': '+stall=3', 'claude-': '+stall=5' },
};

// A process of its own that sends a request, and then can be killed.
async function victim(port, bytes) {
  const code = `import socket,sys,time\ns=socket.create_connection(("127.0.0.1",${port}))\ns.sendall(sys.stdin.buffer.read())\ntime.sleep(60)`;
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(bytes);
  return child;
}

async function trial(i) {
  const phases = Object.keys(kPhases);
  const phase = phases[i % phases.length];
  const prefix = i % 2 ? 'claude-' : 'gpt-';
  // Starting a process costs 30 ms; every tenth trial is one that is killed.
  const how = i % 10 === 9 ? 'kill' : ['fin', 'rst'][(i >> 1) % 2];
  const model = `${prefix}${phase === 'mid-stream' ? 'long' : 'text'}${kPhases[phase][prefix]}+tag=c4-${i}`;
  const bytes = post('/v1/chat/completions', chatBody(model, { stream: true }));
  const fake = prefix === 'gpt-' ? world.openai : world.claude;
  const child = how === 'kill' ? await victim(world.gateway.port, bytes) : null;
  const client = child ? null : await RawClient.connect(world.gateway.port);
  client?.send(bytes);
  const record = await within(fake.received((r) => r.json?.model === model), 20_000, model);
  if (phase === 'mid-stream') await (client ? client.until((b) => (b.includes('word3') ? true : undefined)) : Promise.resolve());
  else await within(record.reached, 20_000, `${model} at its stall`);
  const left = performance.now();
  if (child) child.kill('SIGKILL');
  else if (how === 'rst') client.reset();
  else client.close();
  const timeout = setTimeout(() => record.setGone(Infinity), 3000 * kSlow);
  const gone = await record.gone;
  clearTimeout(timeout);
  return { phase, how, took: gone - left };
}

test('C4: a client that leaves is told to the upstream', async () => {
  const results = [];
  await forEachOf(Array.from({ length: kTrials }), async (_, i) => results.push(await trial(i)), { width: 4 });
  const missed = results.filter(({ took }) => took === Infinity);
  const times = results.filter(({ took }) => took !== Infinity);
  const { p50, p99, max } = quantiles(times.map(({ took }) => Math.max(0, took)));
  console.log(`C4: ${kTrials} clients left: upstream closed after p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}; missed ${missed.length}`);
  for (const phase of Object.keys(kPhases)) {
    const part = quantiles(times.filter((r) => r.phase === phase).map(({ took }) => Math.max(0, took)));
    console.log(`C4:   ${phase}: p50 ${ms(part.p50)}, max ${ms(part.max)}`);
  }
  assert.deepEqual(missed, []);
  assert.ok(p50 <= 20 * kSlow && p99 <= 100 * kSlow && max <= 250 * kSlow, `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`);
  const line = await world.gateway.logged((l) => l.model?.endsWith('+tag=c4-0'));
  assert.equal(line.error_type, 'client_closed');
});

test('C4: nothing is left behind', async () => {
  const until = performance.now() + 2000 * kSlow;
  while (world.openai.openRequests + world.claude.openRequests > 0 && performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(world.openai.openRequests + world.claude.openRequests, 0);
  // The upstream may see its reset before the gateway's turn, in which the exchange ends, is over.
  let metrics;
  do metrics = await world.gateway.metrics(); while (!/aiproxy_streams_active 0\b/.test(metrics) && performance.now() < until);
  assert.match(metrics, /aiproxy_streams_active 0\b/);
});

test('C4: a client that leaves while the gateway still connects is forgotten', async () => {
  // The upstream's address answers nobody; the gateway's own descriptors tell.
  const before = world.gateway.fds().length;
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(world.gateway.port)));
  clients.forEach((client, i) => client.send(post('/v1/chat/completions', chatBody(`gpt-text+hang+tag=conn-${i}`, { stream: true }))));
  for (const client of clients) client.close();
  // The gateway may accept them only now, so a single low count says nothing: it has to stay low.
  const until = performance.now() + 3000 * kSlow;
  let more;
  for (let low = 0; low < 20 && performance.now() < until; await pause(10)) {
    more = world.gateway.fds().length - before;
    low = more <= 2 ? low + 1 : 0;
  }
  assert.ok(more <= 2, `${more} more descriptors`);
});
