// The machine's wall clock jumps under a running gateway (RELIABILITY G6): by an hour, by ten years,
// to and fro. Everything that waits goes by the monotonic clock, so nobody notices; what is written
// with a date carries the clock's date.
//
// libfaketime in the gateway's processes tells them a wall clock that a file sets; their monotonic
// clock is the machine's, as when an operator or NTP sets the time.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { Gateway, family, freePort, kSlow } from '../e2e/harness/gateway.mjs';
import { ms, within } from '../e2e/harness/many.mjs';
import { RawClient, chatBody, post } from '../e2e/harness/raw.mjs';
import { PluginFolder, chat, openStreams, saved } from '../e2e/harness/reload.mjs';
import { World, kUser, postChat, readStream } from '../e2e/harness/world.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';

const kLibrary = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const kHour = 3600, kTenYears = 10 * 365 * 86_400;
const kJumps = [kHour, 0, -kHour, 0, kTenYears, 0, -kTenYears, 0, kTenYears, -kTenYears, kHour, -kHour, 0];
const kHoldMs = 250;  // how long each jump's time holds

// What a gateway under it takes for the time of day.
class WallClock {
  constructor() {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-clock-'));
    this.file = path.join(this.dir, 'offset');
    this.set(0);
    this.env = {
      LD_PRELOAD: kLibrary, FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1',
    };
  }
  set(seconds) {
    fs.writeFileSync(`${this.file}.new`, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
    fs.renameSync(`${this.file}.new`, this.file);
    this.seconds = seconds;
  }
  // Milliseconds by which a date is away from this clock.
  distance(date) {
    return Math.abs(date - (Date.now() + this.seconds * 1000));
  }
  close() {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

const readStat = (pid) => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');

// What all processes of a gateway have used: milliseconds of CPU, and how often a thread went to
// sleep, which is about once a turn of a loop.
function used(pid) {
  let cpu = 0;
  let sleeps = 0;
  for (const one of family(pid)) {
    const [user, system] = readStat(one).slice(11, 13).map(Number);
    cpu += (user + system) * 10;
    for (const task of fs.readdirSync(`/proc/${one}/task`)) {
      sleeps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${one}/task/${task}/status`, 'utf8'))[1]);
    }
  }
  return { cpu, sleeps };
}

async function usedIn(pid, run) {
  const before = used(pid);
  await run();
  const after = used(pid);
  return { cpu: after.cpu - before.cpu, sleeps: after.sleeps - before.sleeps };
}

// The seconds that an answer's Date field is away from the clock.
async function dateSkew(gateway, clock) {
  const client = await RawClient.connect(gateway.port);
  client.send('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  const answer = await client.answer();
  client.close();
  return clock.distance(Date.parse(answer.headers.date)) / 1000;
}

async function underClock(options, run) {
  const clock = new WallClock();
  const plugins = new PluginFolder();
  plugins.put('v1');
  const world = await World.start({ args: plugins.args, env: clock.env, providers: { versioned: {} }, ...options });
  try {
    await run({ world, gateway: world.gateway, clock });
    if (world.gateway.isAlive) await world.stop({ isDrained: false });
  } finally {
    world.gateway.process.kill('SIGTERM');
    await Promise.all([world.openai.close(), world.claude.close()]);
    clock.close();
    plugins.close();
  }
}

test('G6: 200 streams run through jumps of an hour and of ten years, to and fro', () => underClock({ supervised: true, config: { log_level: 'info' } }, async ({ gateway, clock }) => {
  const kWords = 100 * kSlow, kPaceMs = 100, kDripMs = 1000 * kSlow;
  // Paced by the plugin's timers, and by an upstream under the transport's timeouts.
  const clients = [...await openStreams(gateway.port, 100, `versioned-${kWords}-${kPaceMs}`, 60_000 * kSlow), ...await openStreams(gateway.port, 100, `gpt-text+drip=${kDripMs}`, 60_000 * kSlow)];
  const begun = performance.now();
  const hold = () => pause(kHoldMs);
  const calm = await usedIn(gateway.pid, async () => { for (const _ of kJumps) await hold(); });
  let skew = 0;
  const jumping = await usedIn(gateway.pid, async () => {
    for (const seconds of kJumps) {
      clock.set(seconds);
      await hold();
    }
  });
  assert.ok(clients.every((client) => !client.hasEnded), 'the streams outlast the jumps');
  for (const seconds of kJumps) {
    clock.set(seconds);
    skew = Math.max(skew, await dateSkew(gateway, clock));
  }
  const answers = await Promise.all(clients.map((client) => client.answer()));
  const took = performance.now() - begun;
  clients.forEach((client) => client.close());
  const cut = answers.filter((answer, i) => !answer?.isWhole || !readStream(answer.text).isDone || readStream(answer.text).text !== (i < 100 ? 'v1 '.repeat(kWords) : kText.join(''))).length;
  console.log(`G6: streams cut by clock jumps: ${cut} of ${clients.length}`);
  console.log(`G6: ${kJumps.length} jumps: CPU ${jumping.cpu} ms (calm: ${calm.cpu} ms), sleeps of all threads ${jumping.sleeps} (calm: ${calm.sleeps}); Date away from the clock by ${skew.toFixed(1)} s at most`);
  assert.equal(cut, 0);
  assert.ok(skew < 3, 'the gateway really sees the jumps');
  assert.ok(jumping.sleeps < 1.5 * calm.sleeps + 500, 'no storm of turns');
  assert.ok(jumping.cpu < 2 * calm.cpu + 300, 'no storm of work');
  assert.ok(took < 1.5 * Math.max(kWords * kPaceMs, kText.length * kDripMs) + 3000 * kSlow, `nobody waited for a clock that had been set back: ${ms(took)}`);
  assert.doesNotMatch(gateway.said, /process died|did not answer|no return from/);
}));

test('G6: a credential rests for as long as was said, whatever the clock does; reloads go on', () => underClock({}, async ({ world, gateway, clock }) => {
  const rest = async () => (await gateway.admin('/admin/providers')).json.providers.find((provider) => provider.name === 'openai').credentials[0];
  const refusedAt = performance.now();
  assert.equal((await postChat(world.base, { model: 'gpt-err-401', messages: kUser })).status, 401);
  const worst = [];
  for (const seconds of kJumps) {
    clock.set(seconds);
    const { up, ready_in_ms: left } = await rest();
    assert.equal(up, false);
    worst.push(Math.abs(left - (30_000 - (performance.now() - refusedAt))));
    if (Math.abs(seconds) !== kTenYears) continue;
    await saved(gateway, (config) => { config.limits = { drain_timeout_ms: 20_000 + Math.round(performance.now()) }; });
  }
  console.log(`G6: a credential's rest of 30 s, away from the truth by ${ms(Math.max(...worst))} at most`);
  assert.ok(Math.max(...worst) < 2000 * kSlow);
}));

test('G6: what is logged has the clock\'s date and the true duration; ids do not repeat', () => underClock({}, async ({ gateway, clock }) => {
  const ids = new Set();
  let away = 0;
  for (const seconds of kJumps) {
    clock.set(seconds);
    const before = gateway.accessLines().length;
    const client = await RawClient.connect(gateway.port);
    client.send(post('/v1/chat/completions', chatBody('versioned-4-50', { stream: true }), ['Connection: close']));
    await client.until((bytes) => (bytes.includes('v1') ? true : undefined));
    clock.set(seconds + kTenYears);  // while it runs
    assert.ok((await client.answer()).isWhole);
    client.close();
    clock.set(seconds);
    const line = await gateway.logged((_) => gateway.accessLines().length > before).then(() => gateway.accessLines()[before]);
    away = Math.max(away, clock.distance(line.ts));
    ids.add(line.request_id);
    assert.ok(line.duration_ms >= 140 && line.duration_ms < 3000 * kSlow, JSON.stringify(line));
    assert.ok(line.gateway_us < 3_000_000 * kSlow && line.ttft_ms < 2000 * kSlow, JSON.stringify(line));
  }
  assert.equal(ids.size, kJumps.length);
  console.log(`G6: access log: dates away from the clock by ${ms(away)} at most`);
  assert.ok(away < 3000 * kSlow);
  const seen = new Set([...gateway.said.matchAll(/^(\d{4})-\d\d-\d\dT/gm)].map((match) => Number(match[1])));
  assert.ok([...seen].every((year) => year > 2000 && year < 2100), [...seen].join());
}));

test('G6: a head that comes slowly has its time, no more and no less', () => underClock({ config: { limits: { head_deadline_ms: 1500 * kSlow } } }, async ({ gateway, clock }) => {
  const client = await RawClient.connect(gateway.port);
  client.send('GET /readyz HTTP/1.1\r\nHost: ');
  const begun = performance.now();
  for (const seconds of [kTenYears, -kTenYears]) {
    clock.set(seconds);
    await pause(200);
    assert.ok(!client.hasEnded);
  }
  assert.equal((await client.answer()).status, 408);
  const took = performance.now() - begun;
  assert.ok(took > 1200 * kSlow && took < 3000 * kSlow, ms(took));
  client.close();
}));

test('G6: TLS connections last, and sessions of another time do no harm', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-clock-tls-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'my.key', '-out', 'my.pem', '-days', '2', '-subj', '/CN=my'], { cwd: dir, stdio: 'ignore' });
  const port = await freePort();
  try {
    await underClock({}, async ({ gateway, clock }) => {
      await saved(gateway, (config) => { config.listen.push({ address: `127.0.0.1:${port}`, auth: 'open', tls: { cert: path.join(dir, 'my.pem'), key: path.join(dir, 'my.key') } }); });
      const secure = { rejectUnauthorized: false };
      const kept = await RawClient.connect(port, { secure });
      const session = new Promise((resolve) => kept.socket.once('session', resolve));
      kept.send(post('/v1/chat/completions', chatBody('versioned-30-100', { stream: true })));
      secure.session = await within(session, 5000 * kSlow, 'a session ticket');
      let resumed = 0;
      for (const seconds of kJumps) {
        clock.set(seconds);
        const client = await RawClient.connect(port, { secure });
        if (client.socket.isSessionReused()) ++resumed;
        client.send(post('/v1/chat/completions', chatBody('versioned', { stream: false })));
        assert.equal((await client.answer()).status, 200, `${seconds} s away`);
        client.close();
      }
      const whole = await kept.answer();
      assert.equal(readStream(whole.text).text, 'v1 '.repeat(30));
      kept.close();
      console.log(`G6: TLS: new connections served after each of ${kJumps.length} jumps, sessions resumed: ${resumed}`);
    });
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});

for (const [name, seconds] of [['forward', kTenYears], ['back', -kTenYears]]) {
  test(`G6: a drain's deadline that was set before the clock jumps ten years ${name} comes in time`, () => underClock({ config: { limits: { drain_timeout_ms: 1500 * kSlow } } }, async ({ gateway, clock }) => {
    const clients = await openStreams(gateway.port, 10, 'gpt-text+stall=3', 30_000 * kSlow);
    const told = performance.now();
    gateway.process.kill('SIGTERM');
    await pause(300 * kSlow);
    assert.ok(clients.every((client) => !client.hasEnded));
    clock.set(seconds);
    const answers = await Promise.all(clients.map((client) => client.answer()));
    assert.ok(answers.every((answer) => answer?.isWhole && readStream(answer.text).errors.length === 1), 'explicit ends');
    assert.deepEqual(await within(gateway.exited, 5000 * kSlow, 'the end'), { code: 0, signal: null });
    const took = performance.now() - told;
    console.log(`G6: drain of ${1500 * kSlow} ms, the clock ten years ${name} in its midst: ended after ${ms(took)}`);
    assert.ok(took >= 1400 * kSlow && took < 3000 * kSlow, ms(took));
  }));
}
