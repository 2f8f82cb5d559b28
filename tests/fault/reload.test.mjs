// Configuration reload through the real binary (SPEC 3, RELIABILITY D): nothing is cut or refused,
// a bad file changes nothing, the last of a storm wins, nothing grows.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { Gateway, freePort, kSlow } from '../e2e/harness/gateway.mjs';
import { RawClient, chatBody, post } from '../e2e/harness/raw.mjs';
import { PluginFolder, chat, figure, fileOf, openStreams, refused, saved, until, write } from '../e2e/harness/reload.mjs';
import { readStream } from '../e2e/harness/world.mjs';

const kLong = process.env.AIPROXY_LONG === '1';

async function withGateway(options, run) {
  const plugins = new PluginFolder();
  plugins.put('v1');
  const gateway = await Gateway.start({ args: plugins.args, providers: { mock: {}, versioned: {} }, config: { log_level: 'info', access_log: 'off', ...options.config }, ...options.start });
  try {
    await run(gateway, plugins);
    if (gateway.isAlive) await gateway.stop({ isDrained: options.isDrained ?? true });
  } finally {
    gateway.process.kill('SIGKILL');
    plugins.close();
  }
}

test('D1: streams run, connections come, configuration and plugin change: nobody notices', () => withGateway({}, async (gateway, plugins) => {
  const seconds = kLong ? 60 : 10;
  const streams = kLong ? 1000 : 200;
  const words = seconds * 2 + 4;
  const clients = await openStreams(gateway.port, streams, `versioned-${words}-500`, (seconds + 30) * 1000 * kSlow);
  const news = [];
  let going = true;
  const coming = (async () => {
    while (going) {
      news.push(chat(gateway.port, 'versioned').then(({ status, text }) => (status === 200 && /^v[12]$/.test(text) ? '' : `${status} ${text}`), (error) => String(error)));
      await pause(20);
    }
  })();
  for (let i = 0; i < 20; ++i) {
    const begun = performance.now();
    await saved(gateway, (config) => {
      config.providers[`extra${i % 3}`] = { plugin: 'mock' };
      if (i % 4 === 3) delete config.providers.extra0;
      config.keys = [{ id: `team-${i}`, sha256: createHash('sha256').update(`k${i}`).digest('hex') }];
      config.limits = { body_bytes: 1_000_000 + i };
      config.models = [{ match: 'fast', targets: [{ provider: 'mock', model: i % 2 ? 'mock' : 'mock-think' }] }];
    });
    plugins.put(i % 2 ? 'v1' : 'v2');
    await until('the new code', async () => (await chat(gateway.port, 'versioned')).text === (i % 2 ? 'v1' : 'v2'));
    await pause(Math.max(0, (seconds * 1000) / 20 - (performance.now() - begun)));
  }
  const answers = await Promise.all(clients.map((client) => client.answer()));
  going = false;
  await coming;
  const bad = (await Promise.all(news)).filter(Boolean);
  const whole = answers.filter((answer) => answer?.isWhole && readStream(answer.text).isDone && readStream(answer.text).text === 'v1 '.repeat(words));
  clients.forEach((client) => client.close());
  console.log(`D1: streams cut: ${streams - whole.length} of ${streams}; connections refused: ${bad.length} of ${news.length}; 20 configuration reloads, 20 plugin replacements in ${seconds} s`);
  assert.deepEqual(bad, []);
  assert.equal(whole.length, streams);
}));

const kBadFiles = {
  'broken syntax': (good) => good.replace('"listen"', 'listen: ["'),
  'unknown key': (good) => good.replace('"providers"', '"provders": {}, "providers"'),
  'wrong type': (good) => good.replace('"workers": 2', '"workers": "many"'),
  'duplicate key': (good) => good.replace('"workers": 2', '"workers": 2, "workers": 3'),
  'missing variable': (good) => good.replace('"mock": {}', '"mock": {"delay_ms": "${NO_SUCH_THING}"}'),
  'missing file': (good) => good.replace('"mock": {}', '"mock": {"delay_ms": "${file:no/such}"}'),
  'missing certificate': (good) => good.replace('"auth": "open"', '"auth": "open", "tls": {"cert": "no.pem", "key": "no.key"}'),
  'no port': (good) => good.replace(/"address": "127.0.0.1:\d+"/, '"address": "127.0.0.1:99999"'),
  empty: () => '',
  'a byte order mark and no more': () => '\ufeff',
  'a NUL': (good) => good.replace('"workers"', '"wor\u0000kers"'),
  'a list': () => '- a\n- b\n',
  'a word': () => 'hello\n',
  'an unknown provider': (good) => good.replace('"versioned": {}', '"versioned": {"plugin": "nobody"}'),
  'a section that its plugin refuses': (good) => good.replace('"mock": {}', '"mock": {"delay_ms": -1}'),
  'a rule to nowhere': (good) => good.replace('"providers"', '"models": [{"match": "x", "targets": [{"provider": "nobody"}]}], "providers"'),
  'a key without a hash': (good) => good.replace('"providers"', '"keys": [{"id": "a"}], "providers"'),
  'a port that is taken': (good, port) => good.replace('"admin"', `"zz": 1, "admin"`).replace('"zz": 1, ', '').replace(/"listen": \[/, `"listen": [{"address": "127.0.0.1:${port}", "auth": "open"}, `),
  'an alias loop': () => 'providers: &a {mock: *a}\n',
  'a hundred megabytes': () => `# ${'x'.repeat(100 * 1024 * 1024)}\n`,
};

test('D8: twenty bad configurations change nothing, and each is told with its place', () => withGateway({}, async (gateway) => {
  const good = fs.readFileSync(fileOf(gateway), 'utf8');
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const [stream] = await openStreams(gateway.port, 1, 'versioned-200-100', 120_000);
  const interruptions = [];
  const unplaced = [];
  for (const [name, spoil] of Object.entries(kBadFiles)) {
    const text = spoil(good, taken.address().port);
    assert.notEqual(text, good, name);
    const told = await refused(gateway, text);
    // Only a file as a whole, and what is not in the file, have no place in it.
    if (!/aiproxy\.yaml:\d+:\d+:/.test(told) && !/port that is taken|hundred megabytes|byte order/.test(name)) unplaced.push(`${name}: ${told}`);
    const { text: answer } = await chat(gateway.port, 'versioned').catch((error) => ({ text: String(error) }));
    if (answer !== 'v1') interruptions.push(`${name}: ${answer}`);
    if (await figure(gateway, 'aiproxy_config_last_reload_successful') !== 0) interruptions.push(`${name}: the metric`);
  }
  console.log(`D8: interruptions: ${interruptions.length} of ${Object.keys(kBadFiles).length}; errors without a place: ${unplaced.length}`);
  assert.deepEqual(interruptions, []);
  assert.deepEqual(unplaced, []);
  assert.equal(await figure(gateway, 'aiproxy_config_generation'), 1);
  assert.ok(!stream.hasEnded);
  stream.close();
  taken.close();
  write(gateway, `${good}\n`);
  await until('the good one', async () => await figure(gateway, 'aiproxy_config_last_reload_successful') === 1);
}));

test('D10: of 500 SIGHUPs the last configuration wins', () => withGateway({}, async (gateway) => {
  const load = (async () => { while (gateway.isAlive && !gateway.quiet) await chat(gateway.port, 'mock'); })();
  for (let i = 0; i < 500; ++i) {
    gateway.config.models = [{ match: `alias-${i}`, targets: [{ provider: 'versioned', model: 'versioned' }] }];
    write(gateway, JSON.stringify(gateway.config));
    gateway.process.kill('SIGHUP');
    await pause(10);
  }
  await until('the last alias', async () => (await chat(gateway.port, 'alias-499')).status === 200);
  gateway.quiet = true;
  await load;
  const reloads = await figure(gateway, 'aiproxy_config_generation') - 1;
  const fds = await gateway.settled();
  console.log(`D10: 500 signals: the last one won; ${reloads} reloads; crashes ${gateway.isAlive ? 0 : 1}; descriptors ${fds >= 0 ? '+' : ''}${fds}`);
  assert.ok(gateway.isAlive && fds <= 0);
}));

test('a listener comes and goes while streams run, and nobody in its queue is reset', () => withGateway({}, async (gateway) => {
  const port = await freePort();
  const [old] = await openStreams(gateway.port, 1, 'versioned-30-50', 60_000);
  await saved(gateway, (config) => config.listen.push({ address: `127.0.0.1:${port}`, auth: 'open' }));
  await until('the line of the log', () => gateway.said.includes(`listen 127.0.0.1:${port}: added`));
  const [stream] = await openStreams(port, 1, 'versioned-40-50', 60_000);
  // Clients come all the time, also in the moment in which the listener goes.
  const news = [];
  const coming = setInterval(() => news.push(chat(port, 'versioned').then((answer) => answer.text, (error) => error.code ?? String(error))), 3);
  await pause(100);
  await saved(gateway, (config) => config.listen.pop());
  await pause(400);
  clearInterval(coming);
  const outcomes = await Promise.all(news);
  // A client that comes too late is refused as by any closed port; nobody else sees anything.
  const wrong = outcomes.filter((outcome) => outcome !== 'v1' && outcome !== 'ECONNREFUSED');
  const answer = await stream.answer();
  console.log(`a listener that goes: wrong ends: ${wrong.length} of ${outcomes.length} (served ${outcomes.filter((o) => o === 'v1').length}, refused after it was closed ${outcomes.filter((o) => o === 'ECONNREFUSED').length})`);
  assert.deepEqual(wrong, []);
  assert.ok(readStream(answer.text).isDone);
  await stream.closed;
  assert.ok(readStream((await old.answer()).text).isDone);
  old.close();
}));

test('workers may become more and fewer while streams run', () => withGateway({}, async (gateway) => {
  const clients = await openStreams(gateway.port, 40, 'versioned-60-50', 60_000);
  for (const workers of [4, 1, 3, 2]) {
    await saved(gateway, (config) => { config.workers = workers; });
    assert.equal((await chat(gateway.port, 'versioned')).text, 'v1');
  }
  const answers = await Promise.all(clients.map((client) => client.answer()));
  assert.equal(answers.filter((answer) => answer?.isWhole && readStream(answer.text).isDone).length, 40);
  clients.forEach((client) => client.close());
  const threads = () => fs.readdirSync(`/proc/${gateway.pid}/task`).length;
  const two = await until('threads of two workers', () => threads() <= 8 && threads());
  assert.ok(two);
}));

test('a certificate is replaced in place, and a key is revoked', () => withGateway({}, async (gateway) => {
  const port = await freePort();
  const make = (name) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`], { cwd: gateway.dir, stdio: 'ignore' });
  make('one');
  make('two');
  fs.copyFileSync(path.join(gateway.dir, 'one.pem'), path.join(gateway.dir, 'my.pem'));
  fs.copyFileSync(path.join(gateway.dir, 'one.key'), path.join(gateway.dir, 'my.key'));
  await saved(gateway, (config) => {
    config.keys = [{ id: 'team-a', sha256: createHash('sha256').update('sk-team-a').digest('hex') }];
    config.listen.push({ address: `127.0.0.1:${port}`, auth: 'keys', tls: { cert: 'my.pem', key: 'my.key' } });
  });
  const shown = async () => {
    const client = await RawClient.connect(port, { secure: { rejectUnauthorized: false } });
    const name = client.socket.getPeerCertificate().subject.CN;
    client.close();
    return name;
  };
  assert.equal(await shown(), 'one');
  const secure = { rejectUnauthorized: false };
  assert.equal((await chat(port, 'versioned', { secure, headers: ['Authorization: Bearer sk-team-a'] })).status, 200);
  const kept = await RawClient.connect(port, { secure });
  for (const suffix of ['key', 'pem']) fs.renameSync(path.join(gateway.dir, `two.${suffix}`), path.join(gateway.dir, `my.${suffix}`));
  await until('the new certificate', async () => await shown() === 'two');
  await until('the report', () => /certificate replaced/.test(gateway.said));
  await saved(gateway, (config) => { config.keys = []; });
  kept.send(post('/v1/chat/completions', chatBody('versioned', { stream: false }), ['Authorization: Bearer sk-team-a']));
  assert.equal((await kept.answer()).status, 401);
  kept.close();
  await saved(gateway, (config) => config.listen.pop());
  await until('the line of the log', () => gateway.said.includes('key team-a: removed'));
  assert.doesNotMatch(gateway.said, /sk-team-a/);
}));

test('D13: clients that wait in the queue of a gateway that drains are served', () => withGateway({}, async (gateway) => {
  const news = [];
  const coming = setInterval(() => news.push(chat(gateway.port, 'versioned').then((answer) => answer.text, (error) => error.code ?? String(error))), 1);
  await pause(200);
  gateway.process.kill('SIGTERM');
  const end = await gateway.exited;
  clearInterval(coming);
  const outcomes = await Promise.all(news);
  const wrong = outcomes.filter((outcome) => outcome !== 'v1' && outcome !== 'ECONNREFUSED');
  console.log(`D13: clients in the queue that were reset or left without an answer: ${wrong.length} of ${outcomes.length}`);
  assert.deepEqual(end, { code: 0, signal: null });
  assert.deepEqual(wrong, []);
}));

test('growth: after many reloads memory, descriptors, threads and mappings are where they were', () => withGateway({}, async (gateway) => {
  const rounds = kLong ? 1000 : 100;
  const once = async (i) => {
    const before = await figure(gateway, 'aiproxy_config_generation');
    gateway.config.providers.extra = { plugin: 'mock', delay_ms: i % 50 };
    write(gateway, JSON.stringify(gateway.config));
    gateway.process.kill('SIGHUP');
    await until('the next', async () => await figure(gateway, 'aiproxy_config_generation') > before);
    await chat(gateway.port, 'versioned');
  };
  const measure = () => ({
    memory: gateway.memory(), fds: gateway.fds().length,
    threads: fs.readdirSync(`/proc/${gateway.pid}/task`).length,
    maps: fs.readFileSync(`/proc/${gateway.pid}/maps`, 'utf8').split('\n').length,
  });
  for (let i = 0; i < 50; ++i) await once(i);
  await gateway.settled();
  const before = measure();
  for (let i = 0; i < rounds; ++i) await once(i);
  await gateway.settled();
  await pause(200);
  const after = measure();
  const grown = Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
  console.log(`growth: ${rounds} reloads: memory ${grown.memory} KiB, descriptors ${grown.fds}, threads ${grown.threads}, mappings ${grown.maps}`);
  assert.ok(grown.fds <= 0 && grown.threads <= 0 && grown.maps <= 12 * kSlow, JSON.stringify(grown));
  assert.ok(grown.memory <= 4096 * kSlow * (kLong ? 3 : 1), `${grown.memory} KiB`);
}));
