// chat.mjs - writes a script as OpenAI writes it: one chat.completion, or the chunks of WIRE 1.3.
import { createHash } from 'node:crypto';

const kCreated = 1_760_000_000;

export function idOf(body) {
  return `chatcmpl-${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 29)}`;
}

function logprobsOf(body, text) {
  if (!body.logprobs) return null;
  const one = (token) => ({ token, logprob: -0.25, bytes: [...Buffer.from(token)] });
  const top = Array.from({ length: body.top_logprobs ?? 0 }, () => one(text));
  return { content: [{ ...one(text), top_logprobs: top }], refusal: null };
}

const functionCall = (step) => ({ id: step.tool.id, type: 'function', function: { name: step.tool.name, arguments: step.args.join('') } });
const joined = (steps, key) => steps.map((step) => step[key] ?? '').join('');

export function writeWhole(body, script, profile) {
  const { steps, finish, usage } = script;
  const calls = steps.filter((step) => step.tool);
  const message = { role: 'assistant', content: joined(steps, 'text') || (calls.length || joined(steps, 'refusal') ? null : ''), refusal: joined(steps, 'refusal') || null, annotations: [] };
  if (calls.length) message.tool_calls = calls.map(functionCall).map((call) => profile.call?.(call) ?? call);
  if (joined(steps, 'reasoning')) message[profile.reasoningMember ?? 'reasoning_content'] = joined(steps, 'reasoning');
  const audio = steps.map((step) => step.audio?.data ?? '').join('');
  if (audio) message.audio = { id: 'audio_1', data: audio, expires_at: kCreated + 3600, transcript: 'hi' };
  const pieces = steps.filter((step) => step.text).map((step) => logprobsOf(body, step.text)?.content[0]);
  const logprobs = body.logprobs ? { content: pieces, refusal: null } : null;
  const choices = Array.from({ length: body.n ?? 1 }, (_, index) => ({ index, message, logprobs, finish_reason: finish }));
  const whole = {
    id: idOf(body), object: 'chat.completion', created: kCreated, model: profile.modelOf?.(body) ?? body.model,
    choices, usage, service_tier: 'default', system_fingerprint: 'fp_fake',
  };
  return profile.whole?.(whole) ?? whole;
}

// The deltas of one choice, as [delta, logprobs] pairs; the first one carries the role.
function deltasOf(body, script) {
  const deltas = [];
  const add = (delta, logprobs = null) => deltas.push([delta, logprobs]);
  const calls = script.steps.filter((step) => step.tool);
  const startsWithTool = script.steps[0]?.tool;
  if (!script.steps[0]?.isJoined) add(startsWithTool ? { role: 'assistant', content: null } : { role: 'assistant', content: '', refusal: null });
  for (const step of script.steps) {
    if (step.text !== undefined) add({ content: step.text }, logprobsOf(body, step.text));
    if (step.refusal) add({ refusal: step.refusal });
    if (step.reasoning) add({ reasoning: step.reasoning });
    if (step.audio) add({ audio: { id: 'audio_1', ...step.audio } });
    if (!step.tool) continue;
    const index = calls.indexOf(step);
    const head = { tool_calls: [{ index, id: step.tool.id, type: 'function', function: { name: step.tool.name, arguments: '' } }] };
    add(step.isJoined ? { role: 'assistant', content: null, ...head } : head);
    for (const piece of step.args) add({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  return deltas;
}

const event = (value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

// The chunks as objects, before a profile bends them.
function chunksOf(body, script, profile) {
  const wantsUsage = Boolean(body.stream_options?.include_usage);
  const head = {
    id: idOf(body), object: 'chat.completion.chunk', created: kCreated, model: profile.modelOf?.(body) ?? body.model,
    service_tier: 'default', system_fingerprint: 'fp_fake',
  };
  const chunk = (choices, usage = null) => ({ ...head, choices, ...(wantsUsage ? { usage } : {}) });
  const choiceIndexes = Array.from({ length: body.n ?? 1 }, (_, i) => i);
  const chunks = [];
  for (const [delta, logprobs] of deltasOf(body, script)) {
    for (const index of choiceIndexes) chunks.push(chunk([{ index, delta, logprobs, finish_reason: null }]));
  }
  if (script.finish) {
    for (const index of choiceIndexes) chunks.push(chunk([{ index, delta: {}, logprobs: null, finish_reason: script.finish }]));
    if (wantsUsage) chunks.push(chunk([], script.usage));
  }
  return chunks;
}

function pad(chunk, body) {
  if (body.stream_options?.include_obfuscation === false) return chunk;
  return { ...chunk, obfuscation: 'aZ09'.slice(0, 1 + (JSON.stringify(chunk).length % 4)) };
}

export function writeStream(body, script, profile) {
  let chunks = chunksOf(body, script, profile);
  chunks = profile.chunks?.(chunks, script, body) ?? chunks.map((chunk) => pad(chunk, body));
  const events = [...(profile.comments ?? []), ...chunks.map(event)];
  if (script.ending === 'error') {
    return [...events, event({ error: { message: 'The server had an error processing your request.', type: 'server_error', param: null, code: null } })];
  }
  if (script.ending === 'done' && profile.sendsDone !== false) events.push(event('[DONE]'));
  return events;
}
