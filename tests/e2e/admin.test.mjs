// The admin port of the real binary: who may enter, what it tells, and what it writes on the disk
// (RELIABILITY E10, E14, E17).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Gateway, freePort, kBuildDir, kRoot, kSlow } from './harness/gateway.mjs';
import { forEachOf, within } from './harness/many.mjs';
import { RawClient, chatBody, post } from './harness/raw.mjs';
import { PluginFolder, chat, figure, fileOf, openStreams, saved, write } from './harness/reload.mjs';
import { World, kUser, postChat } from './harness/world.mjs';

let world;
before(async () => {
  world = await World.start({
    providers: { dead: { plugin: 'openai', base_url: 'http://127.0.0.1:1/v1', api_keys: [{ id: 'd1', val: 'sk-fake-dead-key' }] } },
    models: [{ match: 'twice', targets: [{ provider: 'dead', model: 'x' }, { provider: 'mock', model: 'mock' }], retry: { attempts: 2, on: ['connect'], backoff_ms: 1 } }],
  });
});
after(() => world?.stop({ isDrained: false }));

const kMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

// A request by hand: exactly these fields, Host among them.
async function raw(port, method, target, fields) {
  const client = await RawClient.connect(port);
  client.send(`${method} ${target} HTTP/1.1\r\n${fields.map((field) => `${field}\r\n`).join('')}Connection: close\r\n\r\n`);
  const answer = await client.answer({ isHead: method === 'HEAD' });
  client.close();
  return answer;
}

async function until(find, what) {
  const deadline = performance.now() + 5000 * kSlow;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await pause(10);
  }
}

test('E10: no admin route answers without the token, to another name, or to another page', async () => {
  const { adminPort, token } = world.gateway;
  const { routes } = (await world.gateway.admin('/')).json;
  assert.ok(routes.length >= 11);
  const own = `Host: 127.0.0.1:${adminPort}`;
  const bearer = `Authorization: Bearer ${token}`;
  const asks = [];
  for (const route of routes) {
    for (const method of kMethods) {
      const add = (target, fields, status) => asks.push({ method, target, fields, status });
      if (route.token) {
        add(route.path, [own], 401);
        add(route.path, [own, `Authorization: Bearer ${token.slice(0, -1)}`], 401);
        add(route.path, [own, `Authorization: Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`], 401);
        add(`${route.path}?token=${token}&access_token=${token}`, [own], 401);
        add(route.path, [own, `Cookie: token=${token}`], 401);
      }
      for (const host of ['evil.example', `evil.example:${adminPort}`, '203.0.113.7']) add(route.path, [`Host: ${host}`, bearer], 403);
      for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${adminPort}`, `http://127.0.0.1:${adminPort + 1}`]) add(route.path, [own, bearer, `Origin: ${origin}`], 403);
      add(route.path, [own, bearer, 'Sec-Fetch-Site: cross-site'], 403);
    }
  }
  let open = 0;
  await forEachOf(asks, async ({ method, target, fields, status }) => {
    const answer = await raw(adminPort, method, target, fields);
    if (answer?.status === status && !answer.headers['access-control-allow-origin'] && !/aiproxy_|"routes"|"config"/.test(answer.text)) return;
    ++open;
    assert.equal(answer?.status, status, `${method} ${target.replace(token, '…')}`);
  });
  console.log(`E10: admin routes open without a token: ${open} of ${asks.length}`);
  assert.equal((await world.gateway.admin('/', { headers: { origin: `http://localhost:${adminPort}`, host: `localhost:${adminPort}` } })).status, 200);
});

test('E10: the admin port listens on loopback only', () => {
  const listening = ['tcp', 'tcp6'].flatMap((name) => fs.readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1)).map((line) => line.trim().split(/\s+/)).filter((field) => field[3] === '0A');
  const hex = world.gateway.adminPort.toString(16).toUpperCase().padStart(4, '0');
  assert.deepEqual(listening.filter((field) => field[1].endsWith(`:${hex}`)).map((field) => field[1]), [`0100007F:${hex}`]);
});

test('E10: no admin route is on the data port', async () => {
  const { routes } = (await world.gateway.admin('/')).json;
  let asked = 0;
  for (const { path: target } of routes.filter((route) => /^\/(admin|metrics)/.test(route.path))) {
    for (const method of kMethods) {
      for (const fields of [[], [`Authorization: Bearer ${world.gateway.token}`]]) {
        const answer = await raw(world.gateway.port, method, target, [`Host: 127.0.0.1:${world.gateway.port}`, ...fields]);
        assert.equal(answer.status, 404, `${method} ${target}`);
        assert.doesNotMatch(answer.text, /aiproxy_|"successful"|"credentials"|"plugins"|"requests"/);
        ++asked;
      }
    }
  }
  console.log(`E10: admin routes on the data port: 0 of ${asked}`);
});

test('HEAD answers as GET does, other methods are told what is allowed, errors have one shape', async () => {
  for (const { method, path: target } of (await world.gateway.admin('/')).json.routes) {
    if (method !== 'GET') continue;
    const head = await world.gateway.admin(target, { method: 'HEAD' });
    assert.equal(head.status, 200, target);
    assert.equal(head.text, '');
    assert.ok(Number(head.headers['content-length']) > 0);
  }
  const wrong = await world.gateway.admin('/admin/reload', { method: 'DELETE' });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.allow, 'GET, HEAD, POST');
  for (const answer of [wrong, await world.gateway.admin('/admin/nothing'), await world.gateway.admin('/', { headers: { authorization: 'x' } })]) {
    assert.deepEqual(Object.keys(answer.json.error), ['message', 'type', 'param', 'code']);
  }
});

test('the configuration in force is shown, and that there are secrets', async () => {
  const { config, last_reload: last } = (await world.gateway.admin('/admin/config')).json;
  assert.equal(config.listen[0].address, `127.0.0.1:${world.gateway.port}`);
  const openai = config.providers.find((provider) => provider.name === 'openai');
  assert.deepEqual(openai.credentials, [{ kind: 'api_key', id: 'o1', secret: '•••' }]);
  assert.equal(last.successful, true);
});

// ---- reload --------------------------------------------------------------------------------------

async function withGateway(options, run) {
  const plugins = new PluginFolder();
  plugins.put('v1');
  const gateway = await Gateway.start({ args: plugins.args, providers: { mock: {}, versioned: {} }, ...options });
  try {
    await run(gateway, plugins);
    if (options.isStopped !== false) await gateway.stop();
  } finally {
    gateway.process.kill('SIGKILL');
    plugins.close();
  }
}

const reload = (gateway) => gateway.admin('/admin/reload', { method: 'POST' });
const lastReload = async (gateway) => (await gateway.admin('/admin/reload')).json;

// Saves and asks. The watch waits for a pause in the events; should this machine be so slow that the
// watch was first, there is nothing left to change, and the next value is saved.
async function changeAndReload(gateway, change) {
  for (let i = 0; i < 10; ++i) {
    change(gateway.config, i);
    write(gateway, JSON.stringify(gateway.config, null, 1));
    const answer = await reload(gateway);
    if (answer.json.cause === 'admin' && (!answer.json.successful || answer.json.changes.length > 0)) return answer;
  }
  throw new Error('the watch was first, ten times');
}

test('POST /admin/reload: a good change is told and in force, a bad one changes nothing and is told with its place', () => withGateway({}, async (gateway) => {
  const listed = async (model) => (await chat(gateway.port, model)).status === 200;
  const first = await lastReload(gateway);
  assert.deepEqual([first.successful, first.cause, first.generation], [true, 'start', 1]);

  let model;
  const good = await changeAndReload(gateway, (config, i) => {
    model = `nick-${i}`;
    config.models = [{ match: model, targets: [{ provider: 'mock', model: 'mock' }] }];
  });
  assert.equal(good.status, 200, good.text);
  assert.deepEqual(Object.keys(good.json), ['successful', 'generation', 'cause', 'ended_at_ms', 'took_ms', 'changes', 'errors']);
  assert.equal(good.json.successful, true);
  assert.ok(good.json.generation >= 2);
  assert.deepEqual(good.json.errors, []);
  assert.ok(good.json.changes.some((change) => change.includes(model)), good.text);
  assert.ok(Math.abs(good.json.ended_at_ms - Date.now()) < 5000 * kSlow);
  assert.ok(await listed(model), 'it is in force when the answer is there');
  assert.deepEqual(await lastReload(gateway), good.json);
  assert.equal(await figure(gateway, 'aiproxy_config_last_reload_successful'), 1);

  const idle = await reload(gateway);
  assert.deepEqual([idle.status, idle.json.successful, idle.json.changes], [200, true, []], 'nothing has changed');

  const text = fs.readFileSync(fileOf(gateway), 'utf8');
  write(gateway, text.replace('"workers"', '"wokers"'));
  const bad = await reload(gateway);
  assert.equal(bad.status, 422, bad.text);
  assert.equal(bad.json.successful, false);
  assert.equal(bad.json.generation, idle.json.generation, 'what ran before runs on');
  const row = text.slice(0, text.indexOf('"workers"')).split('\n').length;
  assert.equal(bad.json.errors.length, 1);
  assert.match(bad.json.errors[0], new RegExp(`aiproxy\\.yaml:${row}:\\d+: .*wokers`));
  assert.match(bad.json.error.message, /refused/);
  const { error, ...report } = bad.json;
  const last = await lastReload(gateway);
  assert.deepEqual([last.successful, last.generation, last.errors, last.changes], [report.successful, report.generation, report.errors, report.changes]);
  assert.equal(await figure(gateway, 'aiproxy_config_last_reload_successful'), 0);
  assert.equal(await figure(gateway, 'aiproxy_config_generation'), idle.json.generation);
  assert.ok(await listed(model));

  write(gateway, text);
  const mended = await reload(gateway);
  assert.deepEqual([mended.status, mended.json.successful, mended.json.errors], [200, true, []]);
  assert.equal(await figure(gateway, 'aiproxy_config_last_reload_successful'), 1);
}));

test('a stream that began before a reload is told with its own generation, until it ends', () => withGateway({}, async (gateway) => {
  const generations = async () => (await gateway.admin('/admin/requests')).json.requests.map((request) => request.generation).sort();
  const [old] = await openStreams(gateway.port, 1, 'versioned-4000-20', 60_000 * kSlow);
  assert.deepEqual(await generations(), [1]);
  await saved(gateway, (config) => { config.limits = { drain_timeout_ms: 5000 }; });
  const now = await figure(gateway, 'aiproxy_config_generation');
  const [young] = await openStreams(gateway.port, 1, 'versioned-4000-20', 60_000 * kSlow);
  assert.deepEqual(await generations(), [1, now]);
  old.close();
  await until(async () => (await generations()).join() === `${now}`, 'the old one is gone');
  young.close();
}));

test('/admin/plugins: two generations of a plugin while an old stream runs, and one after it', () => withGateway({}, async (gateway, plugins) => {
  const told = async () => (await gateway.admin('/admin/plugins')).json.plugins.filter((plugin) => plugin.name === 'versioned').map(({ version, state, generations }) => ({ version, state, generations }));
  const [old] = await openStreams(gateway.port, 1, 'versioned-4000-20', 60_000 * kSlow);
  assert.deepEqual(await told(), [{ version: '1.0.0', state: 'serving', generations: 1 }]);
  plugins.put('v2');
  await until(async () => (await chat(gateway.port, 'versioned')).text === 'v2', 'the new code serves');
  const both = await told();
  assert.deepEqual(both.find((plugin) => plugin.state === 'serving'), { version: '2.0.0', state: 'serving', generations: 2 });
  assert.ok(!old.hasEnded);
  old.close();
  await until(async () => JSON.stringify(await told()) === JSON.stringify([{ version: '2.0.0', state: 'serving', generations: 1 }]), 'the old code is unloaded');
}));

test('/admin/requests waits a second for a worker that is stuck, and tells the others\'', () => {
  const pluginDir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-stuck-'));
  fs.copyFileSync(path.join(kBuildDir, 'plugins/mock.so'), path.join(pluginDir, 'mock.so'));
  fs.copyFileSync(path.join(kBuildDir, 'tests/faulty/faulty_loops_in_begin.so'), path.join(pluginDir, 'faulty.so'));
  return withGateway({ pluginDir, providers: { mock: {}, versioned: {}, faulty: {} }, isStopped: false }, async (gateway) => {
    const ask = async () => {
      const begun = performance.now();
      const { json } = await within(gateway.admin('/admin/requests'), 5000 * kSlow, 'the requests');
      return { took: performance.now() - begun, workers: json.requests.map((request) => request.worker) };
    };
    const clients = await openStreams(gateway.port, 32, 'versioned-4000-20', 60_000 * kSlow);
    const before = await ask();
    assert.deepEqual([before.workers.length, [...new Set(before.workers)].sort()], [32, [0, 1]], 'both workers have some');
    const stuck = await RawClient.connect(gateway.port);
    stuck.send(post('/v1/chat/completions', chatBody('faulty/x')));
    // Until it is stuck all are told, as before; from then on each answer takes its second.
    const after = await until(async () => {
      const told = await ask();
      return told.took > 500 ? told : null;
    }, 'a worker is stuck');
    console.log(`/admin/requests with a stuck worker: ${after.took.toFixed(0)} ms, ${after.workers.length} of ${before.workers.length} requests told`);
    assert.ok(after.took >= 950 && after.took < 1500 * kSlow, `${after.took} ms`);
    assert.equal(new Set(after.workers).size, 1, 'only the other worker\'s');
    assert.equal(after.workers.length, before.workers.filter((worker) => worker === after.workers[0]).length, 'and all of them');
    assert.equal((await gateway.admin('/healthz')).status, 200);
    for (const client of [...clients, stuck]) client.close();
  }).finally(() => fs.rmSync(pluginDir, { recursive: true, force: true }));
});

test('plugins are told with their providers', async () => {
  const { plugins } = (await world.gateway.admin('/admin/plugins')).json;
  const openai = plugins.find((plugin) => plugin.name === 'openai');
  assert.equal(openai.state, 'serving');
  assert.deepEqual(openai.providers.sort(), ['dead', 'openai']);
  assert.equal(openai.generations, 1);
  assert.match(openai.sha256, /^[0-9a-f]{64}$/);
});

test('what runs is told while it runs', async () => {
  const client = await RawClient.connect(world.gateway.port);
  client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true }), ['X-Request-Id: seen-while-running']));
  await client.until((bytes) => (bytes.includes('data:') ? true : undefined));
  const find = async () => (await world.gateway.admin('/admin/requests')).json.requests.find((request) => request.request_id === 'seen-while-running');
  const running = await until(async () => {
    const found = await find();
    return found?.chunks >= 1 ? found : null;
  }, 'the first content is counted');
  assert.equal(running.provider, 'mock');
  assert.equal(running.model, 'mock-slow');
  assert.equal(running.stage, 'Relay');
  assert.equal(running.stream, true);
  assert.ok(running.age_ms >= 0);
  assert.match(await world.gateway.metrics(), /^aiproxy_streams_active [1-9]/m);
  client.close();
  await until(async () => !(await find()), 'the request is gone');
});

test('a client that asks for what runs and leaves at once harms nobody', async () => {
  for (let i = 0; i < 50; ++i) {
    const client = await RawClient.connect(world.gateway.adminPort);
    client.send(`GET /admin/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.gateway.token}\r\n\r\n`);
    client.reset();
  }
  assert.equal((await world.gateway.admin('/healthz')).status, 200);
});

test('a credential that was refused rests, in the metrics and in words', async () => {
  assert.match(await world.gateway.metrics(), /^aiproxy_credential_up\{credential="o1",kind="api_key",provider="openai"\} 1$/m);
  assert.equal((await postChat(world.base, { model: 'gpt-err-401', messages: kUser })).status, 401);
  const { providers } = (await world.gateway.admin('/admin/providers')).json;
  const [health] = providers.find((provider) => provider.name === 'openai').credentials;
  assert.equal(health.up, false);
  assert.ok(health.ready_in_ms > 20_000 && health.ready_in_ms <= 30_000, `${health.ready_in_ms}`);
  assert.match(await world.gateway.metrics(), /^aiproxy_credential_up\{credential="o1",kind="api_key",provider="openai"\} 0$/m);
});

test('connections, refusals and plugins are counted', async () => {
  const value = (text, series) => Number(new RegExp(`^${series.replace(/[{}]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1] ?? 0);
  const names = {
    accepted: 'aiproxy_connections_accepted_total', refused: 'aiproxy_requests_refused_total{error_type="caller_bad_http"}',
    client: 'aiproxy_connections_active{side="client"}', upstream: 'aiproxy_connections_active{side="upstream"}',
    calls: 'aiproxy_upstream_calls_total{outcome="2xx",provider="claude"}',
    callbacks: 'aiproxy_plugin_callback_seconds_count{plugin="mock",provider="mock"}',
  };
  const read = async () => {
    const text = await world.gateway.metrics();
    return Object.fromEntries(Object.entries(names).map(([name, series]) => [name, value(text, series)]));
  };
  const first = await read();
  const idle = await RawClient.connect(world.gateway.port);
  assert.equal((await raw(world.gateway.port, 'GET', '/', ['Host: a', 'Host: b'])).status, 400);
  assert.equal((await postChat(world.base, { model: 'mock', messages: kUser })).status, 200);
  assert.equal((await postChat(world.base, { model: 'claude-text', messages: kUser })).status, 200);
  const then = await until(async () => {
    const now = await read();
    return now.client >= 1 && now.accepted >= first.accepted + 4 ? now : null;
  }, 'the connections are counted');
  assert.equal(then.refused, first.refused + 1);
  assert.ok(then.upstream >= 1, 'the connection to the provider is kept for the next request');
  assert.ok(then.callbacks > first.callbacks);
  assert.ok(then.calls > first.calls);
  idle.close();
});

test('docs/metrics.md lists exactly what /metrics tells', async () => {
  await postChat(world.base, { model: 'twice', messages: kUser });  // a retry
  await postChat(world.base, { model: 'mock', stream: true, messages: kUser });
  await postChat(world.base, { model: 'gpt-text', messages: kUser });
  const told = [...(await world.gateway.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.equal(new Set(told).size, told.length, 'no metric is told twice');
  const page = fs.readFileSync(path.join(kRoot, 'docs/metrics.md'), 'utf8');
  const written = [...page.matchAll(/^\| `(aiproxy_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(written.sort(), told.sort());
  console.log(`metrics: documented and told: ${told.length} of ${written.length}`);
});

test('docs/admin.md shows each route', async () => {
  const page = fs.readFileSync(path.join(kRoot, 'docs/admin.md'), 'utf8');
  const { routes } = (await world.gateway.admin('/')).json;
  const written = [...page.matchAll(/^## `(\w+) (\/\S*)`$/gm)].map(([, method, target]) => `${method} ${target}`);
  assert.deepEqual(written.sort(), routes.map((route) => `${route.method} ${route.path}`).sort());
  for (const { path: target } of routes) assert.ok(page.includes(`http://127.0.0.1:9901${target}`), `a curl line for ${target}`);
});

test('a drain by the admin port lets what runs finish, and ends the process', async () => {
  const gateway = await Gateway.start({ providers: { mock: {} } });
  const client = await RawClient.connect(gateway.port);
  client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true })));
  await client.until((bytes) => (bytes.includes('data:') ? true : undefined));
  const answer = await gateway.admin('/admin/drain', { method: 'POST' });
  assert.equal(answer.status, 202);
  assert.equal((await gateway.admin('/readyz')).status, 503);
  assert.equal((await gateway.admin('/admin/drain', { method: 'POST' })).status, 202, 'a second one changes nothing');
  const stream = await within(client.answer(), 20_000 * kSlow, 'the stream ends');
  assert.ok(stream.isWhole && stream.text.endsWith('data: [DONE]\n\n'), stream.text.slice(-300));
  client.close();
  assert.deepEqual(await within(gateway.exited, 20_000 * kSlow, 'the process ends'), { code: 0, signal: null });
  process.off('exit', gateway.reap);
  fs.rmSync(gateway.dir, { recursive: true, force: true });
});

// ---- what is written on the disk -----------------------------------------------------------------

// A gateway under a umask, in a folder of its own that `plant` has prepared. Ends by SIGTERM once it
// is ready, or by itself.
async function runUnder(umask, plant = () => {}, { config = {}, command = 'run' } = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-e14-'));
  const state = path.join(dir, 'state');
  const log = path.join(dir, 'access.log');
  const port = await freePort();
  const file = path.join(dir, 'aiproxy.yaml');
  fs.writeFileSync(file, JSON.stringify({
    listen: [{ address: `127.0.0.1:${port}`, auth: 'open' }], admin: { address: `127.0.0.1:${await freePort()}` }, state_dir: state, access_log: log, workers: 1, providers: { mock: {} }, ...config,
  }));
  plant({ dir, state, log });
  const child = spawn('/bin/sh', ['-c', `umask ${umask}; exec "$0" "$@"`, path.join(kBuildDir, 'aiproxy'), command, '-c', file, ...(command === 'run' ? ['--plugin-dir', path.join(kBuildDir, 'plugins')] : [])], {
    env: { ...process.env, HOME: dir }, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
  let end;
  const exited = once(child, 'close').then(([code]) => { end = code; });
  const deadline = performance.now() + 20_000 * kSlow;
  let ready = false;
  while (end === undefined && !ready && performance.now() < deadline) {
    ready = await raw(port, 'GET', '/readyz', ['Host: localhost']).then((answer) => answer?.status === 200, () => false);
    if (!ready) await pause(20);
  }
  if (ready) {
    assert.equal((await postChat(`http://127.0.0.1:${port}/v1`, { model: 'mock', messages: kUser })).status, 200);
    child.kill('SIGTERM');
  }
  await within(exited, 20_000 * kSlow, `the gateway ends:\n${said}`);
  return { dir, state, log, said, ready, code: end, clean: () => fs.rmSync(dir, { recursive: true, force: true }) };
}

const modeOf = (file) => fs.lstatSync(file).mode & 0o7777;

// Every file and folder below.
function all(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? [file, ...all(file)] : [file];
  });
}

test('E14: whatever the umask, what is written is its owner\'s alone', async () => {
  let looked = 0;
  const wrong = [];
  for (const umask of ['000', '022', '077']) {
    const run = await runUnder(umask);
    assert.deepEqual([run.ready, run.code], [true, 0], run.said);
    assert.ok(fs.statSync(run.log).size > 0);
    const token = path.join(run.state, 'admin.token');
    assert.match(fs.readFileSync(token, 'utf8'), /^[\w-]{43}\n$/);
    assert.ok(run.said.includes(token), 'the log says where the token is');
    assert.ok(!run.said.includes(fs.readFileSync(token, 'utf8').trim()), 'and not what it is');
    for (const file of [run.state, ...all(run.state), run.log]) {
      ++looked;
      const isFolder = fs.lstatSync(file).isDirectory();
      const isCopy = file.endsWith('.so');
      const wanted = isFolder ? 0o700 : isCopy ? 0o500 & ~parseInt(umask, 8) : 0o600;
      if (modeOf(file) !== wanted) wrong.push(`${file} ${modeOf(file).toString(8)} under ${umask}`);
    }
    run.clean();
  }
  assert.deepEqual(wrong, []);
  console.log(`E14: wrong modes: ${wrong.length} of ${looked}`);
});

test('E14: a symbolic link that somebody planted is not followed', async () => {
  const plant = (what, isFolder) => ({ dir, state, log }) => {
    const victim = path.join(dir, 'victim');
    if (isFolder) fs.mkdirSync(victim, { mode: 0o755 });
    else fs.writeFileSync(victim, 'untouched', { mode: 0o644 });
    const target = { state, log, token: path.join(state, 'admin.token'), copies: path.join(state, 'plugins'), copy: path.join(state, 'plugins', fs.existsSync(path.join(kBuildDir, 'plugins/mock.so')) ? copyName() : 'x') }[what];
    if (what !== 'state') fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
    fs.symlinkSync(victim, target);
  };
  let followed = 0;
  const asked = [['state', true], ['copies', true], ['token', false], ['log', false], ['copy', false]];
  for (const [what, isFolder] of asked) {
    for (const umask of ['000', '077']) {
      const run = await runUnder(umask, plant(what, isFolder));
      const victim = path.join(run.dir, 'victim');
      const untouched = isFolder ? fs.readdirSync(victim).length === 0 && modeOf(victim) === 0o755
        : fs.readFileSync(victim, 'utf8') === 'untouched' && modeOf(victim) === 0o644;
      if (!untouched) ++followed;
      // A copy is ours to replace; everything else is an operator's matter, and said aloud.
      if (what === 'copy') {
        assert.deepEqual([run.ready, run.code], [true, 0], run.said);
        assert.ok(fs.lstatSync(path.join(run.state, 'plugins', copyName())).isFile());
      } else {
        assert.equal(run.ready, false, what);
        assert.notEqual(run.code, 0, what);
        assert.match(run.said, { state: /state/, copies: /plugins/, token: /admin\.token.*symbolic link/, log: /access\.log.*symbolic link/ }[what]);
      }
      run.clean();
    }
  }
  assert.equal(followed, 0);
  console.log(`E14: planted links followed: ${followed} of ${asked.length * 2}`);
});

// The name that mock's private copy has.
let copyNameKept;
function copyName() {
  copyNameKept ??= fs.readdirSync(path.join(world.gateway.config.state_dir, 'plugins')).find((name) => name.startsWith('mock-'));
  return copyNameKept;
}

test('E14: a token that others may read is refused, and the log says what to do', async () => {
  const run = await runUnder('077', ({ state }) => {
    fs.mkdirSync(state, { mode: 0o700 });
    fs.writeFileSync(path.join(state, 'admin.token'), 'known-to-everybody-by-now\n', { mode: 0o644 });
  });
  assert.equal(run.ready, false);
  assert.match(run.said, /admin\.token.*delete it/);
  assert.doesNotMatch(run.said, /known-to-everybody/);
  run.clean();
});

test('the token stays the same over a restart', async () => {
  const first = await runUnder('022');
  const token = fs.readFileSync(path.join(first.state, 'admin.token'), 'utf8');
  const second = await runUnder('022', ({ state }) => {
    fs.mkdirSync(state, { mode: 0o700 });
    fs.copyFileSync(path.join(first.state, 'admin.token'), path.join(state, 'admin.token'));
    fs.chmodSync(path.join(state, 'admin.token'), 0o600);
  });
  assert.equal(second.ready, true, second.said);
  assert.equal(fs.readFileSync(path.join(second.state, 'admin.token'), 'utf8'), token);
  first.clean();
  second.clean();
});

test('E17: a listener beyond loopback with credentials does not start unless its auth is written', async () => {
  const providers = { mock: {}, openai: { base_url: 'http://127.0.0.1:1/v1', api_keys: [{ id: 'o1', val: 'sk-fake-key-of-e17' }] } };
  let silent = 0;
  const addresses = ['0.0.0.0:0', '[::]:0', ':0', '192.0.2.1:0'];
  for (const address of addresses) {
    const run = await runUnder('022', undefined, { config: { listen: [{ address }], providers } });
    if (run.ready || run.code !== 78) ++silent;
    assert.deepEqual([run.ready, run.code], [false, 78], run.said);
    assert.match(run.said, /aiproxy\.yaml:\d+:\d+: .*auth/);
    assert.doesNotMatch(run.said, /fake-key/);
    run.clean();
  }
  // Said aloud it is accepted; `check` judges it without listening.
  const open = await runUnder('022', undefined, { config: { listen: [{ address: '0.0.0.0:0', auth: 'open' }], providers }, command: 'check' });
  assert.equal(open.code, 0, open.said);
  open.clean();
  console.log(`E17: silent open starts: ${silent} of ${addresses.length}`);
});
