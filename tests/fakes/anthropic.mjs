// anthropic.mjs - a faithful fake of Anthropic's API.
//
//   const fake = await startAnthropic();
//   fake.base                                  // http://127.0.0.1:PORT; paths begin with /v1
//
// The model's name picks scenario and transport, as in openai.mjs: claude-think-tool+split,
// claude-err-529, claude-text+stall=3. Keys: sk-ant-fake..., sk-ant-fake-401 and so on.
// Routes: messages, messages/count_tokens, models (with paging).
import { pathToFileURL } from 'node:url';
import { Fake } from './fake.mjs';
import { parseModel } from './transport.mjs';
import { bad, kErrors, kRequestId, notFound, refuse } from './anthropic/errors.mjs';
import { writeStream, writeWhole } from './anthropic/messages.mjs';
import { scriptFor } from './anthropic/scenarios.mjs';
import { validateMessages } from './anthropic/validate.mjs';

export const kModels = ['claude-text', 'claude-tool', 'claude-tools3', 'claude-think', 'claude-think-tool'];
const kVersions = ['2023-01-01', '2023-06-01', '2026-10-21'];

function checkHead(record) {
  const key = record.headers['x-api-key'] ?? /^Bearer (\S+)$/.exec(record.headers.authorization ?? '')?.[1];
  if (key === undefined) throw refuse(401, 'authentication_error', 'x-api-key header is required');
  if (!key.startsWith('sk-ant-fake')) throw refuse(401, 'authentication_error', 'invalid x-api-key');
  const error = kErrors[`err-${key.slice('sk-ant-fake-'.length)}`];
  if (error) throw error();
  const version = record.headers['anthropic-version'];
  if (version === undefined) throw bad('anthropic-version: header is required');
  if (!kVersions.includes(version)) throw bad(`anthropic-version: "${version}" is not a valid version. You must use one of our released versions.`);
}

function bodyOf(record) {
  if (!/^application\/json\b/.test(record.headers['content-type'] ?? '')) throw bad('content-type: must be application/json');
  if (record.json === undefined) throw bad('The request body is not valid JSON');
  return record.json;
}

function answerHeaders() {
  return {
    'request-id': kRequestId, 'anthropic-organization-id': 'org-fake', 'set-cookie': '_cfuvid=fake; path=/; HttpOnly',
    'alt-svc': 'h3=":443"; ma=86400', server: 'cloudflare',
    'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '49',
  };
}

function messages(record) {
  const body = bodyOf(record);
  validateMessages(body);
  let parsed;
  try {
    parsed = parseModel(body.model);
  } catch {
    throw notFound(body.model);
  }
  const script = scriptFor(parsed.scenario, body);
  const headers = { ...answerHeaders(), ...script.headers };
  if (!body.stream) return record.answer({ plan: parsed.plan, headers, json: writeWhole(body, script) });
  return record.answer({ plan: parsed.plan, headers, events: writeStream(body, script) });
}

function countTokens(record) {
  const body = bodyOf(record);
  validateMessages(body, { isCount: true });
  // A service that speaks the dialect and does not count.
  if (body.model === 'claude-no-count') throw refuse(404, 'not_found_error', 'Not Found');
  const words = JSON.stringify([body.system ?? '', body.messages]).split(/\W+/).length;
  return record.answer({ headers: answerHeaders(), json: { input_tokens: words } });
}

function models(record, id) {
  const one = (name) => ({ type: 'model', id: name, display_name: name, created_at: '2025-01-01T00:00:00Z' });
  if (id !== undefined) {
    if (!kModels.includes(id)) throw notFound(id);
    return record.answer({ headers: answerHeaders(), json: one(id) });
  }
  const limit = Number(record.query.get('limit') ?? 20);
  if (!(limit >= 1 && limit <= 1000)) throw bad('limit: Input should be between 1 and 1000');
  const from = kModels.indexOf(record.query.get('after_id')) + 1;
  const page = kModels.slice(from, from + limit);
  return record.answer({
    headers: answerHeaders(),
    json: { data: page.map(one), first_id: page[0] ?? null, last_id: page.at(-1) ?? null, has_more: from + limit < kModels.length },
  });
}

function route(record) {
  checkHead(record);
  const { method, path } = record;
  const posted = { '/v1/messages': messages, '/v1/messages/count_tokens': countTokens }[path];
  if (posted && method !== 'POST') throw refuse(405, 'invalid_request_error', 'Method Not Allowed');
  if (posted) return posted(record);
  const found = /^\/v1\/models(?:\/(.+))?$/.exec(path);
  if (found && method === 'GET') return models(record, found[1]);
  throw refuse(404, 'not_found_error', 'Not Found');
}

export async function startAnthropic(options = {}) {
  const fake = await Fake.start('anthropic', (record) => route(record), options);
  fake.base = fake.origin;
  return fake;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const fake = await startAnthropic({ port: Number(process.argv[2] ?? 0) });
  console.log(fake.base);
}
