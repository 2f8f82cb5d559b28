// scenarios.mjs - what the fake model says, free of any framing.
//
// A scenario gives one script: {steps, finish}. Steps, in order: {text}, {refusal}, {reasoning},
// {tool: {id, name}, args: [fragments]}, {audio}. chat.mjs writes a script as chunks or as one
// object; the compat profiles bend how it is written, never what is said.
import { createHash } from 'node:crypto';
import { kErrors, modelNotFound } from './errors.mjs';
import { validateReasoning } from './validate.mjs';

// Every trap of text: two, three and four byte sequences, escapes, quotes, line ends, U+2028.
export const kText = ['Grüße', ' aus', ' 北京', ' – 👋🏽', ' "quoted"', ' back\\slash', '\n', 'tab\t', '\u2028', 'end.'];
export const kJsonText = ['{"city"', ':"Köln"', ',"n":', '1e3}'];
export const kReasoning = ['Let me', ' think — ', '好', '.'];
export const kRefusal = ['I cannot', ' help', ' with that.'];
export const kArguments = ['{"city":', '"K\\u00f6ln",', '"note":"a \\"b\\" ', '\\\\c 好"', '}'];
export const kUsage = {
  prompt_tokens: 21, completion_tokens: 13, total_tokens: 34,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
};

const say = (pieces) => pieces.map((text) => ({ text }));
const callId = (...seed) => `call_${createHash('sha256').update(seed.join('|')).digest('base64url').slice(0, 24)}`;

function call(body, index, args) {
  const tools = (body.tools ?? []).filter((tool) => tool.type === 'function');
  const named = body.tool_choice?.function?.name;
  const name = named ?? tools[index % Math.max(1, tools.length)]?.function.name ?? 'lookup';
  return { tool: { id: callId(name, index, body.messages.length), name }, args };
}

// A model with tools answers once the results are there.
function afterResults(body) {
  const results = body.messages.filter((message) => message.role === 'tool');
  return { steps: say(['The tool said: ', ...results.map((result) => textOf(result.content)).flatMap((text) => [text, ';'])]), finish: 'stop' };
}

export function textOf(content) {
  return typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');
}

function withTools(calls) {
  return (body) => body.messages.at(-1).role === 'tool' ? afterResults(body) : { steps: calls(body), finish: 'tool_calls' };
}

const kScripts = {
  text: () => ({ steps: say(kText), finish: 'stop' }),
  echo: (body) => ({ steps: say([textOf(body.messages.at(-1).content)]), finish: 'stop' }),
  empty: () => ({ steps: [], finish: 'stop' }),
  long: () => ({ steps: Array.from({ length: 2000 }, (_, i) => ({ text: `word${i} ` })), finish: 'stop' }),
  tool: withTools((body) => [call(body, 0, kArguments)]),
  'tool-text': withTools((body) => [...say(['Looking ', 'it up.']), call(body, 0, kArguments)]),
  'tool-noargs': withTools((body) => [call(body, 0, [])]),
  'tool-joined': withTools((body) => [{ ...call(body, 0, kArguments), isJoined: true }]),
  tools3: withTools((body) => [0, 1, 2].map((i) => call(body, i, [`{"i":`, `${i}}`]))),
  refusal: () => ({ steps: kRefusal.map((refusal) => ({ refusal })), finish: 'stop' }),
  json: () => ({ steps: say(kJsonText), finish: 'stop' }),
  length: () => ({ steps: say(kText.slice(0, 3)), finish: 'length' }),
  filter: () => ({ steps: say(kText.slice(0, 2)), finish: 'content_filter' }),
  reason: (body) => {
    validateReasoning(body);
    return { steps: say(kText), finish: 'stop', reasoningTokens: 9 };
  },
  think: () => ({ steps: [...kReasoning.map((reasoning) => ({ reasoning })), ...say(kText)], finish: 'stop', reasoningTokens: 9 }),
  image: (body) => ({ steps: say([`images: ${imagesOf(body).join(' ')}`]), finish: 'stop' }),
  audio: () => ({ steps: ['UklG', 'RgAA'].map((data) => ({ audio: { data } })), finish: 'stop' }),
  'no-done': () => ({ steps: say(kText), finish: 'stop', ending: 'no-done' }),
  'no-finish': () => ({ steps: say(kText), finish: null, ending: 'no-done' }),
  'err-mid': () => ({ steps: say(kText), finish: null, ending: 'error' }),
  'html-200': () => ({ ending: 'html' }),
  'body-error-200': () => ({ ending: 'json-error' }),
};

// What of each image reached the fake: the type and hash of its bytes, or its address.
export function imagesOf(body) {
  return body.messages.flatMap((message) => (Array.isArray(message.content) ? message.content : []))
    .filter((part) => part.type === 'image_url')
    .map(({ image_url: { url } }) => {
      const [, type, data] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
      return type ? `${type}#${createHash('sha256').update(Buffer.from(data, 'base64')).digest('hex').slice(0, 12)}` : url;
    });
}

export function scriptFor(scenario, body) {
  if (kErrors[scenario]) throw kErrors[scenario]();
  const make = kScripts[scenario];
  if (!make) throw modelNotFound(body.model);
  const script = { ending: 'done', reasoningTokens: 0, ...make(body) };
  const tokens = { ...kUsage.completion_tokens_details, reasoning_tokens: script.reasoningTokens };
  return { ...script, usage: { ...kUsage, completion_tokens_details: tokens } };
}
