// openai.mjs - a faithful fake of OpenAI's API and of the services that call themselves compatible.
//
//   const fake = await startOpenAi();                         // or startOpenAi('groq')
//   fake.base                                                 // what a client takes as base URL
//
// The model's name picks the scenario (openai/scenarios.mjs) and the transport (transport.mjs):
// gpt-text, gpt-tool+split, gpt-err-429, gpt-text+stall=2. A key such as sk-fake-401 picks a refusal
// as well. Whatever the real service refuses is refused here with its status and body.
//
// Routes: chat/completions, responses (openai alone), embeddings, models, and for all else an echo of the body with
// x-echo-* headers that name what arrived, for forwards.
import { pathToFileURL } from 'node:url';
import { createHash } from 'node:crypto';
import { Fake } from './fake.mjs';
import { parseModel } from './transport.mjs';
import { writeStream, writeWhole } from './openai/chat.mjs';
import { modelNotFound, refuse } from './openai/errors.mjs';
import { kProfiles } from './openai/profiles.mjs';
import { responseRoute, validateResponses, writeResponse } from './openai/responses.mjs';
import { scriptFor } from './openai/scenarios.mjs';
import { validateChat } from './openai/validate.mjs';

export const kModels = ['gpt-text', 'gpt-tool', 'gpt-tools3', 'gpt-think', 'text-embedding-3-small'];
const kPrefixes = ['gpt-', 'deepseek-', 'openai/', 'claude-', 'gemini-'];

function answerHeaders(record) {
  return {
    'x-request-id': `req_${createHash('sha256').update(`${record.at}`).digest('hex').slice(0, 32)}`,
    'openai-processing-ms': '12', 'openai-version': '2020-10-01', 'openai-organization': 'org-fake',
    'set-cookie': '__cf_bm=fake; path=/; HttpOnly', 'alt-svc': 'h3=":443"; ma=86400', server: 'cloudflare',
    'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '499', 'x-ratelimit-reset-requests': '120ms',
  };
}

function bodyOf(record) {
  if (!/^application\/json\b/.test(record.headers['content-type'] ?? '')) {
    throw refuse(415, `Unsupported content type: '${record.headers['content-type']}'. This API method only accepts 'application/json' requests.`);
  }
  if (record.json === undefined) throw refuse(400, "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly.)");
  return record.json;
}

async function chat(record, profile, deployment) {
  const json = bodyOf(record);
  const body = deployment ? { model: deployment, ...json } : json;
  validateChat(body, profile);
  let parsed;
  try {
    parsed = parseModel(body.model, kPrefixes);
  } catch {
    throw modelNotFound(body.model);
  }
  const script = scriptFor(parsed.scenario, body);
  const headers = answerHeaders(record);
  const plan = parsed.plan;
  if (script.ending === 'html') {
    return record.answer({ plan, headers: { ...headers, 'content-type': 'text/html' }, bytes: Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>') });
  }
  if (script.ending === 'json-error') {
    return record.answer({ plan, headers, json: { error: { message: 'An error behind a 200.', type: 'server_error', param: null, code: null } } });
  }
  if (!body.stream) return record.answer({ plan, headers, json: writeWhole(body, script, profile) });
  return record.answer({ plan, headers, events: writeStream(body, script, profile) });
}

// As chat(); here a model that is not there is a 400 that names the member.
async function responses(record, fake) {
  const body = bodyOf(record);
  validateResponses(body, fake);
  let made, parsed;
  try {
    parsed = parseModel(body.model, kPrefixes);
    made = writeResponse(body, parsed.scenario, fake);
  } catch (error) {
    if (error.json?.error.code !== 'model_not_found' && error.json !== undefined) throw error;
    throw refuse(400, `The requested model '${body.model}' does not exist.`, { param: 'model', code: 'model_not_found' });
  }
  const headers = answerHeaders(record);
  const { plan } = parsed;
  if (made.script.ending === 'html') {
    return record.answer({ plan, headers: { ...headers, 'content-type': 'text/html' }, bytes: Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>') });
  }
  if (made.script.ending === 'json-error') {
    return record.answer({ plan, headers, json: { error: { message: 'An error behind a 200.', type: 'server_error', param: null, code: null } } });
  }
  return record.answer(body.stream ? { plan, headers, events: made.events } : { plan, headers, json: made.whole });
}

function embeddings(record) {
  const body = bodyOf(record);
  if (typeof body.model !== 'string') throw refuse(400, 'you must provide a model parameter');
  if (!/embed/.test(body.model)) throw modelNotFound(body.model);
  const inputs = Array.isArray(body.input) && typeof body.input[0] !== 'number' ? body.input : [body.input];
  if (body.input === undefined || inputs.length === 0 || inputs.some((input) => input === '' || input === null)) {
    throw refuse(400, "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.");
  }
  if (inputs.length > 2048) throw refuse(400, "'$.input' is invalid: too many inputs.", { param: 'input' });
  const size = body.dimensions ?? 4;
  const data = inputs.map((input, index) => {
    const hash = createHash('sha512').update(JSON.stringify(input)).digest();
    const floats = Float32Array.from({ length: size }, (_, i) => (hash[i % 64] - 128) / 128);
    const embedding = body.encoding_format === 'base64' ? Buffer.from(floats.buffer).toString('base64') : [...floats];
    return { object: 'embedding', index, embedding };
  });
  return record.answer({ plan: parseModel(body.model).plan, headers: answerHeaders(record), json: { object: 'list', data, model: body.model, usage: { prompt_tokens: inputs.length, total_tokens: inputs.length } } });
}

function models(record, id) {
  const one = (name) => ({ id: name, object: 'model', created: 1_700_000_000, owned_by: 'system' });
  if (id === undefined) return record.answer({ headers: answerHeaders(record), json: { object: 'list', data: kModels.map(one) } });
  if (!kModels.includes(id)) throw modelNotFound(id);
  return record.answer({ headers: answerHeaders(record), json: one(id) });
}

function echo(record) {
  const headers = {
    'content-type': record.headers['content-type'] ?? 'application/octet-stream', 'x-echo-method': record.method,
    'x-echo-target': record.target, 'x-echo-bytes': String(record.body.length),
  };
  return record.answer({ headers: { ...answerHeaders(record), ...headers }, bytes: record.body });
}

function route(record, profile, fake) {
  profile.checkAuth(record);
  if (!record.path.startsWith(`${profile.prefix}/`)) {
    throw refuse(404, `Invalid URL (${record.method} ${record.path})`);
  }
  const below = record.path.slice(profile.prefix.length);
  const rest = profile.isAlsoUnderV1 ? below.replace(/^\/v1(?=\/)/, '') : below;
  const [, deployment] = /^\/([^/]+)\/chat\/completions$/.exec(rest) ?? [];
  if (deployment && profile === kProfiles.azure) return chat(record, profile, decodeURIComponent(deployment));
  if (rest === '/chat/completions') return record.method === 'POST' ? chat(record, profile) : notAllowed(record);
  if (rest === '/responses' && profile === kProfiles.openai) return record.method === 'POST' ? responses(record, fake) : notAllowed(record);
  if (rest.startsWith('/responses/') && profile === kProfiles.openai) return record.answer({ headers: answerHeaders(record), json: responseRoute(record, rest, fake) });
  if (rest === '/embeddings') return record.method === 'POST' ? embeddings(record) : notAllowed(record);
  const [, id] = /^\/models(?:\/(.+))?$/.exec(rest) ?? [];
  if (/^\/models(\/|$)/.test(rest) && record.method === 'GET') return models(record, id && decodeURIComponent(id));
  return echo(record);
}

function notAllowed(record) {
  throw refuse(405, `Not allowed to ${record.method} on ${record.path}.`);
}

export async function startOpenAi(profileName = 'openai', options = {}) {
  const profile = kProfiles[profileName];
  if (!profile) throw new Error(`no such profile: ${profileName}`);
  const fake = await Fake.start(profileName, (record, self) => route(record, profile, self), options);
  fake.base = fake.origin + profile.prefix;
  return fake;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const fake = await startOpenAi(process.argv[2], { port: Number(process.argv[3] ?? 0) });
  console.log(fake.base);
}
