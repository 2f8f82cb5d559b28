// OpenAI's Responses through the official SDK in three major versions: against the OpenAI fake (the
// bytes pass), the same fake without /responses and the Anthropic fake (everything is translated),
// and the mock plugin.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { World } from './harness/world.mjs';
import { kRoot, kSlow } from './harness/gateway.mjs';
import { ms, within } from './harness/many.mjs';
import { closeClients, kSdks, makeClient } from './harness/sdk.mjs';
import { promise } from '../fakes/fake.mjs';
import { kArguments, kReasoning, kText } from '../fakes/openai/scenarios.mjs';

let world;
before(async () => {
  world = await World.start({
    providers: ({ openai }, { openaiKey }) => ({
      openai: { base_url: openai.base, api_keys: [{ id: 'o1', val: openaiKey }], responses: true },
      chatonly: { plugin: 'openai', base_url: openai.base, api_keys: [{ id: 'o2', val: openaiKey }] },
    }),
  });
});
after(async () => {
  await closeClients();
  await world.stop();
});

const kVersions = Object.fromEntries(Object.entries(kSdks).filter(([version]) => !version.startsWith('openai 5')));
const kPng = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const kPngMark = `image/png#${createHash('sha256').update(kPng).digest('hex').slice(0, 12)}`;
const kTools = ['first', 'second', 'third'].map((name) => ({
  type: 'function', name, description: `the ${name} tool`, parameters: { type: 'object', properties: { i: { type: 'integer' } } }, strict: false,
}));

const openaiModels = (prefix) => ({
  text: `${prefix}gpt-text`, tool: `${prefix}gpt-tool`, tools3: `${prefix}gpt-tools3`, image: `${prefix}gpt-image`, json: `${prefix}gpt-json`, length: `${prefix}gpt-length`,
  refusal: `${prefix}gpt-refusal`, stall: `${prefix}gpt-text+stall=4`,
  errors: { 401: `${prefix}gpt-err-401`, 429: `${prefix}gpt-err-429`, 500: `${prefix}gpt-err-500` },
  broken: [`${prefix}gpt-err-mid`, `${prefix}gpt-text+cut=5`, `${prefix}gpt-text+fin=5`, `${prefix}gpt-text+rst=5`, `${prefix}gpt-no-finish`],
});
const kTargets = {
  'openai itself': { fake: () => world.openai, upstream: '/v1/responses', ...openaiModels('') },
  'a service with chat alone': { fake: () => world.openai, upstream: '/v1/chat/completions', ...openaiModels('chatonly/') },
  claude: {
    fake: () => world.claude, upstream: '/v1/messages',
    text: 'claude-text', tool: 'claude-tool', tools3: 'claude-tools3', image: 'claude-image', length: 'claude-length', stall: 'claude-text+stall=6',
    errors: { 400: 'claude-err-400', 401: 'claude-err-401', 429: 'claude-err-429', 500: 'claude-err-500' },
    broken: ['claude-err-mid', 'claude-text+cut=6', 'claude-text+fin=6', 'claude-text+rst=6', 'claude-no-stop'],
  },
};

const ask = (model, more = {}) => ({ model, instructions: 'Be brief.', input: 'hi', store: false, ...more });

async function failure(promised) {
  try {
    await promised;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have failed');
}

// A stream, put together by hand, with the rules that every one of them keeps.
async function collect(stream) {
  const got = { events: [], items: [], text: '', response: null };
  for await (const event of stream) {
    assert.equal(event.sequence_number, got.events.length, 'sequence_number has no holes');
    got.events.push(event.type);
    if (event.type === 'response.output_item.added') got.items[event.output_index] = { ...event.item, told: '' };
    if (event.type === 'response.output_text.delta') got.text += event.delta;
    if (/\.delta$/.test(event.type)) got.items[event.output_index].told += event.delta;
    if (event.type === 'response.output_item.done') Object.assign(got.items[event.output_index], { done: event.item });
    if (/^response\.(completed|incomplete|failed)$/.test(event.type)) got.response = event.response;
  }
  assert.deepEqual(got.events.slice(0, 2), ['response.created', 'response.in_progress']);
  assert.deepEqual(got.response.output, got.items.map((item) => item.done), 'the last event repeats every item');
  for (const { done, told } of got.items) {
    if (done.type === 'function_call') assert.equal(done.arguments, told);
    if (done.type === 'message') assert.equal(done.content.map((part) => part.text ?? part.refusal).join(''), told);
    if (done.type === 'reasoning' && done.summary.length) assert.equal(done.summary.map((part) => part.text).join(''), told);
  }
  return got;
}

const callsOf = (response) => response.output.filter((item) => item.type === 'function_call');
const resultsOf = (calls, results) => calls.map((call, i) => ({ type: 'function_call_output', call_id: call.call_id, output: results[i] }));
const kErrorNames = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError', 429: 'RateLimitError', 500: 'InternalServerError' };

for (const [version, Sdk] of Object.entries(kVersions)) {
  for (const [name, target] of Object.entries(kTargets)) {
    describe(`${version} with ${name}`, () => {
      let client;
      before(() => { client = makeClient(Sdk, world.base); });

      test('text, whole', async () => {
        const response = await client.responses.create(ask(target.text, { max_output_tokens: 100, temperature: 0.5, metadata: { a: 'b' } }));
        assert.equal(response.object, 'response');
        assert.equal(response.status, 'completed');
        assert.equal(response.output_text, kText.join(''));
        assert.deepEqual([response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens], [21, 13, 34]);
        assert.equal(response.instructions, 'Be brief.');
        assert.equal(response.temperature, 0.5);
        assert.match(response.id, /^resp_/);
        assert.equal(target.fake().records.at(-1).path, target.upstream);
      });

      for (const mode of ['', '+bytes', '+split', '+crlf+split', '+whole']) {
        test(`text, streamed${mode && `, upstream ${mode}`}`, async () => {
          const got = await collect(await client.responses.create(ask(target.text + mode, { stream: true })));
          assert.equal(got.text, kText.join(''));
          assert.equal(got.response.status, 'completed');
          assert.equal(got.response.usage.total_tokens, 34);
        });
      }

      test('the stream helper puts the same answer together', async () => {
        const stream = client.responses.stream(ask(target.text));
        const seen = [];
        stream.on('response.output_text.delta', (event) => seen.push(event.delta));
        const final = await stream.finalResponse();
        assert.equal(final.output.map((item) => item.content[0].text).join(''), kText.join(''));
        assert.equal(seen.join(''), kText.join(''));
      });

      for (const stream of [false, true]) {
        test(`a tool over two turns, ${stream ? 'streamed' : 'whole'}`, async () => {
          const input = [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }];
          const first = ask(target.tool, { tools: kTools, stream, input });
          const made = await client.responses.create(first);
          const { output } = stream ? (await collect(made)).response : made;
          const calls = callsOf({ output });
          assert.equal(calls.length, 1);
          assert.equal(calls[0].name, 'first');
          assert.equal(calls[0].status, 'completed');
          assert.deepEqual(JSON.parse(calls[0].arguments), JSON.parse(kArguments.join('')));
          const second = await client.responses.create({ ...first, stream: false, input: [...input, ...output, ...resultsOf(calls, ['sunny ☀'])] });
          assert.equal(second.output_text, 'The tool said: sunny ☀;');
        });

        test(`three tools at once, ${stream ? 'streamed' : 'whole'}`, async () => {
          const first = ask(target.tools3, { tools: kTools, stream });
          const made = await client.responses.create(first);
          const { output } = stream ? (await collect(made)).response : made;
          const calls = callsOf({ output });
          assert.deepEqual(calls.map((call) => [call.name, JSON.parse(call.arguments).i]), [['first', 0], ['second', 1], ['third', 2]]);
          assert.equal(new Set(calls.map((call) => call.call_id)).size, 3);
          assert.equal(new Set(calls.map((call) => call.id)).size, 3);
          const input = [{ role: 'user', content: 'hi' }, ...output, ...resultsOf(calls, ['r0', 'r1', 'r2'])];
          const second = await client.responses.create({ ...first, stream: false, input });
          assert.equal(second.output_text, 'The tool said: r0;r1;r2;');
        });
      }

      test('a named tool is the one that is called', async () => {
        const response = await client.responses.create(ask(target.tool, { tools: kTools, tool_choice: { type: 'function', name: 'second' } }));
        assert.equal(callsOf(response)[0].name, 'second');
      });

      test('images: a data URL and an address arrive as they are', async () => {
        const content = [
          { type: 'input_text', text: 'what is this?' },
          { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${kPng.toString('base64')}` },
          { type: 'input_image', detail: 'auto', image_url: 'https://example.org/cat.png' },
        ];
        const response = await client.responses.create({ model: target.image, input: [{ role: 'user', content }], store: false });
        assert.equal(response.output_text, `images: ${kPngMark} https://example.org/cat.png`);
      });

      test('an answer that was too long is incomplete', async () => {
        const got = await collect(await client.responses.create(ask(target.length, { stream: true })));
        assert.equal(got.events.at(-1), 'response.incomplete');
        assert.equal(got.response.incomplete_details.reason, 'max_output_tokens');
        assert.equal(got.response.output[0].status, 'incomplete');
      });

      if (target.refusal) {
        test('a refusal is a part of its own', async () => {
          const got = await collect(await client.responses.create(ask(target.refusal, { stream: true })));
          assert.deepEqual(got.response.output[0].content, [{ type: 'refusal', refusal: 'I cannot help with that.' }]);
        });
        test('structured output', async () => {
          const format = { type: 'json_schema', name: 'place', strict: true, schema: { type: 'object', properties: { city: { type: 'string' }, n: { type: 'number' } }, required: ['city', 'n'], additionalProperties: false } };
          const response = await client.responses.create(ask(target.json, { text: { format } }));
          assert.deepEqual(JSON.parse(response.output_text), { city: 'Köln', n: 1000 });
          assert.deepEqual(response.text.format, format);
          const sent = target.fake().records.at(-1).json;
          assert.deepEqual((sent.response_format?.json_schema ?? sent.text.format).schema, format.schema);
        });
      }

      for (const [status, model] of Object.entries(target.errors)) {
        for (const stream of [false, true]) {
          test(`status ${status} raises ${kErrorNames[status]}, ${stream ? 'streamed' : 'whole'}`, async () => {
            const error = await failure(client.responses.create(ask(model, { stream })));
            assert.equal(error.constructor.name, kErrorNames[status], `${error}`);
            assert.equal(error.status, Number(status));
            assert.ok(error.message.length > 10);
          });
        }
      }

      test('a 400 names the member', async () => {
        const error = await failure(client.responses.create(ask(target.text, { input: [{ role: 'user', content: [{ type: 'input_text' }] }] })));
        assert.equal(error.constructor.name, 'BadRequestError');
        assert.equal(error.param, 'input[0].content[0].text');
      });

      for (const model of target.broken) {
        test(`a stream that breaks raises an error, never a clean end: ${model}`, async () => {
          const seen = [];
          const error = await failure((async () => {
            for await (const event of await client.responses.create(ask(model, { stream: true }))) seen.push(event.type);
          })());
          assert.ok(error instanceof Sdk.APIError, `an error of the SDK's own, with words: ${error}`);
          assert.ok(error.message.length > 5);
          assert.ok(!seen.includes('response.completed'));
        });
      }

      test('an abort reaches the upstream', async () => {
        const tagged = `${target.stall}+tag=${version.replaceAll(/\W/g, '')}-${target.upstream.length}`;
        const sent = tagged.replace('chatonly/', '');
        const controller = new AbortController();
        const [content, heard] = promise();
        const running = (async () => {
          for await (const event of await client.responses.create(ask(tagged, { stream: true }), { signal: controller.signal })) {
            if (event.type === 'response.created') heard();
          }
        })().catch((error) => error);
        const record = await within(target.fake().received((r) => r.json?.model === sent && r.path === target.upstream), 10_000, tagged);
        await within(record.reached, 5000, 'the stall');
        await within(content, 5000, 'the content');
        const from = performance.now();
        controller.abort();
        const gone = await within(record.gone, 5000, 'the abort upstream');
        assert.ok(gone - from < 250 * kSlow, ms(gone - from));
        await running;
      });
    });
  }

  describe(`${version}: reasoning, state and the mock`, () => {
    let client;
    before(() => { client = makeClient(Sdk, world.base); });

    for (const stream of [false, true]) {
      for (const [name, model, second] of [
        ['claude, whose signature is checked', 'claude-think-tool', 'The tool said: sunny;'],
        ['openai itself, whose encrypted reasoning is checked', 'gpt-think-tool', 'reasoned 1 true'],
      ]) {
        test(`reasoning goes round over turns: ${name}, ${stream ? 'streamed' : 'whole'}`, async () => {
          const input = [{ role: 'user', content: 'hi' }];
          const first = ask(model, { tools: kTools, stream, input, reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] });
          const made = await client.responses.create(first);
          const { output } = stream ? (await collect(made)).response : made;
          assert.deepEqual(output.map((item) => item.type), ['reasoning', 'function_call']);
          assert.equal(output[0].summary.map((part) => part.text).join(''), kReasoning.join(''));
          assert.ok(output[0].encrypted_content.length > 10);
          const done = await client.responses.create({ ...first, stream: false, input: [...input, ...output, ...resultsOf(callsOf({ output }), ['sunny'])] });
          assert.equal(done.output_text, second);
        });
      }
    }

    test('a conversation that reasoned with claude goes on with openai', async () => {
      const input = [{ role: 'user', content: 'hi' }];
      const { output } = await client.responses.create(ask('claude-think', { input, reasoning: { effort: 'high' } }));
      assert.equal(output[0].type, 'reasoning');
      const { data, response } = await client.responses.create(ask('gpt-echo', { input: [...input, ...output, { role: 'user', content: 'and you?' }] })).withResponse();
      assert.equal(data.output_text, 'and you?');
      assert.equal(response.headers.get('x-aiproxy-dropped'), '/input/1;coerced');
    });

    test('what a target that keeps nothing cannot do is a 400 with its name', async () => {
      for (const [param, more] of [['previous_response_id', { previous_response_id: 'resp_1' }], ['background', { background: true }], ['conversation', { conversation: 'conv_1' }]]) {
        const error = await failure(client.responses.create(ask('claude-text', more)));
        assert.equal(error.constructor.name, 'BadRequestError');
        assert.equal(error.param, param);
      }
    });

    test('openai itself remembers: previous_response_id, retrieve, input items, delete', async () => {
      const first = await client.responses.create({ model: 'gpt-text', input: 'hi' });
      const second = await client.responses.create({ model: 'gpt-echo', input: 'again', previous_response_id: first.id });
      assert.equal(second.output_text, 'again');
      assert.equal((await client.responses.retrieve(first.id)).id, first.id);
      const items = await client.responses.inputItems.list(second.id);
      assert.ok(items.data.length >= 3);
      const cancelled = await failure(client.responses.cancel?.(first.id) ?? client.post(`/responses/${first.id}/cancel`));
      assert.equal(cancelled.status, 400);
      const deleted = await (client.responses.delete?.(first.id) ?? client.responses.del(first.id));
      assert.ok(deleted === undefined || deleted.deleted);
      assert.equal((await failure(client.responses.retrieve(first.id))).status, 404);
      assert.equal((await client.post('/responses/input_tokens', { body: { model: 'gpt-text', input: 'hi' } })).object, 'response.input_tokens');
      assert.equal((await client.post('/responses/compact', { body: { model: 'gpt-text', input: 'hi' } })).object, 'response.compaction');
    });

    test('a hosted tool that the target lacks is refused by its place', async () => {
      const error = await failure(client.responses.create(ask('chatonly/gpt-text', { tools: [{ type: 'web_search' }] })));
      assert.equal(error.constructor.name, 'BadRequestError');
      assert.equal(error.param, '/tools/0');
    });

    test('the mock: text, tools, reasoning, JSON, a limit, a cut', async () => {
      assert.match((await client.responses.create(ask('mock'))).output_text, /hi/);
      assert.equal((await collect(await client.responses.create(ask('mock-think', { stream: true })))).response.output[0].type, 'reasoning');
      const [call] = callsOf(await client.responses.create(ask('mock-tools', { tools: kTools })));
      const second = await client.responses.create(ask('mock-tools', { tools: kTools, input: [{ role: 'user', content: 'hi' }, call, ...resultsOf([call], ['sunny'])] }));
      assert.ok(second.output_text.length > 0);
      assert.doesNotThrow(async () => JSON.parse((await client.responses.create(ask('mock-json'))).output_text));
      assert.equal((await failure(client.responses.create(ask('mock-429')))).constructor.name, 'RateLimitError');
      const error = await failure((async () => { for await (const _ of await client.responses.create(ask('mock-cut', { stream: true }))); })());
      assert.ok(error instanceof Sdk.APIError);
    });
  });
}

test('a custom tool is called with its free text, by a target that knows functions alone', async () => {
  const client = makeClient(Object.values(kVersions).at(-1), world.base);
  const tools = [{ type: 'custom', name: 'first', description: 'SQL', format: { type: 'text' } }];
  const input = [{ role: 'user', content: 'hi' }];
  const { output } = await client.responses.create(ask('claude-tool', { tools, input }));
  const [call] = output;
  assert.equal(call.type, 'custom_tool_call');
  // This model does not know of the parameter: what it wrote is passed as it is.
  assert.deepEqual(JSON.parse(call.input), JSON.parse(kArguments.join('')));
  const second = await client.responses.create(ask('claude-tool', { tools, input: [...input, call, { type: 'custom_tool_call_output', call_id: call.call_id, output: 'rows' }] }));
  assert.equal(second.output_text, 'The tool said: rows;');
});

test('the log knows dialect, tokens and finish of both ways', async () => {
  for (const model of ['gpt-text', 'claude-text']) {
    const answer = await fetch(`${world.base}/responses`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: JSON.stringify(ask(model, { stream: true })) });
    await answer.text();
    const line = await world.gateway.logged((l) => l.request_id === answer.headers.get('x-request-id'));
    assert.deepEqual([line.dialect, line.tokens_in, line.tokens_out, line.finish], ['openai-responses', 21, 13, 'stop']);
  }
});

test('native: the client\'s body goes up and the answer comes down byte for byte', async () => {
  const body = '{ "model" : "gpt-text","input":[ {"role":"user","content":"h\\u00ef"} ], "store":false, "temperature":1.0 }';
  const answer = await fetch(`${world.base}/responses`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body });
  const record = world.openai.records.findLast((r) => r.path === '/v1/responses');
  assert.equal(record.body.toString(), body);
  assert.match(await answer.text(), /^\{"id":"resp_/);
});

test('the snippet of docs/clients/openai-responses.md says what the page says', async () => {
  const page = fs.readFileSync(path.join(kRoot, 'docs/clients/openai-responses.md'), 'utf8');
  const [, snippet] = /^```js\n([\s\S]*?)^```$/m.exec(page);
  const expected = [...snippet.matchAll(/^\/\/ -> (.*)$/gm)].map((line) => line[1]);
  const [, ...lines] = snippet.replaceAll('http://127.0.0.1:8999', world.gateway.origin).split('\n');
  for (const Sdk of Object.values(kVersions)) {
    const said = [];
    const run = new (async () => {}).constructor('OpenAI', 'console', lines.join('\n'));
    await run(function OpenAI({ baseURL }) { return makeClient(Sdk, baseURL); }, { log: (value) => said.push(String(value)) });
    assert.ok(expected.length >= 2);
    assert.deepEqual(said, expected);
  }
});
