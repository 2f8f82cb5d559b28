// Gemini behind the gateway: OpenAI's SDK against the Gemini fake (everything is translated), and
// Google's own SDK through /gemini/*, where only the head is written anew.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import OpenAI from 'openai-6';
import { GoogleGenAI as Genai2 } from 'genai-2';
import { GoogleGenAI as Genai3 } from 'genai-3';
import { startGemini } from '../fakes/gemini.mjs';
import { kPixel } from '../fakes/gemini/scenarios.mjs';
import { kSkipped } from '../fakes/gemini/validate.mjs';
import { kArguments, kJsonText, kReasoning, kText } from '../fakes/openai/scenarios.mjs';
import { Gateway, kSlow } from './harness/gateway.mjs';
import { ms, quantiles, within } from './harness/many.mjs';
import { closeClients, makeClient } from './harness/sdk.mjs';
import { Secrets } from './harness/secrets.mjs';
import { kUser, postChat, readStream } from './harness/world.mjs';

const kFixtures = process.env.AIPROXY_FIXTURES;
const kTools = ['first', 'second', 'third'].map((name) => ({
  type: 'function',
  function: {
    name, description: `the ${name} tool`,
    parameters: {
      type: 'object', $defs: { N: { type: ['integer', 'null'] } }, additionalProperties: false, required: ['i'],
      properties: { i: { $ref: '#/$defs/N' }, kind: { const: 'x' }, list: { type: 'array' }, any: { anyOf: [{ type: 'string', format: 'uri' }, { type: 'null' }] } },
    },
  },
}));

let fake, gateway, client, secrets, keys;
before(async () => {
  fake = await startGemini();
  secrets = new Secrets();
  const key = secrets.make('gemini key', 'AIzaFake');
  const other = secrets.make('second gemini key', 'AIzaFake');
  const token = secrets.make('vertex token', 'ya29.fake');
  keys = { first: key, other };
  gateway = await Gateway.start({
    secrets,
    providers: {
      gemini: { base_url: fake.base, model: 'gemini-2.5-text', api_keys: [{ id: '10001', val: key }, { id: '10002', val: other, version: 'v1' }] },
      array: { plugin: 'gemini', base_url: fake.base, stream: 'array', api_keys: [{ id: 'a', val: key }] },
      vertex: { plugin: 'gemini', base_url: fake.vertex, api_keys: [{ id: 'v', val: token }] },
      options: { plugin: 'gemini', base_url: fake.base, version: 'v1alpha', model: 'gemini-2.5-text', schema: 'subset', web_files: true, signature_in_ids: false, stream: 'array', api_keys: [{ id: 'o', val: key }] },
      json: { plugin: 'gemini', base_url: fake.base, schema: 'json', api_keys: [{ id: 'j', val: key }] },
    },
  });
  client = makeClient(OpenAI, `${gateway.origin}/v1`);
});
after(async () => {
  await closeClients();
  await fake.close();
  await gateway.stop();
  assert.deepEqual(fake.faults, [], 'the fake had no fault of its own');
});

const ask = (model, more = {}) => ({ model, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }], ...more });

// A stream, put together as an application does it.
async function collect(stream) {
  const got = { text: '', reasoning: '', calls: [], finish: null, usage: null, annotations: [], images: [] };
  for await (const chunk of stream) {
    if (chunk.usage) got.usage = chunk.usage;
    const [choice] = chunk.choices;
    if (!choice) continue;
    got.text += choice.delta.content ?? '';
    got.reasoning += choice.delta.reasoning_content ?? '';
    got.annotations.push(...(choice.delta.annotations ?? []));
    got.images.push(...(choice.delta.images ?? []));
    got.finish = choice.finish_reason ?? got.finish;
    for (const piece of choice.delta.tool_calls ?? []) {
      const call = (got.calls[piece.index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } });
      if (piece.id) call.id = piece.id;
      call.function.name += piece.function?.name ?? '';
      call.function.arguments += piece.function?.arguments ?? '';
    }
  }
  return got;
}
// The same of a whole answer.
function collected({ choices: [{ message, finish_reason }], usage }) {
  return { text: message.content ?? '', reasoning: message.reasoning_content ?? '', calls: message.tool_calls ?? [], finish: finish_reason, usage, annotations: message.annotations ?? [], images: message.images ?? [] };
}
async function chat(body) {
  const made = await client.chat.completions.create(body);
  return body.stream ? collect(made) : collected(made);
}
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have failed');
}
const sent = (model, after = 0) => fake.records.filter((r) => r.path.includes(`/${model}:`)).slice(after).at(-1);

// Where the provider is named by the model: AI Studio by SSE and by array, Vertex.
for (const [where, prefix] of [['SSE', ''], ['an array', 'array/'], ['Vertex', 'vertex/']]) {
  describe(`OpenAI's SDK, upstream by ${where}`, () => {
    test('text, whole', async () => {
      const got = await chat(ask(`${prefix}gemini-2.5-text`, { max_tokens: 100, temperature: 1.5, seed: 7, stop: ['x'] }));
      assert.equal(got.text, kText.join(''));
      assert.equal(got.finish, 'stop');
      assert.deepEqual([got.usage.prompt_tokens, got.usage.completion_tokens, got.usage.total_tokens], [21, 13, 34]);
    });

    for (const mode of ['', '+bytes', '+split', '+whole', '+eof', '+length']) {
      test(`text, streamed with usage${mode && `, upstream ${mode}`}`, async () => {
        const got = await chat(ask(`${prefix}gemini-2.5-text${mode}`, { stream: true, stream_options: { include_usage: true } }));
        assert.equal(got.text, kText.join(''));
        assert.equal(got.finish, 'stop');
        assert.equal(got.usage.total_tokens, 34);
      });
    }

    for (const stream of [false, true]) {
      const how = stream ? 'streamed' : 'whole';

      test(`C8: a tool over two turns for a client that keeps id, type and name only, ${how}`, async () => {
        for (const scenario of ['tool', 'tool-id', 'tool-text', 'tool-noargs']) {
          const first = ask(`${prefix}gemini-3-${scenario}`, { tools: kTools, stream });
          const got = await chat(first);
          assert.equal(got.finish, 'tool_calls');
          assert.equal(got.calls.length, 1);
          assert.match(got.calls[0].id, /^[A-Za-z0-9_-]+$/);
          assert.equal(got.calls[0].function.name, 'first');
          assert.deepEqual(JSON.parse(got.calls[0].function.arguments), scenario === 'tool-noargs' ? {} : JSON.parse(kArguments.join('')));
          const assistant = { role: 'assistant', content: got.text || null, tool_calls: got.calls.map(({ id, type, function: f }) => ({ id, type, function: { name: f.name, arguments: f.arguments } })) };
          const second = await chat({ ...first, messages: [...first.messages, assistant, { role: 'tool', tool_call_id: got.calls[0].id, content: 'sunny ☀' }] });
          assert.equal(second.text, 'The tool said: sunny ☀;');
          const { body } = sent(`gemini-3-${scenario}`);
          assert.ok(!String(body).includes(kSkipped), 'the real signature came back');
        }
      });

      test(`C8: three rounds of a loop, each with its signature, ${how}`, async () => {
        const body = ask(`${prefix}gemini-3-tool-loop`, { tools: kTools, stream });
        for (let round = 0; round < 3; ++round) {
          const got = await chat(body);
          assert.equal(got.finish, 'tool_calls');
          assert.equal(JSON.parse(got.calls[0].function.arguments).round, round);
          body.messages = [...body.messages, { role: 'assistant', content: null, tool_calls: got.calls }, { role: 'tool', tool_call_id: got.calls[0].id, content: `r${round}` }];
        }
        assert.equal((await chat(body)).text, 'done after 3');
        assert.ok(!String(sent('gemini-3-tool-loop').body).includes(kSkipped));
      });

      test(`C10: three tools at once, their results in any order, ${how}`, async () => {
        for (const scenario of ['tools3', 'tools-same']) {
          const first = ask(`${prefix}gemini-3-${scenario}`, { tools: kTools, stream });
          const got = await chat(first);
          assert.equal(got.finish, 'tool_calls');
          assert.deepEqual(got.calls.map((call) => JSON.parse(call.function.arguments).i), [0, 1, 2]);
          assert.equal(new Set(got.calls.map((call) => call.id)).size, 3);
          const results = got.calls.map((call, i) => ({ role: 'tool', tool_call_id: call.id, content: `r${i}` })).reverse();
          const second = await chat({ ...first, messages: [...first.messages, { role: 'assistant', content: null, tool_calls: got.calls }, ...results] });
          assert.equal(second.text, 'The tool said: r0;r1;r2;');
        }
      });

      test(`a history made elsewhere is taken, ${how}`, async () => {
        const calls = [{ id: 'call_abc123', type: 'function', function: { name: 'first', arguments: '{"i":1}' } }];
        const got = await chat(ask(`${prefix}gemini-3-tool`, { tools: kTools, stream, messages: [...kUser, { role: 'assistant', content: null, tool_calls: calls }, { role: 'tool', tool_call_id: 'call_abc123', content: 'r' }] }));
        assert.equal(got.text, 'The tool said: r;');
        assert.ok(String(sent('gemini-3-tool').body).includes(kSkipped));
      });

      test(`thinking, ${how}`, async () => {
        const got = await chat(ask(`${prefix}gemini-3-think`, { reasoning_effort: 'low', stream, ...(stream ? { stream_options: { include_usage: true } } : {}) }));
        assert.equal(got.reasoning, kReasoning.join(''));
        assert.equal(got.text, kText.join(''));
        assert.equal(got.usage.completion_tokens, 21);
        assert.equal(got.usage.completion_tokens_details.reasoning_tokens, 8);
        assert.deepEqual(sent('gemini-3-think').json.generationConfig.thinkingConfig, { thinkingLevel: 'low', includeThoughts: true });
      });

      test(`why an answer ended, ${how}`, async () => {
        const ends = { length: 'length', 'length-empty': 'length', safety: 'content_filter', 'safety-empty': 'content_filter', recitation: 'content_filter', blocked: 'content_filter', empty: 'stop', 'finish-each': 'stop' };
        for (const [scenario, finish] of Object.entries(ends)) {
          assert.equal((await chat(ask(`${prefix}gemini-2.5-${scenario}`, { stream }))).finish, finish, scenario);
        }
      });

      test(`an image that the model draws, its sources, ${how}`, async () => {
        const drawn = await chat(ask(`${prefix}gemini-2.5-draw`, { stream, modalities: ['text', 'image'] }));
        assert.equal(drawn.text, 'Here: ');
        assert.equal(drawn.images[0].image_url.url, `data:image/png;base64,${kPixel}`);
        const found = await chat(ask(`${prefix}gemini-2.5-search`, { stream, web_search_options: {} }));
        assert.deepEqual(found.annotations, [{ type: 'url_citation', url_citation: { start_index: 0, end_index: 4, url: 'https://example.org/', title: 'Köln' } }]);
      });

      for (const status of ['400', '401', '403', '404', '429', '500', '503']) {
        test(`status ${status}, ${how}`, async () => {
          const error = await failure(chat(ask(`${prefix}gemini-2.5-err-${status}`, { stream })));
          assert.equal(error.status, Number(status), `${error}`);
          assert.ok(error.message.length > 10);
          assert.ok(error.headers.get('x-request-id'));
          if (status === '429') assert.ok(Number(error.headers.get('retry-after')) >= 34, 'the delay of RetryInfo');
        });
      }

      test(`a broken function call is an error, ${how}`, async () => {
        const error = await failure(chat(ask(`${prefix}gemini-2.5-malformed`, { stream, tools: kTools })));
        assert.equal(error.status, 502);
      });
    }

    for (const model of ['err-mid', 'no-finish', 'bad-json', 'text+cut=4', 'text+fin=4', 'text+rst=4']) {
      test(`a stream that breaks raises an error, never a clean end: ${model}`, async () => {
        const seen = [];
        const error = await failure((async () => {
          for await (const chunk of await client.chat.completions.create(ask(`${prefix}gemini-2.5-${model}`, { stream: true }))) seen.push(chunk);
        })());
        assert.ok(error instanceof OpenAI.APIError, `an error of the SDK's own, with words: ${error}`);
        assert.ok(!seen.some((chunk) => chunk.choices[0]?.finish_reason), 'no finish reason before the failure');
      });
    }

    test('a count of candidates, and log probabilities', async () => {
      const two = await client.chat.completions.create(ask(`${prefix}gemini-2.5-text`, { n: 2 }));
      assert.deepEqual(two.choices.map((choice) => [choice.index, choice.message.content]), [[0, kText.join('')], [1, kText.join('')]]);
      const likely = await client.chat.completions.create(ask(`${prefix}gemini-2.5-logprobs`, { logprobs: true, top_logprobs: 2 }));
      assert.deepEqual(likely.choices[0].logprobs.content[0].top_logprobs.map((one) => one.token), ['a', 'b']);
    });

    test('JSON by schema', async () => {
      const format = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } } };
      for (const model of ['gemini-2.0-json', 'gemini-2.5-json']) {
        const got = await chat(ask(prefix + model, { response_format: format }));
        assert.equal(got.text, kJsonText.join(''));
        const config = sent(model).json.generationConfig;
        assert.equal(config.responseMimeType, 'application/json');
        assert.deepEqual(config.responseJsonSchema?.required ?? config.responseSchema.required, ['city']);
      }
    });

    test('tools in the subset of the schema that older models take', async () => {
      const got = await chat(ask(`${prefix}gemini-2.0-tool`, { tools: kTools, tool_choice: 'required' }));
      assert.equal(got.finish, 'tool_calls');
      const { parameters } = sent('gemini-2.0-tool').json.tools[0].functionDeclarations[0];
      assert.deepEqual(parameters.properties.i, { nullable: true, type: 'integer' });
    });
  });
}

describe('media', () => {
  test('a picture as a data URL arrives byte for byte', async () => {
    const content = [{ type: 'text', text: 'what?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${kPixel}` } }];
    const got = await chat({ model: 'gemini-2.5-image', messages: [{ role: 'user', content }] });
    const mark = createHash('sha256').update(Buffer.from(kPixel, 'base64')).digest('hex').slice(0, 12);
    assert.equal(got.text, `image/png#${mark}`);
  });

  test('a picture at an address that Gemini does not fetch is refused, with its place', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.org/cat.png' } }];
    const error = await failure(chat({ model: 'gemini-2.5-image', messages: [{ role: 'user', content }] }));
    assert.equal(error.status, 400);
    assert.match(`${error.param} ${error.message}`, /messages.*0.*content.*0/);
  });
});

// ---- the seed's sentences (docs/seed.md) ----------------------------------------------------------

describe('the seed\'s sentences', () => {
  const atChat = (body, headers) => postChat(`${gateway.origin}/c/v1`, { messages: kUser, ...body }, headers);
  // postChat adds /chat/completions; this route is whole.
  const atOpenai = async (body, headers = {}) => {
    const answer = await fetch(`${gateway.origin}/gemini/openai`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close', ...headers }, body: JSON.stringify({ model: 'gemini-2.5-text', messages: kUser, ...body }) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: body.stream ? null : JSON.parse(text) };
  };
  const last = () => fake.records.at(-1);

  test('gemini：谷歌gemini pro', async () => {
    const { status, json } = await atChat({ provider: 'gemini' });
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.choices[0].message.content, kText.join(''));
    assert.match(last().path, /\/models\/gemini-2\.5-text:generateContent$/, 'the model of the section, as the request names none');
  });

  test('index为密钥ID,头部x-auth-id优先级高于index', async () => {
    for (const index of ['10002', 10002]) {
      const named = await atChat({ model: 'gemini-2.5-text', gemini: { type: 'api', index } });
      assert.equal(last().headers['x-goog-api-key'], keys.other);
      assert.equal(named.headers.get('x-auth-id'), '10002');
    }
    await atChat({ model: 'gemini-2.5-text', provider: 'gemini', gemini: { index: '10001' } }, { 'x-auth-id': '10002' });
    assert.equal(last().headers['x-goog-api-key'], keys.other);
    assert.equal(last().json.gemini, undefined, 'the block stays here');
  });

  test('如果传递Authorization鉴权，还可以传递x-version指定api版本，默认v1beta', async () => {
    const own = secrets.make('a client\'s key', 'AIzaFake');
    const ask = { model: 'gemini-2.5-text', provider: 'gemini' };
    await atChat(ask, { authorization: `Bearer ${own}` });
    assert.match(last().path, /^\/v1beta\/models/);
    await atChat(ask, { authorization: `Bearer ${own}`, 'x-version': 'v1alpha' });
    assert.match(last().path, /^\/v1alpha\/models/);
    assert.equal(last().headers['x-goog-api-key'], own);
    // And with a configured key: x-version before the key's own.
    await atChat(ask, { 'x-auth-id': '10002' });
    assert.match(last().path, /^\/v1\/models/);
    await atChat(ask, { 'x-auth-id': '10002', 'x-version': 'v1alpha' });
    assert.match(last().path, /^\/v1alpha\/models/);
    // What is no version is none, and never a place in a path.
    await atChat(ask, { 'x-auth-id': '10001', 'x-version': '../../x' });
    assert.match(last().path, /^\/v1beta\/models/);
  });

  test('额外返回：gemini {type, index}', async () => {
    const { json } = await atChat({ model: 'gemini-2.5-text', gemini: { type: 'api', index: '10001' } });
    assert.deepEqual(json.gemini, { type: 'api', index: '10001' });
    const { text } = await atChat({ model: 'gemini-2.5-text', stream: true, gemini: { index: '10001' } });
    const values = readStream(text).values;
    const blocks = values.filter((value) => value.gemini).map((value) => value.gemini);
    assert.ok(blocks.length >= 2 && values.at(-1).gemini, 'on the first chunk that knows it and on the last');
    for (const block of blocks) assert.deepEqual(block, { type: 'api', index: '10001' });
  });

  test('/gemini/*path，转发api，path参数为转发的path', async () => {
    fake.pages.set('/v1beta/files/abc', { type: 'text/plain', bytes: Buffer.from('the file') });
    for (const path of ['/v1beta/files/abc', '/files/abc']) {
      const answer = await fetch(`${gateway.origin}/gemini${path}?pageSize=3`, { headers: { connection: 'close', 'x-auth-id': '10001' } });
      assert.equal(await answer.text(), 'the file');
      assert.equal(last().target, '/v1beta/files/abc?pageSize=3');
      assert.equal(last().headers['x-goog-api-key'], keys.first);
    }
  });

  test('post /gemini/openai，api转openai api格式', async () => {
    const { status, json } = await atOpenai({ gemini: { type: 'api', index: 10002 } });
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.object, 'chat.completion');
    assert.equal(json.choices[0].message.content, kText.join(''));
    assert.deepEqual(json.gemini, { type: 'api', index: '10002' });
    const { text } = await atOpenai({ stream: true });
    assert.equal(readStream(text).text, kText.join(''));
    assert.ok(readStream(text).isDone);
  });

  test('此接口支持头部传递Authorization、x-auth-id鉴权(按此排序依次优先获取)', async () => {
    const own = secrets.make('the client\'s key', 'AIzaFake');
    const both = await atOpenai({}, { authorization: `Bearer ${own}`, 'x-auth-id': '10002' });
    assert.equal(last().headers['x-goog-api-key'], own, 'in the header, whole, and without its scheme');
    assert.equal(both.headers.get('x-auth-id'), null, 'no configured key was used');
    assert.deepEqual(both.json.gemini, { type: 'api' });
    const named = await atOpenai({}, { 'x-auth-id': '10002' });
    assert.equal(last().headers['x-goog-api-key'], keys.other);
    assert.equal(named.headers.get('x-auth-id'), '10002');
    for (const one of fake.records) assert.equal(one.query.get('key'), null, 'a key stands in no URL');
  });

  test('不传随机获取配置密钥', async () => {
    const used = new Set();
    for (let i = 0; i < 60 && used.size < 2; ++i) used.add((await atOpenai({})).json.gemini.index);
    assert.deepEqual([...used].sort(), ['10001', '10002']);
  });
});

// ---- each option of the section -------------------------------------------------------------------

describe('options', () => {
  const optionsAsk = (model, more = {}) => client.chat.completions.create({ model: `options/${model}`, messages: kUser, ...more });

  test('version and model', async () => {
    const { status } = await postChat(`${gateway.origin}/c/v1`, { provider: 'options', messages: kUser });
    assert.equal(status, 200);
    assert.equal(fake.records.at(-1).path, '/v1alpha/models/gemini-2.5-text:generateContent');
  });

  test('schema: subset, for a model that takes JSON Schema', async () => {
    await optionsAsk('gemini-3-tool', { tools: kTools });
    const [declared] = sent('gemini-3-tool').json.tools[0].functionDeclarations;
    assert.equal(declared.parametersJsonSchema, undefined);
    assert.deepEqual(declared.parameters.properties.i, { nullable: true, type: 'integer' });
  });

  test('schema: json, for a model that is thought not to take it', async () => {
    await failure(client.chat.completions.create({ model: 'json/gemini-2.0-tool', messages: kUser, tools: kTools }));
    const [declared] = sent('gemini-2.0-tool').json.tools[0].functionDeclarations;
    assert.deepEqual(declared.parametersJsonSchema, kTools[0].function.parameters);
  });

  test('web_files: an address goes up as fileData', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.org/cat.png' } }];
    await optionsAsk('gemini-2.5-echo', { messages: [{ role: 'user', content }] }).catch(() => {});
    assert.deepEqual(sent('gemini-2.5-echo').json.contents[0].parts, [{ fileData: { mimeType: 'image/png', fileUri: 'https://example.org/cat.png' } }]);
  });

  test('signature_in_ids: false leaves ids short', async () => {
    const { choices: [{ message }] } = await optionsAsk('gemini-3-tool', { tools: kTools });
    assert.match(message.tool_calls[0].id, /^call_gm_[0-9a-f]{16}$/);
    const got = await optionsAsk('gemini-3-tool', { tools: kTools, messages: [...kUser, message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'r' }] });
    assert.equal(got.choices[0].message.content, 'The tool said: r;');
    assert.ok(String(sent('gemini-3-tool').body).includes(kSkipped));
  });

  test('stream: array asks without alt=sse', async () => {
    await collect(await optionsAsk('gemini-2.5-text', { stream: true }));
    assert.equal(fake.records.at(-1).target, '/v1alpha/models/gemini-2.5-text:streamGenerateContent');
  });
});

describe('embeddings and models', () => {
  test('one text and several, as floats and as the SDK packs them', async () => {
    const ask = (input, more = {}) => client.embeddings.create({ model: 'gemini-embedding-001', input, ...more });
    const floats = await ask(['a', 'bb', 'ccc'], { encoding_format: 'float', dimensions: 2 });
    assert.deepEqual(floats.data.map((one) => [one.index, one.embedding]), [[0, [1, -0.5]], [1, [2, -0.5]], [2, [3, -0.5]]]);
    assert.equal(floats.usage.total_tokens, 12);
    assert.deepEqual((await ask(['a', 'bb'], { dimensions: 2 })).data[1].embedding, [2, -0.5]);
    assert.equal((await ask('abcd', { encoding_format: 'float' })).data[0].embedding[0], 4);
    assert.equal((await failure(ask([1, 2]))).status, 400);
  });
});

// ---- Google's own SDK through the forward --------------------------------------------------------

for (const [version, Genai] of [['2.32.0', Genai2], ['3.1.0', Genai3]]) {
  describe(`@google/genai ${version} through /gemini/*`, () => {
    let google;
    before(() => { google = new Genai({ apiKey: 'aiproxy', httpOptions: { baseUrl: `${gateway.origin}/gemini` } }); });
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

    test('whole, streamed, counted, embedded, listed', async () => {
      const whole = await google.models.generateContent({ model: 'gemini-2.5-text', contents });
      assert.equal(whole.text, kText.join(''));
      assert.equal(whole.usageMetadata.totalTokenCount, 34);
      let text = '';
      for await (const chunk of await google.models.generateContentStream({ model: 'gemini-2.5-text+split', contents })) text += chunk.text ?? '';
      assert.equal(text, kText.join(''));
      assert.ok((await google.models.countTokens({ model: 'gemini-2.5-text', contents })).totalTokens > 0);
      const embedded = await google.models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'bb'] });
      assert.deepEqual(embedded.embeddings.map((one) => one.values[0]), [1, 2]);
      const names = [];
      for await (const model of await google.models.list()) names.push(model.name);
      assert.ok(names.includes('models/gemini-3-tool'), names.join());
    });

    test('a tool, with the signature that the SDK keeps', async () => {
      const config = { tools: [{ functionDeclarations: [{ name: 'look', parametersJsonSchema: { type: 'object', properties: { q: { type: 'string' } } } }] }] };
      const first = await google.models.generateContent({ model: 'gemini-3-tool', contents, config });
      assert.equal(first.functionCalls[0].name, 'look');
      const second = await google.models.generateContent({
        model: 'gemini-3-tool', config,
        contents: [...contents, first.candidates[0].content, { role: 'user', parts: [{ functionResponse: { name: 'look', response: { output: 'r' } } }] }],
      });
      assert.equal(second.text, 'The tool said: r;');
    });

    test('errors keep Google\'s status and words', async () => {
      for (const status of [400, 403, 429, 503]) {
        const error = await failure(google.models.generateContent({ model: `gemini-2.5-err-${status}`, contents }));
        assert.equal(error.status, status);
      }
    });

    test('the configured key goes up, and the client\'s dummy does not', async () => {
      await google.models.generateContent({ model: 'gemini-2.5-echo', contents });
      const record = sent('gemini-2.5-echo');
      assert.match(record.headers['x-goog-api-key'], /^AIzaFake/);
      assert.equal(record.query.get('key'), null);
    });
  });
}

test('what else the API has is forwarded byte for byte', { skip: !kFixtures }, async () => {
  const folder = path.join(kFixtures, 'gemini-interactions');
  const files = fs.readdirSync(folder).sort();
  const own = secrets.make('a key in a query', 'AIzaFake');
  for (const file of files) {
    const bytes = fs.readFileSync(path.join(folder, file));
    fake.pages.set(`/v1beta/interactions/${file}`, { type: 'application/octet-stream', bytes });
    const answer = await fetch(`${gateway.origin}/gemini/v1beta/interactions/${file}?key=${own}&alt=sse`, { method: 'POST', body: bytes, headers: { connection: 'close', 'x-goog-api-client': 'x/1' } });
    assert.ok(bytes.equals(Buffer.from(await answer.arrayBuffer())), file);
    const record = fake.records.at(-1);
    assert.ok(bytes.equals(record.body));
    assert.equal(record.target, `/v1beta/interactions/${file}?alt=sse`);
    assert.equal(record.headers['x-goog-api-client'], 'x/1');
    assert.equal(record.headers['x-goog-api-key'], own, 'the key came out of the query');
  }
  console.log(`recorded: ${files.length} interactions forwarded unchanged`);
  assert.equal(files.length, 4);
});

// ---- broken at every event ------------------------------------------------------------------------

test('G: an upstream that ends, breaks or turns to garbage behind every event fails the stream', async () => {
  let runs = 0;
  for (const prefix of ['', 'array/']) {
    for (let at = 0; at <= kText.length; ++at) {
      for (const model of [`text+cut=${at}`, `text+fin=${at}`, `text+rst=${at}`, `malformed-at-${at}`]) {
        const { status, text } = await postChat(`${gateway.origin}/v1`, { model: `${prefix}gemini-2.5-${model}`, stream: true, messages: kUser });
        ++runs;
        if (status !== 200) continue;
        const read = readStream(text);
        // The array's closing bracket is an event of its own: everything was said before it.
        assert.ok(!read.isDone && read.errors.length === 1, `${prefix}${model}: ${text.slice(-200)}`);
        assert.equal(read.finish, null);
        assert.ok(kText.join('').startsWith(read.text));
      }
    }
  }
  console.log(`gemini: streams broken at every event: ${runs}, clean ends among them: 0`);
});

test('C2: an abort reaches the upstream, in mid-stream and before the first byte', async () => {
  const cancelled = [];
  for (const [phase, model] of [['mid', 'gemini-2.5-text+stall=4'], ['head', 'gemini-2.5-text+hang']]) {
    for (const prefix of ['', 'array/']) {
      for (let i = 0; i < 3; ++i) {
        const tagged = `${model}+tag=${phase}${prefix.length}${i}`;
        const controller = new AbortController();
        let hear;
        const heard = new Promise((resolve) => { hear = resolve; });
        const running = (async () => {
          const stream = await client.chat.completions.create(ask(prefix + tagged, { stream: true }), { signal: controller.signal });
          for await (const chunk of stream) if (chunk.choices[0]?.delta.content) hear();
        })().catch((error) => error);
        const record = await within(fake.received((r) => decodeURIComponent(r.path).includes(`/${tagged}:`)), 10_000, tagged);
        await within(record.reached, 5000, 'the stall');
        if (phase === 'mid') await within(heard, 5000, 'the content');
        const before = performance.now();
        controller.abort();
        const gone = await within(record.gone, 5000, 'the abort upstream');
        cancelled.push(Math.max(0, gone - before));
        assert.ok(gone - before < 250 * kSlow, ms(gone - before));
        await running;
      }
    }
  }
  const { p50, max } = quantiles(cancelled);
  console.log(`C2: aborts seen by Gemini: ${cancelled.length}, p50 ${ms(p50)}, max ${ms(max)}`);
});
