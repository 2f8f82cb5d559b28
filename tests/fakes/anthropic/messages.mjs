// messages.mjs - writes a script as Anthropic writes it: one message, or the events of WIRE 4.3.
import { createHash } from 'node:crypto';
import { kRedactedThought, redactedData, signatureOf } from './validate.mjs';

const idOf = (body) => `msg_01${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 22)}`;

function usageOf({ input, output, cacheRead, cacheWrite }, serverTools) {
  return {
    input_tokens: input, cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: output, service_tier: 'standard', inference_geo: 'global', ...(serverTools ? { server_tool_use: serverTools } : {}),
  };
}

function wholeBlock(block) {
  const { type, pieces, ...rest } = block;
  switch (type) {
    case 'text':
      return { type, text: pieces.join('') };
    case 'thinking':
      return { type, thinking: pieces.join(''), signature: signatureOf(pieces.join('')) };
    case 'redacted_thinking':
      return { type, data: redactedData(kRedactedThought) };
    case 'tool_use':
    case 'server_tool_use':
      return { type, ...rest, input: JSON.parse(pieces.join('') || '{}'), ...(type === 'tool_use' ? { caller: { type: 'direct' } } : {}) };
  }
  return block;
}

export function writeWhole(body, script) {
  return {
    id: idOf(body), type: 'message', role: 'assistant', model: body.model, content: script.blocks.map(wholeBlock),
    stop_reason: script.stop, stop_sequence: script.stopSequence, stop_details: script.details,
    usage: usageOf(script.usage, script.serverTools),
  };
}

// Real events carry spaces before the last brace.
function event(value) {
  const json = JSON.stringify(value);
  const padding = ' '.repeat(json.length % 7);
  return `event: ${value.type}\ndata: ${json.slice(0, -1)}${padding}}\n\n`;
}
const kPing = 'event: ping\ndata: {"type": "ping"}\n\n';

function startOf(block) {
  const { type, pieces: _, ...rest } = block;
  switch (type) {
    case 'text':
      return { type, text: '' };
    case 'thinking':
      return { type, thinking: '', signature: '' };
    case 'tool_use':
    case 'server_tool_use':
      return { type, ...rest, input: {} };
  }
  return wholeBlock(block);
}

function deltasOf({ type, pieces = [] }) {
  switch (type) {
    case 'text':
      return pieces.map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [...pieces.map((thinking) => ({ type: 'thinking_delta', thinking })), { type: 'signature_delta', signature: signatureOf(pieces.join('')) }];
    case 'tool_use':
    case 'server_tool_use':
      return pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  }
  return [];
}

export function writeStream(body, script) {
  const start = { ...usageOf({ ...script.usage, input: script.startInput ?? script.usage.input }), output_tokens: 1 };
  const message = { id: idOf(body), type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage: start };
  const events = [event({ type: 'message_start', message })];
  script.blocks.forEach((block, index) => {
    events.push(event({ type: 'content_block_start', index, content_block: startOf(block) }));
    if (index === 0) events.push(kPing);
    deltasOf(block).forEach((delta, k) => {
      events.push(event({ type: 'content_block_delta', index, delta }));
      if (k === 1) events.push(kPing);
    });
    if (script.ending === 'done') events.push(event({ type: 'content_block_stop', index }));
  });
  if (script.ending === 'error') events.push(event({ type: 'error', error: { details: null, type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_011CFake' }));
  if (script.ending !== 'done') return events;
  const delta = { stop_reason: script.stop, stop_sequence: script.stopSequence, stop_details: script.details };
  events.push(event({ type: 'message_delta', delta, usage: usageOf(script.usage, script.serverTools) }));
  events.push(event({ type: 'message_stop' }));
  return events;
}
