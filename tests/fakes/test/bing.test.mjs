// The Bing fake refuses what the service refuses, and speaks the hub's protocol to a foreign client.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startBing } from '../bing.mjs';
import { kText } from '../bing/scenarios.mjs';

let fake;
before(async () => { fake = await startBing(); });
after(async () => {
  await fake.close();
  assert.deepEqual(fake.faults, []);
});

const id = '01234567-0123-4123-8123-0123456789ab';
const get = (path, headers = {}) => fetch(fake.base + path, { headers: { cookie: '_U=fake', 'x-ms-client-request-id': id, ...headers } });
async function create() {
  const answer = await get('/turing/conversation/create?bundleVersion=1');
  return { ...await answer.json(), signature: answer.headers.get('x-sydney-encryptedconversationsignature') };
}

const question = (c, more = {}, message = {}) => ({
  type: 4, target: 'chat', invocationId: '0', arguments: [{
    source: 'cib', optionsSets: [], allowedMessageTypes: [], sliceIds: [], traceId: '0'.repeat(32), isStartOfSession: true, requestId: 'r', tone: 'Precise',
    conversationId: c.conversationId, participant: { id: c.clientId }, message: { author: 'user', messageType: 'Chat', text: 'text', requestId: 'r', ...message }, ...more,
  }],
});

// The whole of one turn, by Node's own WebSocket; `hello` is what is sent first.
function talk(c, record, { hello = { protocol: 'json', version: 1 } } = {}) {
  const socket = new WebSocket(`${fake.hub}/sydney/ChatHub?sec_access_token=${encodeURIComponent(c.signature)}`, { headers: { origin: fake.base } });
  return new Promise((resolve, reject) => {
    const seen = [];
    socket.onerror = () => reject(new Error('refused'));
    socket.onopen = () => socket.send(`${JSON.stringify(hello)}\x1e`);
    socket.onmessage = ({ data }) => {
      seen.push(...data.split('\x1e').slice(0, -1).map(JSON.parse));
      if (seen.length === 1 && record) socket.send(`${JSON.stringify({ type: 6 })}\x1e${JSON.stringify(record)}\x1e`);
      if (seen.at(-1).type === 3 || seen.at(-1).error) socket.close();
    };
    socket.onclose = () => resolve(seen);
  });
}

test('a creation needs an account, a request id and a bundle', async () => {
  assert.equal((await create()).result.value, 'Success');
  assert.equal((await (await get('/turing/conversation/create?bundleVersion=1', { cookie: '' })).json()).result.value, 'UnauthorizedRequest');
  assert.equal((await (await get('/turing/conversation/create?bundleVersion=1', { cookie: '_U=fake-captcha' })).json()).result.value, 'CaptchaChallenge');
  assert.equal((await get('/turing/conversation/create')).status, 404);
  assert.equal((await get('/turing/conversation/create?bundleVersion=1', { 'x-ms-client-request-id': '1' })).status, 400);
});

test('the hub tells cumulative text, a result and an end', async () => {
  const seen = await talk(...await create().then((c) => [c, question(c)]));
  assert.deepEqual(seen[0], {});
  assert.deepEqual(seen.filter((r) => r.type === 1).flatMap((r) => r.arguments[0].messages ?? []).filter((m) => !m.messageType).map((m) => m.text), kText);
  assert.equal(seen.at(-2).item.result.value, 'Success');
  assert.equal(seen.at(-1).type, 3);
});

test('a wrong question is an InvalidRequest', async () => {
  const wrong = [{ source: 'x' }, { optionsSets: 1 }, { traceId: 'short' }, { isStartOfSession: false }, { tone: 'Loud' }, { participant: { id: 'x' } }, { conversationId: 'x' }];
  for (const more of wrong) {
    const c = await create();
    assert.equal((await talk(c, question(c, more))).at(-2).item.result.value, 'InvalidRequest', JSON.stringify(more));
  }
  const c = await create();
  assert.equal((await talk(c, question(c, {}, { text: '' }))).at(-2).item.result.value, 'InvalidRequest');
});

test('the hub refuses a wrong token and a wrong handshake', async () => {
  await assert.rejects(talk({ signature: 'x' }));
  assert.match((await talk(await create(), undefined, { hello: { protocol: 'xml', version: 1 } }))[0].error, /not available/);
});
