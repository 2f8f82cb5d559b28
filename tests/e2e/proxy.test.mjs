// Upstreams by way of proxies: each kind, for chats and for WebSockets, and proxies that refuse,
// stall and lie. The names asked for exist nowhere, so who looks them up is seen.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { startBing } from '../fakes/bing.mjs';
import { kText as kBingText } from '../fakes/bing/scenarios.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';
import { startOpenAi } from '../fakes/openai.mjs';
import { startProxy } from '../fakes/proxy.mjs';
import { Gateway } from './harness/gateway.mjs';
import { ms } from './harness/many.mjs';
import { Secrets } from './harness/secrets.mjs';
import { until } from './harness/reload.mjs';
import { kUser } from './harness/world.mjs';

const kPassword = 'p%40ss';  // p@ss
const kGood = {
  http: { proxy: { kind: 'http' } },
  'http, byte by byte': { proxy: { kind: 'http', mode: 'bytes' } },
  'http with a password': { proxy: { kind: 'http', user: 'u:p@ss' }, user: `u:${kPassword}@` },
  https: { proxy: { kind: 'http' }, isTls: true },
  socks5h: { proxy: { kind: 'socks5' }, scheme: 'socks5h' },
  'socks5h, byte by byte': { proxy: { kind: 'socks5', mode: 'bytes' }, scheme: 'socks5h' },
  'socks5h with a password': { proxy: { kind: 'socks5', user: 'u:p@ss' }, scheme: 'socks5h', user: `u:${kPassword}@` },
  socks5: { proxy: { kind: 'socks5' }, scheme: 'socks5', host: 'localhost', as: 'address' },
};
const kBad = {
  'http that refuses': { proxy: { kind: 'http', mode: 'refuse' } },
  'http that stalls': { proxy: { kind: 'http', mode: 'stall' }, isSlow: true },
  'http with half a consent': { proxy: { kind: 'http', mode: 'half' }, isSlow: true },
  'http that is none': { proxy: { kind: 'http', mode: 'garbage' } },
  'http that hangs up': { proxy: { kind: 'http', mode: 'close' } },
  'http that resets': { proxy: { kind: 'http', mode: 'reset' } },
  'http whose head never ends': { proxy: { kind: 'http', mode: 'flood' } },
  'http with a wrong password': { proxy: { kind: 'http', user: 'u:other' }, user: `u:${kPassword}@` },
  'http that wants a password': { proxy: { kind: 'http', user: 'u:other' } },
  'https with a foreign certificate': { proxy: { kind: 'http' }, isTls: true, isForeign: true },
  'https that speaks plain': { proxy: { kind: 'http' }, scheme: 'https', isSlow: true },
  'socks5h that refuses': { proxy: { kind: 'socks5', mode: 'refuse' }, scheme: 'socks5h' },
  'socks5h that stalls': { proxy: { kind: 'socks5', mode: 'stall' }, scheme: 'socks5h', isSlow: true },
  'socks5h with half a consent': { proxy: { kind: 'socks5', mode: 'half' }, scheme: 'socks5h', isSlow: true },
  'socks5h that is none': { proxy: { kind: 'socks5', mode: 'garbage' }, scheme: 'socks5h' },
  'socks5h that hangs up': { proxy: { kind: 'socks5', mode: 'close' }, scheme: 'socks5h' },
  'socks5h that resets': { proxy: { kind: 'socks5', mode: 'reset' }, scheme: 'socks5h' },
  'socks5h with a wrong password': { proxy: { kind: 'socks5', user: 'u:other' }, scheme: 'socks5h', user: `u:${kPassword}@` },
  'socks5h that wants a password': { proxy: { kind: 'socks5', user: 'u:other' }, scheme: 'socks5h' },
};
const kConnectMs = 800;

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-proxy-'));
const all = { ...kGood, ...kBad };
const secrets = new Secrets();
let openai;
let bing;
let gateway;
let fallback;

function makeTls(name) {
  const [key, cert] = [path.join(dir, `${name}.key`), path.join(dir, `${name}.pem`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert), file: cert };
}

before(async () => {
  [openai, bing, fallback] = [await startOpenAi(), await startBing(), await startProxy({ kind: 'http' })];
  const [ours, theirs] = [makeTls('ours'), makeTls('theirs')];
  const key = secrets.make('openai key', 'sk-fake-');
  const providers = {};
  for (const [index, [, one]] of Object.entries(all).entries()) {
    one.running = await startProxy({ ...one.proxy, tls: one.isTls && (one.isForeign ? theirs : ours) });
    one.name = `p${index}`;
    const common = {
      proxy_url: `${one.scheme ?? (one.isTls ? 'https' : 'http')}://${one.user ?? ''}127.0.0.1:${one.running.port}`,
      timeout_ms: { connect: kConnectMs, tls: kConnectMs }, tls: { ca_file: ours.file }, routes: index === 0,
    };
    const host = one.host ?? 'upstream.nowhere.test';
    providers[one.name] = { ...common, plugin: 'openai', base_url: `http://${host}:${openai.port}/v1`, api_keys: [{ id: 'k', val: key }] };
    providers[`${one.name}-bing`] = { ...common, plugin: 'bing', base_url: `http://${host}:${bing.port}`, hub_url: `ws://${host}:${bing.port}`, cookies: [{ id: 'k', val: '_U=fake' }] };
  }
  providers.plain = { plugin: 'openai', base_url: `http://by-default.test:${openai.port}/v1`, api_keys: [{ id: 'k', val: key }] };
  gateway = await Gateway.start({ secrets, providers, config: { proxy_url: `http://127.0.0.1:${fallback.port}`, default_provider: 'plain' } });
});
after(async () => {
  await Promise.all([openai.close(), bing.close(), fallback.close(), ...Object.values(all).map((one) => one.running.close())]);
  await gateway.stop();
  assert.deepEqual([...openai.faults], []);
});

async function ask(provider, model, content = 'hi') {
  const began = performance.now();
  const answer = await fetch(`${gateway.origin}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: JSON.stringify({ model, provider, messages: content === 'hi' ? kUser : [{ role: 'user', content }] }),
  });
  return { status: answer.status, json: await answer.json(), took: performance.now() - began };
}

for (const [name, one] of Object.entries(kGood)) {
  test(`${name}: a chat and a WebSocket go through, and the name is looked up where it should be`, async () => {
    bing.base = `http://${one.host ?? 'upstream.nowhere.test'}:${bing.port}`;  // the Origin that the hub expects
    const chat = await ask(one.name, 'gpt-text');
    assert.equal(chat.json.choices?.[0].message.content, kText.join(''), JSON.stringify(chat.json));
    const hub = await ask(`${one.name}-bing`, 'bing', 'text');
    assert.equal(hub.json.choices?.[0].message.content, kBingText.at(-1), JSON.stringify(hub.json));
    const { asked } = one.running;
    assert.ok(asked.length >= 3, 'the API, the conversation and the hub');
    for (const { as, host, user } of asked) {
      assert.equal(as, one.as ?? 'name');
      if (!one.as) assert.equal(host, one.host ?? 'upstream.nowhere.test');
      if (one.proxy.user) assert.equal(user, one.proxy.user);
    }
    // Nothing of the target's request stands in what the proxy was told.
    assert.doesNotMatch(asked.map((a) => a.head ?? '').join(''), /sk-fake|_U=|authorization: Bearer/i);
  });
}

test('every proxy that refuses, stalls or lies is a failure to connect, in time and without its words', async () => {
  let wrong = 0;
  let slowest = 0;
  await Promise.all(Object.entries(kBad).map(async ([name, one]) => {
    for (const [provider, model, content] of [[one.name, 'gpt-text', 'hi'], [`${one.name}-bing`, 'bing', 'text']]) {
      const answer = await ask(provider, model, content);
      const statuses = one.isSlow ? [502, 504] : [502];
      const isRight = statuses.includes(answer.status) && answer.took < 4 * kConnectMs && !JSON.stringify(answer.json).match(/secret|p@ss|p%40ss|127\.0\.0\.1/);
      if (!isRight) ++wrong;
      slowest = Math.max(slowest, answer.took);
      assert.ok(isRight, `${name}: ${answer.status} ${JSON.stringify(answer.json)} after ${ms(answer.took)}`);
    }
  }));
  await until('no tunnel is open', () => Object.values(kBad).every((one) => one.running.openTunnels === 0 && one.running.sockets.size === 0));
  console.log(`proxies: bad ones that were not told as such: ${wrong} of ${2 * Object.keys(kBad).length}; slowest answer ${ms(slowest)}`);
});

test('a provider without a proxy of its own takes the file\'s', async () => {
  const answer = await ask('plain', 'gpt-text');
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  assert.deepEqual(fallback.asked.map(({ host, port }) => [host, port]), [['by-default.test', openai.port]]);
});
