// The official Anthropic SDK, the version before 1 and the newest, against the mock plugin, the
// OpenAI fake (everything is translated) and the Anthropic fake (bytes pass).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import Anthropic0 from 'anthropic-0';
import Anthropic1 from 'anthropic-1';
import { World } from './harness/world.mjs';
import { kRoot, kSlow } from './harness/gateway.mjs';
import { ms, within } from './harness/many.mjs';
import { closeClients } from './harness/sdk.mjs';
import { promise } from '../fakes/fake.mjs';
import { kArguments, kReasoning, kText } from '../fakes/openai/scenarios.mjs';

const kSdks = { 'anthropic 0': Anthropic0, 'anthropic 1': Anthropic1 };

let world;
before(async () => { world = await World.start(); });
after(async () => {
  await closeClients();
  await world.stop();
});

// With the gateway's dummy key the configured credential is used.
const makeClient = (Sdk, options = {}) => new Sdk({ apiKey: 'aiproxy', authToken: null, baseURL: world.gateway.origin, maxRetries: 0, timeout: 60_000, ...options });

const kPng = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const kPngMark = `image/png#${createHash('sha256').update(kPng).digest('hex').slice(0, 12)}`;
const kTools = ['first', 'second', 'third'].map((name) => ({ name, description: `the ${name} tool`, input_schema: { type: 'object', properties: { i: { type: 'integer' } } } }));

const kTargets = {
  openai: {
    fake: () => world.openai, text: 'gpt-text', tool: 'gpt-tool', noargs: 'gpt-tool-noargs', tools3: 'gpt-tools3', image: 'gpt-image', length: 'gpt-length',
    stall: 'gpt-text+stall=4', hang: 'gpt-text+hang', usage: { input_tokens: 17, cache_read_input_tokens: 4, output_tokens: 13 },
    errors: { 400: 'gpt-err-400-context', 401: 'gpt-err-401', 404: 'gpt-nothing', 429: 'gpt-err-429', 500: 'gpt-err-500', 503: 'gpt-err-503' },
    broken: ['gpt-err-mid', 'gpt-text+cut=4', 'gpt-text+fin=4', 'gpt-text+rst=4', 'gpt-no-finish'],
  },
  claude: {
    fake: () => world.claude, text: 'claude-text', tool: 'claude-tool', noargs: 'claude-tool-noargs', tools3: 'claude-tools3', image: 'claude-image', length: 'claude-length',
    stall: 'claude-text+stall=6', hang: 'claude-text+hang', usage: { input_tokens: 21, cache_read_input_tokens: 0, output_tokens: 13 },
    errors: { 400: 'claude-err-400', 401: 'claude-err-401', 404: 'claude-nothing', 429: 'claude-err-429', 500: 'claude-err-500', 529: 'claude-err-529' },
    broken: ['claude-err-mid', 'claude-text+cut=6', 'claude-text+fin=6', 'claude-text+rst=6', 'claude-no-stop'],
  },
};

const kErrorNames = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError', 429: 'RateLimitError', 500: 'InternalServerError', 503: 'InternalServerError', 529: 'InternalServerError' };
const kNewerNames = { 503: 'ServiceUnavailableError', 529: 'OverloadedError' };
const kErrorTypes = { 400: 'invalid_request_error', 401: 'authentication_error', 404: 'not_found_error', 429: 'rate_limit_error', 500: 'api_error', 503: 'api_error', 529: 'overloaded_error' };

const ask = (model, more = {}) => ({ model, max_tokens: 1000, system: 'Be brief.', messages: [{ role: 'user', content: 'hi' }], ...more });
const textOf = (message) => message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
const callsOf = (message) => message.content.filter((block) => block.type === 'tool_use');

// Both ways of asking come to the same message.
const kModes = {
  whole: (client, body) => client.messages.create(body),
  streamed: (client, body) => client.messages.stream(body).finalMessage(),
};

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

      for (const [mode, run] of Object.entries(kModes)) {
        test(`text, ${mode}`, async () => {
          const message = await run(client, ask(target.text, { temperature: 0.5, stop_sequences: ['END'], metadata: { user_id: 'u1' } }));
          assert.equal(message.type, 'message');
          assert.equal(message.role, 'assistant');
          assert.match(message.id, /^msg_/);
          assert.equal(message.model, target.text);
          assert.equal(textOf(message), kText.join(''));
          assert.equal(message.content.length, 1);
          assert.equal(message.stop_reason, 'end_turn');
          assert.equal(message.stop_sequence, null);
          for (const [kind, count] of Object.entries(target.usage)) assert.equal(message.usage[kind], count, kind);
        });

        test(`a limit that was reached, ${mode}`, async () => {
          assert.equal((await run(client, ask(target.length))).stop_reason, 'max_tokens');
        });

        test(`a tool over two turns, ${mode}`, async () => {
          const first = ask(target.tool, { tools: kTools });
          const made = await run(client, first);
          assert.equal(made.stop_reason, 'tool_use');
          const [call, ...others] = callsOf(made);
          assert.equal(others.length, 0);
          assert.ok(call.id);
          assert.equal(call.name, 'first');
          assert.deepEqual(call.input, JSON.parse(kArguments.join('')));
          const messages = [...first.messages, { role: 'assistant', content: made.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: [{ type: 'text', text: 'sunny ☀' }] }] }];
          assert.equal(textOf(await run(client, { ...first, messages })), 'The tool said: sunny ☀;');
        });

        test(`a tool without arguments, ${mode}`, async () => {
          const [call] = callsOf(await run(client, ask(target.noargs, { tools: kTools, tool_choice: { type: 'any', disable_parallel_tool_use: true } })));
          assert.deepEqual(call.input, {});
        });

        test(`three tools at once, ${mode}`, async () => {
          const first = ask(target.tools3, { tools: kTools });
          const made = await run(client, first);
          const calls = callsOf(made);
          assert.deepEqual(calls.map((call) => [call.name, call.input.i]), [['first', 0], ['second', 1], ['third', 2]]);
          assert.equal(new Set(calls.map((call) => call.id)).size, 3);
          const results = calls.map((call, i) => ({ type: 'tool_result', tool_use_id: call.id, content: `r${i}` }));
          const second = await run(client, { ...first, messages: [...first.messages, { role: 'assistant', content: made.content }, { role: 'user', content: results }] });
          assert.equal(textOf(second), 'The tool said: r0;r1;r2;');
        });
      }

      for (const how of ['+bytes', '+split', '+crlf+split', '+whole', '+eof']) {
        test(`text, streamed, upstream ${how}`, async () => {
          assert.equal(textOf(await kModes.streamed(client, ask(target.text + how))), kText.join(''));
        });
      }

      test('a raw stream has the events in their order', async () => {
        const types = [];
        for await (const event of await client.messages.create(ask(target.text, { stream: true }))) types.push(event.type);
        const runs = types.filter((type, i) => type !== types[i - 1]);
        assert.deepEqual(runs, ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop']);
      });

      test('images: data and an address arrive as they are', async () => {
        const content = [
          { type: 'text', text: 'what is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: kPng.toString('base64') } },
          { type: 'image', source: { type: 'url', url: 'https://example.org/cat.png' } },
        ];
        const message = await client.messages.create(ask(target.image, { messages: [{ role: 'user', content }] }));
        assert.equal(textOf(message), `images: ${kPngMark} https://example.org/cat.png`);
      });

      test('a picture that a tool gave reaches the model', async () => {
        const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: kPng.toString('base64') } };
        const messages = [
          { role: 'user', content: 'look' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'first', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [image] }] },
        ];
        await client.messages.create(ask(target.text, { tools: kTools, messages }));
        const sent = JSON.stringify(target.fake().records.at(-1).json);
        assert.ok(sent.includes(kPng.toString('base64')));
      });

      test('tokens are counted', async () => {
        const { data, response } = await client.messages.countTokens({ model: target.text, system: 'Be brief.', messages: [{ role: 'user', content: 'How many tokens are these words, please?' }] }).withResponse();
        assert.ok(data.input_tokens > 5 && data.input_tokens < 50, `${data.input_tokens}`);
        assert.equal(response.headers.get('x-aiproxy-estimated'), name === 'claude' ? null : 'input_tokens');
      });

      for (const [status, model] of Object.entries(target.errors)) {
        for (const [mode, run] of Object.entries(kModes)) {
          test(`status ${status} raises ${kErrorNames[status]}, ${mode}`, async () => {
            const error = await failure(run(client, ask(model)));
            // Version 1 has names of their own for 503 and 529.
            assert.ok([kErrorNames[status], kNewerNames[status]].includes(error.constructor.name), `${error}`);
            assert.equal(error.status, Number(status));
            assert.equal(error.error.type, 'error');
            assert.equal(error.error.error.type, kErrorTypes[status]);
            assert.ok(error.error.error.message.length > 5);
            assert.ok(error.requestID ?? error.request_id ?? error.headers.get('request-id'));
            if (status === '429') assert.ok(Number(error.headers.get('retry-after')) >= 1, 'the provider\'s retry-after');
          });
        }
      }

      for (const model of target.broken) {
        test(`a stream that breaks raises an error, never a clean end: ${model}`, async () => {
          const seen = [];
          const error = await failure((async () => {
            for await (const event of await client.messages.create(ask(model, { stream: true }))) seen.push(event.type);
          })());
          assert.ok(error instanceof Sdk.APIError, `an error of the SDK's own, with words: ${error}`);
          assert.ok(!seen.includes('message_stop'), 'no end before the failure');
        });
      }

      for (const [phase, model] of [['in mid-stream', target.stall], ['before the first byte', target.hang]]) {
        test(`abort ${phase} reaches the upstream`, async () => {
          const tagged = `${model}+tag=${version.replaceAll(/\W/g, '')}-${phase.length}`;
          const controller = new AbortController();
          const [content, heard] = promise();
          const running = (async () => {
            for await (const event of await client.messages.create(ask(tagged, { stream: true }), { signal: controller.signal })) {
              if (event.type === 'content_block_delta') heard();
            }
          })().catch((error) => error);
          const record = await within(target.fake().received((r) => r.json?.model === tagged), 10_000, tagged);
          await within(record.reached, 5000, 'the stall');
          if (phase === 'in mid-stream') await within(content, 5000, 'the content');
          const before = performance.now();
          controller.abort();
          const gone = await within(record.gone, 5000, 'the abort upstream');
          assert.ok(gone - before < 250 * kSlow, ms(gone - before));
          await running;
        });
      }
    });
  }

  describe(`${version} with claude: what only Anthropic has`, () => {
    for (const [mode, run] of Object.entries(kModes)) {
      test(`thinking with its signature survives a tool loop, ${mode}`, async () => {
        const client = makeClient(Sdk);
        const first = ask('claude-think-tool', { tools: kTools, max_tokens: 5000, thinking: { type: 'enabled', budget_tokens: 2000 } });
        const made = await run(client, first);
        const [thinking] = made.content;
        assert.equal(thinking.type, 'thinking');
        assert.equal(thinking.thinking, kReasoning.join(''));
        assert.ok(thinking.signature);
        // The fake takes back only the signature that it has given.
        const [call] = callsOf(made);
        const messages = [...first.messages, { role: 'assistant', content: made.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'fine' }] }];
        assert.equal(textOf(await run(client, { ...first, messages })), 'The tool said: fine;');
      });
    }

    test('server tools pass', async () => {
      const message = await makeClient(Sdk).messages.create(ask('claude-server-tool', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }));
      assert.deepEqual(message.content.map((block) => block.type), ['server_tool_use', 'web_search_tool_result', 'text']);
    });
  });

  describe(`${version} with the mock plugin`, () => {
    let client;
    before(() => { client = makeClient(Sdk); });

    for (const [mode, run] of Object.entries(kModes)) {
      test(`text and usage, ${mode}`, async () => {
        const message = await run(client, ask('mock', { messages: [{ role: 'user', content: 'one two three' }] }));
        assert.equal(textOf(message), 'Hello from mock. You said: one two three');
        assert.equal(message.stop_reason, 'end_turn');
        assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens], [5, 8]);
      });

      test(`thinking, with the signature, back and forth, ${mode}`, async () => {
        const message = await run(client, ask('mock-think'));
        const [thinking, text] = message.content;
        assert.deepEqual([thinking.type, thinking.signature, text.type], ['thinking', 'bW9jaw==', 'text']);
        const messages = [{ role: 'user', content: 'hi' }, { role: 'assistant', content: message.content }, { role: 'user', content: 'again' }];
        assert.match(textOf(await run(client, ask('mock-think', { messages }))), /again$/);
      });

      test(`a stop sequence, ${mode}`, async () => {
        const message = await run(client, ask('mock', { stop_sequences: ['You'] }));
        assert.deepEqual([message.stop_reason, message.stop_sequence], ['stop_sequence', 'You']);
      });

      test(`JSON by a schema, ${mode}`, async () => {
        const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], additionalProperties: false };
        const message = await run(client, ask('mock-json', { output_config: { format: { type: 'json_schema', schema } } }));
        assert.deepEqual(Object.keys(JSON.parse(textOf(message))), ['name']);
      });
    }

    test('tokens are counted by the plugin', async () => {
      const { data, response } = await client.messages.countTokens({ model: 'mock', messages: [{ role: 'user', content: 'one two three' }] }).withResponse();
      assert.equal(data.input_tokens, 3);
      assert.equal(response.headers.get('x-aiproxy-estimated'), null);
    });

    test('the list of models holds what can be named', async () => {
      const models = new Map();
      for await (const model of client.models.list({ limit: 2 })) models.set(model.id, model);
      assert.ok(models.has('mock'), [...models.keys()].join());
      const model = await client.models.retrieve('mock');
      assert.deepEqual(model, models.get('mock'));
      assert.deepEqual([model.type, model.display_name, new Date(model.created_at).getTime()], ['model', 'mock', 0]);
      const error = await failure(client.models.retrieve('nothing-of-the-kind'));
      assert.deepEqual([error.status, error.error.error.type], [404, 'not_found_error']);
    });

    test('the stream of a model that dies ends with an error', async () => {
      const error = await failure(client.messages.stream(ask('mock-cut')).finalMessage());
      assert.match(error.message, /ended|truncated|api_error/);
    });
  });
}

test('the snippet of docs/clients/anthropic-sdk.md says what the page says', async () => {
  const page = fs.readFileSync(path.join(kRoot, 'docs/clients/anthropic-sdk.md'), 'utf8');
  const [, snippet] = /^```js\n([\s\S]*?)^```$/m.exec(page);
  const expected = [...snippet.matchAll(/^\/\/ -> (.*)$/gm)].map((line) => line[1]);
  const [, ...lines] = snippet.replaceAll('http://127.0.0.1:8999', world.gateway.origin).split('\n');
  for (const Sdk of Object.values(kSdks)) {
    const said = [];
    const run = new (async () => {}).constructor('Anthropic', 'console', lines.join('\n'));
    await run(Sdk, { log: (value) => said.push(String(value)) });
    assert.ok(expected.length >= 3);
    assert.deepEqual(said, expected);
  }
});

describe('a client of Anthropic\'s that is no SDK', () => {
  const post = async (path, body, headers = {}) => {
    const answer = await fetch(`${world.gateway.origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close', ...headers }, body: JSON.stringify(body) });
    return { status: answer.status, headers: answer.headers, json: await answer.json().catch(() => undefined) };
  };

  test('a service that does not count gets an estimate; a model that nobody has is an error', async () => {
    const body = { messages: [{ role: 'user', content: 'some words to be counted' }] };
    const counted = await post('/v1/messages/count_tokens', { model: 'claude-no-count', ...body });
    assert.equal(counted.status, 200);
    assert.equal(counted.headers.get('x-aiproxy-estimated'), 'input_tokens');
    assert.ok(counted.json.input_tokens > 5 && counted.json.input_tokens < 20);
  });

  test('HEAD / and GET / are answered', async () => {
    for (const method of ['HEAD', 'GET']) assert.equal((await fetch(world.gateway.origin, { method, headers: { connection: 'close' } })).status, 200);
  });

  test('?beta=true and both ways to show a key are taken', async () => {
    for (const headers of [{ 'x-api-key': 'aiproxy' }, { authorization: 'Bearer aiproxy' }]) {
      const { status } = await post('/v1/messages?beta=true', ask('claude-text'), { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'some-beta-2026-01-01', ...headers });
      assert.equal(status, 200);
      assert.equal(world.claude.records.at(-1).headers['anthropic-beta'], 'some-beta-2026-01-01');
    }
  });

  test('a request that is wrong is refused in Anthropic\'s words', async () => {
    for (const [body, words] of [
      [{ ...ask('gpt-text'), messages: [] }, 'messages: At least one message is required.'],
      [{ ...ask('gpt-text'), messages: [{ role: 'robot', content: 'hi' }] }, 'messages.0.role: Input should be \'user\' or \'assistant\'.'],
      [{ ...ask('gpt-text'), messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content.0.text: Field required'],
      [{ ...ask('gpt-text'), mcp_servers: [{ type: 'url' }] }, 'mcp_servers: '],
      [{ ...ask('gpt-text'), top_k: 4 }, 'top_k: '],
    ]) {
      const { status, json } = await post('/v1/messages', body);
      assert.equal(status, 400);
      assert.equal(json.type, 'error');
      assert.equal(json.error.type, 'invalid_request_error');
      assert.ok(json.error.message.startsWith(words), json.error.message);
      assert.ok(json.request_id);
    }
  });

  test('a silent stream shows that it lives by pings, native and translated', async () => {
    const quick = await World.start({ limits: { heartbeat_ms: 100, commit_after_ms: 100 } });
    try {
      for (const model of ['claude-text+stall=6', 'gpt-text+stall=4', 'claude-text+hang', 'gpt-text+hang']) {
        // Not fetch, which opens a new connection for the one that it has given up.
        const request = http.request(`${quick.gateway.origin}/v1/messages`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } });
        request.end(JSON.stringify(ask(model, { stream: true })));
        const [answer] = await within(once(request, 'response'), 5000 * kSlow, 'the head');
        let text = '';
        await within((async () => {
          for await (const piece of answer) {
            text += piece;
            if ((text.match(/event: ping\ndata: \{"type":"ping"\}\n\n/g) ?? []).length >= 2) break;
          }
        })(), 5000 * kSlow, 'two pings');
        request.destroy();
        assert.equal((text.match(/event: message_start/g) ?? []).length, model.includes('hang') ? 0 : 1);
      }
    } finally {
      await quick.stop();
    }
  });

  test('a virtual key goes where Anthropic\'s clients put theirs', async () => {
    const key = world.secrets.make('virtual key', 'vk-');
    const keyed = await World.start({ listen: { auth: 'keys' }, keys: [{ id: 'team', sha256: createHash('sha256').update(key).digest('hex') }] });
    try {
      const send = (headers) => fetch(`${keyed.gateway.origin}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close', ...headers }, body: JSON.stringify(ask('claude-text')) });
      assert.equal((await send({ 'x-api-key': key })).status, 200);
      assert.equal((await send({ authorization: `Bearer ${key}` })).status, 200);
      const refused = await send({ 'x-api-key': 'vk-wrong' });
      assert.equal(refused.status, 401);
      const { type, error } = await refused.json();
      assert.deepEqual([type, error.type], ['error', 'authentication_error']);
    } finally {
      await keyed.stop();
    }
  });

  test('what a target lacks and need not have is disclosed', async () => {
    const { status, headers } = await post('/v1/messages', { ...ask('gpt-text'), context_management: { edits: [] }, speed: 'fast' });
    assert.equal(status, 200);
    assert.equal(headers.get('x-aiproxy-dropped'), '/context_management;coerced, /speed;coerced');
  });
});
