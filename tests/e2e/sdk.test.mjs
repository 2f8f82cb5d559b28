// The official SDK in four major versions, each against the mock plugin, the OpenAI fake (same
// dialect: bytes pass) and the Anthropic fake (everything is translated).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { World } from './harness/world.mjs';
import { kSlow } from './harness/gateway.mjs';
import { ms, quantiles, within } from './harness/many.mjs';
import { closeClients, kSdks, makeClient } from './harness/sdk.mjs';
import { promise } from '../fakes/fake.mjs';
import { kArguments, kText } from '../fakes/openai/scenarios.mjs';

let world;
before(async () => { world = await World.start(); });
after(async () => {
  await closeClients();
  await world.stop();
});

const kPng = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const kPngMark = `image/png#${createHash('sha256').update(kPng).digest('hex').slice(0, 12)}`;
const kTools = ['first', 'second', 'third'].map((name) => ({
  type: 'function', function: { name, description: `the ${name} tool`, parameters: { type: 'object', properties: { i: { type: 'integer' } } } },
}));

const kTargets = {
  openai: {
    fake: () => world.openai, text: 'gpt-text', tool: 'gpt-tool', tools3: 'gpt-tools3', image: 'gpt-image',
    stall: 'gpt-text+stall=4', hang: 'gpt-text+hang',
    errors: { 400: 'gpt-err-400-context', 401: 'gpt-err-401', 404: 'gpt-nothing', 429: 'gpt-err-429', 500: 'gpt-err-500' },
    broken: ['gpt-err-mid', 'gpt-text+cut=4', 'gpt-text+fin=4', 'gpt-text+rst=4', 'gpt-no-finish'],
  },
  claude: {
    fake: () => world.claude, text: 'claude-text', tool: 'claude-tool', tools3: 'claude-tools3', image: 'claude-image',
    stall: 'claude-text+stall=6', hang: 'claude-text+hang',
    errors: { 400: 'claude-err-400', 401: 'claude-err-401', 404: 'claude-nothing', 429: 'claude-err-429', 500: 'claude-err-500' },
    broken: ['claude-err-mid', 'claude-text+cut=6', 'claude-text+fin=6', 'claude-text+rst=6', 'claude-no-stop'],
  },
};

const ask = (model, more = {}) => ({ model, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }], ...more });

// A stream, put together as an application does it.
async function collect(stream) {
  const got = { text: '', calls: [], finish: null, usage: null, chunks: 0, roles: [] };
  for await (const chunk of stream) {
    ++got.chunks;
    if (chunk.usage) got.usage = chunk.usage;
    const [choice] = chunk.choices;
    if (!choice) continue;
    if (choice.delta.role) got.roles.push(choice.delta.role);
    got.text += choice.delta.content ?? '';
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

const kErrorNames = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError', 429: 'RateLimitError', 500: 'InternalServerError' };

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have failed');
}

const cancelled = [];

for (const [version, Sdk] of Object.entries(kSdks)) {
  for (const [name, target] of Object.entries(kTargets)) {
    describe(`${version} with ${name}`, () => {
      let client;
      before(() => { client = makeClient(Sdk, world.base); });

      test('text, whole', async () => {
        const answer = await client.chat.completions.create(ask(target.text, { max_tokens: 100, temperature: 0.5 }));
        assert.equal(answer.object, 'chat.completion');
        assert.equal(answer.choices[0].message.role, 'assistant');
        assert.equal(answer.choices[0].message.content, kText.join(''));
        assert.equal(answer.choices[0].finish_reason, 'stop');
        assert.deepEqual([answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens], [21, 13, 34]);
        assert.equal(answer.model, target.text);
      });

      for (const mode of ['', '+bytes', '+split', '+crlf+split', '+whole', '+eof']) {
        test(`text, streamed with usage${mode && `, upstream ${mode}`}`, async () => {
          const got = await collect(await client.chat.completions.create(ask(target.text + mode, { stream: true, stream_options: { include_usage: true } })));
          assert.equal(got.text, kText.join(''));
          assert.equal(got.finish, 'stop');
          assert.equal(got.roles[0], 'assistant');
          assert.equal(got.usage.total_tokens, 34);
        });
      }

      test('usage stays away when nobody asked for it', async () => {
        const got = await collect(await client.chat.completions.create(ask(target.text, { stream: true })));
        assert.equal(got.usage, null);
        assert.equal(got.text, kText.join(''));
      });

      for (const stream of [false, true]) {
        test(`a tool over two turns, ${stream ? 'streamed' : 'whole'}`, async () => {
          const first = ask(target.tool, { tools: kTools, stream });
          const made = await client.chat.completions.create(first);
          const got = stream ? await collect(made) : { calls: made.choices[0].message.tool_calls, finish: made.choices[0].finish_reason };
          assert.equal(got.finish, 'tool_calls');
          assert.equal(got.calls.length, 1);
          assert.ok(got.calls[0].id);
          assert.equal(got.calls[0].function.name, 'first');
          assert.deepEqual(JSON.parse(got.calls[0].function.arguments), JSON.parse(kArguments.join('')));
          const messages = [...first.messages, { role: 'assistant', content: null, tool_calls: got.calls }, { role: 'tool', tool_call_id: got.calls[0].id, content: 'sunny ☀' }];
          const second = await client.chat.completions.create({ ...first, stream: false, messages });
          assert.equal(second.choices[0].message.content, 'The tool said: sunny ☀;');
        });

        test(`three tools at once, ${stream ? 'streamed' : 'whole'}`, async () => {
          const first = ask(target.tools3, { tools: kTools, stream });
          const made = await client.chat.completions.create(first);
          const got = stream ? await collect(made) : { calls: made.choices[0].message.tool_calls, finish: made.choices[0].finish_reason };
          assert.equal(got.finish, 'tool_calls');
          assert.deepEqual(got.calls.map((call) => [call.function.name, JSON.parse(call.function.arguments).i]), [['first', 0], ['second', 1], ['third', 2]]);
          assert.equal(new Set(got.calls.map((call) => call.id)).size, 3);
          const results = got.calls.map((call, i) => ({ role: 'tool', tool_call_id: call.id, content: `r${i}` }));
          const second = await client.chat.completions.create({ ...first, stream: false, messages: [...first.messages, { role: 'assistant', content: null, tool_calls: got.calls }, ...results] });
          assert.equal(second.choices[0].message.content, 'The tool said: r0;r1;r2;');
        });
      }

      test('images: a data URL and an address arrive as they are', async () => {
        const content = [
          { type: 'text', text: 'what is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${kPng.toString('base64')}` } },
          { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } },
        ];
        const answer = await client.chat.completions.create({ model: target.image, messages: [{ role: 'user', content }] });
        assert.equal(answer.choices[0].message.content, `images: ${kPngMark} https://example.org/cat.png`);
      });

      for (const [status, model] of Object.entries(target.errors)) {
        for (const stream of [false, true]) {
          test(`status ${status} raises ${kErrorNames[status]}, ${stream ? 'streamed' : 'whole'}`, async () => {
            const error = await failure(client.chat.completions.create(ask(model, { stream })));
            assert.equal(error.constructor.name, kErrorNames[status], `${error}`);
            assert.equal(error.status, Number(status));
            assert.ok(error.message.length > 10);
            const headers = error.headers instanceof Headers ? Object.fromEntries(error.headers) : error.headers;
            assert.ok(headers['x-request-id']);
            if (status === '429') assert.ok(Number(headers['retry-after']) >= 1, 'the provider\'s retry-after');
          });
        }
      }

      for (const model of target.broken) {
        test(`a stream that breaks raises an error, never a clean end: ${model}`, async () => {
          const seen = [];
          const error = await failure((async () => {
            for await (const chunk of await client.chat.completions.create(ask(model, { stream: true }))) seen.push(chunk);
          })());
          assert.ok(error instanceof Sdk.APIError, `an error of the SDK's own, with words: ${error}`);
          assert.ok(!seen.some((chunk) => chunk.choices[0]?.finish_reason), 'no finish reason before the failure');
        });
      }

      for (const [phase, model] of [['in mid-stream', target.stall], ['before the first byte', target.hang]]) {
        test(`abort ${phase} reaches the upstream`, async () => {
          for (let i = 0; i < 5; ++i) {
            const tagged = `${model}+tag=${version.replaceAll(/\W/g, '')}-${phase.length}-${i}`;
            const controller = new AbortController();
            const [content, heard] = promise();
            const running = (async () => {
              for await (const chunk of await client.chat.completions.create(ask(tagged, { stream: true }), { signal: controller.signal })) {
                if (chunk.choices[0]?.delta.content) heard();
              }
            })().catch((error) => error);
            const record = await within(target.fake().received((r) => r.json?.model === tagged), 10_000, tagged);
            // Aborting at the first chunk could end the upstream before it comes to its stall.
            await within(record.reached, 5000, 'the stall');
            if (phase === 'in mid-stream') await within(content, 5000, 'the content');
            const before = performance.now();
            controller.abort();
            const gone = await within(record.gone, 5000, 'the abort upstream');
            cancelled.push(Math.max(0, gone - before));
            assert.ok(gone - before < 250 * kSlow, ms(gone - before));
            await running;
          }
        });
      }
    });
  }

  describe(`${version} with the mock plugin`, () => {
    let client;
    before(() => { client = makeClient(Sdk, world.base); });

    test('text, whole and streamed, say the same and count their tokens', async () => {
      const whole = await client.chat.completions.create(ask('mock'));
      const got = await collect(await client.chat.completions.create(ask('mock', { stream: true, stream_options: { include_usage: true } })));
      assert.ok(got.text.length > 0);
      assert.equal(got.text, whole.choices[0].message.content);
      assert.deepEqual([got.usage.prompt_tokens, got.usage.completion_tokens], [whole.usage.prompt_tokens, whole.usage.completion_tokens]);
      assert.ok(got.usage.completion_tokens > 0 && got.finish === 'stop');
    });

    test('mock-tools calls a tool and takes its result', async () => {
      const first = ask('mock-tools', { tools: kTools });
      const { message, finish_reason } = (await client.chat.completions.create(first)).choices[0];
      assert.equal(finish_reason, 'tool_calls');
      assert.ok(kTools.some((tool) => tool.function.name === message.tool_calls[0].function.name));
      const results = message.tool_calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: 'sunny' }));
      const second = await client.chat.completions.create({ ...first, messages: [...first.messages, message, ...results] });
      assert.equal(second.choices[0].finish_reason, 'stop');
      assert.ok(second.choices[0].message.content.length > 0);
    });

    test('mock-json is JSON, mock-429 a RateLimitError, mock-cut an error in mid-stream', async () => {
      const json = await client.chat.completions.create(ask('mock-json', { response_format: { type: 'json_object' } }));
      assert.doesNotThrow(() => JSON.parse(json.choices[0].message.content));
      assert.equal((await failure(client.chat.completions.create(ask('mock-429')))).constructor.name, 'RateLimitError');
      let text = '';
      const error = await failure((async () => {
        for await (const chunk of await client.chat.completions.create(ask('mock-cut', { stream: true }))) text += chunk.choices[0]?.delta.content ?? '';
      })());
      assert.ok(error instanceof Sdk.APIError, `${error}`);
      assert.ok(text.length > 0, 'it had begun to answer');
    });

    test('embeddings, as floats and as the SDK packs them', async () => {
      const floats = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float' });
      const packed = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] });
      assert.equal(floats.data.length, 2);
      assert.deepEqual(packed.data[1].embedding, floats.data[1].embedding);
      assert.equal(floats.usage.total_tokens, 2);
    });

    test('the list of models holds what can be named', async () => {
      const list = [];
      for await (const model of client.models.list()) list.push(model);
      assert.ok(list.some((model) => model.id === 'mock'), list.map((model) => model.id).join());
      assert.ok(list.every((model) => model.object === 'model'));
      assert.equal((await client.models.retrieve('mock')).id, 'mock');
    });
  });
}

test('C4: an aborted SDK call is seen upstream', () => {
  const { p50, p99, max } = quantiles(cancelled);
  console.log(`C4: SDK aborts seen upstream: ${cancelled.length}, p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`);
  assert.equal(cancelled.length, 4 * 2 * 2 * 5);
});
