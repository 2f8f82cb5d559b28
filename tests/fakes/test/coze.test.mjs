// The Coze fake refuses what the real service refuses, and streams as the recording does.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { startCoze } from '../coze.mjs';
import { kFollowUps, kToolArguments } from '../coze/scenarios.mjs';
import { kReasoning, kText } from '../openai/scenarios.mjs';

let fake;
before(async () => { fake = await startCoze(); });
after(async () => {
  await fake.close();
  assert.deepEqual(fake.faults, []);
});

const question = (content = 'hi', more = {}) => ({ role: 'user', type: 'question', content, content_type: 'text', ...more });

async function send(method, target, body, { token = 'pat_fake', headers = {} } = {}) {
  const auth = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(fake.base + target, { method, headers: { 'content-type': 'application/json', ...auth, ...headers }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, type: answer.headers.get('content-type'), text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}
const v3 = (bot, more = {}, options = {}) => send('POST', `/v3/chat${options.query ?? ''}`, { bot_id: bot, user_id: 'u', stream: true, additional_messages: [question()], ...more }, options);
const v2 = (bot, more = {}, options = {}) => send('POST', '/open_api/v2/chat', { bot_id: bot, user: 'u', query: 'hi', stream: true, ...more }, options);
const events = (text) => [...text.matchAll(/^event:(\S+)\ndata:([^\n]*)$/gm)].map(([, name, data]) => ({ name, data }));
const datas = (text) => [...text.matchAll(/^data:([^\n]*)$/gm)].map(([, data]) => JSON.parse(data));

const kRefused = [
  ['no bot', { bot_id: undefined }], ['no user', { user_id: undefined }], ['no message', { additional_messages: [] }],
  ['101 messages', { additional_messages: Array.from({ length: 101 }, () => question()) }],
  ['role system', { additional_messages: [question('s', { role: 'system' }), question()] }],
  ['role tool', { additional_messages: [question(), { role: 'tool', content: 'x' }] }],
  ['an assistant\'s question', { additional_messages: [question('x', { role: 'assistant' }), question()] }],
  ['an answer last', { additional_messages: [question(), { role: 'assistant', type: 'answer', content: 'x' }] }],
  ['parts as content', { additional_messages: [question([{ type: 'text', text: 'x' }])] }],
  ['an empty content', { additional_messages: [question('')] }],
  ['content_type card', { additional_messages: [question('x', { content_type: 'card' })] }],
  ['object_string that is no JSON', { additional_messages: [question('x', { content_type: 'object_string' })] }],
  ['object_string of text alone', { additional_messages: [question('[{"type":"text","text":"x"}]', { content_type: 'object_string' })] }],
  ['object_string with two texts', { additional_messages: [question('[{"type":"text","text":"x"},{"type":"text","text":"y"},{"type":"image","file_url":"https://h"}]', { content_type: 'object_string' })] }],
  ['an image as data', { additional_messages: [question('[{"type":"image","file_url":"data:image/png;base64,AA"}]', { content_type: 'object_string' })] }],
  ['an image without an address', { additional_messages: [question('[{"type":"image"}]', { content_type: 'object_string' })] }],
  ['an unknown file', { additional_messages: [question('[{"type":"file","file_id":"1"}]', { content_type: 'object_string' })] }],
  ['a chat that is not kept and no stream', { stream: false, auto_save_history: false }],
  ['17 pairs of meta_data', { meta_data: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) }],
  ['a long value in meta_data', { meta_data: { k: 'x'.repeat(513) } }],
  ['temperature', { temperature: 1 }], ['tools', { tools: [] }], ['messages', { messages: [] }], ['stream as text', { stream: 'true' }],
];
for (const [what, more] of kRefused) {
  test(`version 3 refuses ${what} with status 200 and a code`, async () => {
    const got = await v3('text', more);
    assert.deepEqual([got.status, got.json.code], [200, 4000], got.text);
    assert.match(got.type, /json/);
  });
}

for (const [what, more] of [['no query', { query: undefined }], ['no user', { user: undefined }], ['additional_messages', { additional_messages: [] }], ['a history of role system', { chat_history: [{ role: 'system', content: 'x', content_type: 'text' }] }], ['an assistant without type', { chat_history: [{ role: 'assistant', content: 'x', content_type: 'text' }] }]]) {
  test(`version 2 refuses ${what}`, async () => assert.equal((await v2('text', more)).json.code, 4000));
}

test('tokens: 200 and a code for a chat, a status elsewhere', async () => {
  assert.deepEqual([(await v3('text', {}, { token: null })).json.code, (await v3('text', {}, { token: 'x' })).json.code], [4101, 4100]);
  const got = await send('GET', '/v3/chat/retrieve?conversation_id=1&chat_id=1', undefined, { token: 'x' });
  assert.deepEqual([got.status, got.json.code], [401, 700012006]);
  assert.equal((await v3('text', {}, { token: 'pat_fake_4028' })).json.code, 4028);
  assert.equal((await v3('text', {}, { token: 'pat_fake_cn_x' })).json.code, 4100);
});

test('a stream of version 3 has the recording\'s events, in its order and framing', async () => {
  const folder = process.env.AIPROXY_FIXTURES;
  const { text } = await v3('text');
  const names = events(text).map(({ name }) => name);
  assert.doesNotMatch(text, /^(data|event): /m);
  if (!folder) return;
  const recorded = events(fs.readFileSync(path.join(folder, 'coze-v3/g154-001.stream.sse'), 'utf8'));
  const shape = (list) => list.filter((name, i) => name !== list[i - 1]);
  assert.deepEqual(shape(names.filter((name, i) => events(text)[i].data.includes('"verbose"') === false)), shape(recorded.map(({ name }) => name)));
  const members = (list, name) => Object.keys(JSON.parse(list.find((e) => e.name === name).data));
  for (const name of ['conversation.chat.created', 'conversation.message.delta']) {
    for (const member of members(recorded, name)) assert.ok(members(events(text), name).includes(member), `${name}: ${member}`);
  }
  assert.equal(events(text).at(-1).data, recorded.at(-1).data);
});

test('text, reasoning, follow-ups and usage', async () => {
  const list = events((await v3('think')).text);
  const deltas = list.filter(({ name }) => name === 'conversation.message.delta').map(({ data }) => JSON.parse(data));
  assert.equal(deltas.map((d) => d.content).join(''), kText.join(''));
  assert.equal(deltas.map((d) => d.reasoning_content ?? '').join(''), kReasoning.join(''));
  const follow = events((await v3('follow')).text).map(({ data }) => JSON.parse(data)).filter((d) => d.type === 'follow_up').map((d) => d.content);
  assert.deepEqual(follow, kFollowUps);
  assert.equal(fake.openChats, 0);
});

test('a chat that is no stream: created, in_progress, completed, listed', async () => {
  const { json: { data } } = await v3('text', { stream: false });
  assert.equal(data.status, 'created');
  assert.equal(fake.openChats, 1);
  const query = `?conversation_id=${data.conversation_id}&chat_id=${data.id}`;
  assert.equal((await v3('text', {}, { query: `?conversation_id=${data.conversation_id}` })).json.code, 4016, 'another chat in this conversation');
  assert.equal((await send('GET', `/v3/chat/message/list${query}`)).json.code, 4000, 'not yet');
  const seen = [];
  for (let i = 0; i < 3; ++i) seen.push((await send('GET', `/v3/chat/retrieve${query}`)).json.data);
  assert.deepEqual(seen.map((chat) => chat.status), ['in_progress', 'in_progress', 'completed']);
  assert.equal(seen[2].usage.token_count, 34);
  const messages = (await send('GET', `/v3/chat/message/list${query}`)).json.data;
  assert.equal(messages.find((m) => m.type === 'answer').content, kText.join(''));
  assert.equal((await send('POST', '/v3/chat/cancel', { conversation_id: data.conversation_id, chat_id: data.id })).json.code, 4000, 'it has ended');
  assert.equal((await send('GET', `/v3/chat/retrieve${query}`, undefined, { token: 'pat_fake_other' })).json.code, 4101, 'another account');
  assert.equal(fake.openChats, 0);
});

test('a chat that waits for outputs takes those of its calls and no others', async () => {
  const waiting = JSON.parse(events((await v3('tool')).text).find(({ name }) => name === 'conversation.chat.requires_action').data);
  const [call] = waiting.required_action.submit_tool_outputs.tool_calls;
  assert.equal(call.function.arguments, kToolArguments);
  const submit = (outputs) => send('POST', `/v3/chat/submit_tool_outputs?conversation_id=${waiting.conversation_id}&chat_id=${waiting.id}`, { stream: true, tool_outputs: outputs });
  assert.equal((await submit([])).json.code, 4000);
  assert.equal((await submit([{ tool_call_id: 'x', output: 'r' }])).json.code, 4000);
  assert.equal((await submit([{ tool_call_id: call.id, output: {} }])).json.code, 4000);
  assert.match((await submit([{ tool_call_id: call.id, output: 'r' }])).text, /The tool said/);
  assert.equal((await submit([{ tool_call_id: call.id, output: 'r' }])).json.code, 4000, 'it waits no more');
});

test('a chat goes on when its stream is left, until it is cancelled', async () => {
  const leave = new AbortController();
  const answer = await fetch(`${fake.base}/v3/chat`, { method: 'POST', signal: leave.signal, headers: { authorization: 'Bearer pat_fake', 'content-type': 'application/json' }, body: JSON.stringify({ bot_id: 'text+stall=2', user_id: 'u', stream: true, additional_messages: [question()] }) });
  const record = await fake.received((r) => r.json?.bot_id === 'text+stall=2');
  const { value } = await answer.body.getReader().read();
  const { id, conversation_id } = JSON.parse(events(Buffer.from(value).toString())[0].data);
  leave.abort();
  await record.gone;
  assert.equal(fake.openChats, 1);
  assert.equal((await send('POST', '/v3/chat/cancel', { conversation_id, chat_id: id })).json.data.status, 'canceled');
  await fake.settled();
});

test('a chat whose id nobody learned is given up with its connection', async () => {
  const leave = new AbortController();
  const left = fetch(`${fake.base}/v3/chat`, { method: 'POST', signal: leave.signal, headers: { authorization: 'Bearer pat_fake', 'content-type': 'application/json' }, body: JSON.stringify({ bot_id: 'text+hang', user_id: 'u', stream: true, additional_messages: [question()] }) });
  left.catch(() => {});
  await (await fake.received((r) => r.json?.bot_id === 'text+hang')).reached;
  assert.equal(fake.openChats, 1);
  leave.abort();
  await fake.settled();
});

test('failures: in the stream, as an event, as a stop', async () => {
  assert.equal(JSON.parse(events((await v3('failed')).text).at(-2).data).last_error.code, 5000);
  assert.equal(events((await v3('error')).text).at(-1).name, 'error');
  assert.ok(!events((await v3('nowhere')).text).some(({ name }) => /completed$/.test(name) && /chat/.test(name)));
  for (const chat of fake.service.open()) fake.service.setStatus(chat, 'failed');
  assert.ok((await v3('noblank')).text.endsWith('"[DONE]"'));
});

test('version 2: lines of data alone, pieces by index, done', async () => {
  const { text } = await v2('follow');
  assert.doesNotMatch(text, /^event:/m);
  const list = datas(text);
  assert.equal(list.filter((e) => e.message?.type === 'answer').map((e) => e.message.content).join(''), kText.join(''));
  assert.equal(list.at(-1).event, 'done');
  const whole = (await v2('noise', { stream: false })).json;
  assert.equal(whole.msg, 'success');
  assert.equal(whole.messages.find((m) => m.type === 'answer').content, kText.join(''));
});

test('a file is uploaded as a form and known to its account only', async () => {
  const body = '--B\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n--B--\r\n';
  const got = await send('POST', '/v1/files/upload', body, { headers: { 'content-type': 'multipart/form-data; boundary=B' } });
  assert.equal(got.json.data.bytes, 3);
  assert.equal((await send('POST', '/v1/files/upload', {})).json.code, 4000);
  const message = question(`[{"type":"file","file_id":"${got.json.data.id}"}]`, { content_type: 'object_string' });
  assert.match((await v3('see', { additional_messages: [message] })).text, /file:3/);
  assert.equal((await v3('see', { additional_messages: [message] }, { token: 'pat_fake_other' })).json.code, 4000);
});
