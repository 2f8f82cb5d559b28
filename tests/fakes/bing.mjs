// bing.mjs - a faithful fake of Bing chat: the pages' REST calls and the hub, on one port.
//
//   const fake = await startBing();
//   fake.base, fake.hub                        // http://127.0.0.1:PORT, ws://127.0.0.1:PORT
//   fake.openHubs, fake.hubs                   // hubs: {query, headers, asks, pings, closed, reach}
//   fake.extensionsOffered                     // upgrades that offered one
//   fake.conversations                         // id -> {clientId, signature, turns, traceId}
//
// The question's first word picks scenario and transport: "text+split", "ping+bytes", "text+stall=2"
// (transport.mjs; whole: all records in one frame; split: records over frames and fragments).
// Cookies pick what the REST side does: "_U=fake" is an account; "_U=fake-captcha",
// "-unauthorized", "-nosignature", "-moved", "-html", "-hang", "-hub401", "-lie" what the names say.
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { Fake, Refusal, promise } from './fake.mjs';
import { parseModel } from './transport.mjs';
import { WebSocketPeer, frame } from './websocket.mjs';
import { kPing, result, script } from './bing/scenarios.mjs';

const kEnd = '\x1e';
const kindOf = (record) => /_U=fake-?(\w*)/.exec(record.headers.cookie ?? '')?.[1];
const refuse = (status, json) => new Refusal(status, json);

function create(record, fake) {
  if (record.method !== 'GET' || !record.query.get('bundleVersion')) throw refuse(404, {});
  if (!/^[0-9a-f-]{36}$/.test(record.headers['x-ms-client-request-id'] ?? '')) throw refuse(400, {});
  const failed = (value) => record.answer({ json: { conversationId: null, clientId: null, result: { value, message: `${value}, says the fake.` } } });
  switch (kindOf(record)) {
    case undefined: return failed('UnauthorizedRequest');
    case 'unauthorized': return failed('UnauthorizedRequest');
    case 'captcha': return failed('CaptchaChallenge');
    case 'moved': return record.answer({ status: 301, headers: { location: 'https://cn.bing.com/' }, bytes: Buffer.alloc(0) });
    case 'html': return record.answer({ headers: { 'content-type': 'text/html' }, bytes: Buffer.from('<html>') });
    case 'hang': record.plan = { hang: true }; return record.answer({ json: {}, plan: { hang: true } });
    default:
  }
  const id = `51D|BingProd|${randomBytes(8).toString('hex').toUpperCase()}`;
  const made = { clientId: randomBytes(8).toString('hex'), signature: `${randomBytes(12).toString('base64')}+/=`, turns: 0 };
  fake.conversations.set(id, made);
  const headers = kindOf(record) === 'nosignature' ? {} : { 'X-Sydney-ConversationSignature': 'plain', 'X-Sydney-EncryptedConversationSignature': made.signature };
  return record.answer({ headers, json: { conversationId: id, clientId: made.clientId, result: { value: 'Success', message: null } } });
}

function upload(record) {
  const type = /^multipart\/form-data; boundary=(\S+)$/.exec(record.headers['content-type'] ?? '');
  const parts = type ? record.body.toString('latin1').split(`--${type[1]}`) : [];
  const image = parts.find((part) => part.includes('name="imageBase64"'))?.split('\r\n\r\n')[1]?.trim();
  if (parts.length !== 4 || parts[3].trim() !== '--' || !parts[1].includes('knowledgeRequest') || !image?.startsWith('/9j/')) throw refuse(400, { error: 'bad form' });
  return record.answer({ json: { blobId: 'blob-1', processedBlobId: 'processed-1' } });
}

function remove(record, fake) {
  const { conversationId, conversationSignature, participant } = record.json ?? {};
  const found = fake.conversations.get(conversationId);
  if (record.method !== 'POST' || !found || found.signature !== conversationSignature || found.clientId !== participant?.id) throw refuse(400, { result: { value: 'InvalidRequest' } });
  fake.conversations.delete(conversationId);
  return record.answer({ json: { conversationId, result: { value: 'Success', message: null } } });
}

function rest(record, fake) {
  switch (record.path) {
    case '/turing/conversation/create': return create(record, fake);
    case '/turing/conversation/chats': return record.answer({ json: { chats: [...fake.conversations.keys()].map((conversationId) => ({ conversationId })), result: { value: 'Success', message: null } } });
    case '/images/kblob': return upload(record);
    case '/sydney/DeleteSingleConversation': return remove(record, fake);
    default: throw refuse(404, {});
  }
}

// What is wrong with a question; undefined: nothing.
function faultOf(record, fake) {
  const [a] = record.arguments ?? [];
  const known = fake.conversations.get(a?.conversationId);
  if (record.type !== 4 || record.target !== 'chat' || !known) return 'type, target or conversation';
  if (a.source !== 'cib' || !Array.isArray(a.optionsSets) || !Array.isArray(a.allowedMessageTypes) || !Array.isArray(a.sliceIds)) return 'lists';
  if (!/^[0-9a-f]{32}$/.test(a.traceId) || (known.traceId ?? a.traceId) !== a.traceId) return 'traceId';
  if (record.invocationId !== String(known.turns) || a.isStartOfSession !== (known.turns === 0)) return 'turn';
  if (a.participant?.id !== known.clientId || !['Creative', 'Balanced', 'Precise'].includes(a.tone)) return 'participant or tone';
  const { message: m } = a;
  if (m?.author !== 'user' || m.messageType !== 'Chat' || !m.text || m.requestId !== a.requestId) return 'message';
  return undefined;
}

class Hub {
  constructor(fake, req, peer) {
    Object.assign(this, { fake, peer, query: new URL(req.url, 'http://fake').searchParams, headers: req.headers, asks: [], pings: 0, stage: 'open', waiters: [] });
    [this.reached, this.reach] = promise();
    [this.released, this.release] = promise();
    this.closed = peer.closed;
    let text = '';
    peer.onmessage = (message) => {
      const records = (text + message).split(kEnd);
      text = records.pop();
      for (const record of records) this.#take(JSON.parse(record));
    };
  }

  #take(record) {
    if (this.stage === 'open') {
      this.stage = 'shaken';
      if (record.protocol !== 'json' || record.version !== 1) return this.#say({ error: 'Requested protocol is not available.' });
      return this.#say({});
    }
    if (record.type === 6) {
      ++this.pings;
      return this.waiters.splice(0).forEach((wake) => wake());
    }
    this.asks.push(record);
    this.fake.tellAsk(this);
    return this.#answer(record).catch((error) => this.fake.faults.push(error));
  }

  #say(...records) {
    this.peer.sendText(records.map((r) => (typeof r === 'string' ? r : JSON.stringify(r)) + kEnd).join(''));
  }

  async #answer(record) {
    const [a] = record.arguments ?? [{}];
    const text = a.message?.text ?? '';
    const ask = { text, invocationId: record.invocationId, conversationId: a.conversationId, turn: Number(record.invocationId) };
    const fault = faultOf(record, this.fake);
    if (fault) return this.#say(result(ask, 'InvalidRequest', [], { why: fault }), { type: 3, invocationId: record.invocationId });
    const known = this.fake.conversations.get(a.conversationId);
    ++known.turns;
    known.traceId = a.traceId;
    const { scenario, plan } = parseModel(/^\S+/.exec(text)[0], []);
    if (scenario === 'pings') return this.#pingForEver();
    const records = script(scenario, ask) ?? script('echo', ask);
    return this.#play(records, plan);
  }

  async #pingForEver() {
    while (!this.peer.isOver) {
      this.#say(kPing);
      await pause(50);
    }
  }

  async #play(records, plan) {
    const stop = ['stall', 'gate', 'cut', 'fin', 'rst'].find((key) => plan[key] !== undefined);
    if (plan.delay) await pause(plan.delay);
    if (plan.whole) return this.#say(...records);
    for (let i = 0; i <= records.length && !this.peer.isOver; ++i) {
      if (stop && i === plan[stop]) {
        this.reach(stop);
        if (stop === 'stall') return undefined;
        if (stop === 'gate') await Promise.race([this.released, this.closed]);
        if (stop === 'cut') return this.peer.close(1001);
        if (stop === 'fin') return this.peer.socket.end();
        if (stop === 'rst') return this.peer.socket.resetAndDestroy();
      }
      if (i === records.length) break;
      await this.#send(records[i], plan);
    }
    return undefined;
  }

  async #send(record, plan) {
    if (plan.drip) await pause(plan.drip);
    const bytes = Buffer.from((typeof record === 'string' ? record : JSON.stringify(record)) + kEnd);
    if (plan.split) {
      // The record over two messages, the first of them in fragments with a ping between; a cut
      // of text must not fall into a character where a message ends.
      let cut = bytes.length >> 1;
      while ((bytes[cut] & 0xc0) === 0x80) ++cut;
      const inside = Math.max(1, cut >> 1);
      this.peer.write(Buffer.concat([frame(1, bytes.subarray(0, inside), { fin: false }), frame(9, 'are you there'), frame(0, bytes.subarray(inside, cut)), frame(1, bytes.subarray(cut))]));
    } else if (plan.bytes) {
      for (const byte of frame(1, bytes)) {
        this.peer.write(Buffer.from([byte]));
        await turn();
      }
    } else {
      this.peer.write(frame(1, bytes));
    }
    if (record === kPing) await Promise.race([new Promise((resolve) => { this.waiters.push(resolve); }), this.closed]);
    await turn();
  }
}

function upgrade(fake, req, socket, head) {
  const url = new URL(req.url, 'http://fake');
  const token = url.searchParams.get('sec_access_token');
  const kind = /_U=fake-?(\w*)/.exec(req.headers.cookie ?? '')?.[1];
  const issued = [...fake.conversations.values()].some((c) => c.signature === token);
  if (req.headers['sec-websocket-extensions']) ++fake.extensionsOffered;
  if (req.headers['sec-websocket-version'] !== '13' || !/^.{22}==$/.test(req.headers['sec-websocket-key'] ?? '')) return WebSocketPeer.refuse(socket, 400);
  if (url.pathname !== '/sydney/ChatHub' || req.headers.origin !== fake.base) return WebSocketPeer.refuse(socket, 403, 'origin');
  if (!issued || kind === 'hub401') return WebSocketPeer.refuse(socket, 401, 'token');
  const peer = WebSocketPeer.accept(req, socket, head, kind === 'lie' ? { accept: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } : {});
  const hub = new Hub(fake, req, peer);
  fake.hubs.push(hub);
  ++fake.openHubs;
  peer.closed.then(() => {
    --fake.openHubs;
    fake.faults.push(...peer.faults);
  });
  return undefined;
}

export async function startBing(options = {}) {
  const fake = await Fake.start('bing', rest, options);
  Object.assign(fake, { base: fake.origin, hub: fake.origin.replace('http', 'ws'), conversations: new Map(), hubs: [], openHubs: 0, extensionsOffered: 0, askWaiters: [] });
  fake.server.on('upgrade', (req, socket, head) => upgrade(fake, req, socket, head));
  // The hub that got this question, already or to come.
  fake.asked = (text) => {
    const match = (hub) => hub.asks.some((ask) => ask.arguments?.[0]?.message?.text === text);
    const found = fake.hubs.find(match);
    return found ? Promise.resolve(found) : new Promise((resolve) => { fake.askWaiters.push({ match, resolve }); });
  };
  fake.tellAsk = (hub) => {
    fake.askWaiters = fake.askWaiters.filter(({ match, resolve }) => !match(hub) || resolve(hub));
  };
  return fake;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const fake = await startBing({ port: Number(process.argv[2] ?? 0) });
  console.log(fake.base);
}
