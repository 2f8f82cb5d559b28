// A short walk through everything, run with the sanitizer builds as well.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { World, kUser, postChat, readStream } from './harness/world.mjs';
import { RawClient, chatBody, post } from './harness/raw.mjs';
import { forEachOf, within } from './harness/many.mjs';
import { kBadRequests } from './vectors/bad_requests.mjs';
import { kText } from '../fakes/openai/scenarios.mjs';

let world;
before(async () => { world = await World.start(); });
after(() => world.stop());

const kTool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };

test('whole and streamed answers of every provider', async () => {
  for (const model of ['mock', 'gpt-text', 'gpt-text+bytes', 'claude-text', 'claude-text+split', 'claude-think']) {
    const whole = await postChat(world.base, { model, messages: kUser });
    assert.equal(whole.status, 200, `${model}: ${whole.text}`);
    const streamed = readStream((await postChat(world.base, { model, messages: kUser, stream: true, stream_options: { include_usage: true } })).text);
    assert.ok(streamed.isDone, model);
    assert.equal(streamed.text, whole.json.choices[0].message.content);
    if (model !== 'mock') assert.equal(streamed.text, kText.join(''));
  }
});

test('tools, errors, broken streams', async () => {
  for (const model of ['gpt-tools3', 'claude-tools3']) {
    const calls = (await postChat(world.base, { model, messages: kUser, tools: [kTool] })).json.choices[0].message.tool_calls;
    assert.equal(calls.length, 3);
  }
  for (const [model, status] of [['gpt-err-429', 429], ['claude-err-529', 529], ['claude-err-401', 401], ['gpt-html-200', 502], ['mock-429', 429]]) {
    assert.equal((await postChat(world.base, { model, messages: kUser })).status, status, model);
  }
  for (const model of ['gpt-err-mid', 'gpt-text+rst=4', 'claude-err-mid', 'claude-text+cut=5', 'mock-cut']) {
    const { errors, isDone } = readStream((await postChat(world.base, { model, messages: kUser, stream: true })).text);
    assert.ok(errors.length === 1 && !isDone, model);
  }
});

test('many at once', async () => {
  await forEachOf(Array.from({ length: 200 }), async (_, i) => {
    const model = ['gpt-text', 'claude-text', 'mock'][i % 3];
    const { isDone } = readStream((await postChat(world.base, { model, messages: kUser, stream: true })).text);
    assert.ok(isDone);
  }, { width: 32 });
});

test('clients that leave', async () => {
  for (const model of ['gpt-text+stall=3', 'claude-text+stall=5', 'gpt-text+hang', 'claude-text+hang']) {
    for (const leave of ['close', 'reset']) {
      const tagged = `${model}+tag=${leave}`;
      const client = await RawClient.connect(world.gateway.port);
      client.send(post('/v1/chat/completions', chatBody(tagged, { stream: true })));
      const fake = model.startsWith('gpt') ? world.openai : world.claude;
      const record = await within(fake.received((r) => r.json?.model === tagged), 20_000, tagged);
      await within(record.reached, 20_000, 'the stall');
      client[leave]();
      await within(record.gone, 20_000, `${tagged} upstream`);
    }
  }
});

test('bad requests', async () => {
  await forEachOf(kBadRequests, async ({ bytes }) => {
    const client = await RawClient.connect(world.gateway.port);
    client.send(bytes);
    await client.answer();
    client.close();
  });
  assert.ok(world.gateway.isAlive);
});

test('a forward, embeddings, models, metrics', async () => {
  const answer = await fetch(`${world.base}/files`, { method: 'POST', headers: { connection: 'close', 'content-type': 'text/plain' }, body: 'x'.repeat(1 << 20) });
  assert.equal((await answer.text()).length, 1 << 20);
  const embedding = await fetch(`${world.base}/embeddings`, { method: 'POST', headers: { connection: 'close', 'content-type': 'application/json' }, body: '{"model":"text-embedding-3-small","input":"a"}' });
  assert.equal(embedding.status, 200);
  assert.equal((await fetch(`${world.base}/models`, { headers: { connection: 'close' } })).status, 200);
  assert.match(await world.gateway.metrics(), /aiproxy_requests_total/);
});
