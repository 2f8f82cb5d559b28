// reload.mjs - changes what a running gateway is made of, and waits until it has taken it.
//
//   await saved(gateway, (config) => { config.keys = [...]; });          // by rename; in force after
//   await figure(gateway, 'aiproxy_config_generation')
//   const plugins = new PluginFolder(); plugins.put('v1'); ... args: plugins.args
//   await chat(gateway.port, 'versioned')                                // the text of a whole answer
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kBuildDir, kSlow } from './gateway.mjs';
import { RawClient, chatBody, post } from './raw.mjs';

export const fileOf = (gateway) => path.join(gateway.dir, 'aiproxy.yaml');

// Over the old file, as an editor does it.
export function write(gateway, text) {
  const draft = `${fileOf(gateway)}.new`;
  fs.writeFileSync(draft, text);
  fs.renameSync(draft, fileOf(gateway));
}

export async function figure(gateway, name) {
  const line = (await gateway.metrics()).split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

export async function until(what, check, ms = 8000 * kSlow) {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(5);
  }
}

// Saves a changed configuration and waits for it. Milliseconds from the save to the switch.
export async function saved(gateway, change) {
  const before = await figure(gateway, 'aiproxy_config_generation');
  change(gateway.config);
  const begun = performance.now();
  write(gateway, JSON.stringify(gateway.config, null, 1));
  await until('the next generation', async () => await figure(gateway, 'aiproxy_config_generation') > before);
  return performance.now() - begun;
}

// Saves what must be refused; the words of the log about it.
export async function refused(gateway, text) {
  const before = gateway.said.length;
  write(gateway, text);
  await until('a refusal', () => gateway.said.indexOf('not reloaded', before) >= 0);
  await pause(20);
  return gateway.said.slice(before);
}

// A plugin folder of the test's own, next to the build's.
export class PluginFolder {
  constructor() {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-plugins-'));
    this.file = path.join(this.dir, 'versioned.so');
    this.args = ['--plugin-dir', this.dir];
  }
  static build(name) {
    return path.join(kBuildDir, 'tests/versioned', `${name}.so`);
  }
  // By rename, as it should be done.
  put(name) {
    const draft = path.join(this.dir, '.draft');
    fs.copyFileSync(PluginFolder.build(name), draft);
    fs.renameSync(draft, this.file);
  }
  putBytes(bytes) {
    fs.writeFileSync(this.file, bytes);
  }
  remove() {
    fs.rmSync(this.file);
  }
  close() {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

// One chat on a connection of its own: {status, text}.
export async function chat(port, model, { headers = [], secure } = {}) {
  const client = await RawClient.connect(port, { secure });
  client.send(post('/v1/chat/completions', chatBody(model, { stream: false }), ['Connection: close', ...headers]));
  const answer = await client.answer();
  client.close();
  assert.ok(answer?.isWhole, `a whole answer, not ${client.endedBy}`);
  return { status: answer.status, text: JSON.parse(answer.text).choices?.[0]?.message?.content?.trim() };
}

// Streams that say one word after another: {clients, finished()}.
export async function openStreams(port, count, model, patienceMs) {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port, { patienceMs })));
  clients.forEach((client) => client.send(post('/v1/chat/completions', chatBody(model, { stream: true }))));
  await Promise.all(clients.map((client) => client.until((buffer) => buffer.includes('delta') || undefined)));
  return clients;
}
