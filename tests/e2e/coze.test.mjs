// Coze: the official OpenAI SDK against the fake of its API, in both versions, and Coze's own SDK
// against the forward. The seed's sentences are tests of their own at the end (docs/seed.md).
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import OpenAI from 'openai-6';
import { CozeAPI } from '@coze/api';
import { startCoze } from '../fakes/coze.mjs';
import { kFollowUps, kImage, kToolArguments } from '../fakes/coze/scenarios.mjs';
import { kReasoning, kText } from '../fakes/openai/scenarios.mjs';
import { Gateway, kBuildDir, kRoot, kSlow } from './harness/gateway.mjs';
import { closeClients, makeClient } from './harness/sdk.mjs';
import { within } from './harness/many.mjs';
import { Secrets } from './harness/secrets.mjs';
import { kUser, postChat, readStream } from './harness/world.mjs';

const kAll = kText.join('');
const kBots = { first: '7317282000000021134', second: '7312840000000000535', third: '7312840000000000777' };
const kUsers = { first: '1000000001', second: '1000000002' };
const kPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let fake, fakeCn, gateway, base, client;
before(async () => {
  const secrets = new Secrets();
  const token = secrets.make('coze token', 'pat_fake_com_');
  const own = secrets.make('a bot\'s own token', 'pat_fake_com_');
  const cnToken = secrets.make('coze.cn token', 'pat_fake_cn_');
  fake = await startCoze();
  fakeCn = await startCoze({ region: 'cn' });
  const poll = { poll_ms: 20 };
  gateway = await Gateway.start({
    secrets,
    providers: {
      // The seed's section, as it stands in seed/c.yaml.
      coze: {
        base_url: fake.base,
        discord: { enable: false, guild_id: 108700000000007244, channel_id: 108700000000007685, chat_bot_token: '', coze_bot: [120290000000000830], auth: [], request_out_time: 300, request_stream_out_time: 300 },
        api_chat: { access_token: token, ...poll, bots: [{ bot_id: kBots.first, user: 1000000001, access_token: null }, { bot_id: kBots.second, user: 1000000002, access_token: own }, { bot_id: kBots.third, user: 1000000002 }] },
      },
      bots: { plugin: 'coze', base_url: fake.base, api_chat: { access_token: token, ...poll } },
      lenient: { plugin: 'coze', base_url: fake.base, drop_unsupported: true, api_chat: { access_token: token, ...poll } },
      cn: { plugin: 'coze', base_url: fakeCn.base, api_chat: { access_token: cnToken, ...poll } },
      'wrong-region': { plugin: 'coze', base_url: fakeCn.base, api_chat: { access_token: token, ...poll } },
      slow: { plugin: 'coze', base_url: fake.base, timeout_ms: { first_byte: 400, idle: 400, total: 800 }, api_chat: { access_token: token, ...poll } },
    },
  });
  base = `${gateway.origin}/v1`;
  client = makeClient(OpenAI, base);
});
after(async () => {
  await closeClients();
  http.globalAgent.destroy();  // Coze's SDK keeps its connections there
  await Promise.all([fake.close(), fakeCn.close()]);
  await gateway.stop();
  assert.deepEqual([...fake.faults, ...fakeCn.faults], [], 'the fakes had no fault of their own');
});

// A chat with a bot of the provider that has no list of bots; the bot's id is the scenario.
const ask = (bot, version, more = {}) => ({ model: `bots/coze-${version}`, coze: { bot_id: bot }, messages: kUser, ...more });

async function collect(stream) {
  const got = { text: '', reasoning: '', calls: [], finish: null, usage: null, blocks: [], images: [] };
  for await (const chunk of stream) {
    if (chunk.usage) got.usage = chunk.usage;
    if (chunk.coze) got.blocks.push(chunk.coze);
    const [choice] = chunk.choices;
    if (!choice) continue;
    got.text += choice.delta.content ?? '';
    got.reasoning += choice.delta.reasoning_content ?? '';
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

// The same answer asked for in both ways.
async function either(isStream, body) {
  if (isStream) return collect(await client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }));
  const answer = await client.chat.completions.create(body);
  const [{ message, finish_reason: finish }] = answer.choices;
  return { text: message.content ?? '', reasoning: message.reasoning_content ?? '', calls: message.tool_calls ?? [], images: message.images ?? [], finish, usage: answer.usage, blocks: [answer.coze], id: answer.id };
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it should have failed');
}

const nothingOpen = () => within(fake.settled(), 5000 * kSlow, 'no chat stays open upstream');

for (const version of ['v2', 'v3']) {
  for (const isStream of [false, true]) {
    describe(`coze ${version}, ${isStream ? 'streamed' : 'whole'}`, () => {
      test('text', async () => {
        const got = await either(isStream, ask('text', version));
        assert.equal(got.text, kAll);
        assert.equal(got.finish, 'stop');
        assert.equal(got.blocks[0].type, 'api');
        assert.equal(got.blocks[0].bot_id, 'text');
        assert.match(got.blocks[0].conversation_id, /^\d+$/);
        if (version === 'v3') assert.deepEqual([got.usage.prompt_tokens, got.usage.completion_tokens, got.usage.total_tokens], [21, 13, 34]);
      });

      for (const mode of ['bytes', 'split', 'crlf+split', 'whole', 'eof']) {
        test(`text, upstream ${mode}`, async () => {
          const got = await either(isStream, ask(`text+${mode}`, version));
          assert.equal(got.text, kAll);
        });
      }

      test('two turns in one conversation', async () => {
        const first = await either(isStream, ask('count', version));
        assert.equal(first.text, 'turn 1, 1 sent, 0 kept');
        const messages = [...kUser, { role: 'assistant', content: first.text }, { role: 'user', content: 'and now?' }];
        const second = await either(isStream, ask('count', version, { messages, coze: { conversation: first.blocks[0] } }));
        assert.equal(second.text, 'turn 2, 1 sent, 1 kept');
        assert.equal(second.blocks[0].conversation_id, first.blocks[0].conversation_id);
      });

      test('without a conversation the whole history goes up', async () => {
        const messages = [{ role: 'system', content: 'Be brief.' }, ...kUser, { role: 'assistant', content: 'Hello.' }, { role: 'user', content: 'and now?' }];
        const got = await either(isStream, ask('count', version, { messages }));
        assert.equal(got.text, 'turn 1, 4 sent, 0 kept');
      });

      test('what the bot does inside stays inside; follow-ups are told in the block', async () => {
        assert.equal((await either(isStream, ask('noise', version))).text, kAll);
        const got = await either(isStream, ask('follow', version));
        assert.equal(got.text, kAll);
        assert.deepEqual(got.blocks.at(-1).follow_ups, kFollowUps);
      });

      test('several answers of one chat are one text', async () => {
        assert.equal((await either(isStream, ask('two', version))).text, 'One.\n\nTwo.');
      });

      for (const [code, status] of [[4000, 400], [4011, 402], [4013, 429], [4015, 403], [4016, 409], [4028, 402], [4100, 401], [4101, 401], [4200, 404], [5000, 500], [720701013, 503], [4999, 400]]) {
        test(`code ${code} is status ${status}`, async () => {
          const error = await failure(either(isStream, ask(`err_${code}`, version, { model: `bots/coze-${version}` })));
          assert.equal(error.status, status);
          assert.equal(error.code, String(code));
          assert.match(error.message, /logid 2026/);
        });
      }

      test('a page of an intermediary is a 502', async () => {
        assert.equal((await failure(either(isStream, ask('html', version)))).status, 502);
      });
    });
  }
}

for (const version of ['v2', 'v3']) {
  describe(`coze ${version}: a stream that goes wrong`, () => {
    for (const bot of ['error', 'failed', 'nowhere', ...(version === 'v2' ? ['nodone'] : []), 'text+cut=5', 'text+fin=5', 'text+rst=5', 'mal5']) {
      test(`${bot}: an error, never a silent end`, async () => {
        const { status, text } = await postChat(base, ask(bot, version, { stream: true }));
        assert.equal(status, 200);
        const got = readStream(text);
        assert.equal(got.errors.length, 1, text);
        assert.equal(got.isDone, false);
        assert.equal(got.finish, null);
        await nothingOpen();
      });
    }

    for (const bot of ['noblank', ...(version === 'v3' ? ['nodone', 'bare', 'debug', 'misspelt', 'nodelta', 'audio', 'oldusage'] : [])]) {
      test(`${bot}: whole all the same`, async () => {
        const got = await either(true, ask(bot, version));
        assert.equal(got.text, kAll);
        assert.equal(got.finish, 'stop');
        if (version === 'v3') assert.equal(got.usage.total_tokens, 34);
      });
    }
  });
}

test('cut and malformed at every event: an error or all of it, and no chat stays open', async () => {
  let errors = 0;
  let whole = 0;
  for (const version of ['v2', 'v3']) {
    for (const how of ['cut', 'fin', 'rst', 'mal']) {
      for (let at = 0; at < 20; ++at) {
        const bot = how === 'mal' ? `mal${at}` : `text+${how}=${at}`;
        const { status, text, json } = await postChat(base, ask(bot, version, { stream: true }));
        // The event that tells the chat's id is broken: nobody can name what should be cancelled.
        if (bot === 'mal0') for (const chat of fake.service.open()) fake.service.setStatus(chat, 'failed');
        if (status !== 200) {
          assert.ok(json.error, `${version} ${bot}: ${status} ${text}`);
          ++errors;
          continue;
        }
        const got = readStream(text);
        const isWhole = got.isDone && got.text === kAll && got.finish === 'stop' && got.errors.length === 0;
        // A pause event that is broken in version 2, or progress that is, tells nothing.
        const isError = !got.isDone && got.errors.length === 1 && got.finish === null;
        assert.ok(isWhole || isError, `${version} ${bot}: ${text}`);
        isWhole ? ++whole : ++errors;
      }
    }
  }
  await nothingOpen();
  console.log(`coze: cut or malformed at an event: ${errors} errors, ${whole} whole answers, ${fake.openChats} chats left open`);
});

describe('coze v3', () => {
  test('reasoning', async () => {
    for (const isStream of [false, true]) {
      const got = await either(isStream, ask('think', 'v3'));
      assert.equal(got.reasoning, kReasoning.join(''));
      assert.equal(got.text, kAll);
    }
  });

  test('a picture in an answer', async () => {
    for (const isStream of [false, true]) {
      const got = await either(isStream, ask('picture', 'v3'));
      assert.equal(got.text, 'Look: ');
      assert.equal(got.images[0].image_url.url, kImage);
    }
  });

  test('an image by address goes as object_string', async () => {
    const content = [{ type: 'text', text: 'What "is" this?' }, { type: 'image_url', image_url: { url: 'https://example.org/a.png?x=1&y="2"' } }];
    const got = await either(true, ask('see', 'v3', { messages: [{ role: 'user', content }] }));
    assert.equal(got.text, 'image:https://example.org/a.png?x=1&y="2"');
  });

  test('images, files and audio as base64 are uploaded first', async () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${kPng}` } },
      { type: 'file', file: { filename: 'a.txt', file_data: `data:text/plain;base64,${Buffer.from('--aiproxy-file\r\n').toString('base64')}` } },
      { type: 'input_audio', input_audio: { format: 'wav', data: 'UklGRg==' } },
    ];
    for (const isStream of [false, true]) {
      const got = await either(isStream, ask('see', 'v3', { messages: [{ role: 'user', content }] }));
      assert.equal(got.text, `image:${Buffer.from(kPng, 'base64').length} file:16 audio:4`);
    }
  });

  test('a local tool over two turns, by a client that knows nothing of Coze', async () => {
    for (const isStream of [false, true]) {
      const first = await either(isStream, ask('tool', 'v3'));
      assert.equal(first.finish, 'tool_calls');
      assert.equal(first.calls[0].function.name, 'local_data_assistant');
      assert.equal(first.calls[0].function.arguments, kToolArguments);
      const messages = [...kUser, { role: 'assistant', content: null, tool_calls: first.calls }, { role: 'tool', tool_call_id: first.calls[0].id, content: 'sunny "25°"' }];
      // No block: the call's id leads back to the chat that waits.
      const second = await either(isStream, { model: 'bots/coze-v3', messages });
      assert.equal(second.text, 'The tool said: sunny "25°";');
      assert.equal(second.finish, 'stop');
    }
  });

  test('two tools at once, one without arguments', async () => {
    const first = await either(true, ask('tools2', 'v3'));
    assert.deepEqual(first.calls.map((call) => call.function.arguments), [kToolArguments, '{}']);
    const outputs = first.calls.map((call, i) => ({ role: 'tool', tool_call_id: call.id, content: `r${i}` }));
    const second = await either(false, { model: 'bots/coze-v3', messages: [...kUser, { role: 'assistant', content: null, tool_calls: first.calls }, ...outputs] });
    assert.equal(second.text, 'The tool said: r0;r1;');
  });

  test('polls that fail now and then are asked again; a service that stays dead is an error', async () => {
    assert.equal((await either(false, ask('pollerr', 'v3'))).text, kAll);
    const error = await failure(either(false, ask('polldead', 'v3')));
    assert.equal(error.status, 500);
    await nothingOpen();
  });

  test('a chat that Coze does not keep is streamed by Coze, whatever the client wants', async () => {
    const got = await either(false, ask('text', 'v3', { coze: { bot_id: 'text', auto_save_history: false } }));
    assert.equal(got.text, kAll);
    assert.equal(fake.records.at(-1).json.stream, true);
  });

  test('metadata, variables and the rest of the block go up', async () => {
    await either(true, ask('text', 'v3', { metadata: { k: 'v' }, coze: { bot_id: 'text', custom_variables: { name: 'Ada' }, parameters: { n: 1 } } }));
    const { json } = fake.records.at(-1);
    assert.deepEqual([json.meta_data, json.custom_variables, json.parameters], [{ k: 'v' }, { name: 'Ada' }, { n: 1 }]);
  });
});

describe('coze: what it lacks', () => {
  const kLacking = { temperature: 0.2, tools: [{ type: 'function', function: { name: 'f' } }], n: 2, stop: ['x'], max_tokens: 5, logprobs: true, response_format: { type: 'json_object' } };
  for (const [name, value] of Object.entries(kLacking)) {
    test(`${name} is refused by its name, or dropped where the operator allows it`, async () => {
      const error = await failure(either(true, ask('text', 'v3', { [name]: value })));
      assert.equal(error.status, 400);
      assert.equal(error.param, `/${name}`);
      const dropped = await postChat(base, { ...ask('text', 'v3', { [name]: value }), model: 'lenient/coze-v3' });
      assert.equal(dropped.status, 200);
      assert.match(dropped.headers.get('x-aiproxy-dropped'), new RegExp(name));
    });
  }
  test('values that mean "as usual" pass', async () => {
    const got = await either(true, ask('text', 'v3', { temperature: 1, top_p: 1, n: 1, tool_choice: 'auto', presence_penalty: 0 }));
    assert.equal(got.text, kAll);
  });
  test('an image is refused by version 2', async () => {
    const content = [{ type: 'image_url', image_url: { url: kImage } }];
    const error = await failure(either(true, ask('text', 'v2', { messages: [{ role: 'user', content }] })));
    assert.equal(error.param, '/messages/0/content/0');
  });
  test('a name that is no model and no bot is a 404', async () => {
    assert.equal((await failure(either(true, ask('text', 'v3', { model: 'bots/gpt-4' })))).status, 404);
  });
});

describe('coze: a client that leaves', () => {
  // bot, version, streamed; the step that upstream stands still in.
  const kSteps = [
    ['text+hang', 'v3', true, 'before the head of a stream'],
    ['text+stall=1', 'v3', true, 'after the chat was created'],
    ['text+stall=5', 'v3', true, 'in the middle of the text'],
    ['text+stall=15', 'v3', true, 'behind the end of the chat'],
    ['text+hang', 'v3', false, 'before the chat\'s object'],
    ['never', 'v3', false, 'while it is asked for again and again'],
    ['pollhang', 'v3', false, 'in a poll'],
    ['listhang', 'v3', false, 'while the messages are listed'],
    ['text+stall=5', 'v2', true, 'in the middle of version 2'],
    ['text+hang', 'v2', false, 'before an answer of version 2'],
  ];
  for (const [bot, version, isStream, where] of kSteps) {
    test(`${where}: nothing stays open upstream`, async () => {
      const name = `${bot}+tag=${isStream ? 's' : 'w'}${version}`;
      const leave = new AbortController();
      const options = { signal: leave.signal };
      const asked = ask(name, version, { stream: isStream });
      const path = bot === 'pollhang' ? '/v3/chat/retrieve' : bot === 'listhang' ? '/v3/chat/message/list' : bot === 'never' ? '/v3/chat/retrieve' : null;
      const answered = client.chat.completions.create(asked, options);
      answered.catch(() => {});
      const record = await fake.received((r) => r.json?.bot_id === name);
      if (path) await fake.received((r) => r.path === path && r.query.get('chat_id') === [...fake.service.chats.values()].find((chat) => chat.bot === name)?.id);
      else await record.reached;
      if (isStream && !bot.includes('hang')) {
        const iterator = (await answered)[Symbol.asyncIterator]();
        await iterator.next();
      }
      const left = performance.now();
      leave.abort();
      if (!path) assert.ok((await record.gone) - left < 100 * kSlow, 'the connection closed within 100 ms');
      await nothingOpen();
      assert.ok(performance.now() - left < 500 * kSlow);
    });
  }

  // A file that the fake never takes.
  const kStuckFile = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${Buffer.from('hang').toString('base64')}` } }] }];

  test('while a file is uploaded: the connection closes and no chat is begun', async () => {
    const leave = new AbortController();
    const began = fake.records.length;
    const answered = client.chat.completions.create(ask('text', 'v3', { messages: kStuckFile }), { signal: leave.signal });
    answered.catch(() => {});
    const record = await fake.received((r) => r.path === '/v1/files/upload' && fake.records.indexOf(r) >= began);
    await record.reached;
    const left = performance.now();
    leave.abort();
    assert.ok((await record.gone) - left < 100 * kSlow, 'the connection closed within 100 ms');
    assert.deepEqual(fake.records.slice(began).map((r) => r.path), ['/v1/files/upload']);
  });

  test('an upstream that is silent, at each step, is a timeout and leaves nothing open', async () => {
    const kSilences = [['text+hang', true], ['text+stall=3', true], ['text+hang', false], ['never', false], ['pollhang', false], ['listhang', false], ['text', true, { messages: kStuckFile }]];
    for (const [bot, isStream, more] of kSilences) {
      const answer = await postChat(base, { ...ask(bot, 'v3', { stream: isStream, ...more }), model: 'slow/coze-v3' });
      const error = answer.status === 200 ? readStream(answer.text).errors[0] : answer.json;
      assert.ok(error.error, `${bot}: ${answer.text}`);
      if (answer.status !== 200) assert.equal(answer.status, 504, `${bot}: ${answer.text}`);
    }
    await nothingOpen();
  });
});

describe('both hosts', () => {
  test('each with its own token; the other one\'s is refused', async () => {
    assert.equal((await either(true, ask('text', 'v3', { model: 'cn/coze-v3' }))).text, kAll);
    const error = await failure(either(true, ask('text', 'v3', { model: 'wrong-region/coze-v3' })));
    assert.equal(error.status, 401);
    assert.equal(error.code, '4100');
  });
});

describe('@coze/api against the forward', () => {
  // The SDK's own token is the client's credential; the gateway puts the configured one there.
  const coze = () => new CozeAPI({ token: 'aiproxy', baseURL: `${gateway.origin}/coze/api` });
  const question = (text) => [{ role: 'user', content: text, content_type: 'text' }];

  test('a stream', async () => {
    let text = '';
    const kinds = new Set();
    for await (const part of coze().chat.stream({ bot_id: 'text', user_id: 'u', additional_messages: question('hi') })) {
      kinds.add(part.event);
      if (part.event === 'conversation.message.delta') text += part.data.content;
    }
    assert.equal(text, kAll);
    assert.ok(kinds.has('conversation.chat.completed') && kinds.has('done'));
  });

  test('two turns in a conversation that it creates, polled', async () => {
    const { id } = await coze().conversations.create({});
    for (const turn of [1, 2]) {
      const { messages } = await coze().chat.createAndPoll({ bot_id: 'count', user_id: 'u', conversation_id: id, additional_messages: question('hi') });
      assert.equal(messages.find((m) => m.type === 'answer').content, `turn ${turn}, 1 sent, ${turn - 1} kept`);
    }
  });

  test('an error event, and a refusal', async () => {
    const events = [];
    for await (const part of coze().chat.stream({ bot_id: 'error', user_id: 'u', additional_messages: question('hi') })) events.push(part.event);
    assert.ok(events.includes('error'));
    await assert.rejects(coze().chat.create({ bot_id: 'err_4101', user_id: 'u', additional_messages: question('hi') }), /4101|incorrect/);
    for (const chat of fake.service.open()) fake.service.setStatus(chat, 'failed');
  });

  test('the service\'s own paths without a prefix', async () => {
    const answer = await fetch(`${gateway.origin}/v3/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ bot_id: 'text', user_id: 'u', stream: true, additional_messages: question('hi') }) });
    assert.match(await answer.text(), /event:done/);
  });
});

test('etc/aiproxy.yaml: the section of coze, without its comment marks, is good and holds every key', async () => {
  const example = fs.readFileSync(path.join(kRoot, 'etc/aiproxy.yaml'), 'utf8').split('\n');
  const from = example.findIndex((line) => line.startsWith('  # coze:'));
  const section = [];
  for (const line of example.slice(from)) {
    if (!line.startsWith('  # ')) break;
    section.push(line.replace('  # ', '  '));
  }
  const file = path.join(gateway.dir, 'example.yaml');
  fs.writeFileSync(file, `providers:\n${section.join('\n')}\n`);
  const { status, stderr } = spawnSync(path.join(kBuildDir, 'aiproxy'), ['check', '-c', file, '--plugin-dir', path.join(kBuildDir, 'plugins')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const schema = JSON.parse(fs.readFileSync(path.join(kRoot, 'plugins/coze/manifest.json'), 'utf8')).schema;
  const keys = (node) => Object.entries(node.properties ?? {}).flatMap(([key, value]) => [key, ...keys(value), ...keys(value.items ?? {})]);
  for (const key of keys(schema)) assert.ok(section.some((line) => new RegExp(`\\b${key}:`).test(line)), key);
});

describe('the seed\'s sentences', () => {
  const post = (body, headers, path = '/c/v1/chat/completions') => fetch(gateway.origin + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const last = () => fake.records.at(-1).json;
  const seed = (more = {}) => ({ provider: 'coze', model: 'coze-api', messages: kUser, ...more });

  test('coze：支持discord和api,走api时model传coze-api', async () => {
    const answer = await (await post(seed())).json();
    assert.equal(answer.choices[0].message.content, 'hi');
    assert.equal(fake.records.at(-1).path, '/open_api/v2/chat');
    assert.equal((await post(seed({ coze: { type: 'discord' } }))).status, 400, 'Discord is refused by its name until it is served');
  });

  test('user为标识ID,bot_id为coze app ID', async () => {
    const { conversation_id: conversation } = (await (await post(seed(), { 'x-auth-id': kUsers.second })).json()).coze;
    await post(seed({ coze: { conversation: { type: 'api', bot_id: kBots.second, conversation_id: conversation, user: kUsers.second } } }));
    assert.deepEqual([last().user, last().bot_id, last().conversation_id], [kUsers.second, kBots.second, conversation]);
  });

  test('头部x-auth-id对应user,x-bot-id对应bot_id，头部优先鉴权', async () => {
    const block = { coze: { conversation: { type: 'api', bot_id: kBots.second, user: kUsers.second } } };
    const answer = await post(seed(block), { 'x-auth-id': kUsers.first, 'x-bot-id': kBots.first });
    assert.deepEqual([last().user, last().bot_id], [kUsers.first, kBots.first]);
    assert.equal(answer.headers.get('x-auth-id'), kUsers.first);
    await post(seed(block), { 'x-auth-id': kUsers.first });
    assert.equal(last().user, kUsers.first);
    // Two bots of one user: both headers together name one of them.
    await post(seed(), { 'x-auth-id': kUsers.second, 'x-bot-id': kBots.third });
    assert.deepEqual([last().user, last().bot_id], [kUsers.second, kBots.third]);
  });

  test('x-auth-id：对应配置密钥ID，根据此值获取配置文件中设置的密钥', async () => {
    const token = () => fake.records.at(-1).headers.authorization;
    await post(seed(), { 'x-auth-id': kUsers.first });
    const global = token();
    await post(seed(), { 'x-auth-id': kUsers.second });
    assert.notEqual(token(), global, 'the second bot has a token of its own');
    assert.equal((await post(seed(), { 'x-auth-id': '42' })).status, 400);
  });

  test('Authorization：通用', async () => {
    await post(seed({ coze: { bot_id: kBots.first } }), { authorization: 'Bearer pat_fake_of_the_client' });
    assert.equal(fake.records.at(-1).headers.authorization, 'Bearer pat_fake_of_the_client');
  });

  test('不加随机获取配置文件的密钥', async () => {
    const seen = new Set();
    for (let i = 0; i < 40; ++i) {
      await (await post(seed())).text();
      seen.add(last().bot_id);
    }
    assert.deepEqual([...seen].sort(), Object.values(kBots).sort());
  });

  test('额外返回：coze {type, bot_id, conversation_id, user}', async () => {
    const { coze } = await (await post(seed(), { 'x-auth-id': kUsers.first })).json();
    assert.deepEqual(Object.keys(coze), ['type', 'bot_id', 'conversation_id', 'user']);
    assert.deepEqual([coze.type, coze.bot_id, coze.user], ['api', kBots.first, kUsers.first]);
    const got = await collect(await client.chat.completions.create({ ...seed(), stream: true }));
    assert.ok(got.blocks.length >= 2, 'on the first chunk that knows it, and on the last');
  });

  test('post /coze/openai, as the other providers have it', async () => {
    for (const path of ['/coze/openai', '/coze/api/openai']) {
      const answer = await (await post({ model: 'coze-v3', messages: kUser }, { 'x-auth-id': kUsers.first }, path)).json();
      assert.equal(answer.choices[0].message.content, 'hi');
    }
  });
});
