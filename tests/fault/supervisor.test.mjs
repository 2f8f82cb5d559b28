// The program with its supervisor: whatever ends the gateway process, the address stays, the next
// one serves within a second, and who did it is named.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Gateway, freePort, kBuildDir, kSlow } from '../e2e/harness/gateway.mjs';
import { ms, quantiles, within } from '../e2e/harness/many.mjs';
import { RawClient, chatBody, post } from '../e2e/harness/raw.mjs';
import { readStream } from '../e2e/harness/world.mjs';

const isSanitized = kSlow > 1;

// The gateway processes of a supervisor, the newest last.
function gateways(supervisor) {
  try {
    return fs.readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
      .filter((pid) => words(pid)[1] === 'gateway-process');
  } catch {
    return [];
  }
}

const words = (pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length;

// Has the process a listening socket?
function listens(pid) {
  const listening = new Set(fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter((f) => f[3] === '0A').map((f) => `socket:[${f[9]}]`));
  return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return listening.has(fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;  // closed meanwhile
    }
  });
}

async function until(what, predicate, msMax = 10_000 * kSlow) {
  const deadline = performance.now() + msMax;
  for (;;) {
    const value = await predicate();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${msMax} ms`);
    await pause(5);
  }
}

// A folder of plugins: the mock, and one with a fault.
function pluginFolder(fault) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-plugins-'));
  fs.copyFileSync(path.join(kBuildDir, 'plugins/mock.so'), path.join(folder, 'mock.so'));
  if (fault) putPlugin(folder, fault);
  return folder;
}

function putPlugin(folder, fault) {
  fs.copyFileSync(path.join(kBuildDir, `tests/faulty/faulty_${fault}.so`), path.join(folder, '.new'));
  fs.renameSync(path.join(folder, '.new'), path.join(folder, 'faulty.so'));
}

async function supervised(options, run) {
  const pluginDir = pluginFolder(options.fault);
  const gateway = await Gateway.start({
    supervised: true, pluginDir, providers: { mock: {}, ...(options.fault ? { faulty: {} } : {}) }, ...options,
  });
  try {
    await run(gateway, pluginDir);
    if (!gateway.end) await gateway.stop({ isDrained: false });
  } finally {
    if (!gateway.end) gateway.process.kill('SIGTERM');
    fs.rmSync(pluginDir, { recursive: true, force: true });
  }
}

// One request on a connection of its own: its status, or 0 if it got no answer; never a throw.
function ask(port, model) {
  return new Promise((resolve) => {
    const body = chatBody(model);
    const request = http.request({ port, host: '127.0.0.1', path: '/v1/chat/completions', method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.on('data', (data) => { text += data; });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', (error) => resolve({ status: 0, code: error.code }));
    });
    request.on('error', (error) => resolve({ status: 0, code: error.code }));
    request.end(body);
  });
}

// The line in which the supervisor tells of the nth death.
const deaths = (gateway) => [...gateway.said.matchAll(/supervisor: the gateway process died (\{.*\})/g)].map((match) => JSON.parse(match[1]));
const death = (gateway, nth = 1) => until(`death ${nth}`, () => deaths(gateway)[nth - 1]);

// Brings the gateway down by a request and waits until the next one serves.
async function bringDown(gateway, nth = 1) {
  const [before] = gateways(gateway.pid);
  const answer = ask(gateway.port, 'faulty/x');
  const told = await death(gateway, nth);
  assert.equal((await answer).status, 0);
  assert.equal(told.pid, before);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  return told;
}

test('ps tells the two apart, and a supervised gateway ends well', () => supervised({}, async (gateway) => {
  const [child] = gateways(gateway.pid);
  assert.deepEqual(words(gateway.pid).slice(1, 3), ['run', '-c']);
  assert.equal(words(child)[1], 'gateway-process');
  assert.equal(fs.readFileSync(`/proc/${child}/comm`, 'utf8'), 'aiproxy-gateway\n');
  assert.equal(fs.readdirSync(`/proc/${gateway.pid}/task`).length, 1, 'the supervisor has one thread');
  assert.doesNotMatch(fs.readFileSync(`/proc/${gateway.pid}/maps`, 'utf8'), /mock/, 'and no plugin');
}));

test('kill -9 under load: the next answer within a second, nobody refused', () => supervised({}, async (gateway) => {
  const kLoadMs = 3_000;
  const outcomes = { whole: 0, cut: 0, refused: 0 };
  const gaps = [];
  const end = performance.now() + kLoadMs;
  let lastAnswer = performance.now();
  const load = Array.from({ length: 16 }, async () => {
    while (performance.now() < end) {
      const { status, code } = await ask(gateway.port, 'mock');
      if (status === 200) {
        ++outcomes.whole;
        lastAnswer = performance.now();
      } else if (code === 'ECONNREFUSED') ++outcomes.refused;
      else ++outcomes.cut;
    }
  });
  for (let kill = 0; kill < 3; ++kill) {
    await pause(700);
    const [child] = gateways(gateway.pid);
    process.kill(child, 'SIGKILL');
    const killed = performance.now();
    await until('the next gateway', () => gateways(gateway.pid).some((pid) => pid !== child));
    await until('its answer', () => lastAnswer > killed + 2 && gateways(gateway.pid)[0] !== child);
    const answer = await ask(gateway.port, 'mock');
    assert.equal(answer.status, 200);
    gaps.push(performance.now() - killed);
  }
  await Promise.all(load);
  console.log(`kill -9 of the gateway under load, 3 times: next answer after ${gaps.map(ms).join(', ')}; connections refused: ${outcomes.refused} of ${outcomes.whole + outcomes.cut + outcomes.refused}; answers cut (in flight): ${outcomes.cut}`);
  assert.equal(outcomes.refused, 0);
  assert.ok(Math.max(...gaps) < 1_000 * kSlow, `${gaps}`);
  assert.ok(outcomes.cut <= 3 * 16);
  assert.deepEqual(deaths(gateway).map((d) => [d.signal, d.plugin]), [['SIGKILL', undefined], ['SIGKILL', undefined], ['SIGKILL', undefined]]);
}));

test('clients that knock while no gateway runs are served by the next one', () => supervised({}, async (gateway) => {
  const [child] = gateways(gateway.pid);
  process.kill(child, 'SIGSTOP');
  const early = Array.from({ length: 50 }, () => ask(gateway.port, 'mock'));
  await pause(50);
  process.kill(child, 'SIGKILL');
  const late = Array.from({ length: 50 }, () => ask(gateway.port, 'mock'));
  const statuses = (await Promise.all([...early, ...late])).map((answer) => answer.status);
  console.log(`clients in the queue when the gateway was killed: served ${statuses.filter((status) => status === 200).length} of ${statuses.length}`);
  assert.ok(statuses.every((status) => status === 200));
}));

for (const [fault, signal] of [['crashes_in_begin', 'SIGSEGV'], ['aborts_in_begin', 'SIGABRT'], ['overflows_in_begin', 'SIGSEGV']]) {
  test(`a plugin that ${fault.replaceAll('_', ' ')} is named`, { skip: isSanitized && fault.startsWith('overflows') }, () => supervised({ fault }, async (gateway) => {
    const told = await bringDown(gateway);
    assert.deepEqual([told.plugin, told.provider, told.callback, told.restarts], ['faulty', 'faulty', 'begin', 1]);
    assert.match(told.sha256, /^[0-9a-f]{64}$/);
    if (!isSanitized) assert.equal(told.signal, signal);
  }));
}

test('exit(0) in a plugin is a crash, not a wish to end', () => supervised({ fault: 'exits_in_begin' }, async (gateway) => {
  const told = await bringDown(gateway);
  assert.deepEqual([told.exit_code, told.plugin, told.callback], [0, 'faulty', 'begin']);
}));

test('an endless loop in a plugin is ended and named, and the next gateway serves', () => supervised({ fault: 'loops_in_begin' }, async (gateway) => {
  const began = performance.now();
  const answer = ask(gateway.port, 'faulty/x');
  const told = await until('the watchdog', () => deaths(gateway)[0], 20_000 * kSlow);
  const took = performance.now() - began;
  assert.equal((await answer).status, 0);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  console.log(`an endless loop in a plugin: the gateway was ended after ${ms(took)}`);
  assert.deepEqual([told.plugin, told.callback, told.end], ['faulty', 'begin', 'no return from begin for 10 s']);
  assert.ok(took > 8_000 && took < 14_000 * kSlow, ms(took));
}));

test('after three crashes the plugin is in quarantine: 503 by name, all else serves; SIGHUP lifts it', () => supervised({ fault: 'crashes_in_begin' }, async (gateway) => {
  for (let nth = 1; nth <= 3; ++nth) await bringDown(gateway, nth);
  assert.match(gateway.said, /plugin faulty is in quarantine: 3 crashes within 5 minutes, the last one SIGSEGV in begin/);
  const [child] = gateways(gateway.pid);
  const refused = await ask(gateway.port, 'faulty/x');
  assert.equal(refused.status, 503);
  assert.match(JSON.parse(refused.text).error.message, /provider faulty: its plugin faulty is in quarantine after 3 crashes/);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  assert.deepEqual(gateways(gateway.pid), [child], 'nobody died of it');
  console.log(`quarantine: gateway processes lost before it ${deaths(gateway).length}, after it 0`);
  gateway.process.kill('SIGHUP');
  await until('the plugin to be tried again', async () => (await ask(gateway.port, 'faulty/x')).status === 0);
  assert.equal((await death(gateway, 4)).plugin, 'faulty');
}));

test('another file under the same name is free of the quarantine', () => supervised({ fault: 'crashes_in_begin' }, async (gateway, folder) => {
  for (let nth = 1; nth <= 3; ++nth) await bringDown(gateway, nth);
  assert.equal((await ask(gateway.port, 'faulty/x')).status, 503);
  const [child] = gateways(gateway.pid);
  putPlugin(folder, 'lies');
  const answer = await until('the new file', async () => {
    const { status } = await ask(gateway.port, 'faulty/x');
    return status !== 503 && { status };
  });
  assert.ok(answer.status >= 500, 'it answers with its own fault');
  assert.deepEqual(gateways(gateway.pid), [child]);
}));

test('a gateway that lies to its supervisor does not bring it down', () => supervised({ fault: 'lies' }, async (gateway) => {
  const before = descriptors(gateway.pid);
  for (let i = 0; i < 5; ++i) assert.ok((await ask(gateway.port, 'faulty/x')).status >= 500);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  const [child] = gateways(gateway.pid);
  process.kill(child, 'SIGKILL');
  await death(gateway);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  assert.equal(descriptors(gateway.pid), before);
}));

test('SIGTERM passes through: streams end, exit 0; a second one ends now', async () => {
  await supervised({ limits: { drain_timeout_ms: 5_000 * kSlow } }, async (gateway) => {
    const client = await RawClient.connect(gateway.port);
    client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true })));
    await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
    gateway.process.kill('SIGTERM');
    assert.ok(readStream((await client.answer()).text).isDone);
    assert.deepEqual(await within(gateway.exited, 10_000 * kSlow, 'the end'), { code: 0, signal: null });
  });
  await supervised({ limits: { drain_timeout_ms: 60_000 }, providers: { mock: { delay_ms: 5_000 } } }, async (gateway) => {
    const client = await RawClient.connect(gateway.port);
    client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true })));
    await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
    gateway.process.kill('SIGTERM');
    await until('draining', () => /info draining/.test(gateway.said));
    gateway.process.kill('SIGTERM');
    assert.deepEqual(await within(gateway.exited, 3_000 * kSlow, 'the end'), { code: 0, signal: null });
  });
});

test('a configuration that is bad at the first start ends with 78', async () => {
  const file = path.join(os.tmpdir(), `aiproxy-bad-${process.pid}.yaml`);
  fs.writeFileSync(file, 'listen: [{adress: "127.0.0.1:0"}]\n');
  const child = spawn(path.join(kBuildDir, 'aiproxy'), ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  const [code] = await within(once(child, 'close'), 10_000 * kSlow, 'the end');
  fs.rmSync(file);
  assert.equal(code, 78);
  assert.match(said, /adress/);
  assert.doesNotMatch(said, /supervisor/);
});

test('a configuration that is broken later costs a restart its gateway, until it is mended', () => supervised({}, async (gateway) => {
  const file = path.join(gateway.dir, 'aiproxy.yaml');
  const good = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, 'listen: [{adress: 1}]');
  process.kill(gateways(gateway.pid)[0], 'SIGKILL');
  await death(gateway, 2);
  fs.writeFileSync(file, good);
  assert.equal((await ask(gateway.port, 'mock')).status, 200, 'the client waited in the queue');
  assert.equal(deaths(gateway)[1].exit_code, 78);
}));

test('when the supervisor dies, the gateway drains and ends', () => supervised({}, async (gateway) => {
  const [child] = gateways(gateway.pid);
  const client = await RawClient.connect(gateway.port);
  client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true })));
  await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
  gateway.process.kill('SIGKILL');
  assert.ok(readStream((await client.answer()).text).isDone, 'its stream ends well');
  await until('its end', () => !fs.existsSync(`/proc/${child}`));
  await gateway.exited;
}));

test('SIGUSR2: a new program takes over, no stream is cut, nobody is refused', () => supervised({}, async (gateway) => {
  const [old] = gateways(gateway.pid);
  const streams = await Promise.all(Array.from({ length: 8 }, async () => {
    const client = await RawClient.connect(gateway.port);
    client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true })));
    await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
    return client;
  }));
  let isOver = false;
  const counted = { answered: 0, refused: 0, cut: 0 };
  const load = (async () => {
    while (!isOver) {
      const { status, code } = await ask(gateway.port, 'mock');
      if (status === 200) ++counted.answered;
      else if (code === 'ECONNREFUSED') ++counted.refused;
      else ++counted.cut;
    }
  })();
  gateway.process.kill('SIGUSR2');
  const fresh = await until('the new gateway', () => /upgraded: gateway process (\d+) serves/.exec(gateway.said)?.[1]);
  const whole = (await Promise.all(streams.map((client) => client.answer()))).filter((answer) => answer?.isWhole && readStream(answer.text).isDone);
  await until('the old one to leave', () => !fs.existsSync(`/proc/${old}`));
  isOver = true;
  await load;
  assert.deepEqual(gateways(gateway.pid), [Number(fresh)]);
  console.log(`upgrade while 8 streams ran: streams cut ${8 - whole.length} of 8; connections refused ${counted.refused}, cut ${counted.cut}, answered ${counted.answered}`);
  assert.equal(whole.length, 8);
  assert.deepEqual([counted.refused, counted.cut], [0, 0]);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
  // And once more, because what was handed over can be handed on.
  gateway.process.kill('SIGUSR2');
  await until('the third gateway', () => gateways(gateway.pid).some((pid) => pid !== Number(fresh)) && gateways(gateway.pid).length === 1);
  assert.equal((await ask(gateway.port, 'mock')).status, 200);
}));

// Milliseconds from the new gateway's word that it serves until the old one listens no more.
async function upgraded(gateway) {
  const [old] = gateways(gateway.pid);
  const before = gateway.said.length;
  gateway.process.kill('SIGUSR2');
  await until('the new gateway', () => gateway.said.indexOf('upgraded: gateway process', before) >= 0);
  const begun = performance.now();
  await until('the old one to let go of its sockets', () => !fs.existsSync(`/proc/${old}`) || !listens(old));
  return { old, took: performance.now() - begun };
}

test('SIGTERM behind an upgrade: the old gateway drains already and is not told again', () => supervised({}, async (gateway) => {
  const client = await RawClient.connect(gateway.port);
  client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true, messages: [{ role: 'user', content: 'word '.repeat(60) }] })));
  await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
  const { old } = await upgraded(gateway);
  assert.ok(fs.existsSync(`/proc/${old}`), 'it still serves its stream');
  gateway.process.kill('SIGTERM');
  const answer = await client.answer();
  assert.ok(readStream(answer.text).isDone, answer.text.slice(-300));
  assert.deepEqual(await gateway.exited, { code: 0, signal: null });
}));

test('a gateway with a successor accepts nobody new', () => supervised({}, async (gateway) => {
  // Somebody who stays keeps each old gateway there, so that it is its sockets that are waited for.
  const clients = [];
  const times = [];
  for (let i = 0; i < 3; ++i) {
    const client = await RawClient.connect(gateway.port);
    client.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true, messages: [{ role: 'user', content: 'word '.repeat(60) }] })));
    await client.until((buffer) => (buffer.includes('data:') ? true : undefined));
    clients.push(client);
    times.push((await upgraded(gateway)).took);
    // The old ones have to be gone before the next: only one may leave at a time.
    await client.answer();
    await until('one gateway', () => gateways(gateway.pid).length === 1);
  }
  // One that empties its queues first takes 250 ms at the least; whatever else the machine does only
  // adds to a time, so of three the shortest counts.
  console.log(`upgrade: the old gateway lets go of its sockets after ${ms(Math.min(...times))}`);
  assert.ok(Math.min(...times) < 150 * kSlow, `${times} ms`);
  clients.forEach((client) => client.close());
}));

test('an upgrade to a program that does not run, or never gets ready, changes nothing', async () => {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-bin-'));
  const binary = path.join(bin, 'aiproxy');
  const put = (bytes) => {
    fs.writeFileSync(`${binary}.new`, bytes, { mode: 0o755 });
    fs.renameSync(`${binary}.new`, binary);
  };
  put(fs.readFileSync(path.join(kBuildDir, 'aiproxy')));
  await supervised({ binary }, async (gateway) => {
    const [child] = gateways(gateway.pid);
    put('this is no program');
    gateway.process.kill('SIGUSR2');
    await until('the refusal', () => /no upgrade: .* does not run here/.test(gateway.said));
    assert.equal((await ask(gateway.port, 'mock')).status, 200);
    assert.deepEqual(gateways(gateway.pid), [child]);
    put(fs.readFileSync(path.join(kBuildDir, 'aiproxy')));
    fs.writeFileSync(path.join(gateway.dir, 'aiproxy.yaml'), 'listen: [{adress: 1}]');
    gateway.process.kill('SIGUSR2');
    await until('the failure', () => /no upgrade: the new program's gateway ended/.test(gateway.said));
    assert.equal((await ask(gateway.port, 'mock')).status, 200);
    assert.deepEqual(gateways(gateway.pid), [child]);
  });
  fs.rmSync(bin, { recursive: true });
});

test('20 restarts leave the supervisor as it was', () => supervised({}, async (gateway) => {
  const before = descriptors(gateway.pid);
  const gaps = [];
  for (let i = 1; i <= 20; ++i) {
    const killed = performance.now();
    process.kill(gateways(gateway.pid)[0], 'SIGKILL');
    await death(gateway, i);
    assert.equal((await ask(gateway.port, 'mock')).status, 200);
    gaps.push(performance.now() - killed);
    // It serves a moment before it says so; one that never said so would be waited for longer.
    await until('it to be ready', () => gateway.said.split('listening on port').length === i + 2);
  }
  const after = descriptors(gateway.pid);
  const { p50, max } = quantiles(gaps);
  console.log(`20 restarts: descriptors of the supervisor ${before} before, ${after} after; next answer p50 ${ms(p50)}, max ${ms(max)} (with pauses of up to 1 s)`);
  assert.equal(after, before);
}));

// Starts the program as a service manager with socket activation does.
const kLauncher = `
import os, socket, sys
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0)); s.listen(64)
print(*[s.getsockname()[1] for s in sockets], flush=True)
path, folder, plugins = sys.argv[1:4]
sys.stdin.readline()
for i, s in enumerate(sockets):
    os.dup2(s.fileno(), 10 + i)
for i in range(2):
    os.dup2(10 + i, 3 + i)
os.closerange(5, 64)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")
os.execv(path, [path, "run", *sys.argv[4:], "-c", folder + "/c.yaml", "--plugin-dir", plugins])
`;

for (const more of [[], ['--no-supervisor']]) {
  test(`socket activation${more.length ? ' without a supervisor' : ''}: the inherited sockets serve, and a client that came first is answered`, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-activation-'));
    const child = spawn('python3', ['-c', kLauncher, path.join(kBuildDir, 'aiproxy'), folder, path.join(kBuildDir, 'plugins'), ...more], { stdio: ['pipe', 'pipe', 'pipe'], cwd: folder });
    let said = '';
    child.stderr.on('data', (data) => { said += data; });
    let line = '';
    child.stdout.on('data', (data) => { line += data; });
    await until('the ports', () => line.includes('\n'));
    const [port, adminPort] = line.trim().split(' ').map(Number);
    fs.writeFileSync(path.join(folder, 'c.yaml'), JSON.stringify({ listen: [{ address: `127.0.0.1:${port}`, auth: 'open' }], admin: { address: `127.0.0.1:${adminPort}` }, state_dir: 'state', access_log: 'off', workers: 3 }));
    const first = ask(port, 'mock');
    child.stdin.end('\n');
    const answer = await within(first, 10_000 * kSlow, 'the first answer').catch((error) => { throw new Error(`${error.message}\n${said}`); });
    assert.equal(answer.status, 200, `${answer.code}\n${said}`);
    const others = await Promise.all(Array.from({ length: 30 }, () => ask(port, 'mock')));
    assert.ok(others.every(({ status }) => status === 200));
    assert.equal((await fetch(`http://127.0.0.1:${adminPort}/healthz`, { headers: { connection: 'close' } })).status, 200);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    assert.equal(code, 0, said);
    fs.rmSync(folder, { recursive: true });
  });
}

// A service manager that keeps a socket and starts the program on it three times; a client that
// comes while none runs waits in the socket's queue.
const kKeeper = `
import os, signal, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(64)
path, folder, plugins = sys.argv[1:4]
port = s.getsockname()[1]
open(folder + "/c.yaml", "w").write('{"listen":[{"address":"127.0.0.1:%d"}],"admin":{"enabled":false},"state_dir":"state","access_log":"off"}' % port)
for life in range(3):
    client = socket.create_connection(("127.0.0.1", port), 5)
    client.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n")
    pid = os.fork()
    if pid == 0:
        if s.fileno() != 3: os.dup2(s.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execv(path, [path, "run", *sys.argv[4:], "-c", folder + "/c.yaml", "--plugin-dir", plugins])
    client.settimeout(20)
    answer = client.recv(4096).split(b"\\r\\n")[0].decode()
    os.kill(pid, signal.SIGTERM)
    print(answer, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;

for (const more of [[], ['--no-supervisor']]) {
  test(`socket activation${more.length ? ' without a supervisor' : ''}: a socket that outlives the program serves the next one`, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-keeper-'));
    const keeper = spawn('python3', ['-c', kKeeper, path.join(kBuildDir, 'aiproxy'), folder, path.join(kBuildDir, 'plugins'), ...more], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
    let heard = '';
    let said = '';
    keeper.stdout.on('data', (data) => { heard += data; });
    keeper.stderr.on('data', (data) => { said += data; });
    const [code] = await within(once(keeper, 'close'), 60_000 * kSlow, 'three lives');
    assert.equal(code, 0, said);
    assert.equal(heard, 'HTTP/1.1 200 OK 0\n'.repeat(3), said);
    fs.rmSync(folder, { recursive: true });
  });
}

test('sd_notify: READY when it serves, the main process is the supervisor, STOPPING, WATCHDOG', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-notify-'));
  const name = path.join(folder, 'notify');
  // node has no datagrams over unix sockets.
  const code = 'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("up",flush=True)\nwhile True: print(s.recv(4096).decode().replace("\\n"," "),flush=True)';
  const manager = spawn('python3', ['-c', code, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  manager.stdout.on('data', (data) => { heard += data; });
  await until('the manager', () => heard.includes('up'));
  await supervised({ env: { NOTIFY_SOCKET: name, WATCHDOG_USEC: '200000' } }, async (gateway) => {
    await until('READY', () => heard.includes(`READY=1 MAINPID=${gateway.pid} STATUS=`));
    await until('WATCHDOG', () => heard.includes('WATCHDOG=1'));
    const ready = () => heard.split('READY=1').length - 1;
    process.kill(gateways(gateway.pid)[0], 'SIGKILL');
    await until('READY again', () => ready() === 2);
    gateway.process.kill('SIGTERM');
    await until('STOPPING', () => heard.includes('STOPPING=1'));
    await gateway.exited;
  });
  manager.kill();
  fs.rmSync(folder, { recursive: true });
});

test('two gateways on one port: the second one says so', () => supervised({}, async (gateway) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-second-'));
  const file = path.join(folder, 'c.yaml');
  fs.writeFileSync(file, JSON.stringify({ listen: [{ address: `127.0.0.1:${gateway.port}`, auth: 'open' }], admin: { address: `127.0.0.1:${await freePort()}` }, state_dir: folder, access_log: 'off' }));
  const second = spawn(path.join(kBuildDir, 'aiproxy'), ['-c', file, '--plugin-dir', path.join(kBuildDir, 'plugins')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  second.stderr.on('data', (data) => { said += data; });
  const [code] = await within(once(second, 'close'), 10_000 * kSlow, 'the end');
  assert.equal(code, 1);
  assert.match(said, new RegExp(`listen on 127.0.0.1:${gateway.port}: Address already in use`));
  fs.rmSync(folder, { recursive: true });
}));
