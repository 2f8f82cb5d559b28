// scenarios.mjs - what the fake model says: a script {chunks, finish, usage, ...}, free of framing.
//
// A chunk is a list of parts as Gemini writes them; a whole answer joins the chunks' parts.
import { createHash } from 'node:crypto';
import { kErrors, notFound } from './errors.mjs';
import { signatureOf, textSignature } from './validate.mjs';
import { kArguments, kJsonText, kReasoning, kText } from '../openai/scenarios.mjs';

export const kUsage = { promptTokenCount: 21, candidatesTokenCount: 13, totalTokenCount: 34 };
export const kThoughtTokens = 8;
export const kPixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const say = (pieces) => pieces.map((text) => [{ text }]);
const lastTurn = (request) => request.contents.at(-1);
const responses = (request) => lastTurn(request).parts.filter((part) => part.functionResponse).map((part) => part.functionResponse);
const textOf = (parts) => parts.map((part) => part.text ?? '').join('');

// One call; the first of a step is signed, as Gemini does it.
function call(request, index, args, { signed = index === 0, id } = {}) {
  const allowed = request.declared;
  const name = allowed[index % Math.max(1, allowed.length)]?.name ?? 'lookup';
  const functionCall = { ...(id ? { id } : {}), name, args };
  return { functionCall, ...(signed ? { thoughtSignature: signatureOf(name, args) } : {}) };
}

function withTools(make) {
  return (request) => {
    const found = responses(request);
    if (found.length === 0) return { chunks: make(request) };
    const said = found.flatMap(({ response }) => [response.output ?? JSON.stringify(response), ';']);
    return { chunks: say(['The tool said: ', ...said.map(String)]) };
  };
}

const kArgs = JSON.parse(kArguments.join(''));
const isShown = (request) => request.config.thinkingConfig?.includeThoughts === true || request.config.thinkingConfig?.include_thoughts === true;
const thoughts = (request) => (isShown(request) ? kReasoning.map((text) => [{ text, thought: true }]) : []);
const mediaMark = ({ mimeType, data }) => `${mimeType}#${createHash('sha256').update(Buffer.from(data, 'base64')).digest('hex').slice(0, 12)}`;

const kGrounding = {
  webSearchQueries: ['köln'],
  groundingChunks: [{ web: { uri: 'https://example.org/', title: 'Köln' } }],
  groundingSupports: [{ segment: { startIndex: 0, endIndex: 6, text: 'Grüße' }, groundingChunkIndices: [0] }],
};

const kScripts = {
  text: () => ({ chunks: say(kText) }),
  echo: (request) => ({ chunks: say([textOf(lastTurn(request).parts)]) }),
  system: (request) => ({ chunks: say([textOf(request.system)]) }),
  empty: () => ({ chunks: [] }),
  long: () => ({ chunks: say(Array.from({ length: 2000 }, (_, i) => `word${i} `)) }),
  signed: () => ({ chunks: [...say(kText), [{ text: '', thoughtSignature: textSignature(kText.join('')) }]] }),
  think: (request) => ({ chunks: [...thoughts(request), ...say(kText)], thoughts: true }),
  tool: withTools((request) => [[call(request, 0, kArgs)]]),
  'tool-id': withTools((request) => [[call(request, 0, kArgs, { id: 'own0id1x' })]]),
  'tool-text': withTools((request) => [...say(['Looking ', 'it up.']), [call(request, 0, kArgs)]]),
  'tool-noargs': withTools((request) => [[call(request, 0, {})]]),
  'tool-think': withTools((request) => [...thoughts(request), [call(request, 0, kArgs)]]),
  // Parallel calls: each in a chunk of its own, only the first signed.
  tools3: withTools((request) => [0, 1, 2].map((i) => [call(request, i, { i })])),
  'tools-same': withTools((request) => [[0, 1, 2].map((i) => ({ ...call(request, i, { i }), functionCall: { name: request.declared[0]?.name ?? 'lookup', args: { i } }, ...(i === 0 ? { thoughtSignature: signatureOf(request.declared[0]?.name ?? 'lookup', { i }) } : {}) }))]),
  // Calls again after each result until the third.
  'tool-loop': (request) => {
    const rounds = request.contents.filter((turn) => turn.parts.some((part) => part.functionResponse)).length;
    return { chunks: rounds < 3 ? [[call(request, 0, { round: rounds })]] : say(['done after ', String(rounds)]) };
  },
  json: () => ({ chunks: say(kJsonText) }),
  image: (request) => ({ chunks: say([lastTurn(request).parts.filter((part) => part.inlineData).map((part) => mediaMark(part.inlineData)).join(' ')]) }),
  draw: () => ({ chunks: [[{ text: 'Here: ' }], [{ inlineData: { mimeType: 'image/png', data: kPixel } }]] }),
  code: () => ({ chunks: [[{ executableCode: { language: 'PYTHON', code: 'print(1)' } }], [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } }]] }),
  search: () => ({ chunks: say(kText), grounding: kGrounding }),
  logprobs: () => ({ chunks: say(['a']), logprobs: { chosenCandidates: [{ token: 'a', tokenId: 1, logProbability: -0.1 }], topCandidates: [{ candidates: [{ token: 'a', logProbability: -0.1 }, { token: 'b', logProbability: -2 }] }] } }),
  length: () => ({ chunks: say(kText.slice(0, 2)), finish: 'MAX_TOKENS' }),
  'length-empty': () => ({ chunks: [], finish: 'MAX_TOKENS', thoughts: true, noContent: true }),
  safety: () => ({ chunks: say(['I ']), finish: 'SAFETY' }),
  'safety-empty': () => ({ chunks: [], finish: 'SAFETY', noContent: true }),
  recitation: () => ({ chunks: [], finish: 'RECITATION', noContent: true }),
  malformed: () => ({ chunks: [], finish: 'MALFORMED_FUNCTION_CALL', noContent: true }),
  blocked: () => ({ blocked: 'PROHIBITED_CONTENT' }),
  'finish-each': () => ({ chunks: say(kText), finishEach: true }),
  'no-usage': () => ({ chunks: say(kText), usage: null }),
  cached: () => ({ chunks: say(kText), usage: { ...kUsage, cachedContentTokenCount: 16 } }),
  'no-finish': () => ({ chunks: say(kText), finish: null }),
  'err-mid': () => ({ chunks: say(kText.slice(0, 3)), ending: 'error' }),
  'bad-json': () => ({ chunks: say(kText.slice(0, 3)), ending: 'garbage' }),
};

export function scriptFor(name, request) {
  if (kErrors[name]) throw kErrors[name]();
  // "malformed-at-3": garbage in the place of the chunk after the third.
  const at = /^malformed-at-(\d+)$/.exec(name);
  const made = at ? { chunks: say(kText).slice(0, Number(at[1])), ending: 'garbage' } : kScripts[name]?.(request);
  if (made === undefined) throw notFound(name);
  return { finish: 'STOP', usage: kUsage, ending: 'done', candidates: request.config.candidateCount ?? 1, ...made };
}
