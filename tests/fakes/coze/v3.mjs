// v3.mjs - version 3: chats as streams and as objects that are asked for, as WIRE 7.2 has them.
import { bad, errorBody, refuse } from './errors.mjs';
import { scriptFor } from './scenarios.mjs';
import { itemsOf, validateOutputs, validateV3 } from './validate.mjs';

const sse = (name, data) => `event:${name}\ndata:${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

function chatObject(chat, more = {}) {
  return {
    id: chat.id, conversation_id: chat.conversation.id, bot_id: chat.bot, created_at: 1_790_000_000, completed_at: 1_790_000_005,
    last_error: { code: 0, msg: '' }, status: chat.status, usage: { token_count: 0, output_count: 0, input_count: 0 }, section_id: chat.conversation.id, ...more,
  };
}

function ended(chat) {
  const { script } = chat;
  if (script.ends === 'failed') return chatObject(chat, { status: 'failed', last_error: { code: 5000, msg: 'event interval error' } });
  if (script.ends === 'requires_action') return chatObject(chat, { status: 'requires_action', usage: script.usage, required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: script.tools } } });
  return chatObject(chat, { status: 'completed', usage: script.usage });
}

const idOf = (chat, n) => `${chat.id.slice(0, -4)}${String(n).padStart(4, '0')}`;
const message = (chat, n, more) => ({ id: idOf(chat, n), conversation_id: chat.conversation.id, bot_id: chat.bot, role: 'assistant', type: 'answer', content: '', content_type: 'text', chat_id: chat.id, ...more });

const noise = (chat) => [
  message(chat, 900, { type: 'knowledge', content: '{"msg_type":"knowledge_recall","data":"{}"}' }),
  message(chat, 901, { type: 'function_call', content: '{"name":"search","arguments":{"q":"x"}}' }),
  message(chat, 902, { type: 'tool_response', content: 'a tool\'s answer' }),
];
const verbose = (chat) => message(chat, 903, { type: 'verbose', content: '{"msg_type":"generate_answer_finish","data":"{\\"finish_reason\\":0}","from_module":null,"from_unit":null}' });
const followUps = (chat) => chat.script.followUps.map((content, i) => message(chat, 910 + i, { type: 'follow_up', content }));

function answerEvents(chat, { pieces, reasoning = [], type = 'text' }, n) {
  const events = [];
  const delta = (more) => events.push(sse('conversation.message.delta', message(chat, n, more)));
  for (const piece of reasoning) delta({ reasoning_content: piece });
  if (!chat.script.withoutDeltas && type === 'text') for (const piece of pieces) delta({ content: piece });
  const whole = { content: pieces.join(''), content_type: type, ...(reasoning.length ? { reasoning_content: reasoning.join('') } : {}) };
  events.push(sse(chat.script.misspelt ? 'conversation.message.compleated' : 'conversation.message.completed', message(chat, n, whole)));
  return events;
}

// The events of a stream, and which of them ends the chat.
function streamOf(chat) {
  const { script } = chat;
  const events = [sse('conversation.chat.created', chatObject(chat, { status: 'created' })), sse('conversation.chat.in_progress', chatObject(chat, { status: 'in_progress' }))];
  if (script.noise) for (const one of noise(chat)) events.push(sse('conversation.message.completed', one));
  script.answers.forEach((answer, n) => events.push(...answerEvents(chat, answer, n)));
  if (script.ends === 'nowhere') return { events, last: Infinity };
  if (script.ends === 'error') events.push(sse('error', { code: 5000, msg: 'internal error' }));
  if (script.ends === 'failed') events.push(sse('conversation.chat.failed', ended(chat)));
  if (script.ends === 'requires_action') events.push(sse('conversation.chat.requires_action', ended(chat)));
  if (script.ends === 'completed') {
    events.push(sse('conversation.message.completed', verbose(chat)));
    for (const one of followUps(chat)) events.push(sse('conversation.message.completed', one));
    events.push(sse(script.misspelt ? 'conversation.chat.compleated' : 'conversation.chat.completed', ended(chat)));
  }
  const last = events.length;
  if (script.audio) events.push(sse('conversation.audio.delta', message(chat, 0, { content: 'AAAA', content_type: 'audio' })));
  if (script.done !== null && script.ends !== 'error') events.push(sse('done', script.done));
  if (script.noBlank) events[events.length - 1] = events.at(-1).slice(0, -2);
  if (script.mal !== undefined && script.mal < events.length) events[script.mal] = events[script.mal].replace(/data:.*/, 'data:{"broken');
  return { events, last };
}

const finalStatus = { failed: 'failed', error: 'failed', requires_action: 'requires_action', completed: 'completed' };

async function answerStream(record, service, chat, plan) {
  const { events, last } = streamOf(chat);
  chat.status = 'in_progress';
  record.over.then(() => {
    if (record.eventsSent === 0 && chat.status === 'in_progress') service.setStatus(chat, 'canceled');
  });
  await record.answer({ plan, events });
  // Written as one piece, all events are one.
  const sent = plan.whole && record.eventsSent > 0 ? events.length : record.eventsSent;
  if (sent >= last && chat.status === 'in_progress') service.setStatus(chat, finalStatus[chat.script.ends]);
}

async function answerObject(record, service, chat, plan) {
  record.over.then((how) => {
    if (how === 'gone' && chat.status === 'created') service.setStatus(chat, 'canceled');
  });
  await record.answer({ plan, json: { code: 0, msg: '', data: chatObject(chat) } });
}

function begin(record, service, chat, plan) {
  if (record.json.stream) return answerStream(record, service, chat, plan);
  return answerObject(record, service, chat, plan);
}

export function chat(record, service) {
  const body = record.json;
  validateV3(body, service, record.token);
  const conversation = service.conversation(record.token, record.query.get('conversation_id'));
  const messages = body.additional_messages;
  const last = messages.at(-1);
  const items = messages.filter((m) => m.content_type === 'object_string').flatMap((m) => itemsOf(m, service, record.token))
    .filter(({ type }) => type !== 'text').map((item) => `${item.type}:${item.file_url ?? service.files.get(item.file_id).bytes.length}`);
  ++conversation.turns;
  const facts = { conversation, sent: messages.length, query: last.content, items };
  const { script, html, plan } = scriptFor(body.bot_id, facts);
  if (html) return record.answer({ status: 502, headers: { 'content-type': 'text/html' }, bytes: Buffer.from(html), plan });
  const made = service.addChat(record.token, conversation, body.bot_id, script);
  conversation.history.push(...messages);
  return begin(record, service, made, plan);
}

const chatOf = (record, service) => service.chat(record.token, record.query.get('conversation_id') ?? record.json?.conversation_id, record.query.get('chat_id') ?? record.json?.chat_id);

export function submit(record, service) {
  const found = chatOf(record, service);
  validateOutputs(record.json, found);
  const { script, plan } = scriptFor(found.bot, { conversation: found.conversation, outputs: record.json.tool_outputs });
  Object.assign(found, { script, polls: 0 });
  service.setStatus(found, 'created');
  return begin(record, service, found, plan);
}

export function retrieve(record, service) {
  const found = chatOf(record, service);
  const { script } = found;
  if (script.pollHangs) return record.answer({ plan: { hang: true }, json: {} });
  if (script.pollErrors > 0) {
    --script.pollErrors;
    return record.answer({ status: 500, json: errorBody(5000) });
  }
  if (found.status === 'created' || found.status === 'in_progress') {
    if (++found.polls > script.pollsMax) service.setStatus(found, finalStatus[script.ends] ?? 'failed');
    else found.status = 'in_progress';
  }
  const isEnded = !['created', 'in_progress', 'canceled'].includes(found.status);
  return record.answer({ json: { code: 0, msg: '', data: isEnded ? ended(found) : chatObject(found) } });
}

export function list(record, service) {
  const found = chatOf(record, service);
  if (found.status !== 'completed') throw bad('the chat is not completed');
  if (found.script.listHangs) return record.answer({ plan: { hang: true }, json: {} });
  const answers = found.script.answers.map(({ pieces, reasoning, type = 'text' }, n) => message(found, n, { content: pieces.join(''), content_type: type, ...(reasoning ? { reasoning_content: reasoning.join('') } : {}) }));
  const around = found.script.noise ? noise(found) : [];
  return record.answer({ json: { code: 0, msg: '', data: [...around, verbose(found), ...answers, ...followUps(found)] } });
}

export function cancel(record, service) {
  const found = chatOf(record, service);
  if (!['created', 'in_progress', 'requires_action'].includes(found.status)) throw refuse(4000, 'The chat has ended already.');
  service.setStatus(found, 'canceled');
  return record.answer({ json: { code: 0, msg: '', data: chatObject(found, { status: 'canceled' }) } });
}
