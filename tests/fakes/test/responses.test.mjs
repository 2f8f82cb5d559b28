// The /responses of the OpenAI fake refuses what the real service refuses, and streams as the
// recordings do.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startOpenAi } from '../openai.mjs';
import { kReasoning, kText } from '../openai/scenarios.mjs';

let fake;
before(async () => { fake = await startOpenAi(); });
after(() => fake.close());

async function call(path, body, method = 'POST') {
  const answer = await fetch(`${fake.base}/responses${path}`, { method, headers: { 'content-type': 'application/json', authorization: 'Bearer sk-fake-1' }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch { /* an event stream */ }
  return { status: answer.status, text, json };
}
const ask = (more) => call('', { model: 'gpt-text', input: 'hi', ...more });
const events = (text) => text.split('\n\n').filter(Boolean).map((event) => JSON.parse(/^data: ([^\n]*)/m.exec(event)[1]));

const functionCall = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const kRefused = [
  ['an unknown member', { messages: [] }, 'messages', 'unknown_parameter'],
  ['no input', { input: undefined }, 'input', 'missing_required_parameter'],
  ['an unknown role', { input: [{ role: 'tool', content: 'x' }] }, 'input[0].role', 'invalid_value'],
  ['chat\'s parts', { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, 'input[0].content[0].type', 'invalid_value'],
  ['chat\'s tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools[0].name', 'missing_required_parameter'],
  ['a call without its output', { input: [functionCall] }, 'input', null],
  ['an output without its call', { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] }, 'input', null],
  ['reasoning that nothing follows', { input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAfake1' }] }, 'input', null],
  ['reasoning that it did not encrypt', { input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }, functionCall] }, null, 'invalid_encrypted_content'],
  ['an id of another kind', { input: [{ ...functionCall, id: 'call_1' }] }, 'input[0].id', 'invalid_value'],
  ['a response that is not there', { previous_response_id: 'resp_x' }, 'previous_response_id', 'previous_response_not_found'],
  ['a model that is not there', { model: 'gpt-nothing' }, 'model', 'model_not_found'],
  ['a temperature below 0', { temperature: -1 }, 'temperature', 'decimal_below_min_value'],
  ['a limit of a few tokens', { max_output_tokens: 3 }, 'max_output_tokens', 'decimal_below_min_value'],
];
for (const [what, more, param, code] of kRefused) {
  test(`${what} is refused`, async () => {
    const { status, json } = await ask(more);
    assert.deepEqual([status, json.error.param, json.error.code], [400, param, code]);
  });
}

test('a stream: numbers without holes, every added is done, the last event holds all', async () => {
  const all = events((await ask({ stream: true })).text);
  all.forEach((event, i) => assert.equal(event.sequence_number, i));
  const added = all.filter((event) => event.type.endsWith('.added')).length;
  assert.equal(all.filter((event) => /(part|item)\.done$/.test(event.type)).length, added);
  assert.equal(all.filter((event) => event.delta).map((event) => event.delta).join(''), kText.join(''));
  assert.equal(all.at(-1).response.output[0].content[0].text, kText.join(''));
  assert.ok(all.some((event) => event.obfuscation));
});

test('reasoning is shown and encrypted only to those who ask', async () => {
  const plain = (await ask({ model: 'gpt-think' })).json.output[0];
  assert.deepEqual([plain.summary, plain.encrypted_content], [[], undefined]);
  const asked = (await ask({ model: 'gpt-think', include: ['reasoning.encrypted_content'], reasoning: { summary: 'auto' } })).json.output[0];
  assert.equal(asked.summary[0].text, kReasoning.join(''));
  assert.match(asked.encrypted_content, /^gAAAAfake/);
});

test('a failure in mid-stream: a nested error, then response.failed', async () => {
  const all = events((await ask({ model: 'gpt-err-mid', stream: true })).text);
  assert.deepEqual(all.slice(-2).map((event) => event.type), ['error', 'response.failed']);
  assert.ok(all.at(-2).error.message && all.at(-1).response.error.code);
});

test('what is stored can be got, listed and deleted', async () => {
  const { json } = await ask();
  assert.equal((await call(`/${json.id}`, undefined, 'GET')).json.id, json.id);
  assert.equal((await call(`/${json.id}/input_items`, undefined, 'GET')).json.object, 'list');
  assert.equal((await call(`/${json.id}`, undefined, 'DELETE')).json.deleted, true);
  assert.equal((await call(`/${json.id}`, undefined, 'GET')).status, 404);
});
