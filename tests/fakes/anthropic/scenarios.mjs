// scenarios.mjs - what the fake model says: a script {blocks, stop, usage, ...}, free of framing.
//
// A block is {type: "text", pieces}, {type: "thinking", pieces}, {type: "redacted_thinking"},
// {type: "tool_use", id, name, pieces} or a server block that arrives complete.
import { createHash } from 'node:crypto';
import { kErrors, notFound } from './errors.mjs';
import { blocksOf } from './validate.mjs';
import { kArguments, kReasoning, kText } from '../openai/scenarios.mjs';

export const kUsage = { input: 21, output: 13, cacheRead: 0, cacheWrite: 0 };

const text = (pieces) => ({ type: 'text', pieces });
const toolId = (...seed) => `toolu_${createHash('sha256').update(seed.join('|')).digest('hex').slice(0, 24)}`;

function toolUse(body, index, pieces) {
  const tools = (body.tools ?? []).filter((tool) => tool.input_schema);
  const name = body.tool_choice?.name ?? tools[index % Math.max(1, tools.length)]?.name ?? 'lookup';
  return { type: 'tool_use', id: toolId(name, index, body.messages.length), name, pieces };
}

const results = (body) => blocksOf(body.messages.at(-1)).filter((block) => block.type === 'tool_result');
const resultText = ({ content }) => (typeof content === 'string' ? content : (content ?? []).map((block) => block.text ?? '').join(''));

function withTools(make) {
  return (body) => {
    const found = results(body);
    if (found.length) return { blocks: [text(['The tool said: ', ...found.flatMap((r) => [resultText(r), ';'])])], stop: 'end_turn' };
    return { blocks: make(body), stop: 'tool_use' };
  };
}

const isThinking = (body) => ['enabled', 'adaptive'].includes(body.thinking?.type);
const thinking = (body) => (isThinking(body) ? [{ type: 'thinking', pieces: kReasoning }] : []);

const kSearch = [
  { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', pieces: ['{"query":', '"köln"}'] },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_01', content: [{ type: 'web_search_result', url: 'https://example.org/', title: 'Köln', encrypted_content: 'AAAA', page_age: null }] },
];

const isResumed = (body) => blocksOf(body.messages.at(-1)).some((block) => block.type === 'server_tool_use');

const kScripts = {
  text: () => ({ blocks: [text(kText)], stop: 'end_turn' }),
  echo: (body) => ({ blocks: [text([blocksOf(body.messages.at(-1)).map((block) => block.text ?? '').join('')])], stop: 'end_turn' }),
  empty: () => ({ blocks: [], stop: 'end_turn' }),
  long: () => ({ blocks: [text(Array.from({ length: 2000 }, (_, i) => `word${i} `))], stop: 'end_turn' }),
  tool: withTools((body) => [toolUse(body, 0, ['', ...kArguments])]),
  'tool-text': withTools((body) => [text(['Looking ', 'it up.']), toolUse(body, 0, ['', ...kArguments])]),
  'tool-noargs': withTools((body) => [toolUse(body, 0, [''])]),
  tools3: withTools((body) => [0, 1, 2].map((i) => toolUse(body, i, ['', '{"i":', `${i}}`]))),
  think: (body) => ({ blocks: [...thinking(body), text(kText)], stop: 'end_turn' }),
  'think-tool': withTools((body) => [...thinking(body), toolUse(body, 0, ['', ...kArguments])]),
  redacted: withTools((body) => [...(isThinking(body) ? [{ type: 'redacted_thinking' }] : []), toolUse(body, 0, ['', ...kArguments])]),
  'server-tool': () => ({ blocks: [...kSearch, text(kText)], stop: 'end_turn', serverTools: { web_search_requests: 1, web_fetch_requests: 0 } }),
  pause: (body) => (isResumed(body) ? { blocks: [text(kText)], stop: 'end_turn' } : { blocks: [kSearch[0]], stop: 'pause_turn' }),
  refusal: () => ({ blocks: [], stop: 'refusal', details: { type: 'refusal', category: null, explanation: null } }),
  length: () => ({ blocks: [text(kText.slice(0, 3))], stop: 'max_tokens' }),
  window: () => ({ blocks: [text(kText.slice(0, 3))], stop: 'model_context_window_exceeded' }),
  stop: (body) => ({ blocks: [text(kText.slice(0, 3))], stop: 'stop_sequence', stopSequence: body.stop_sequences?.[0] ?? null }),
  cached: () => ({ blocks: [text(kText)], stop: 'end_turn', usage: { input: 5, output: 13, cacheRead: 12, cacheWrite: 4 } }),
  override: () => ({ blocks: [text(kText)], stop: 'end_turn', startInput: 43, usage: { ...kUsage, input: 61 } }),
  'retry-after': () => ({ blocks: [text(kText)], stop: 'end_turn', headers: { 'retry-after': '12' } }),
  image: (body) => ({ blocks: [text([`images: ${imagesOf(body).join(' ')}`])], stop: 'end_turn' }),
  'err-mid': () => ({ blocks: [text(kText)], ending: 'error' }),
  'no-stop': () => ({ blocks: [text(kText)], ending: 'no-stop' }),
};

export function imagesOf(body) {
  return body.messages.flatMap(blocksOf).filter((block) => block.type === 'image').map(({ source }) => {
    if (source.type === 'url') return source.url;
    return `${source.media_type}#${createHash('sha256').update(Buffer.from(source.data, 'base64')).digest('hex').slice(0, 12)}`;
  });
}

export function scriptFor(scenario, body) {
  if (kErrors[scenario]) throw kErrors[scenario]();
  const make = kScripts[scenario];
  if (!make) throw notFound(body.model);
  return { ending: 'done', usage: kUsage, headers: {}, stopSequence: null, details: null, ...make(body) };
}
