// The Anthropic fake refuses what the real service refuses, and streams as the recordings do.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startAnthropic } from '../anthropic.mjs';
import { signatureOf } from '../anthropic/validate.mjs';
import { kReasoning, kText } from '../openai/scenarios.mjs';

let fake;
before(async () => { fake = await startAnthropic(); });
after(() => fake.close());

const user = { role: 'user', content: 'hi' };
const tool = { name: 'look', input_schema: { type: 'object', properties: {} } };
const uses = (...ids) => ({ role: 'assistant', content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })) });
const results = (...ids) => ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'r' }));
const thinking = { type: 'enabled', budget_tokens: 1024 };

async function post(body, { path = '/v1/messages', headers = {}, without = [] } = {}) {
  const all = { 'content-type': 'application/json', 'x-api-key': 'sk-ant-fake', 'anthropic-version': '2023-06-01', ...headers };
  for (const name of without) delete all[name];
  const answer = await fetch(fake.base + path, { method: 'POST', headers: all, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}
const ask = (more, options) => post({ model: 'claude-text', max_tokens: 2048, messages: [user], ...more }, options);
const events = (text) => [...text.matchAll(/^event: (\S+)\ndata: ([^\n]*)$/gm)].map(([, name, data]) => {
  const value = JSON.parse(data);
  assert.equal(value.type, name);
  return value;
});

const image = (source) => [{ role: 'user', content: [{ type: 'image', source }] }];
const kRefused = [
  ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
  ['max_tokens 0', { max_tokens: 0 }, /greater than or equal to 1/],
  ['no messages', { messages: [] }, /at least one message/],
  ['role system', { messages: [{ role: 'system', content: 'x' }, user] }, /Unexpected role "system"/],
  ['role tool', { messages: [user, { role: 'tool', content: 'x' }] }, /Unexpected role "tool"/],
  ['assistant first', { messages: [{ role: 'assistant', content: 'x' }, user] }, /first message/],
  ['unknown member', { n: 2 }, /n: Extra inputs/],
  ['frequency_penalty', { frequency_penalty: 1 }, /Extra inputs/],
  ['unknown message member', { messages: [{ ...user, name: 'x' }] }, /Extra inputs/],
  ['temperature 1.5', { temperature: 1.5 }, /less than or equal to 1/],
  ['an empty text block', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, /non-empty/],
  ['a blank text block', { messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] }, /non-whitespace/],
  ['empty user content', { messages: [{ role: 'user', content: '' }] }, /non-empty content/],
  ['a blank system', { system: [{ type: 'text', text: '' }] }, /system/],
  ['an image_url part', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }, /does not match any of the expected tags/],
  ['image/jpg', { messages: image({ type: 'base64', media_type: 'image/jpg', data: 'AAAA' }) }, /media_type/],
  ['a data URL as base64', { messages: image({ type: 'base64', media_type: 'image/png', data: 'data:image/png;base64,AA' }) }, /base64/],
  ['a use without its result', { messages: [user, uses('a'), user], tools: [tool] }, /without `tool_result` blocks immediately after: a/],
  ['text before the result', { messages: [user, uses('a'), { role: 'user', content: [{ type: 'text', text: 'x' }, ...results('a')] }], tools: [tool] }, /immediately after: a/],
  ['one of two results lacking', { messages: [user, uses('a', 'b'), { role: 'user', content: results('a') }], tools: [tool] }, /immediately after: b/],
  ['an orphan result', { messages: [{ role: 'user', content: results('a') }] }, /unexpected `tool_use_id`/],
  ['input as text', { messages: [user, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'x', input: '{}' }] }, { role: 'user', content: results('a') }] }, /valid dictionary/],
  ['a use id with a dot', { messages: [user, uses('a.b'), { role: 'user', content: results('a.b') }] }, /should match pattern/],
  ['a forged signature', { messages: [user, { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'y' }] }, user] }, /Invalid `signature`/],
  ['a thought without signature', { messages: [user, { role: 'assistant', content: [{ type: 'thinking', thinking: 'x' }] }, user] }, /signature: Field required/],
  ['tools answered without their thought', { thinking, tools: [tool], messages: [user, uses('a'), { role: 'user', content: results('a') }] }, /Expected `thinking`/],
  ['a small budget', { thinking: { type: 'enabled', budget_tokens: 100 } }, /1024/],
  ['a budget above max_tokens', { thinking, max_tokens: 1000 }, /must be greater than/],
  ['thinking with temperature', { thinking, temperature: 0.5 }, /temperature/],
  ['thinking with a forced tool', { thinking, tools: [tool], tool_choice: { type: 'any' } }, /forces tool use/],
  ['an OpenAI tool', { tools: [{ type: 'custom', function: { name: 'x' } }] }, /Field required|Extra inputs/],
  ['a schema without type', { tools: [{ name: 'x', input_schema: {} }] }, /input_schema.type/],
  ['twice the same tool', { tools: [tool, tool] }, /unique/],
  ['tool_choice without tools', { tool_choice: { type: 'auto' } }, /while providing tools/],
  ['tool_choice required', { tools: [tool], tool_choice: { type: 'required' } }, /expected tags/],
  ['a blank stop sequence', { stop_sequences: ['\n'] }, /non-whitespace/],
  ['a prefill ending in a blank', { messages: [user, { role: 'assistant', content: 'so ' }] }, /trailing whitespace/],
  ['five cache marks', { system: Array.from({ length: 5 }, () => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } })) }, /maximum of 4/],
];
for (const [name, more, message] of kRefused) {
  test(`refused: ${name}`, async () => {
    const { status, json } = await ask(more);
    assert.equal(status, 400, JSON.stringify(json));
    assert.equal(json.type, 'error');
    assert.equal(json.error.type, 'invalid_request_error');
    assert.match(json.error.message, message);
    assert.ok(json.request_id);
  });
}

test('refused: no version, an unknown version, no key, a wrong key, an unknown model, GET', async () => {
  assert.match((await ask({}, { without: ['anthropic-version'] })).json.error.message, /anthropic-version/);
  assert.equal((await ask({}, { headers: { 'anthropic-version': '1999-01-01' } })).status, 400);
  assert.equal((await ask({}, { without: ['x-api-key'] })).json.error.type, 'authentication_error');
  assert.equal((await ask({}, { headers: { 'x-api-key': 'sk-other' } })).status, 401);
  assert.equal((await ask({ model: 'claude-nothing' })).json.error.type, 'not_found_error');
  assert.equal((await fetch(`${fake.base}/v1/messages`, { headers: { 'x-api-key': 'sk-ant-fake', 'anthropic-version': '2023-06-01' } })).status, 405);
  assert.equal((await ask({}, { without: ['x-api-key'], headers: { authorization: 'Bearer sk-ant-fake' } })).status, 200);
});

for (const [scenario, status, type] of [['err-400', 400, 'invalid_request_error'], ['err-401', 401, 'authentication_error'], ['err-403', 403, 'permission_error'], ['err-413', 413, 'request_too_large'], ['err-429', 429, 'rate_limit_error'], ['err-500', 500, 'api_error'], ['err-529', 529, 'overloaded_error']]) {
  test(`${scenario} by model and by key`, async () => {
    const byModel = await ask({ model: `claude-${scenario}` });
    assert.equal(byModel.status, status);
    assert.equal(byModel.json.error.type, type);
    assert.equal((await ask({}, { headers: { 'x-api-key': `sk-ant-fake-${scenario.slice(4)}` } })).status, status);
    if (status === 429) assert.equal(byModel.headers.get('retry-after'), '7');
  });
}

test('a stream: start, ping behind the first block start, deltas, stop; padded JSON; no [DONE]', async () => {
  const { text } = await ask({ stream: true });
  const all = events(text);
  assert.deepEqual(all.slice(0, 3).map((event) => event.type), ['message_start', 'content_block_start', 'ping']);
  assert.deepEqual(all.slice(-3).map((event) => event.type), ['content_block_stop', 'message_delta', 'message_stop']);
  assert.equal(all.map((event) => event.delta?.text ?? '').join(''), kText.join(''));
  assert.equal(all.at(-2).usage.output_tokens, 13);
  assert.match(text, / +\}\n\n/);
  assert.doesNotMatch(text, /\[DONE\]/);
});

test('thinking: shown only when asked for, signed, and the replay with tools is checked', async () => {
  assert.doesNotMatch((await ask({ model: 'claude-think-tool', tools: [tool] })).text, /thinking/);
  const first = await ask({ model: 'claude-think-tool', thinking, tools: [tool] });
  const { content } = first.json;
  assert.deepEqual(content.map((block) => block.type), ['thinking', 'tool_use']);
  assert.equal(content[0].signature, signatureOf(kReasoning.join('')));
  const streamed = events((await ask({ model: 'claude-think-tool', thinking, tools: [tool], stream: true })).text);
  assert.equal(streamed.find((event) => event.delta?.type === 'signature_delta').delta.signature, content[0].signature);
  const next = { model: 'claude-think-tool', thinking, tools: [tool], messages: [user, { role: 'assistant', content }, { role: 'user', content: results(content[1].id) }] };
  assert.equal((await ask(next)).json.content[0].text, 'The tool said: r;');
});

test('a tool without arguments sends one empty piece; three tools ascend; a redacted thought replays', async () => {
  const noArgs = events((await ask({ model: 'claude-tool-noargs', tools: [tool], stream: true })).text);
  assert.deepEqual(noArgs.filter((event) => event.delta?.partial_json !== undefined).map((event) => event.delta.partial_json), ['']);
  const three = events((await ask({ model: 'claude-tools3', tools: [tool], stream: true })).text);
  assert.deepEqual(three.filter((event) => event.type === 'content_block_start').map((event) => event.index), [0, 1, 2]);
  const { content } = (await ask({ model: 'claude-redacted', thinking, tools: [tool] })).json;
  assert.equal(content[0].type, 'redacted_thinking');
  assert.equal((await ask({ model: 'claude-redacted', thinking, tools: [tool], messages: [user, { role: 'assistant', content }, { role: 'user', content: results(content[1].id) }] })).status, 200);
});

test('pause_turn once, end_turn on resend; refusal; cache usage; override; retry-after on 200', async () => {
  const paused = (await ask({ model: 'claude-pause' })).json;
  assert.equal(paused.stop_reason, 'pause_turn');
  assert.equal((await ask({ model: 'claude-pause', messages: [user, { role: 'assistant', content: paused.content.map(({ caller: _, ...block }) => block) }] })).json.stop_reason, 'end_turn');
  const refused = (await ask({ model: 'claude-refusal' })).json;
  assert.deepEqual([refused.stop_reason, refused.content], ['refusal', []]);
  const cached = (await ask({ model: 'claude-cached' })).json.usage;
  assert.deepEqual([cached.input_tokens, cached.cache_read_input_tokens, cached.cache_creation_input_tokens], [5, 12, 4]);
  const override = events((await ask({ model: 'claude-override', stream: true })).text);
  assert.deepEqual([override[0].message.usage.input_tokens, override.at(-2).usage.input_tokens], [43, 61]);
  const hinted = await ask({ model: 'claude-retry-after' });
  assert.deepEqual([hinted.status, hinted.headers.get('retry-after')], [200, '12']);
});

test('an error after 200 is an event; no-stop just ends', async () => {
  const failed = events((await ask({ model: 'claude-err-mid', stream: true })).text);
  assert.equal(failed.at(-1).error.type, 'overloaded_error');
  assert.notEqual(events((await ask({ model: 'claude-no-stop', stream: true })).text).at(-1).type, 'message_stop');
});

test('count_tokens takes no max_tokens; models are paged', async () => {
  const count = (body) => post(body, { path: '/v1/messages/count_tokens' });
  assert.ok((await count({ model: 'claude-text', messages: [user] })).json.input_tokens > 0);
  assert.equal((await count({ model: 'claude-text', messages: [user], max_tokens: 3 })).status, 400);
  const headers = { 'x-api-key': 'sk-ant-fake', 'anthropic-version': '2023-06-01' };
  const page = async (query) => (await fetch(`${fake.base}/v1/models?${query}`, { headers })).json();
  const first = await page('limit=2');
  assert.equal(first.has_more, true);
  const rest = await page(`limit=100&after_id=${first.last_id}`);
  assert.equal(rest.has_more, false);
  assert.equal(new Set([...first.data, ...rest.data].map((model) => model.id)).size, 5);
});
