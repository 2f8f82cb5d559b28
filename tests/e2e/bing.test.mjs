// Bing chat through the real gateway: the hub's WebSocket, the seed's routes and block, and every
// way in which the service can say no, fall silent or break off.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startBing } from '../fakes/bing.mjs';
import { kSources, kSuggestions, kText } from '../fakes/bing/scenarios.mjs';
import { Gateway } from './harness/gateway.mjs';
import { forEachOf, ms, quantiles, within } from './harness/many.mjs';
import { RawClient, post } from './harness/raw.mjs';
import { until } from './harness/reload.mjs';
import { closeClients, kSdks, makeClient } from './harness/sdk.mjs';
import { readStream } from './harness/world.mjs';

const kLast = kText.at(-1);
const kWrong = ['captcha', 'unauthorized', 'nosignature', 'moved', 'html', 'hang', 'hub401', 'lie'];
let fake;
let gateway;

before(async () => {
  fake = await startBing();
  const section = (cookie, more = {}) => ({ plugin: 'bing', base_url: fake.base, hub_url: fake.hub, cookies: [{ id: 'main', val: cookie }], ...more });
  const others = Object.fromEntries(kWrong.map((kind) => [`bing-${kind}`, section(`_U=fake-${kind}`, { timeout_ms: { first_byte: 700, idle: 700 } })]));
  gateway = await Gateway.start({
    providers: { bing: section('_U=fake', { user_agent: 'Mine/1.0' }), ...others, quick: section('_U=fake', { timeout_ms: { idle: 700 } }) },
  });
});
after(async () => {
  await closeClients();
  assert.equal(fake.openHubs, 0, 'no hub stayed open');
  assert.equal(fake.extensionsOffered, 0, 'no extension was offered');
  await fake.close();
  await gateway.stop();
  assert.deepEqual(fake.faults, [], 'the fake had no fault of its own');
});

const bodyOf = (content, more = {}) => ({ model: 'bing', provider: 'bing', messages: [{ role: 'user', content }], ...more });

async function ask(content, more = {}, path = '/c/v1/chat/completions', headers = {}) {
  const answer = await fetch(gateway.origin + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(bodyOf(content, more)) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined, stream: text.startsWith('data:') ? readStream(text) : undefined };
}
const blockOf = (answer) => answer.json?.bing ?? answer.stream.values.filter((v) => v.bing).at(-1).bing;

describe('seed', () => {
  test('seed: "bing: 微软bing chat" is a provider of /c/v1/chat/completions', async () => {
    const answer = await ask('text');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.choices[0].message.content, kLast);
    assert.equal(answer.json.choices[0].finish_reason, 'stop');
  });

  test('seed: "额外返回" an answer brings conversationId, clientId, Signature and TraceId', async () => {
    const { bing } = (await ask('text')).json;
    const made = fake.conversations.get(bing.conversationId);
    assert.deepEqual([bing.clientId, bing.Signature, bing.TraceId], [made.clientId, made.signature, made.traceId]);
    assert.deepEqual(bing.suggestions, kSuggestions);
    assert.deepEqual(bing.sources, kSources.map((s) => ({ url: s.seeMoreUrl, title: s.providerDisplayName })));
    assert.deepEqual(bing.throttling, { numUserMessagesInConversation: 1, maxNumUserMessagesInConversation: 30 });
  });

  test('seed: "表示在同一会话基础上进行对话，此值在任一对话通信后会返回" the block continues the conversation', async () => {
    const first = await ask('text');
    const count = fake.conversations.size;
    const second = await ask('echo again', { bing: { conversation: blockOf(first) } });
    assert.equal(second.json?.choices[0].message.content, 'echo again', second.text);
    // As the seed's document writes it, and no more than that.
    const { conversationId, clientId, Signature, TraceId } = blockOf(second);
    const third = await ask('echo third', { stream: true, bing: { conversation: { conversationId, clientId, Signature, TraceId, invocationId: 2 } } });
    assert.equal(third.stream.text, 'echo third');
    assert.equal(fake.conversations.size, count);
    assert.equal(fake.conversations.get(conversationId).turns, 3);
  });

  test('seed: GET/POST/DELETE /bing/conversation lists, makes and takes away', async () => {
    const call = async (method, body) => {
      const answer = await fetch(`${gateway.origin}/bing/conversation`, { method, body: body && JSON.stringify(body) });
      return { status: answer.status, json: await answer.json() };
    };
    const made = await call('POST');
    assert.equal(made.status, 200);
    const { conversationId, clientId, Signature } = made.json;
    assert.equal(fake.conversations.get(conversationId).signature, Signature);
    const listed = await call('GET');
    assert.ok(listed.json.chats.some((chat) => chat.conversationId === conversationId));
    // What was made so is a conversation's beginning.
    assert.equal((await ask('text', { bing: { conversation: made.json } })).json.choices[0].message.content, kLast);
    const gone = await call('DELETE', { conversationId, conversationSignature: Signature, participant: { id: clientId } });
    assert.deepEqual([gone.status, gone.json.result.value, fake.conversations.has(conversationId)], [200, 'Success', false]);
    assert.equal((await call('DELETE', { conversationId })).status, 400);
  });

  test('seed: POST /bing/message is a chat with this provider', async () => {
    const answer = await ask('text', { provider: undefined, model: 'gpt-4-bing', stream: true }, '/bing/message');
    assert.equal(answer.stream?.text, kLast, answer.text);
    assert.ok(answer.stream.isDone);
  });

  test('seed: "bing暂时不需要" a client needs no key, and one that it brings never reaches Bing', async () => {
    const answer = await ask('text', {}, undefined, { authorization: 'Bearer sk-of-the-client', cookie: 'mine=1', 'x-api-key': 'also-mine' });
    assert.equal(answer.status, 200);
    const seen = [...fake.records.map((r) => r.rawHeaders), ...fake.hubs.map((h) => Object.entries(h.headers))].flat(2).join('\n');
    assert.doesNotMatch(seen, /sk-of-the-client|mine/);
    assert.equal(fake.hubs.at(-1).headers.cookie, '_U=fake');
    assert.equal(fake.hubs.at(-1).headers['user-agent'], 'Mine/1.0');
  });

  test('seed: imageBase64 of the block, and an image in a message, are uploaded first', async () => {
    const image = '/9j/4AAQSkZJRg==';
    const byBlock = await ask('echo one', { bing: { imageBase64: image } });
    assert.equal(blockOf(byBlock).imageUrl, `${fake.base}/images/blob?bcid=processed-1`, byBlock.text);
    const content = [{ type: 'text', text: 'echo two' }, { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${image}` } }];
    assert.equal((await ask(content)).json.choices[0].message.content, 'echo two');
    const { message } = (await fake.asked('echo two')).asks[0].arguments[0];
    assert.equal(message.imageUrl, message.originalImageUrl);
    const png = await ask([content[0], { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }]);
    assert.equal(png.status, 400);
    assert.match(png.json.error.message, /JPEG/);
  });
});

describe('the official SDK', () => {
  const client = () => makeClient(kSdks['openai 6.49.0'], `${gateway.origin}/v1`);

  test('whole and streamed, by model name alone', async () => {
    const whole = await client().chat.completions.create({ model: 'bing-precise', messages: [{ role: 'user', content: 'text' }] });
    assert.equal(whole.choices[0].message.content, kLast);
    assert.equal(fake.hubs.at(-1).asks[0].arguments[0].tone, 'Precise');
    let text = '';
    for await (const chunk of await client().chat.completions.create({ model: 'bing/bing-balanced', stream: true, messages: [{ role: 'user', content: 'text' }] })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    assert.equal(text, kLast);
    assert.equal(fake.hubs.at(-1).asks[0].arguments[0].tone, 'Balanced');
  });

  for (const [scenario, name, status] of [['throttled', 'RateLimitError', 429], ['captcha', 'PermissionDeniedError', 403], ['invalid', 'BadRequestError', 400]]) {
    test(`${scenario} is a ${name}`, async () => {
      const error = await client().chat.completions.create({ model: 'bing', messages: [{ role: 'user', content: scenario }] }).then(() => assert.fail(), (e) => e);
      assert.deepEqual([error.constructor.name, error.status], [name, status]);
    });
  }

  test('what Bing lacks is refused by its name', async () => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
    const error = await client().chat.completions.create({ model: 'bing', tools, messages: [{ role: 'user', content: 'text' }] }).then(() => assert.fail(), (e) => e);
    assert.deepEqual([error.status, error.param], [400, '/tools']);
  });
});

describe('the way of the records', () => {
  for (const mode of ['', '+whole', '+bytes', '+split', '+drip=5']) {
    test(`text${mode}: however records, messages and frames are cut`, async () => {
      const [whole, stream] = [await ask(`text${mode}`), await ask(`text${mode}`, { stream: true })];
      assert.equal(whole.json?.choices[0].message.content, kLast, whole.text);
      assert.equal(stream.stream.text, kLast);
      assert.ok(stream.stream.isDone);
    });
  }

  test('the hub\'s pings are answered in kind, and it goes on', async () => {
    const answer = await ask('ping', { stream: true });
    assert.equal(answer.stream.text, kLast);
    assert.equal((await fake.asked('ping')).pings, 3, 'the one behind the handshake, and two answers');
  });

  test('a delta leaves with the record that brought it', async () => {
    const answer = await fetch(`${gateway.origin}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(bodyOf('text+gate=4', { stream: true })) });
    const reader = answer.body.getReader();
    let seen = '';
    while (!seen.includes(', w')) seen += Buffer.from((await reader.read()).value).toString();
    const hub = await fake.asked('text+gate=4');
    assert.doesNotMatch(seen, /\[\^1\^\]/);
    hub.release();
    for (let part = await reader.read(); !part.done; part = await reader.read()) seen += Buffer.from(part.value).toString();
    assert.equal(readStream(seen).text, kLast);
  });

  test('text that shrinks: a stream tells the last text as well, a whole answer nothing else', async () => {
    assert.equal((await ask('shrink', { stream: true })).stream.text, `${kLast}\n\nHello there`);
    assert.equal((await ask('shrink')).json.choices[0].message.content, 'Hello there');
  });

  test('an apology ends as content_filter', async () => {
    const { stream } = await ask('apology', { stream: true });
    assert.equal(stream.finish, 'content_filter');
    assert.ok(stream.isDone);
  });

  test('the hub is left with a Close, not with a cut', async () => {
    await ask('text+tag=polite');
    const hub = await fake.asked('text+tag=polite');
    assert.deepEqual((({ how, code }) => ({ how, code }))(await within(hub.closed, 3000, 'the end of the hub')), { how: 'close', code: 1000 });
  });
});

describe('failures', () => {
  const kKinds = { captcha: [403, /captcha/i], unauthorized: [401, /cookies/], nosignature: [502, /signature/], moved: [403, /not offered/], html: [502, /JSON/], hang: [504, /./], hub401: [401, /401/], lie: [502, /./] };
  for (const [kind, [status, words]] of Object.entries(kKinds)) {
    test(`${kind}: a status before the first byte`, async () => {
      const answer = await ask('text', { provider: `bing-${kind}`, stream: true });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.json.error.message, words);
    });
  }

  test('cut, ended, reset and malformed at every record: never a clean end', async () => {
    let clean = 0;
    const stops = ['cut', 'fin', 'rst'].flatMap((how) => [0, 1, 2, 3, 4, 5, 6].map((at) => `text+${how}=${at}`));
    const all = [...stops, 'late-error', 'hub-close', 'no-result', 'not-json'];
    await forEachOf(all, async (scenario) => {
      const streamed = await ask(scenario, { stream: true });
      const whole = await ask(scenario);
      const good = (streamed.status >= 400 || (streamed.stream.errors.length === 1 && !streamed.stream.isDone)) && whole.status >= 400 && whole.json.error;
      if (!good) ++clean;
      assert.ok(good, `${scenario}: ${streamed.text} ${whole.text}`);
    }, { width: 4 });
    console.log(`bing: broken answers with a clean end: ${clean} of ${2 * all.length}`);
  });

  test('silence at every record ends by its own timer', async () => {
    await forEachOf([0, 1, 2, 3, 4, 5, 6], async (at) => {
      const answer = await ask(`text+stall=${at}`, { provider: 'quick', stream: true });
      assert.ok(answer.status === 504 || (answer.stream.errors.length === 1 && !answer.stream.isDone), answer.text);
    });
  });

  test('pings alone are no progress', async () => {
    const answer = await ask('pings', { provider: 'quick', stream: true });
    assert.equal(answer.status, 504, answer.text);
  });

  test('a conversation whose block the client never saw is taken away again', async () => {
    const before = new Set(fake.conversations.keys());
    assert.equal((await ask('throttled')).status, 429);
    await until('the conversation is gone', () => [...fake.conversations.keys()].every((id) => before.has(id)));
  });
});

describe('a client that leaves', () => {
  test('in every step leaves nothing open upstream', async () => {
    const times = [];
    for (let at = 0; at <= 6; ++at) {
      const text = `text+stall=${at}+tag=leave${at}`;
      const raw = await RawClient.connect(gateway.port);
      raw.send(post('/v1/chat/completions', JSON.stringify(bodyOf(text, { stream: true }))));
      const hub = await within(fake.asked(text), 5000, 'the question');
      await within(hub.reached, 5000, 'the place where it stops');
      const left = performance.now();
      raw.socket.destroy();
      times.push((await within(hub.closed, 3000, 'the end of the hub')).at - left);
    }
    // While the conversation is being made.
    const raw = await RawClient.connect(gateway.port);
    const began = fake.records.length;
    raw.send(post('/v1/chat/completions', JSON.stringify(bodyOf('text', { provider: 'bing-hang' }))));
    const record = await fake.began((r) => fake.records.indexOf(r) >= began && r.headers.cookie === '_U=fake-hang');
    await record.reached;
    const left = performance.now();
    raw.socket.destroy();
    times.push((await within(record.gone, 3000, 'the end of the creation')) - left);
    await until('no hub is open', () => fake.openHubs === 0);
    const { p50, max } = quantiles(times);
    console.log(`bing: upstream closed after the client left: p50 ${ms(p50)}, max ${ms(max)}, ${times.length} places`);
    assert.ok(max < 500, `${max} ms`);
  });

  test('hundreds of questions leave no hub and no socket', async () => {
    await forEachOf([...Array(200).keys()], async () => { assert.equal((await ask('text')).status, 200); }, { width: 8 });
    await until('no hub is open', () => fake.openHubs === 0);
    console.log(`bing: hubs opened ${fake.hubs.length}, still open ${fake.openHubs}`);
  });
});

test('without a section the provider is not there', async () => {
  const bare = await Gateway.start({ providers: { mock: {} } });
  try {
    const answer = await fetch(`${bare.origin}/bing/conversation`, { headers: { connection: 'close' } });
    assert.equal(answer.status, 404);
  } finally {
    await bare.stop();
  }
});
