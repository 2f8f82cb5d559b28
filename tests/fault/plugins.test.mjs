// Plugin files that come, go, change and break under a running gateway (SPEC 3 "Plugins too").
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Gateway, kSlow } from '../e2e/harness/gateway.mjs';
import { ms, quantiles } from '../e2e/harness/many.mjs';
import { PluginFolder, chat, figure, openStreams, until } from '../e2e/harness/reload.mjs';
import { readStream } from '../e2e/harness/world.mjs';

const kLong = process.env.AIPROXY_LONG === '1';

async function withPlugins(first, run) {
  const plugins = new PluginFolder();
  if (first) plugins.put(first);
  const gateway = await Gateway.start({ args: plugins.args, providers: { mock: {} }, config: { log_level: 'info', access_log: 'off' } });
  try {
    await run(gateway, plugins);
    await gateway.stop();
  } finally {
    gateway.process.kill('SIGKILL');
    plugins.close();
  }
}

// From now to the first answer of that version.
async function answers(gateway, version) {
  const begun = performance.now();
  await until(`an answer of ${version}`, async () => (await chat(gateway.port, 'versioned/versioned')).text === version);
  return performance.now() - begun;
}

const mapped = (gateway) => fs.readFileSync(`/proc/${gateway.pid}/maps`, 'utf8').split('\n').filter((line) => line.includes('versioned-')).map((line) => /versioned-[0-9a-f]+/.exec(line)[0]);
const versions = (gateway) => new Set(mapped(gateway)).size;

test('D3: a new file over the old one serves within a second; old streams end on the old code, which is then unmapped', () => withPlugins('v1', async (gateway, plugins) => {
  const times = [];
  const words = 60 * kSlow;  // longer than the swaps take
  const [stream] = await openStreams(gateway.port, 1, `versioned-${words}-50`, 60_000);
  for (let i = 0; i < 10; ++i) {
    plugins.put(i % 2 ? 'v1' : 'v2');
    times.push(await answers(gateway, i % 2 ? 'v1' : 'v2'));
  }
  plugins.put('v2');
  await answers(gateway, 'v2');
  assert.equal(versions(gateway), 2);
  assert.equal(readStream((await stream.answer()).text).text, 'v1 '.repeat(words));
  stream.close();
  await until('the old code is unmapped', () => versions(gateway) === 1);
  const { p50, max } = quantiles(times);
  console.log(`D3: from rename to the first answer of the new code: p50 ${ms(p50)}, max ${ms(max)}`);
  assert.ok(max <= 1000 * kSlow);
}));

test('a file that breaks is refused with its reason, and the old version goes on', () => withPlugins('v1', async (gateway, plugins) => {
  const whole = fs.readFileSync(PluginFolder.build('v2'));
  const ways = {
    'a crash in a constructor': () => plugins.put('crashes_at_load'),
    'exit(0) in a constructor': () => plugins.put('exits_at_load'),
    'a crash in create()': () => plugins.put('crashes_in_create'),
    'create() that refuses': () => plugins.put('refuses_in_create'),
    'text in the place of the file': () => plugins.putBytes('not a plugin'),
    'half of a file, in place': () => plugins.putBytes(whole.subarray(0, whole.length / 2)),
    'a file cut to nothing': () => fs.truncateSync(plugins.file, 0),
  };
  const [stream] = await openStreams(gateway.port, 1, 'versioned-400-50', 120_000);
  const wrong = [];
  for (const [name, spoil] of Object.entries(ways)) {
    const before = gateway.said.length;
    spoil();
    await until(`${name} is told`, () => gateway.said.indexOf('plugin refused', before) >= 0);
    await until('it is over', async () => await figure(gateway, 'aiproxy_config_last_reload_successful') === 1);
    const { text } = await chat(gateway.port, 'versioned/versioned');
    if (text !== 'v1' || !/versioned\.so: ./.test(gateway.said.slice(before))) wrong.push(`${name}: ${text}`);
    fs.rmSync(plugins.file, { force: true });
    plugins.put('v1');
    await pause(200);
  }
  console.log(`broken plugin files that did harm: ${wrong.length} of ${Object.keys(ways).length}`);
  assert.deepEqual(wrong, []);
  assert.ok(!stream.hasEnded && gateway.isAlive);
  stream.close();
  plugins.put('v2');
  await answers(gateway, 'v2');
}));

test('overwriting a file in place, which would kill a process that maps it, hurts nobody', () => withPlugins('v1', async (gateway, plugins) => {
  const [stream] = await openStreams(gateway.port, 1, 'versioned-40-50', 60_000);
  plugins.putBytes(fs.readFileSync(PluginFolder.build('v2')));
  await answers(gateway, 'v2');
  assert.equal(readStream((await stream.answer()).text).text, 'v1 '.repeat(40));
  stream.close();
}));

test('a new file is live at once, a removed one serves who is there and is gone', () => withPlugins(null, async (gateway, plugins) => {
  assert.notEqual((await chat(gateway.port, 'versioned/versioned')).status, 200);
  plugins.put('v1');
  const took = await answers(gateway, 'v1');
  const [stream] = await openStreams(gateway.port, 1, 'versioned-40-50', 60_000);
  plugins.remove();
  await until('it is gone', async () => (await chat(gateway.port, 'versioned/versioned')).status !== 200);
  assert.equal(readStream((await stream.answer()).text).text, 'v1 '.repeat(40));
  stream.close();
  await until('it is unmapped', () => versions(gateway) === 0);
  console.log(`a new plugin file answers after ${ms(took)}`);
}));

test('fifty swaps a second for two seconds: every answer is one of both', () => withPlugins('v1', async (gateway, plugins) => {
  const wrong = [];
  let asked = 0;
  let going = true;
  const asking = (async () => {
    for (; going; ++asked) {
      const { text } = await chat(gateway.port, 'versioned/versioned').catch((error) => ({ text: String(error) }));
      if (text !== 'v1' && text !== 'v2') wrong.push(text);
    }
  })();
  for (let i = 0; i < 100; ++i) {
    plugins.put(i % 2 ? 'v1' : 'v2');
    await pause(20);
  }
  plugins.put('v2');
  await answers(gateway, 'v2');
  going = false;
  await asking;
  console.log(`100 swaps in 2 s: wrong answers ${wrong.length} of ${asked}`);
  assert.deepEqual(wrong, []);
}));

test('growth: after many swaps memory, descriptors, threads and mappings are where they were', () => withPlugins('v1', async (gateway, plugins) => {
  const rounds = kLong ? 200 : 20;
  const swap = async (i) => {
    plugins.put(i % 2 ? 'v1' : 'v2');
    await answers(gateway, i % 2 ? 'v1' : 'v2');
  };
  const measure = async () => {
    await gateway.settled();
    await until('one version is left', () => versions(gateway) === 1);
    return {
      memory: gateway.memory(), fds: gateway.fds().length,
      threads: fs.readdirSync(`/proc/${gateway.pid}/task`).length,
      maps: fs.readFileSync(`/proc/${gateway.pid}/maps`, 'utf8').split('\n').length,
    };
  };
  for (let i = 0; i < 10; ++i) await swap(i);
  const before = await measure();
  for (let i = 0; i < rounds; ++i) await swap(i);
  const after = await measure();
  const grown = Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
  console.log(`growth: ${rounds} swaps: memory ${grown.memory} KiB, descriptors ${grown.fds}, threads ${grown.threads}, mappings ${grown.maps}`);
  assert.ok(grown.fds <= 0 && grown.threads <= 0 && grown.maps <= 12 * kSlow, JSON.stringify(grown));
  assert.ok(grown.memory <= 4096 * kSlow * (kLong ? 3 : 1), `${grown.memory} KiB`);
}));
