// gateway.mjs - the real binary, started for a test and judged at its end.
//
//   const gateway = await Gateway.start({ providers: {...}, models: [...], limits: {...} });
//   gateway.port, gateway.origin, gateway.pid
//   await gateway.logged((line) => line.request_id === id)    // a line of the access log
//   await gateway.admin('/admin/config', { method, headers }) // {status, headers, text, json}
//   await gateway.metrics()                                   // the text of /metrics
//   await gateway.stop()
//
// The configuration is written as JSON, which is YAML. stop() is a test of its own: all sockets are
// back, SIGTERM ends with exit code 0, no sanitizer and no check of our own has spoken, and none of
// the secrets that this gateway knew stands anywhere in what it wrote (secrets.mjs).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Secrets } from './secrets.mjs';

export const kRoot = path.resolve(import.meta.dirname, '../../..');
export const kBuildDir = path.resolve(process.env.AIPROXY_BUILD_DIR ?? path.join(kRoot, 'build/release'));
// Sanitizers slow everything down; what a user would wait for is judged on the release build.
export const kSlow = /asan|tsan/.test(path.basename(kBuildDir)) ? 5 : 1;

const kAlarm = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:|AIP_CHECK|check failed|Assertion/i;

// A port that was free a moment ago.
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// A process and its descendants.
export function family(pid) {
  let children = [];
  try {
    children = fs.readdirSync(`/proc/${pid}/task`).flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  } catch { /* it has just ended */ }
  return [pid, ...children.flatMap(family)];
}

export class Gateway {
  static async start({ providers = {}, models = [], limits, keys, listen = {}, admin = {}, config = {}, args = [], supervised = false, binary = path.join(kBuildDir, 'aiproxy'), pluginDir = path.join(kBuildDir, 'plugins'), env = {}, secrets = new Secrets() } = {}) {
    const gateway = new Gateway();
    gateway.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-e2e-'));
    gateway.port = await freePort();
    gateway.adminPort = await freePort();
    gateway.secrets = secrets;
    gateway.accessLog = path.join(gateway.dir, 'access.log');
    gateway.scheme = listen.tls ? 'https' : 'http';
    gateway.origin = `${gateway.scheme}://127.0.0.1:${gateway.port}`;
    gateway.config = {
      listen: [{ address: `127.0.0.1:${gateway.port}`, auth: 'open', ...listen }],
      admin: { address: `127.0.0.1:${gateway.adminPort}`, ...admin },
      state_dir: path.join(gateway.dir, 'state'),
      access_log: gateway.accessLog,
      workers: 2,
      log_level: 'trace',
      providers,
      ...(models.length ? { models } : {}),
      ...(limits ? { limits } : {}),
      ...(keys ? { keys } : {}),
      ...config,
    };
    // Most suites measure one process.
    gateway.args = supervised ? args : ['--no-supervisor', ...args];
    gateway.binary = binary;
    gateway.pluginDir = pluginDir;
    gateway.env = env;
    await gateway.#launch();
    return gateway;
  }

  async #launch() {
    const file = path.join(this.dir, 'aiproxy.yaml');
    fs.writeFileSync(file, JSON.stringify(this.config, null, 1));
    const env = { PATH: process.env.PATH, HOME: this.dir, LANG: 'C.UTF-8', ...this.env };
    for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS']) if (process.env[name]) env[name] = process.env[name];
    this.process = spawn(this.binary, ['run', '-c', file, '--plugin-dir', this.pluginDir, ...this.args], { env, cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = this.process.pid;
    this.said = '';
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (data) => { this.said += data; });
    this.exited = new Promise((resolve) => this.process.on('close', (code, signal) => resolve({ code, signal })));
    this.exited.then((end) => { this.end = end; });
    // Should the test die, the gateway does not outlive it.
    this.reap = () => this.process.kill('SIGKILL');
    process.on('exit', this.reap);
    await this.#ready();
    this.#learnToken();
    this.baseline = this.fds();
  }

  async #ready() {
    const deadline = performance.now() + 20_000 * kSlow;
    for (;;) {
      if (this.end) throw new Error(`the gateway ended with ${JSON.stringify(this.end)}:\n${this.said}`);
      if ((await this.#probe()) === 200) return;
      if (performance.now() > deadline) throw new Error(`the gateway is not ready:\n${this.said}`);
      await Promise.race([this.exited, pause(20)]);
    }
  }

  // The status of /readyz, by a socket of its own so that nothing is kept open.
  #probe() {
    if (this.scheme === 'https') return this.probeTls?.() ?? this.#connects();
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => { text += data; });
      socket.on('error', () => resolve(0));
      socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)));
      socket.write('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    });
  }

  // Over TLS: the admin port is the last that the gateway opens.
  #connects() {
    return new Promise((resolve) => {
      const socket = net.connect(this.adminPort, '127.0.0.1', () => { socket.destroy(); resolve(200); });
      socket.on('error', () => resolve(0));
    });
  }

  // Open descriptors of the gateway and its children, as what they point at.
  fds() {
    return family(this.pid).flatMap((pid) => {
      try {
        return fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return [];
      }
    });
  }

  // Resident memory of the whole family in KiB: now (VmRSS) or at its highest (VmHWM).
  memory(field = 'VmRSS') {
    return family(this.pid).reduce((sum, pid) => sum + Number(new RegExp(`${field}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0), 0);
  }

  get isAlive() {
    return !this.end;
  }

  // Whole lines: the last one may be on its way into the file.
  accessLines() {
    if (!fs.existsSync(this.accessLog)) return [];
    return fs.readFileSync(this.accessLog, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
  }

  // The first line of the access log that the predicate accepts, here or yet to come.
  async logged(predicate, ms = 5000 * kSlow) {
    const deadline = performance.now() + ms;
    for (;;) {
      const line = this.accessLines().find(predicate);
      if (line) return line;
      if (performance.now() > deadline) throw new Error(`no such line in the access log:\n${fs.existsSync(this.accessLog) ? fs.readFileSync(this.accessLog, 'utf8').slice(-3000) : '(no log)'}`);
      await pause(10);
    }
  }

  // The admin port's token: the configuration's, or the one that the gateway made and keeps.
  #learnToken() {
    this.token = this.config.admin.token;
    if (this.token || this.config.admin.enabled === false) return;
    this.token = fs.readFileSync(path.join(this.config.state_dir, 'admin.token'), 'utf8').trim();
    this.secrets.know(`kept admin token of ${this.port}`, this.token);
  }

  // An answer of the admin port, on a connection of its own, with the token.
  async admin(path, { method = 'GET', headers = {} } = {}) {
    const request = http.request({ port: this.adminPort, path, method, agent: false, headers: { authorization: `Bearer ${this.token}`, ...headers } });
    request.end();
    const [answer] = await once(request, 'response');
    const body = await text(answer);
    const isJson = /json/.test(answer.headers['content-type']) && body.length > 0;
    return { status: answer.statusCode, headers: answer.headers, text: body, json: isJson ? JSON.parse(body) : undefined };
  }

  async metrics() {
    return (await this.admin('/metrics')).text;
  }

  // Waits until every socket of the test is gone from the gateway.
  async settled() {
    const deadline = performance.now() + 3000 * kSlow;
    let now = this.fds();
    while (now.length > this.baseline.length && performance.now() < deadline) {
      await pause(10);
      now = this.fds();
    }
    return now.length - this.baseline.length;
  }

  async stop({ isDrained = true } = {}) {
    if (this.end) throw new Error(`the gateway had already ended: ${JSON.stringify(this.end)}\n${this.said.slice(-4000)}`);
    const metrics = await this.metrics().catch(() => '');
    const left = isDrained ? await this.settled() : 0;
    const kept = this.fds().filter((name) => /socket|pipe/.test(name));
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 35_000);
    const { code, signal } = await this.exited;
    clearTimeout(timer);
    process.off('exit', this.reap);
    const log = fs.existsSync(this.accessLog) ? fs.readFileSync(this.accessLog, 'utf8') : '';
    this.secrets.see('output', this.said).see('access log', log).see('metrics', metrics);
    for (const name of fs.existsSync(this.config.state_dir) ? fs.readdirSync(this.config.state_dir) : []) this.#seeState(name);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `SIGTERM ends cleanly:\n${this.said.slice(-4000)}`);
    assert.doesNotMatch(this.said, kAlarm);
    assert.ok(left <= 0, `descriptors are back to where they were: ${left} more; sockets and pipes: ${kept.length}`);
    this.secrets.check();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  // Files in state_dir are the gateway's own; the admin token has its place there, in 0600.
  #seeState(name) {
    const file = path.join(this.config.state_dir, name);
    const stat = fs.statSync(file);
    if (!stat.isFile() || stat.size > 1 << 24) return;
    if ((stat.mode & 0o077) === 0 && /token/.test(name)) return;
    this.secrets.see(`state file ${name}`, fs.readFileSync(file, 'latin1'));
  }
}
