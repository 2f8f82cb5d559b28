// Google's official SDK in two major versions, each against the mock plugin, the OpenAI fake and the
// Anthropic fake, where everything is translated; and against bytes of Gemini's own, which pass.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import * as genai2 from 'genai-2';
import * as genai3 from 'genai-3';
import { World } from './harness/world.mjs';
import { Gateway, kRoot, kSlow } from './harness/gateway.mjs';
import { ms, within } from './harness/many.mjs';
import { closeClients } from './harness/sdk.mjs';
import { promise } from '../fakes/fake.mjs';
import { kArguments, kReasoning, kText } from '../fakes/openai/scenarios.mjs';

const kSdks = { 'genai 2.32.0': genai2, 'genai 3.1.0': genai3 };

// What a Gemini would say, byte by byte: members in an order of its own, blanks, CR LF, unknown words.
const kNative = {
  chunks: [
    '{"candidates": [{"content": {"parts": [{"text": "Na"}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 3,"totalTokenCount": 3},"modelVersion": "gemini-2.5-flash","responseId": "r1","brandNew": {"x": [1e0]}}',
    '{\n  "candidates": [\n    {"content": {"parts": [{"text": "tive","thoughtSignature": "Z29vZ2xl"}],"role": "model"},"finishReason": "STOP","index": 0}\n  ],\n  "usageMetadata": {"promptTokenCount": 3,"candidatesTokenCount": 2,"totalTokenCount": 5},"modelVersion": "gemini-2.5-flash","responseId": "r1"\n}',
  ],
  get sse() { return this.chunks.map((chunk) => `data: ${chunk.replaceAll('\n', '')}\r\n\r\n`).join(''); },
  get array() { return `[${this.chunks.join('\n,\r\n')}\n]`; },
};

// Answers like Google's service, for a handful of models.
async function startGoogle() {
  const google = { asked: [] };
  const server = http.createServer(async (request, response) => {
    const body = await textOf(request);
    google.asked.push({ url: request.url, key: request.headers['x-goog-api-key'], body });
    const answer = (status, type, bytes) => response.writeHead(status, { 'content-type': type }).end(bytes);
    if (/gemini-limited/.test(request.url)) {
      return answer(429, 'application/json; charset=UTF-8', JSON.stringify({ error: { code: 429, message: 'You exceeded your current quota.', status: 'RESOURCE_EXHAUSTED', details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }] } }));
    }
    if (/:countTokens/.test(request.url)) return answer(200, 'application/json', '{"totalTokens": 31}');
    if (!/:stream/.test(request.url)) return answer(200, 'application/json; charset=UTF-8', kNative.chunks[1]);
    const isSse = /alt=sse/.test(request.url);
    const whole = isSse ? kNative.sse : kNative.array;
    const isCut = /gemini-cut/.test(request.url);
    response.writeHead(200, { 'content-type': isSse ? 'text/event-stream' : 'application/json; charset=UTF-8' });
    // In two pieces, cut where it hurts.
    const place = isCut ? whole.indexOf('tive') : whole.length - 40;
    response.write(whole.slice(0, place));
    setImmediate(() => (isCut ? response.destroy() : response.end(whole.slice(place))));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  google.base = `http://127.0.0.1:${server.address().port}`;
  google.close = () => { server.closeAllConnections(); server.close(); return once(server, 'close'); };
  return google;
}

let world;
let google;
before(async () => {
  google = await startGoogle();
  world = await World.start({ providers: { gemini: { base_url: google.base, api_keys: [{ id: 'g1', val: 'native-key' }] } } });
});
after(async () => {
  await closeClients();
  await google.close();
  await world.stop();
});

async function post(path, body, headers = {}) {
  const answer = await fetch(world.gateway.origin + path, { method: 'POST', headers: { connection: 'close', 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const kPng = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const kPngMark = `image/png#${createHash('sha256').update(kPng).digest('hex').slice(0, 12)}`;
const kDeclarations = ['first', 'second', 'third'].map((name) => ({
  name, description: `the ${name} tool`, parameters: { type: 'OBJECT', properties: { i: { type: 'INTEGER' } } },
}));
const kTools = [{ functionDeclarations: kDeclarations }];

const kTargets = {
  openai: {
    fake: () => world.openai, text: 'gpt-text', echo: 'gpt-echo', tool: 'gpt-tool', noargs: 'gpt-tool-noargs', tools3: 'gpt-tools3', image: 'gpt-image', length: 'gpt-length',
    stall: 'gpt-text+stall=4', hang: 'gpt-text+hang',
    errors: { 400: 'gpt-err-400-context', 401: 'gpt-err-401', 404: 'gpt-nothing', 429: 'gpt-err-429', 500: 'gpt-err-500' },
    broken: ['gpt-err-mid', 'gpt-text+cut=4', 'gpt-text+fin=4', 'gpt-text+rst=4', 'gpt-no-finish'],
  },
  claude: {
    fake: () => world.claude, text: 'claude-text', echo: 'claude-echo', tool: 'claude-tool', noargs: 'claude-tool-noargs', tools3: 'claude-tools3', image: 'claude-image', length: 'claude-length',
    stall: 'claude-text+stall=6', hang: 'claude-text+hang',
    errors: { 400: 'claude-err-400', 401: 'claude-err-401', 404: 'claude-nothing', 429: 'claude-err-429', 500: 'claude-err-500' },
    broken: ['claude-err-mid', 'claude-text+cut=6', 'claude-text+fin=6', 'claude-text+rst=6', 'claude-no-stop'],
  },
};

const kStatusNames = { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL' };

// A client as a user makes it; the environment of the test must not choose the key.
function makeClient(Sdk, options = {}) {
  return new Sdk.GoogleGenAI({ apiKey: 'aiproxy', ...options, httpOptions: { baseUrl: world.gateway.origin, timeout: 60_000, ...options.httpOptions } });
}

const ask = (model, config = {}, contents = 'hi') => ({ model, contents, config: { systemInstruction: 'Be brief.', ...config } });

// A stream, put together as an application does it.
async function collect(stream) {
  const got = { text: '', thoughts: '', calls: [], finish: null, usage: null, chunks: 0, contents: [], models: new Set() };
  for await (const chunk of stream) {
    ++got.chunks;
    got.models.add(chunk.modelVersion);
    if (chunk.usageMetadata) got.usage = chunk.usageMetadata;
    const [candidate] = chunk.candidates;
    got.contents.push(candidate.content);
    got.finish = candidate.finishReason ?? got.finish;
    for (const part of candidate.content.parts) {
      if (part.text && part.thought) got.thoughts += part.text;
      else if (part.text) got.text += part.text;
      if (part.functionCall) got.calls.push(part.functionCall);
    }
  }
  return got;
}

// The same of a whole answer.
async function whole(promise) {
  const answer = await promise;
  return collect([answer]);
}

const run = (client, isStream, request) => (isStream ? client.models.generateContentStream(request).then(collect) : whole(client.models.generateContent(request)));

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have failed');
}

for (const [version, Sdk] of Object.entries(kSdks)) {
  for (const [name, target] of Object.entries(kTargets)) {
    describe(`${version} with ${name}`, () => {
      let client;
      before(() => { client = makeClient(Sdk); });

      for (const apiVersion of ['v1beta', 'v1']) {
        for (const isStream of [false, true]) {
          test(`text below /${apiVersion}, ${isStream ? 'streamed' : 'whole'}`, async () => {
            const own = makeClient(Sdk, { apiVersion });
            const got = await run(own, isStream, ask(target.text, { maxOutputTokens: 100, temperature: 0.5, stopSequences: ['END'] }));
            assert.equal(got.text, kText.join(''));
            assert.equal(got.finish, 'STOP');
            assert.deepEqual([got.usage.promptTokenCount, got.usage.candidatesTokenCount, got.usage.totalTokenCount], [21, 13, 34]);
            assert.deepEqual([...got.models], [target.text]);
            assert.ok(!isStream || got.chunks > kText.length, 'piece by piece');
          });
        }
      }

      for (const mode of ['+bytes', '+split', '+crlf+split', '+whole', '+eof']) {
        test(`text, upstream ${mode}`, async () => {
          const got = await run(client, true, ask(target.text + mode));
          assert.deepEqual([got.text, got.finish, got.usage.totalTokenCount], [kText.join(''), 'STOP', 34]);
        });
      }

      test('a chat keeps its history over streamed turns', async () => {
        const chat = client.chats.create({ model: target.echo, config: { systemInstruction: 'Be brief.' } });
        assert.equal((await collect(await chat.sendMessageStream({ message: 'one' }))).text, 'one');
        assert.equal((await chat.sendMessage({ message: 'two' })).text, 'two');
        assert.equal(chat.getHistory(true).filter((content) => content.role === 'user').length, 2, 'both turns are valid');
        const seen = target.fake().records.at(-1).json.messages.filter((message) => message.role !== 'system');
        assert.deepEqual(seen.map((message) => message.role), ['user', 'assistant', 'user']);
      });

      for (const isStream of [false, true]) {
        const way = isStream ? 'streamed' : 'whole';
        for (const ids of ['with', 'without']) {
          test(`a tool over two turns, ${way}, ${ids} ids`, async () => {
            const first = ask(target.tool, { tools: kTools });
            const got = await run(client, isStream, first);
            assert.equal(got.finish, 'STOP');
            assert.equal(got.calls.length, 1);
            assert.ok(got.calls[0].id);
            assert.equal(got.calls[0].name, 'first');
            assert.deepEqual(got.calls[0].args, JSON.parse(kArguments.join('')));
            const { id } = got.calls[0];
            const contents = [{ role: 'user', parts: [{ text: 'hi' }] }, ...structuredClone(got.contents), { role: 'user', parts: [{ functionResponse: { ...(ids === 'with' ? { id } : {}), name: 'first', response: { output: 'sunny ☀' } } }] }];
            if (ids === 'without') for (const content of contents) for (const part of content.parts) delete part.functionCall?.id;
            const second = await run(client, isStream, { ...first, contents });
            assert.equal(second.text, 'The tool said: sunny ☀;');
          });
        }

        test(`three tools at once, ${way}`, async () => {
          const first = ask(target.tools3, { tools: kTools });
          const got = await run(client, isStream, first);
          assert.deepEqual(got.calls.map((call) => [call.name, call.args.i]), [['first', 0], ['second', 1], ['third', 2]]);
          assert.equal(new Set(got.calls.map((call) => call.id)).size, 3);
          const parts = got.calls.map(({ id, name }, i) => ({ functionResponse: { id, name, response: { result: `r${i}` } } }));
          const contents = [{ role: 'user', parts: [{ text: 'hi' }] }, ...got.contents, { role: 'user', parts }];
          assert.equal((await run(client, isStream, { ...first, contents })).text, 'The tool said: r0;r1;r2;');
        });

        test(`a tool without arguments, and the choice of a tool, ${way}`, async () => {
          const config = { tools: kTools, toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['second'] } } };
          const got = await run(client, isStream, ask(target.noargs, config));
          assert.deepEqual(got.calls.map(({ name, args }) => [name, args]), [['second', {}]]);
        });

        test(`the limit of tokens ends with MAX_TOKENS, ${way}`, async () => {
          assert.equal((await run(client, isStream, ask(target.length))).finish, 'MAX_TOKENS');
        });

        for (const [status, model] of Object.entries(target.errors)) {
          test(`status ${status} raises an ApiError, ${way}`, async () => {
            const error = await failure(run(client, isStream, ask(model)));
            assert.equal(error.name, 'ApiError', `${error}`);
            assert.equal(error.status, Number(status));
            const told = JSON.parse(error.message).error;
            assert.equal(told.code, Number(status));
            assert.equal(told.status, kStatusNames[status]);
            assert.ok(told.message.length > 10);
            assert.ok(told.details.some((detail) => /RequestInfo$/.test(detail['@type'])));
            if (status === '429') assert.match(told.details.find((detail) => /RetryInfo$/.test(detail['@type'])).retryDelay, /^\d+s$/);
          });
        }
      }

      test('images: data and an address arrive as they are', async () => {
        const contents = [{ role: 'user', parts: [{ text: 'what is this?' }, { inlineData: { mimeType: 'image/png', data: kPng.toString('base64') } }, { fileData: { mimeType: 'image/png', fileUri: 'https://example.org/cat.png' } }] }];
        const answer = await client.models.generateContent({ model: target.image, contents });
        assert.equal(answer.text, `images: ${kPngMark} https://example.org/cat.png`);
      });

      for (const model of target.broken) {
        test(`a stream that breaks raises an error, never a clean end: ${model}`, async () => {
          const seen = [];
          const error = await failure((async () => {
            for await (const chunk of await client.models.generateContentStream(ask(model))) seen.push(chunk);
          })());
          assert.equal(error.name, 'ApiError', `an error of the SDK's own, with words: ${error}`);
          assert.ok(!seen.some((chunk) => chunk.candidates[0].finishReason), 'no finish reason before the failure');
        });

        test(`the same as a JSON array: ${model}`, async () => {
          const answer = await fetch(`${world.gateway.origin}/v1beta/models/${model}:streamGenerateContent`, { method: 'POST', headers: { connection: 'close', 'content-type': 'application/json' }, body: JSON.stringify({ contents: 'hi' }) });
          const items = JSON.parse(await answer.text());
          const last = Array.isArray(items) ? items.at(-1) : items;
          assert.ok(last.error.code >= 400 && last.error.status, JSON.stringify(last));
          if (Array.isArray(items)) assert.ok(items.slice(0, -1).every((item) => item.candidates && !item.candidates[0].finishReason));
        });
      }

      for (const [phase, model] of [['in mid-stream', target.stall], ['before the first byte', target.hang]]) {
        test(`abort ${phase} reaches the upstream`, async () => {
          const tagged = `${model}+tag=${version.replaceAll(/\W/g, '')}-${phase.length}`;
          const controller = new AbortController();
          const [content, heard] = promise();
          const running = (async () => {
            for await (const chunk of await client.models.generateContentStream(ask(tagged, { abortSignal: controller.signal }))) if (chunk.text) heard();
          })().catch((error) => error);
          const record = await within(target.fake().received((r) => r.json?.model === tagged), 10_000, tagged);
          await within(record.reached, 5000, 'the stall');
          if (phase === 'in mid-stream') await within(content, 5000, 'the content');
          const start = performance.now();
          controller.abort();
          const gone = await within(record.gone, 5000, 'the abort upstream');
          assert.ok(gone - start < 250 * kSlow, ms(gone - start));
          await running;
        });
      }

      test('countTokens tells a count', async () => {
        const few = await client.models.countTokens({ model: target.text, contents: 'hi' });
        const more = await client.models.countTokens({ model: target.text, contents: 'hi '.repeat(500) });
        assert.ok(few.totalTokens > 0);
        assert.ok(more.totalTokens > few.totalTokens);
      });
    });
  }

  describe(`${version} with claude, signatures`, () => {
    for (const isStream of [false, true]) {
      for (const isShown of [false, true]) {
        test(`thinking before a tool goes back signed, ${isStream ? 'streamed' : 'whole'}, thoughts ${isShown ? 'shown' : 'hidden'}`, async () => {
          const client = makeClient(Sdk);
          const first = ask('claude-think-tool', { tools: kTools, thinkingConfig: { includeThoughts: isShown, thinkingBudget: 2048 } });
          const got = await run(client, isStream, first);
          assert.equal(got.thoughts, isShown ? kReasoning.join('') : '');
          // A client may forget thoughts, but not the signature of a call.
          const parts = got.contents.flatMap((content) => content.parts).filter((part) => !part.thought);
          const [{ id, name }] = got.calls;
          const contents = [{ role: 'user', parts: [{ text: 'hi' }] }, { role: 'model', parts }, { role: 'user', parts: [{ functionResponse: { id, name, response: { output: 'ok' } } }] }];
          assert.equal((await run(client, isStream, { ...first, contents })).text, 'The tool said: ok;');
          const [, turn] = world.claude.records.at(-1).json.messages;
          assert.deepEqual(turn.content.map((block) => block.type), ['thinking', 'tool_use']);
          assert.equal(turn.content[0].thinking, kReasoning.join(''));
        });
      }
    }

    test('redacted thinking goes back as it came', async () => {
      const client = makeClient(Sdk);
      const first = ask('claude-redacted', { tools: kTools, thinkingConfig: { thinkingBudget: 2048 } });
      const got = await run(client, true, first);
      const [{ id, name }] = got.calls;
      const contents = [{ role: 'user', parts: [{ text: 'hi' }] }, ...got.contents, { role: 'user', parts: [{ functionResponse: { id, name, response: { output: 'ok' } } }] }];
      assert.equal((await run(client, false, { ...first, contents })).text, 'The tool said: ok;');
      assert.equal(world.claude.records.at(-1).json.messages[1].content[0].type, 'redacted_thinking');
    });
  });

  describe(`${version} with the mock plugin`, () => {
    let client;
    before(() => { client = makeClient(Sdk); });

    test('text, whole and streamed, say the same and count their tokens', async () => {
      const one = await run(client, false, ask('mock'));
      const other = await run(client, true, ask('mock'));
      assert.ok(one.text.length > 0);
      assert.equal(one.text, other.text);
      assert.deepEqual(one.usage, other.usage);
    });

    test('thoughts are shown to those who ask for them', async () => {
      for (const isStream of [false, true]) {
        const shown = await run(client, isStream, ask('mock-think', { thinkingConfig: { includeThoughts: true } }));
        const hidden = await run(client, isStream, ask('mock-think'));
        assert.ok(shown.thoughts.length > 0 && hidden.thoughts === '');
        assert.equal(shown.text, hidden.text);
        assert.ok(shown.usage.thoughtsTokenCount > 0);
      }
    });

    test('structured output keeps to the schema, Google\'s and JSON Schema\'s', async () => {
      const googles = { responseMimeType: 'application/json', responseSchema: { type: 'OBJECT', properties: { city: { type: 'STRING' }, n: { type: 'INTEGER', nullable: true } }, required: ['city', 'n'] } };
      const json = { responseMimeType: 'application/json', responseJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } };
      for (const config of [googles, json]) {
        const value = JSON.parse((await client.models.generateContent(ask('mock-json', config))).text);
        assert.equal(typeof value.city, 'string');
      }
    });

    test('mock-tools calls a tool and takes its result', async () => {
      const chat = client.chats.create({ model: 'mock-tools', config: { tools: kTools } });
      const [call] = (await chat.sendMessage({ message: 'hi' })).functionCalls;
      assert.ok(kDeclarations.some((declaration) => declaration.name === call.name));
      const answer = await chat.sendMessage({ message: [{ functionResponse: { id: call.id, name: call.name, response: { output: 'sunny' } } }] });
      assert.match(answer.text, /sunny/);
    });

    test('several candidates', async () => {
      const answer = await client.models.generateContent(ask('mock', { candidateCount: 3 }));
      assert.deepEqual(answer.candidates.map((candidate) => candidate.index), [0, 1, 2]);
      assert.ok(answer.candidates.every((candidate) => candidate.finishReason === 'STOP'));
    });

    test('mock-429 is an ApiError, mock-cut an error in mid-stream', async () => {
      assert.equal((await failure(client.models.generateContent(ask('mock-429')))).status, 429);
      let text = '';
      const error = await failure((async () => {
        for await (const chunk of await client.models.generateContentStream(ask('mock-cut'))) text += chunk.text ?? '';
      })());
      assert.equal(error.name, 'ApiError');
      assert.ok(text.length > 0, 'it had begun to answer');
    });

    for (const apiVersion of ['v1beta', 'v1']) {
      test(`the list of models holds what can be named, below /${apiVersion}`, async () => {
        const own = makeClient(Sdk, { apiVersion });
        const names = [];
        for await (const model of await own.models.list()) names.push(model.name);
        assert.ok(names.includes('models/mock'), names.join());
        const model = await own.models.get({ model: 'mock' });
        assert.equal(model.name, 'models/mock');
        assert.ok(model.supportedActions.includes('generateContent'));
        assert.equal((await failure(own.models.get({ model: 'nothing-of-the-kind' }))).status, 404);
      });
    }
  });
}

describe('bytes of Gemini\'s own', () => {
  const kBody = '{ "contents" : "hi","provider":"gemini", "unknownToUs":{"a":1e2}}';
  const kGot = '{ "contents" : "hi","unknownToUs":{"a":1e2}}';

  for (const [path, expected, type] of [
    ['/v1beta/models/gemini-2.5-flash:generateContent', kNative.chunks[1], 'application/json; charset=utf-8'],
    ['/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', kNative.sse, 'text/event-stream; charset=utf-8'],
    ['/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse', kNative.sse, 'text/event-stream; charset=utf-8'],
    ['/v1beta/models/gemini-2.5-flash:streamGenerateContent', kNative.array, 'application/json; charset=utf-8'],
  ]) {
    test(`pass untouched: ${path}`, async () => {
      const id = `native-${path.length}`;
      const answer = await post(path, kBody, { 'x-request-id': id });
      assert.equal(answer.text, expected);
      assert.equal(answer.headers.get('content-type'), type);
      const asked = google.asked.at(-1);
      assert.deepEqual([asked.key, asked.body], ['native-key', kGot]);
      assert.match(asked.url, /alt=sse/.test(path) ? /alt=sse/ : /Content$/);
      const line = await world.gateway.logged((entry) => entry.request_id === id);
      assert.deepEqual([line.tokens_in, line.tokens_out, line.finish], [3, 2, 'stop']);
    });
  }

  for (const query of ['', '?alt=sse']) {
    test(`a failure behind them is told in Google's shape${query && ', as an event'}`, async () => {
      const { status, text } = await post(`/v1beta/models/gemini-cut:streamGenerateContent${query}`, kBody);
      assert.equal(status, 200);
      const items = query ? text.split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.slice(6))) : JSON.parse(text);
      assert.equal(items.length, 2);
      assert.equal(items[0].candidates[0].content.parts[0].text, 'Na');
      assert.deepEqual([items[1].error.code, items[1].error.status], [502, 'UNAVAILABLE']);
    });
  }

  for (const [version, Sdk] of Object.entries(kSdks)) {
    test(`${version}: a chat, a count and an error`, async () => {
      const client = makeClient(Sdk);
      assert.equal((await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hi' })).text, 'tive');
      const got = await collect(await client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hi' }));
      assert.deepEqual([got.text, got.finish, got.usage.totalTokenCount], ['Native', 'STOP', 5]);
      assert.equal((await client.models.countTokens({ model: 'gemini-2.5-flash', contents: 'hi' })).totalTokens, 31);
      const error = await failure(client.models.generateContent({ model: 'gemini-limited', contents: 'hi' }));
      const told = JSON.parse(error.message).error;
      assert.deepEqual([error.status, told.status, told.message], [429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.']);
      assert.ok(told.details.some((detail) => detail.retryDelay === '35s'), JSON.stringify(told));
    });
  }
});

describe('a listener with virtual keys', () => {
  const kKey = 'vk-genai-0123456789';
  let guarded;
  before(async () => {
    guarded = await Gateway.start({ providers: { mock: { delay_ms: 150 } }, limits: { heartbeat_ms: 40 }, listen: { auth: 'keys' }, keys: [{ id: 'team', sha256: createHash('sha256').update(kKey).digest('hex') }] });
  });
  after(async () => {
    await guarded.stop({ isDrained: false });
  });

  for (const [version, Sdk] of Object.entries(kSdks)) {
    test(`${version}: the key is the SDK's own, a wrong one is UNAUTHENTICATED`, async () => {
      const client = (apiKey) => new Sdk.GoogleGenAI({ apiKey, httpOptions: { baseUrl: guarded.origin } });
      assert.ok((await client(kKey).models.generateContent({ model: 'mock', contents: 'hi' })).text.length > 0);
      for (const call of [(c) => c.models.generateContent({ model: 'mock', contents: 'hi' }), (c) => c.models.list()]) {
        const error = await failure(call(client('wrong')));
        assert.deepEqual([error.status, JSON.parse(error.message).error.status], [401, 'UNAUTHENTICATED']);
      }
    });
  }

  test('a silent stream shows that it lives, in both framings, and the SDKs take it', async () => {
    const ask = async (query) => (await fetch(`${guarded.origin}/v1beta/models/mock-slow:streamGenerateContent${query}`, { method: 'POST', headers: { connection: 'close', 'x-goog-api-key': kKey }, body: '{"contents":"hi"}' })).text();
    const [events, array] = await Promise.all([ask('?alt=sse'), ask('')]);
    assert.ok(events.split(': keep-alive').length > 5);
    assert.ok(/"\}\n+,\r\n/.test(array), 'blank lines between items');
    const said = JSON.parse(array).map((item) => item.candidates[0].content.parts[0].text).join('');
    for (const Sdk of Object.values(kSdks)) {
      const client = new Sdk.GoogleGenAI({ apiKey: kKey, httpOptions: { baseUrl: guarded.origin } });
      assert.equal((await collect(await client.models.generateContentStream({ model: 'mock-slow', contents: 'hi' }))).text, said);
    }
  });

  test('the key in the query works too, as Google takes it', async () => {
    const answer = await fetch(`${guarded.origin}/v1beta/models/mock:generateContent?key=${kKey}`, { method: 'POST', headers: { connection: 'close' }, body: '{"contents":"hi"}' });
    assert.equal(answer.status, 200);
  });
});

test('countTokens says when it is an estimate', async () => {
  const estimate = await post('/v1beta/models/gpt-text:countTokens', { contents: 'hi' });
  assert.ok(JSON.parse(estimate.text).totalTokens > 0);
  assert.ok(estimate.headers.get('x-aiproxy-estimated'));
  for (const model of ['claude-text', 'gemini-2.5-flash']) {
    const count = await post(`/v1/models/${model}:countTokens`, { generateContentRequest: { model: `models/${model}`, contents: [{ parts: [{ text: 'hi' }] }] } });
    assert.ok(JSON.parse(count.text).totalTokens > 0, count.text);
    assert.equal(count.headers.get('x-aiproxy-estimated'), null);
  }
});

test('what only Google has is refused by name, or left out and said', async () => {
  const refused = await post('/v1beta/models/mock:generateContent', { contents: 'hi', cachedContent: 'cachedContents/1' });
  assert.equal(refused.status, 400);
  assert.match(JSON.parse(refused.text).error.message, /cachedContent/);
  const lifted = await post('/v1beta/models/mock:generateContent', { contents: 'hi', safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }] });
  assert.deepEqual([lifted.status, lifted.headers.get('x-aiproxy-dropped')], [200, '/safetySettings;coerced']);
  const seed = await post('/v1beta/models/claude-text:generateContent', { contents: 'hi', generationConfig: { seed: 5 } });
  assert.deepEqual([seed.status, seed.headers.get('x-aiproxy-dropped')], [200, '/generationConfig/seed;coerced']);
});

test('the snippet of docs/clients/google-genai.md says what the page says', async () => {
  const page = fs.readFileSync(path.join(kRoot, 'docs/clients/google-genai.md'), 'utf8');
  const [, snippet] = /^```js\n([\s\S]*?)^```$/m.exec(page);
  const expected = [...snippet.matchAll(/^\/\/ -> (.*)$/gm)].map((line) => line[1]);
  const [, ...lines] = snippet.replaceAll('http://127.0.0.1:8999', world.gateway.origin).split('\n');
  for (const { GoogleGenAI } of Object.values(kSdks)) {
    const said = [];
    await new (async () => {}).constructor('GoogleGenAI', 'console', lines.join('\n'))(GoogleGenAI, { log: (value) => said.push(String(value)) });
    assert.ok(expected.length >= 4);
    assert.deepEqual(said, expected);
  }
});

test('errors have Google\'s shape wherever they come from', async () => {
  const get = async (path, init = {}) => {
    const answer = await fetch(world.gateway.origin + path, { ...init, headers: { connection: 'close' } });
    return { status: answer.status, error: (await answer.json()).error };
  };
  for (const [path, init, status, name] of [
    ['/v1beta/nothing', {}, 404, 'NOT_FOUND'],
    ['/v1beta/models/x:embedContent', { method: 'POST', body: '{}' }, 404, 'NOT_FOUND'],
    ['/v1beta/models/mock:generateContent', { method: 'POST', body: '{' }, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/mock:generateContent', { method: 'POST', body: '{}' }, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/mock:generateContent', { method: 'GET' }, 405, 'INVALID_ARGUMENT'],
    ['/v1beta/models/nothing-of-the-kind', {}, 404, 'NOT_FOUND'],
  ]) {
    const { status: got, error } = await get(path, init);
    assert.deepEqual([got, error.code, error.status], [status, status, name], path);
  }
});
