// The OpenAI fake refuses what the real service refuses, and streams as the recordings do.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startOpenAi } from '../openai.mjs';
import { kText } from '../openai/scenarios.mjs';

let fake;
before(async () => { fake = await startOpenAi(); });
after(() => fake.close());

const user = { role: 'user', content: 'hi' };
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const calls = (...ids) => ({ role: 'assistant', content: null, tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } })) });
const result = (id) => ({ role: 'tool', tool_call_id: id, content: 'r' });

async function post(body, { key = 'sk-fake-1', path = '/chat/completions', base = fake.base, headers = {} } = {}) {
  const auth = key ? { authorization: `Bearer ${key}` } : {};
  const answer = await fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json', ...auth, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch { /* an event stream */ }
  return { status: answer.status, headers: answer.headers, text, json };
}
const chat = (more) => post({ model: 'gpt-text', messages: [user], ...more });
const events = (text) => text.split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)));

const kRefused = [
  ['no model', { model: undefined }, null],
  ['unknown model', { model: 'gpt-nothing' }, 'model_not_found'],
  ['no messages', { messages: undefined }, 'missing_required_parameter'],
  ['empty messages', { messages: [] }, 'empty_array'],
  ['messages of a wrong type', { messages: 'hi' }, 'invalid_type'],
  ['unknown role', { messages: [{ role: 'model', content: 'x' }] }, 'invalid_value'],
  ['unknown message member', { messages: [{ ...user, cache_control: {} }] }, 'unknown_parameter'],
  ['unknown top-level member', { provider: 'openai' }, 'unknown_parameter'],
  ['user without content', { messages: [{ role: 'user' }] }, null],
  ['assistant null without calls', { messages: [user, { role: 'assistant', content: null }] }, null],
  ['empty content array', { messages: [{ role: 'user', content: [] }] }, 'empty_array'],
  ['unknown part', { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }, 'invalid_value'],
  ['image that is no address', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc' } }] }] }, 'invalid_image_url'],
  ['image in a system message', { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://x/y' } }] }] }, 'invalid_value'],
  ['a call without its result', { messages: [user, calls('a'), user], tools: [tool] }, null],
  ['one of two results lacking', { messages: [user, calls('a', 'b'), result('a')], tools: [tool] }, null],
  ['an orphan result', { messages: [user, result('a')] }, null],
  ['a result for another id', { messages: [user, calls('a'), result('z')], tools: [tool] }, null],
  ['arguments as an object', { messages: [user, { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'x', arguments: {} } }] }, result('a')] }, 'invalid_type'],
  ['a call id over 40', { messages: [user, calls('a'.repeat(41)), result('a'.repeat(41))] }, 'string_above_max_length'],
  ['empty tools', { tools: [] }, 'empty_array'],
  ['a tool name with a dot', { tools: [{ type: 'function', function: { name: 'a.b' } }] }, 'invalid_value'],
  ['a schema that is no object', { tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'string' } } }] }, 'invalid_function_parameters'],
  ['tool_choice without tools', { tool_choice: 'auto' }, null],
  ['tool_choice any', { tools: [tool], tool_choice: 'any' }, 'invalid_value'],
  ['tool_choice of an unknown tool', { tools: [tool], tool_choice: { type: 'function', function: { name: 'other' } } }, null],
  ['temperature 2.1', { temperature: 2.1 }, 'decimal_above_max_value'],
  ['max_tokens 0', { max_tokens: 0 }, 'integer_below_min_value'],
  ['stop of five', { stop: ['1', '2', '3', '4', '5'] }, 'array_above_max_length'],
  ['stream_options without stream', { stream_options: { include_usage: true } }, null],
  ['top_logprobs without logprobs', { top_logprobs: 2 }, null],
  ['json_object without the word', { response_format: { type: 'json_object' } }, null],
  ['json_schema without a name', { response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 'invalid_value'],
  ['strict schema that is open', { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object', properties: { a: {} } } } } }, 'invalid_function_parameters'],
  ['max_tokens on a reasoning model', { model: 'gpt-reason', max_tokens: 5 }, 'unsupported_parameter'],
];
for (const [name, more, code] of kRefused) {
  test(`refused: ${name}`, async () => {
    const { status, json } = await chat(more);
    assert.equal(status, code === 'model_not_found' ? 404 : 400, JSON.stringify(json));
    assert.equal(json.error.code, code, json.error.message);
    assert.ok('param' in json.error && json.error.type === 'invalid_request_error');
  });
}

test('refused: no key, a wrong key, no JSON, another content type, GET', async () => {
  assert.equal((await post({}, { key: null })).status, 401);
  assert.equal((await post({}, { key: 'sk-real' })).json.error.code, 'invalid_api_key');
  assert.equal((await post('{"a":')).status, 400);
  assert.equal((await post('a=b', { headers: { 'content-type': 'text/plain' } })).status, 415);
  assert.equal((await fetch(`${fake.base}/chat/completions`, { headers: { authorization: 'Bearer sk-fake-1' } })).status, 405);
  assert.equal((await post({}, { path: '/chat/completions', base: fake.origin })).status, 404);
});

for (const [scenario, status, code] of [['err-401', 401, 'invalid_api_key'], ['err-429', 429, 'rate_limit_exceeded'], ['err-quota', 429, 'insufficient_quota'], ['err-500', 500, null], ['err-503', 503, 'overloaded'], ['err-400-context', 400, 'context_length_exceeded']]) {
  test(`${scenario} by model and by key`, async () => {
    const byModel = await chat({ model: `gpt-${scenario}` });
    assert.equal(byModel.status, status);
    assert.equal(byModel.json.error.code, code);
    const byKey = await post({ model: 'gpt-text', messages: [user] }, { key: `sk-fake-${scenario.slice(4)}` });
    assert.deepEqual(byKey.json, byModel.json);
    if (status === 429 && code === 'rate_limit_exceeded') assert.equal(byModel.headers.get('retry-after'), '1');
  });
}

test('a stream: role first, usage null until its own chunk, obfuscation, [DONE]', async () => {
  const { text } = await chat({ stream: true, stream_options: { include_usage: true } });
  const chunks = events(text);
  assert.deepEqual(chunks[0].choices[0].delta, { role: 'assistant', content: '', refusal: null });
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), kText.join(''));
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-1).usage.total_tokens, 34);
  assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
  assert.ok(chunks.every((chunk) => 'obfuscation' in chunk));
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  const plain = await chat({ stream: true, stream_options: { include_obfuscation: false } });
  assert.ok(events(plain.text).every((chunk) => !('obfuscation' in chunk) && !('usage' in chunk)));
});

test('tools: ids and names once, arguments in pieces, one after another; then the answer', async () => {
  const first = await chat({ model: 'gpt-tools3', tools: [tool], stream: true });
  const deltas = events(first.text).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  assert.deepEqual([...new Set(deltas.map((delta) => delta.index))], [0, 1, 2]);
  assert.equal(deltas.filter((delta) => delta.id).length, 3);
  const whole = await chat({ model: 'gpt-tools3', tools: [tool] });
  const message = whole.json.choices[0].message;
  assert.equal(message.tool_calls[2].function.arguments, '{"i":2}');
  const second = await chat({ model: 'gpt-tools3', tools: [tool], messages: [user, message].map(({ refusal: _, annotations: __, ...m }) => m).concat(message.tool_calls.map((call) => result(call.id))) });
  assert.equal(second.json.choices[0].message.content, 'The tool said: r;r;r;');
});

test('n=2 interleaves, logprobs come with every token, a refusal has no content', async () => {
  const two = events((await chat({ stream: true, n: 2 })).text);
  assert.deepEqual(two.slice(0, 4).map((chunk) => chunk.choices[0].index), [0, 1, 0, 1]);
  const logs = await chat({ logprobs: true, top_logprobs: 2 });
  assert.equal(logs.json.choices[0].logprobs.content.length, kText.length);
  const { message } = (await chat({ model: 'gpt-refusal' })).json.choices[0];
  assert.equal(message.content, null);
  assert.match(message.refusal, /cannot/);
});

test('an error in mid-stream has no [DONE]; no-done neither', async () => {
  const failed = await chat({ model: 'gpt-err-mid', stream: true });
  assert.equal(events(failed.text).at(-1).error.type, 'server_error');
  assert.doesNotMatch(failed.text, /\[DONE\]/);
  assert.doesNotMatch((await chat({ model: 'gpt-no-done', stream: true })).text, /\[DONE\]/);
});

test('embeddings as floats and base64 agree; models list; other paths echo', async () => {
  const body = { model: 'text-embedding-3-small', input: ['a', 'b'] };
  const floats = (await post(body, { path: '/embeddings' })).json.data[1].embedding;
  const packed = (await post({ ...body, encoding_format: 'base64' }, { path: '/embeddings' })).json.data[1].embedding;
  const raw = Buffer.from(packed, 'base64');
  assert.deepEqual(floats, floats.map((_, i) => raw.readFloatLE(i * 4)));
  assert.equal((await post({ ...body, input: '' }, { path: '/embeddings' })).status, 400);
  const list = await (await fetch(`${fake.base}/models`, { headers: { authorization: 'Bearer sk-fake-1' } })).json();
  assert.ok(list.data.length > 3 && list.object === 'list');
  const echo = await post('raw bytes', { path: '/files?purpose=x', headers: { 'content-type': 'text/x' } });
  assert.equal(echo.text, 'raw bytes');
  assert.equal(echo.headers.get('x-echo-target'), '/v1/files?purpose=x');
});

async function profile(name, run) {
  const other = await startOpenAi(name);
  try {
    await run(other);
    assert.deepEqual(other.faults, []);
  } finally {
    await other.close();
  }
}
const streamOf = async (other, model, more = {}, options = {}) => (await post({ model, messages: [user], stream: true, ...more }, { base: other.base, ...options })).text;

test('openrouter: comments, role on each delta, reasoning_details, usage with choices', () => profile('openrouter', async (other) => {
  const text = await streamOf(other, 'openai/think', { stream_options: { include_usage: true } });
  const chunks = events(text);
  assert.match(text, /^: OPENROUTER PROCESSING\n\n/);
  assert.ok(chunks.every((chunk) => chunk.choices[0].delta.role === 'assistant'));
  assert.ok(chunks.some((chunk) => chunk.choices[0].delta.reasoning_details));
  assert.ok(chunks.at(-1).usage && chunks.at(-1).choices[0].finish_reason === 'stop');
}));

test('deepseek: reasoning_content, usage with choices, unknown members are ignored', () => profile('deepseek', async (other) => {
  const chunks = events(await streamOf(other, 'deepseek-think', { thinking: { type: 'enabled' } }));
  assert.ok(chunks.some((chunk) => chunk.choices[0].delta.reasoning_content));
  assert.equal(chunks.at(-1).usage.prompt_cache_hit_tokens, 4);
}));

test('groq: usage under x_groq, no [DONE]', () => profile('groq', async (other) => {
  const text = await streamOf(other, 'openai/text');
  assert.doesNotMatch(text, /\[DONE\]/);
  assert.equal(events(text).at(-1).x_groq.usage.total_tokens, 34);
}));

test('azure: empty choices first, content filters, api-key, api-version', () => profile('azure', async (other) => {
  const path = '/gpt-text/chat/completions?api-version=2024-10-21';
  const first = events(await streamOf(other, undefined, {}, { path, key: null, headers: { 'api-key': 'sk-fake-1' } }))[0];
  assert.deepEqual(first.choices, []);
  assert.ok(first.prompt_filter_results);
  assert.equal((await post({ messages: [user] }, { base: other.base, path, key: null })).json.error.code, '401');
  assert.equal((await post({ messages: [user] }, { base: other.base, path: '/gpt-text/chat/completions' })).status, 404);
}));

test('gemini-compat: whole calls with an empty id; anthropic-compat: indexes from 1', async () => {
  await profile('gemini-compat', async (other) => {
    const calls = events(await streamOf(other, 'gemini-tools3', { tools: [tool] })).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    assert.deepEqual(calls.map((call) => call.id), ['', '', '']);
    assert.equal(calls[1].function.arguments, '{"i":1}');
  });
  await profile('anthropic-compat', async (other) => {
    const calls = events(await streamOf(other, 'claude-tool', { tools: [tool] })).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    assert.ok(calls.length > 1 && calls.every((call) => call.index === 1));
  });
});
