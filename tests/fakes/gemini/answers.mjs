// answers.mjs - writes a script as Gemini writes it: one response, server-sent events with CR LF,
// or an array printed on many lines with ",\r\n" between its elements (WIRE 6.3).
import { createHash } from 'node:crypto';
import { kThoughtTokens } from './scenarios.mjs';

const idOf = (body) => createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22);

function usageOf(script, isLast) {
  if (script.usage === null) return {};
  const { promptTokenCount, candidatesTokenCount, totalTokenCount, ...more } = script.usage;
  if (!isLast) return { usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount } };
  const thoughts = script.thoughts ? { thoughtsTokenCount: kThoughtTokens } : {};
  // A count of nothing is not written, as protobuf does it.
  const said = script.noContent ? {} : { candidatesTokenCount };
  const total = totalTokenCount + (script.thoughts ? kThoughtTokens : 0) - (script.noContent ? candidatesTokenCount : 0);
  return { usageMetadata: { promptTokenCount, ...said, ...thoughts, totalTokenCount: total, ...more, promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokenCount }] } };
}

function endOf(script) {
  return {
    ...(script.finish === null ? {} : { finishReason: script.finish }),
    ...(script.grounding ? { groundingMetadata: script.grounding } : {}),
    ...(script.logprobs ? { logprobsResult: script.logprobs } : {}),
  };
}

const tail = (model, body) => ({ modelVersion: model, responseId: idOf(body) });
const content = (parts) => ({ content: { parts, role: 'model' } });
const blocked = (script) => ({ promptFeedback: { blockReason: script.blocked } });

// Texts of one kind that follow one another are one part of a whole answer.
function joined(chunks) {
  const out = [];
  for (const part of chunks.flat()) {
    const last = out.at(-1);
    const plain = (one) => one?.text !== undefined && one.thoughtSignature === undefined;
    if (plain(part) && plain(last) && Boolean(part.thought) === Boolean(last.thought)) out[out.length - 1] = { ...last, text: last.text + part.text };
    else out.push(part);
  }
  return out;
}

export function writeWhole(model, body, script) {
  if (script.blocked) return { ...blocked(script), ...usageOf({ ...script, noContent: true }, true), ...tail(model, body) };
  const candidates = Array.from({ length: script.candidates }, (_, index) => ({ ...(script.noContent ? {} : content(joined(script.chunks))), ...endOf(script), index }));
  return { candidates, ...usageOf(script, true), ...tail(model, body) };
}

// The responses of a stream. The last holds an empty text and the reason, as the recordings do.
function responsesOf(model, body, script) {
  if (script.blocked) return [writeWhole(model, body, script)];
  const out = [];
  for (const parts of script.chunks) {
    for (let index = 0; index < script.candidates; ++index) {
      out.push({ candidates: [{ ...content(parts), ...(script.finishEach ? { finishReason: 'STOP' } : {}), index }], ...usageOf(script, false), ...tail(model, body) });
    }
  }
  if (script.ending !== 'done') return out;
  const isCall = script.chunks.at(-1)?.some((part) => part.functionCall);
  const last = script.noContent ? {} : content(isCall ? [{ text: '' }] : [{ text: '' }]);
  const candidates = Array.from({ length: script.candidates }, (_, index) => ({ ...last, ...endOf(script), index }));
  return [...out, { candidates, ...usageOf(script, true), ...tail(model, body) }];
}

const kMidError = { error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } };
const kGarbage = '{"candidates": [{"content": <html>';

export function writeSse(model, body, script) {
  const event = (text) => `data: ${text}\r\n\r\n`;
  const events = responsesOf(model, body, script).map((response) => event(JSON.stringify(response)));
  if (script.ending === 'error') events.push(event(JSON.stringify(kMidError)));
  if (script.ending === 'garbage') events.push(event(kGarbage));
  return events;
}

export function writeArray(model, body, script, { compact = false } = {}) {
  const print = (value) => (compact ? JSON.stringify(value) : JSON.stringify(value, null, 2));
  const all = responsesOf(model, body, script).map(print);
  if (script.ending === 'error') all.push(print(kMidError));
  if (script.ending === 'garbage') all.push(`${kGarbage}}]}`);
  const out = all.map((text, i) => (i === 0 ? `[${text}` : `${compact ? ',' : '\n,\r\n'}${text}`));
  return [...out, compact ? ']' : '\n]\n'];
}
