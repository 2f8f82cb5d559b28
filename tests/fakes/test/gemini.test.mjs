// The Gemini fake refuses what the real service refuses, and streams as the recordings do.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startGemini } from '../gemini.mjs';
import { kSkipped, signatureOf } from '../gemini/validate.mjs';
import { kText } from '../openai/scenarios.mjs';

let fake;
before(async () => { fake = await startGemini(); });
after(() => fake.close());

const user = (text = 'hi') => ({ role: 'user', parts: [{ text }] });
const calls = (...names) => ({ role: 'model', parts: names.map((name, i) => ({ functionCall: { name, args: {} }, ...(i === 0 ? { thoughtSignature: signatureOf(name, {}) } : {}) })) });
const answers = (...names) => ({ role: 'user', parts: names.map((name) => ({ functionResponse: { name, response: { output: 'r' } } })) });
const tools = (...names) => [{ functionDeclarations: names.map((name) => ({ name })) }];
const schema = (parameters) => ({ tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] });

async function post(path, body, headers = { 'x-goog-api-key': 'AIzaFake' }) {
  const answer = await fetch(fake.base + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch { /* an event stream */ }
  return { status: answer.status, type: answer.headers.get('content-type'), text, json };
}
const ask = (more, model = 'gemini-2.5-text') => post(`/v1beta/models/${model}:generateContent`, { contents: [user()], ...more });

const kRefused = [
  ['no contents', { contents: [] }, /contents is not specified/],
  ['role assistant', { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, /valid role/],
  ['role system', { contents: [{ role: 'system', parts: [{ text: 'x' }] }] }, /valid role/],
  ['no parts', { contents: [{ role: 'user', parts: [] }] }, /parts must not be empty/],
  ['an empty part', { contents: [{ role: 'user', parts: [{}] }] }, /oneof field 'data'/],
  ['an empty text', { contents: [user('')] }, /text parameter/],
  ['two payloads', { contents: [{ role: 'user', parts: [{ text: 'a', inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }] }, /oneof/],
  ['unknown member', { messages: [] }, /Unknown name "messages"/],
  ['unknown member of a part', { contents: [{ role: 'user', parts: [{ text: 'a', type: 'text' }] }] }, /Unknown name "type" at 'contents\[0\]\.parts\[0\]'/],
  ['unknown member of the config', { generationConfig: { max_tokens: 3 } }, /Unknown name "max_tokens" at 'generation_config'/],
  ['a data URL as data', { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'data:image/png;base64,AA' } }] }] }, /Base64/],
  ['a web URL', { contents: [{ role: 'user', parts: [{ fileData: { mimeType: 'image/png', fileUri: 'https://example.org/a.png' } }] }] }, /file uri/],
  ['a response that is a text', { contents: [user(), calls('f'), { role: 'user', parts: [{ functionResponse: { name: 'f', response: 'r' } }] }] }, /protobuf.Struct/],
  ['args as text', { contents: [user(), { role: 'model', parts: [{ functionCall: { name: 'f', args: '{}' } }] }, answers('f')] }, /protobuf.Struct/],
  ['a call without its response', { contents: [user(), calls('f'), user()] }, /number of function response parts/],
  ['one of two responses lacking', { contents: [user(), calls('f', 'g'), answers('f')] }, /number of function response parts/],
  ['responses in another order', { contents: [user(), calls('f', 'g'), answers('g', 'f')] }, /order/],
  ['an orphan response', { contents: [answers('f')] }, /immediately after/],
  ['a call at the end', { contents: [user(), calls('f')] }, /followed by/],
  ['the model first', { contents: [{ role: 'model', parts: [{ text: 'a' }] }, user()] }, /begin with a user/],
  ['a system that is a text', { systemInstruction: 'x' }, /Invalid value/],
  ['additionalProperties', schema({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }), /Unknown name "additionalProperties"/],
  ['$ref', schema({ type: 'object', properties: { a: { $ref: '#/x' } } }), /Unknown name "\$ref"/],
  ['const', schema({ type: 'object', properties: { a: { type: 'string', const: 'x' } } }), /Unknown name "const"/],
  ['a list of types', schema({ type: 'object', properties: { a: { type: ['string', 'null'] } } }), /Invalid value/],
  ['an object of nothing', schema({ type: 'object', properties: {} }), /non-empty for OBJECT/],
  ['an array without items', schema({ type: 'object', properties: { a: { type: 'array' } } }), /items: missing/],
  ['an enum of numbers', schema({ type: 'object', properties: { a: { type: 'string', enum: [1] } } }), /TYPE_STRING/],
  ['required that is no property', schema({ type: 'object', properties: { a: { type: 'string' } }, required: ['b'] }), /not defined/],
  ['a name with a blank', { tools: tools('a b') }, /Invalid function name/],
  ['an allowed name that is not declared', { tools: tools('f'), toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['g'] } } }, /not declared/],
  ['mode auto', { tools: tools('f'), toolConfig: { functionCallingConfig: { mode: 'auto' } } }, /mode/],
  ['functions beside a search', { tools: [...tools('f'), { googleSearch: {} }] }, /unsupported/],
  ['JSON beside functions', { tools: tools('f'), generationConfig: { responseMimeType: 'application/json' } }, /unsupported/],
  ['six stop sequences', { generationConfig: { stopSequences: [...'abcdef'] } }, /exceed 5/],
  ['stop as text', { generationConfig: { stopSequences: 'a' } }, /list/],
  ['budget and level', { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'low' } } }, /only one/],
  ['a level on the second generation', { generationConfig: { thinkingConfig: { thinkingLevel: 'low' } } }, /level/],
];
for (const [what, body, message] of kRefused) {
  test(`refused: ${what}`, async () => {
    const { status, json } = await ask(body);
    assert.equal(status, 400);
    assert.equal(json.error.status, 'INVALID_ARGUMENT');
    assert.match(json.error.message, message);
  });
}

test('the third generation insists on the signature of the first call', async () => {
  const history = (signature) => ({
    tools: tools('f', 'g'),
    contents: [user(), { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, ...(signature ? { thoughtSignature: signature } : {}) }, { functionCall: { name: 'g', args: {} } }] }, answers('f', 'g')],
  });
  assert.match((await ask(history(), 'gemini-3-tool')).json.error.message, /missing a thought_signature/);
  assert.match((await ask(history('QUJD'), 'gemini-3-tool')).json.error.message, /not valid/);
  for (const good of [signatureOf('f', {}), kSkipped]) assert.equal((await ask(history(good), 'gemini-3-tool')).status, 200);
  assert.equal((await ask(history(), 'gemini-2.5-tool')).status, 200);
});

test('credentials: none, a wrong one, in the header, in the query, a token', async () => {
  const path = '/v1beta/models/gemini-2.5-text:generateContent';
  const body = { contents: [user()] };
  assert.equal((await post(path, body, {})).status, 403);
  const wrong = await post(path, body, { 'x-goog-api-key': 'nope' });
  assert.equal(wrong.status, 400);
  assert.equal(wrong.json.error.details[0].reason, 'API_KEY_INVALID');
  assert.equal((await post(`${path}?key=AIzaFake`, body, {})).status, 200);
  assert.equal((await post(path, body, { authorization: 'Bearer ya29.fake' })).status, 200);
  assert.equal((await post(path, body, { authorization: 'Bearer AIzaFake' })).status, 401);
  assert.equal((await post(path, body, { 'x-goog-api-key': 'AIzaFake-429' })).json.error.details.at(-1).retryDelay, '34.4s');
});

test('snake_case is understood as camelCase', async () => {
  const { status } = await ask({ system_instruction: { parts: [{ text: 's' }] }, generation_config: { max_output_tokens: 5, stop_sequences: ['a'] } });
  assert.equal(status, 200);
});

test('a stream is SSE with CR LF, and ends with usage and a reason', async () => {
  const { text, type } = await post('/v1beta/models/gemini-2.5-text:streamGenerateContent?alt=sse', { contents: [user()] });
  assert.equal(type, 'text/event-stream');
  assert.ok(text.endsWith('\r\n\r\n'));
  const chunks = text.split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, '')));
  assert.equal(chunks.map((chunk) => chunk.candidates[0].content.parts[0].text).join(''), kText.join(''));
  assert.equal(chunks.at(-1).candidates[0].finishReason, 'STOP');
  assert.equal(chunks.at(-1).usageMetadata.totalTokenCount, 34);
});

test('without alt=sse a stream is one array, pretty-printed or compact', async () => {
  const path = '/v1beta/models/gemini-2.5-text:streamGenerateContent';
  const pretty = await post(path, { contents: [user()] });
  assert.match(pretty.type, /application\/json/);
  assert.ok(pretty.text.includes('\n,\r\n'));
  assert.equal(pretty.json.length, kText.length + 1);
  const compact = await post(`${path}?prettyPrint=false`, { contents: [user()] });
  assert.deepEqual(compact.json, pretty.json);
  assert.ok(!compact.text.includes('\n'));
  const refused = await post(path, {});
  assert.equal(refused.json[0].error.code, 400);
});

test('answers without content: blocked, filtered, cut short', async () => {
  const of = async (scenario) => (await ask({}, `gemini-2.5-${scenario}`)).json;
  assert.equal((await of('blocked')).promptFeedback.blockReason, 'PROHIBITED_CONTENT');
  assert.equal((await of('blocked')).candidates, undefined);
  assert.deepEqual((await of('safety-empty')).candidates, [{ finishReason: 'SAFETY', index: 0 }]);
  assert.equal((await of('length-empty')).usageMetadata.candidatesTokenCount, undefined);
});

test('parallel calls: only the first is signed; some calls have an id', async () => {
  const { json } = await ask({ tools: tools('a', 'b', 'c') }, 'gemini-3-tools3');
  const { parts } = json.candidates[0].content;
  assert.deepEqual(parts.map((part) => part.functionCall.name), ['a', 'b', 'c']);
  assert.deepEqual(parts.map((part) => Boolean(part.thoughtSignature)), [true, false, false]);
  assert.equal((await ask({ tools: tools('a') }, 'gemini-3-tool-id')).json.candidates[0].content.parts[0].functionCall.id, 'own0id1x');
});

test('counts, embeddings, models, 404', async () => {
  const path = '/v1beta/models/gemini-2.5-text:countTokens';
  assert.ok((await post(path, { contents: [user()] })).json.totalTokens > 0);
  assert.ok((await post(path, { generateContentRequest: { model: 'models/gemini-2.5-text', contents: [user()] } })).json.totalTokens > 0);
  assert.equal((await post(path, { contents: [user()], tools: [] })).status, 400);
  const content = (text) => ({ model: 'models/gemini-embedding-001', content: { parts: [{ text }] }, outputDimensionality: 2 });
  assert.deepEqual((await post('/v1beta/models/gemini-embedding-001:embedContent', content('abc'))).json.embedding.values, [3, -0.5]);
  const batch = await post('/v1beta/models/gemini-embedding-001:batchEmbedContents', { requests: [content('a'), content('bb')] });
  assert.deepEqual(batch.json.embeddings.map((one) => one.values[0]), [1, 2]);
  assert.equal((await ask({}, 'gemini-2.5-nothing')).status, 404);
  const list = await fetch(`${fake.base}/v1beta/models`, { headers: { 'x-goog-api-key': 'AIzaFake' } });
  assert.ok((await list.json()).models.length > 1);
});

test('Vertex: another path, a token, a count of the bare request', async () => {
  const headers = { authorization: 'Bearer ya29.fake' };
  const path = new URL(fake.vertex).pathname;
  assert.equal((await post(`${path}/models/gemini-2.5-text:generateContent`, { contents: [user()] }, headers)).status, 200);
  assert.equal((await post(`${path}/models/gemini-2.5-text:countTokens`, { contents: [user()], tools: [] }, headers)).status, 200);
  assert.equal((await post(`${path}/models/gemini-2.5-text:generateContent`, { contents: [user()] }, {})).status, 401);
});
