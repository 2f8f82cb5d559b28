// gemini.mjs - a faithful fake of Google's Gemini API, and of the same on Vertex AI.
//
//   const fake = await startGemini();
//   fake.base                                  // http://127.0.0.1:PORT; paths begin with /v1beta
//   fake.vertex                                // a base_url as Vertex has it
//   fake.pages.set('/v1beta/interactions', {type, bytes})     // served as they are
//
// The model's name picks scenario and transport, as in openai.mjs: gemini-3-tool+split,
// gemini-2.5-err-503, gemini-2.5-text+stall=3. The generation in it picks the rules: gemini-3-...
// insists on signatures, gemini-2.0-... has no JSON Schema.
// Keys: AIzaFake..., AIzaFake-401 and so on, in x-goog-api-key or ?key=; tokens: ya29.fake...
// Routes: generateContent, streamGenerateContent (SSE and array), countTokens, embedContent,
// batchEmbedContents, models.
import { pathToFileURL } from 'node:url';
import { Fake } from './fake.mjs';
import { parseModel } from './transport.mjs';
import { writeArray, writeSse, writeWhole } from './gemini/answers.mjs';
import { bad, invalidKey, kErrors, noKey, notFound, refuse } from './gemini/errors.mjs';
import { scriptFor } from './gemini/scenarios.mjs';
import { validateCount, validateEmbedding, validateRequest } from './gemini/validate.mjs';

export const kModels = ['gemini-2.5-text', 'gemini-2.5-tool', 'gemini-3-tool', 'gemini-3-tools3', 'gemini-embedding-001'];
const kPrefixes = ['gemini-3-', 'gemini-2.5-pro-', 'gemini-2.5-', 'gemini-2.0-', 'gemini-'];
const kHeaders = { 'server-timing': 'gfet4t7; dur=123', 'x-frame-options': 'SAMEORIGIN', vary: 'Origin, X-Origin, Referer' };

function checkKey(record, isVertex) {
  const token = /^Bearer (\S+)$/.exec(record.headers.authorization ?? '')?.[1];
  const key = record.headers['x-goog-api-key'] ?? record.query.get('key') ?? token;
  if (!key) throw isVertex ? kErrors['err-401']() : noKey();
  if (token && !token.startsWith('ya29.fake')) throw kErrors['err-401']();
  if (!token && !key.startsWith('AIzaFake')) throw invalidKey();
  const error = kErrors[`err-${key.slice('AIzaFake-'.length)}`];
  if (error) throw error();
}

function bodyOf(record) {
  if (record.json === undefined) throw bad('Invalid JSON payload received. Unexpected end of string.');
  return record.json;
}

function parsed(model) {
  try {
    return parseModel(model, kPrefixes);
  } catch {
    throw notFound(model);
  }
}

function generate(record, model) {
  const body = bodyOf(record);
  const script = scriptFor(parsed(model).scenario, validateRequest(body, model));
  const json = writeWhole(model, body, script);
  return record.answer({ plan: parsed(model).plan, headers: { ...kHeaders, 'content-type': 'application/json; charset=UTF-8' }, bytes: Buffer.from(JSON.stringify(json, null, 2)) });
}

function stream(record, model) {
  const { plan, scenario } = parsed(model);
  const isSse = record.query.get('alt') === 'sse';
  const body = bodyOf(record);
  const script = scriptFor(scenario, validateRequest(body, model));
  if (isSse) return record.answer({ plan, headers: { ...kHeaders, 'content-type': 'text/event-stream' }, events: writeSse(model, body, script) });
  const compact = record.query.get('prettyPrint') === 'false';
  return record.answer({ plan, headers: { ...kHeaders, 'content-type': 'application/json; charset=UTF-8' }, events: writeArray(model, body, script, { compact }) });
}

function count(record, model, isVertex) {
  const body = bodyOf(record);
  const request = isVertex ? validateRequest(body, model) : validateCount(body, model);
  const words = JSON.stringify([request.system, request.contents]).split(/\W+/).length;
  return record.answer({ plan: parsed(model).plan, json: { totalTokens: words, promptTokensDetails: [{ modality: 'TEXT', tokenCount: words }] } });
}

// Numbers that tell texts apart, and their order.
const vectorOf = ({ text, dimensions }) => ({ values: Array.from({ length: dimensions }, (_, i) => (i === 0 ? text.length : -i / 2)) });

function embed(record) {
  return record.answer({ headers: kHeaders, json: { embedding: vectorOf(validateEmbedding(bodyOf(record), 'request')) } });
}

function batchEmbed(record, model) {
  const { requests } = bodyOf(record);
  if (!Array.isArray(requests) || requests.length === 0) throw bad('* BatchEmbedContentsRequest.requests: requests must not be empty');
  if (requests.length > 100) throw bad('* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch');
  const embeddings = requests.map((one, i) => {
    if (one.model !== `models/${model}`) throw bad(`* BatchEmbedContentsRequest.requests[${i}].model: model must be the same`);
    return vectorOf(validateEmbedding(one, `requests[${i}]`));
  });
  return record.answer({ headers: kHeaders, json: { embeddings, usageMetadata: { promptTokenCount: 4 * embeddings.length } } });
}

function models(record, id) {
  const one = (name) => ({ name: `models/${name}`, version: '001', displayName: name, inputTokenLimit: 1048576, outputTokenLimit: 65536, supportedGenerationMethods: ['generateContent', 'countTokens'] });
  if (id === undefined) return record.answer({ headers: kHeaders, json: { models: kModels.map(one) } });
  if (!kModels.includes(id)) throw notFound(id);
  return record.answer({ headers: kHeaders, json: one(id) });
}

const kVerbs = { generateContent: generate, streamGenerateContent: stream, countTokens: count, embedContent: embed, batchEmbedContents: batchEmbed };

function route(record, fake) {
  const { method } = record;
  const path = decodeURIComponent(record.path);
  const page = fake.pages.get(path);
  const isVertex = path.startsWith('/v1/projects/');
  checkKey(record, isVertex);
  if (page) return record.answer({ headers: { ...kHeaders, 'content-type': page.type }, bytes: page.bytes });
  const found = /^\/(?:v1|v1beta|v1alpha)\/(?:projects\/[^/]+\/locations\/[^/]+\/publishers\/google\/)?models(?:\/([^:]+)(?::(\w+))?)?$/.exec(path);
  const [, model, verb] = found ?? [];
  if (found && method === 'GET' && verb === undefined) return models(record, model);
  if (found && method === 'POST' && kVerbs[verb]) return kVerbs[verb](record, model, isVertex);
  throw refuse(404, 'NOT_FOUND', 'Requested entity was not found.');
}

export async function startGemini(options = {}) {
  const fake = await Fake.start('gemini', (record, self) => {
    try {
      return route(record, self);
    } catch (error) {
      // Where an array was due, the error stands in one.
      if (error.json && /:streamGenerateContent$/.test(record.path) && record.query.get('alt') !== 'sse') error.json = [error.json];
      throw error;
    }
  }, options);
  fake.pages = new Map();
  fake.base = fake.origin;
  fake.vertex = `${fake.origin}/v1/projects/p/locations/us-central1/publishers/google`;
  return fake;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const fake = await startGemini({ port: Number(process.argv[2] ?? 0) });
  console.log(fake.base);
}
