// profiles.mjs - how services that call themselves compatible differ from OpenAI (WIRE 1.3, 11).
//
// A profile may have: isStrict, prefix (its path before /chat/completions), isAlsoUnderV1, checkAuth(record),
// comments (SSE comments before the first chunk), chunks(chunks, script, body), whole(answer),
// call(toolCall), modelOf(body), reasoningMember, sendsDone.
import { Refusal } from '../fake.mjs';
import { kErrors, refuse } from './errors.mjs';

const deltaOf = (chunk) => chunk.choices[0]?.delta;

function renameReasoning(chunks, member, extra = () => ({})) {
  return chunks.map((chunk) => {
    const delta = deltaOf(chunk);
    if (delta?.reasoning === undefined) return chunk;
    const { reasoning, ...rest } = delta;
    return { ...chunk, choices: [{ ...chunk.choices[0], delta: { ...rest, [member]: reasoning, ...extra(reasoning) } }] };
  });
}

// Usage moves from its own chunk to the last one that has choices.
function usageWithChoices(chunks, usage, wrap = (value) => ({ usage: value })) {
  const kept = chunks.filter((chunk) => chunk.choices.length > 0).map(({ usage: _, ...chunk }) => chunk);
  const last = kept.at(-1);
  return last?.choices[0].finish_reason ? [...kept.slice(0, -1), { ...last, ...wrap(usage) }] : kept;
}

// The key picks the refusal as the model's name does: sk-fake-401, sk-fake-429, sk-fake-quota ...
export function checkKey(key) {
  if (key === undefined) {
    throw refuse(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");
  }
  if (!key.startsWith('sk-fake')) throw refuse(401, `Incorrect API key provided: ${key.slice(0, 3)}***.`, { code: 'invalid_api_key' });
  const error = kErrors[`err-${key.slice('sk-fake-'.length)}`];
  if (error) throw error();
}

function bearer(record) {
  checkKey(/^Bearer (\S+)$/.exec(record.headers.authorization ?? '')?.[1]);
}

const openai = { isStrict: true, prefix: '/v1', checkAuth: bearer };

const openrouter = {
  prefix: '/api/v1', checkAuth: bearer, reasoningMember: 'reasoning',
  comments: [': OPENROUTER PROCESSING\n\n', ': OPENROUTER PROCESSING\n\n'],
  chunks: (chunks, script) => usageWithChoices(renameReasoning(chunks, 'reasoning', (text) => ({
    reasoning_details: [{ type: 'reasoning.text', text, format: 'unknown', index: 0 }],
  })), script.usage).map((chunk) => ({
    ...chunk, provider: 'Fake', choices: chunk.choices.map((choice) => ({ ...choice, delta: { role: 'assistant', ...choice.delta } })),
  })),
};

const deepseek = {
  prefix: '', isAlsoUnderV1: true, checkAuth: bearer,
  chunks: (chunks, script) => usageWithChoices(renameReasoning(chunks, 'reasoning_content'), {
    ...script.usage, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 17,
  }),
};

const groq = {
  prefix: '/openai/v1', checkAuth: bearer, reasoningMember: 'reasoning', sendsDone: false,
  chunks: (chunks, script) => usageWithChoices(chunks, script.usage, (usage) => ({ x_groq: { id: 'req_1', usage } }))
    .map((chunk, i) => (i === 0 ? { ...chunk, x_groq: { id: 'req_1', seed: 7 } } : chunk)),
};

const kSafe = { hate: { filtered: false, severity: 'safe' }, violence: { filtered: false, severity: 'safe' } };
const azure = {
  isStrict: true, prefix: '/openai/deployments',
  checkAuth(record) {
    const key = record.headers['api-key'] ?? /^Bearer (\S+)$/.exec(record.headers.authorization ?? '')?.[1];
    if (key === undefined || !key.startsWith('sk-fake')) {
      throw new Refusal(401, { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } });
    }
    if (!record.query.get('api-version')) throw new Refusal(404, { error: { code: '404', message: 'Resource not found' } });
  },
  chunks: (chunks) => [
    { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{ prompt_index: 0, content_filter_results: kSafe }] },
    ...chunks.map((chunk) => ({ ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, content_filter_results: deltaOf(chunk)?.content ? kSafe : {} })) })),
  ],
  whole: (answer) => ({ ...answer, prompt_filter_results: [{ prompt_index: 0, content_filter_results: kSafe }] }),
};

const emptyId = (call) => ({ ...call, ...(call.id === undefined ? {} : { id: '' }) });
const gemini = {
  prefix: '/v1beta/openai', checkAuth: bearer, call: emptyId,
  chunks: (chunks, script) => {
    // Gemini sends each call whole, in one delta.
    const calls = script.steps.filter((step) => step.tool);
    const kept = chunks.filter((chunk) => !deltaOf(chunk)?.tool_calls);
    const at = kept.findIndex((chunk) => chunk.choices[0]?.finish_reason);
    const whole = calls.map((step, index) => ({
      ...kept[0], choices: [{ index: 0, finish_reason: null, delta: { role: 'assistant', tool_calls: [{ index, id: '', type: 'function', function: { name: step.tool.name, arguments: step.args.join('') } }] } }],
    }));
    return at < 0 ? kept : [...kept.slice(0, at), ...whole, ...kept.slice(at)];
  },
};

const anthropic = {
  prefix: '/v1', checkAuth: bearer,
  chunks: (chunks) => chunks.map((chunk) => {
    const calls = deltaOf(chunk)?.tool_calls;
    if (!calls) return chunk;
    const shifted = calls.map((call) => ({ ...call, index: call.index + 1 }));
    return { ...chunk, choices: [{ ...chunk.choices[0], delta: { ...deltaOf(chunk), tool_calls: shifted } }] };
  }),
};

export const kProfiles = { openai, openrouter, deepseek, groq, azure, 'gemini-compat': gemini, 'anthropic-compat': anthropic };
