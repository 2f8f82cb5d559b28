// v2.mjs - version 2: one request, one answer; lines of data whose kind stands inside (WIRE 7.1).
import { scriptFor } from './scenarios.mjs';
import { validateV2 } from './validate.mjs';

const sse = (value) => `data:${JSON.stringify(value)}\n\n`;

const kNoise = ['knowledge', 'function_call', 'tool_response', 'verbose'];

function streamOf(script, conversation) {
  let seq = 0;
  const message = (type, content, index, isFinish) => sse({
    event: 'message', message: { role: 'assistant', type, content, content_type: 'text' }, is_finish: isFinish, index, conversation_id: conversation.id, seq_id: seq++,
  });
  const events = [sse({ event: 'ping' })];
  if (script.noise) kNoise.forEach((type, i) => events.push(message(type, `some ${type}`, 50 + i, true)));
  script.answers.forEach(({ pieces }, index) => {
    for (const piece of pieces) events.push(message('answer', piece, index, false));
    events.push(message('answer', '', index, true));
  });
  script.followUps.forEach((question, i) => events.push(message('follow_up', question, 10 + i, true)));
  if (script.ends === 'nowhere') return events;
  if (script.ends === 'error' || script.ends === 'failed') return [...events, sse({ event: 'error', error_information: { err_code: 5000, err_msg: 'internal error' } })];
  if (script.done !== null) events.push(sse({ event: 'done' }));
  if (script.noBlank) events[events.length - 1] = events.at(-1).slice(0, -2);
  if (script.mal !== undefined && script.mal < events.length) events[script.mal] = 'data:{"broken\n\n';
  return events;
}

export function v2Chat(record, service) {
  const body = record.json;
  validateV2(body);
  const conversation = service.conversation(record.token, body.conversation_id);
  ++conversation.turns;
  const sent = 1 + (body.chat_history ?? []).length;
  const { script, html, plan } = scriptFor(body.bot_id, { conversation, sent, query: body.query, items: [] });
  if (html) return record.answer({ status: 502, headers: { 'content-type': 'text/html' }, bytes: Buffer.from(html), plan });
  conversation.history.push(body.query);
  if (body.stream) return record.answer({ plan, events: streamOf(script, conversation) });
  const message = (type, content) => ({ role: 'assistant', type, content, content_type: 'text' });
  const messages = [
    ...(script.noise ? kNoise.map((type) => message(type, `some ${type}`)) : []),
    ...script.answers.map(({ pieces }) => message('answer', pieces.join(''))),
    ...script.followUps.map((question) => message('follow_up', question)),
  ];
  return record.answer({ plan, json: { messages, conversation_id: conversation.id, code: 0, msg: 'success' } });
}
