// E1: eight canaries through success, refusal, failure and abort at trace level; no text that the
// gateway writes or answers may hold one, in whatever coding.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Gateway } from './harness/gateway.mjs';
import { RawClient, chatBody, post } from './harness/raw.mjs';
import { Secrets } from './harness/secrets.mjs';
import { startAnthropic } from '../fakes/anthropic.mjs';
import { startOpenAi } from '../fakes/openai.mjs';

const kKinds = {
  'openai key': 'sk-fake-', 'claude key': 'sk-ant-fake-', 'admin token': 'token-', 'virtual key': 'aip-', 'client bearer': 'sk-fake-client-',
  'client x-api-key': 'sk-ant-fake-client-', 'client ?key=': 'AIzaFake', 'client cookie': 'session-',
};

async function one(gateway, secrets, { path = '/v1/chat/completions', body, headers = [] }) {
  const client = await RawClient.connect(gateway.port);
  client.send(post(path, body, headers));
  const answer = await client.answer();
  client.close();
  secrets.see(`answer of ${path}`, answer ? answer.head + answer.text : '');
  return answer;
}

test('E1: eight canaries appear nowhere', async () => {
  const secrets = new Secrets();
  const make = Object.fromEntries(Object.entries(kKinds).map(([name, prefix]) => [name, secrets.make(name, prefix)]));
  const openai = await startOpenAi();
  const claude = await startAnthropic();
  const providers = {
    mock: {},
    openai: { base_url: openai.base, api_keys: [{ id: 'o1', val: make['openai key'] }] },
    claude: { base_url: claude.base, api_keys: [{ id: 'c1', val: make['claude key'] }] },
    dead: { plugin: 'openai', base_url: 'http://127.0.0.1:1/v1', api_keys: [{ id: 'd1', val: make['openai key'] }] },
  };
  const kinds = [
    { listen: { auth: 'open' } },
    { listen: { auth: 'keys' }, keys: [{ id: 'team', sha256: createHash('sha256').update(make['virtual key']).digest('hex'), forward: ['POST /v1/*', 'GET /v1/*'] }] },
  ];
  try {
    for (const kind of kinds) {
      const gateway = await Gateway.start({ providers, secrets, admin: { token: make['admin token'] }, ...kind });
      const shown = kind.keys ? [[`Authorization: Bearer ${make['virtual key']}`], [`x-api-key: ${make['virtual key']}`], [`Authorization: Bearer ${make['client bearer']}`]]
        : [[], [`Authorization: Bearer ${make['client bearer']}`], [`x-api-key: ${make['client x-api-key']}`], [`Cookie: s=${make['client cookie']}`], [`api-key: ${make['client bearer']}`]];
      for (const headers of shown) {
        for (const model of ['mock', 'gpt-text', 'claude-text', 'gpt-err-401', 'claude-err-401', 'gpt-err-500', 'gpt-text+rst=3', 'claude-text+cut=5', 'gpt-html-200', 'dead/gpt-text', 'gpt-nothing']) {
          for (const stream of [false, true]) await one(gateway, secrets, { body: chatBody(model, { stream }), headers });
        }
        await one(gateway, secrets, { path: `/v1/files?key=${make['client ?key=']}&a=1`, body: 'x', headers });
        await one(gateway, secrets, { path: `/nothing/${make['client ?key=']}?key=${make['client ?key=']}`, body: 'x', headers });
        await one(gateway, secrets, { body: '{"broken', headers });
        await one(gateway, secrets, { body: chatBody('gpt-text'), headers: [...headers, 'X Bad: 1', `X-Also: ${make['client cookie']}`] });
      }
      if (kind.keys) {
        const good = await one(gateway, secrets, { body: chatBody('gpt-text'), headers: shown[0] });
        assert.equal(good.status, 200);
        assert.equal((await one(gateway, secrets, { body: chatBody('gpt-text'), headers: shown[2] })).status, 401);
        assert.equal((await one(gateway, secrets, { body: chatBody('gpt-text') })).status, 401);
      }
      // While an exchange runs, so that /admin/requests has something to tell.
      const live = await RawClient.connect(gateway.port);
      live.send(post('/v1/chat/completions', chatBody('mock-slow', { stream: true }), shown[0]));
      await live.until((bytes) => (bytes.includes('data:') ? true : undefined));
      for (const path of ['/', '/metrics', '/admin/config', '/admin/reload', '/admin/providers', '/admin/plugins', '/admin/requests']) {
        const answer = await gateway.admin(path);
        assert.equal(answer.status, 200, path);
        if (path === '/admin/requests') assert.equal(answer.json.requests.length, 1);
        secrets.see(`admin ${path}`, JSON.stringify(answer.headers) + answer.text);
      }
      for (const headers of [{ authorization: `Bearer ${make['admin token']}x` }, { host: 'evil.example' }, { origin: 'null' }]) {
        const answer = await gateway.admin('/admin/config', { headers });
        assert.ok([401, 403].includes(answer.status));
        secrets.see('admin refusal', JSON.stringify(answer.headers) + answer.text);
      }
      live.close();
      await gateway.stop({ isDrained: false });
    }
    // What reached an upstream is only its own key or the client's own for it.
    const leaked = [...openai.records, ...claude.records].filter((record) => JSON.stringify(record.rawHeaders).includes(make['virtual key']) || JSON.stringify(record.rawHeaders).includes(make['client cookie']));
    assert.deepEqual(leaked.map((record) => record.target), [], 'virtual keys and cookies stay here');
    assert.ok(openai.records.every((record) => !JSON.stringify(record.rawHeaders).includes(make['claude key'])), 'no provider sees the key of another');
    assert.ok(claude.records.every((record) => !JSON.stringify(record.rawHeaders).includes(make['openai key'])));
  } finally {
    await Promise.all([openai.close(), claude.close()]);
  }
  console.log(`E1: hits of ${Object.keys(kKinds).length} canary secrets: ${secrets.hits.length} in ${secrets.texts} texts (${Math.round(secrets.bytes / 1024)} KiB)`);
  secrets.check();
});
