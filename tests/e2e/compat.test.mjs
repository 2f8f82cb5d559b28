// Services that call themselves compatible with OpenAI, each with its own habits (WIRE 1.3), behind
// the openai plugin with a base_url.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startOpenAi } from '../fakes/openai.mjs';
import { kReasoning, kText } from '../fakes/openai/scenarios.mjs';
import { World, kUser, postChat, readStream } from './harness/world.mjs';

const kNames = ['openrouter', 'deepseek', 'groq', 'gemini-compat', 'anthropic-compat'];
let world;
let fakes;
before(async () => {
  fakes = Object.fromEntries(await Promise.all(kNames.map(async (name) => [name, await startOpenAi(name)])));
  const providers = Object.fromEntries(kNames.map((name) => [name, { plugin: 'openai', base_url: fakes[name].base, api_keys: [{ id: name, val: 'sk-fake-compat' }] }]));
  world = await World.start({ providers });
});
after(async () => {
  await Promise.all(kNames.map((name) => fakes[name].close()));
  await world.stop();
  for (const name of kNames) assert.deepEqual(fakes[name].faults, [], name);
});

const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
const stream = async (model, more = {}) => readStream((await postChat(world.base, { model, messages: kUser, stream: true, ...more })).text);

for (const name of kNames) {
  for (const mode of ['', '+split', '+bytes']) {
    test(`${name}${mode}: a stream arrives whole, with usage and its end`, async () => {
      const got = await stream(`${name}/gpt-text${mode}`, { stream_options: { include_usage: true } });
      assert.equal(got.text, kText.join(''));
      assert.equal(got.finish, 'stop');
      assert.ok(got.isDone, 'with [DONE], whether the provider sends one or not');
      assert.deepEqual(got.errors, []);
      assert.ok(got.values.some((value) => (value.usage ?? value.x_groq?.usage)?.total_tokens === 34));
    });
  }

  test(`${name}: whole answers, tools, an error in mid-stream`, async () => {
    assert.equal((await postChat(world.base, { model: `${name}/gpt-text`, messages: kUser })).json.choices[0].message.content, kText.join(''));
    const got = await stream(`${name}/gpt-tools3`, { tools });
    assert.equal(got.finish, 'tool_calls');
    const failed = await stream(`${name}/gpt-err-mid`);
    assert.equal(failed.errors.length, 1);
    assert.equal(failed.isDone, false);
  });

  test(`${name}: the log knows the tokens`, async () => {
    const { headers } = await postChat(world.base, { model: `${name}/gpt-text`, messages: kUser, stream: true });
    const line = await world.gateway.logged((l) => l.request_id === headers.get('x-request-id'));
    assert.deepEqual([line.provider, line.tokens_in, line.tokens_out], [name, 21, 13]);
  });
}

test('reasoning arrives under the name that the provider gives it', async () => {
  for (const [name, member] of [['deepseek', 'reasoning_content'], ['openrouter', 'reasoning']]) {
    const { values } = await stream(`${name}/gpt-think`);
    const reasoning = values.map((value) => value.choices[0]?.delta[member] ?? value.choices[0]?.delta.reasoning_content ?? '').join('');
    assert.equal(reasoning, kReasoning.join(''), name);
  }
});
