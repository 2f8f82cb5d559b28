// fake.mjs - what all fake upstreams share: a recording HTTP/1.1 server whose every event can be
// awaited, so that no test has to sleep.
//
//   const fake = await Fake.start('openai', handler);        // 127.0.0.1, a free port
//   const record = await fake.received((r) => r.json.model === 'gpt-text+tag=a');
//   record.method, .path, .query, .rawHeaders (ordered, as sent), .headers, .body, .json
//   await record.reached      the answer arrived at the place where its plan stops it
//   await record.gone         the client left before the answer was whole; resolves with the time
//   await record.over         'whole', 'gone', or 'cut' where the plan itself ended the connection
//   record.release()          lets a gate=N go on
//   fake.openConnections, fake.connectionsTotal, fake.openRequests
//
// A handler gets (record, fake) and answers by record.answer({status, headers, json | events}).
// It throws Refusal for what the real service refuses.
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { send } from './transport.mjs';

export class Refusal extends Error {
  constructor(status, json, headers = {}) {
    super(json?.error?.message ?? String(status));
    Object.assign(this, { status, json, headers });
  }
}

export function promise() {
  let resolve;
  const made = new Promise((r) => { resolve = r; });
  return [made, resolve];
}

export class Record {
  constructor(fake, req, res, connection) {
    const url = new URL(req.url, 'http://fake');
    Object.assign(this, { fake, req, res, connection, method: req.method, target: req.url, path: url.pathname });
    Object.assign(this, { query: url.searchParams, rawHeaders: req.rawHeaders, headers: req.headers });
    Object.assign(this, { plan: {}, body: Buffer.alloc(0), isGone: false, isCut: false, eventsSent: 0, at: performance.now() });
    [this.reached, this.reach] = promise();
    [this.released, this.release] = promise();
    [this.gone, this.setGone] = promise();
    [this.over, this.setOver] = promise();
  }

  get json() {
    try {
      return JSON.parse(this.body);
    } catch {
      return undefined;
    }
  }

  // All values of a header, in the order in which they came.
  all(name) {
    return this.rawHeaders.filter((_, i, all) => i % 2 && all[i - 1].toLowerCase() === name);
  }

  // Resolves when the kernel took what was written, or the client is gone.
  drained() {
    return new Promise((resolve) => {
      const done = () => {
        this.res.off('drain', done).off('close', done);
        resolve();
      };
      this.res.on('drain', done).on('close', done);
    });
  }

  // events: whole SSE events as text; json: a value; bytes: a body as it is.
  answer({ status = 200, headers = {}, json, events, bytes, plan }) {
    if (plan) this.plan = plan;
    if (events) {
      const type = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
      return send(this, { status, headers: { ...type, ...headers }, events, isStream: true });
    }
    const body = bytes ?? Buffer.from(JSON.stringify(json));
    const type = bytes ? {} : { 'content-type': 'application/json' };
    return send(this, { status, headers: { ...type, ...headers }, events: [body], isStream: false });
  }
}

export class Fake {
  static async start(name, handler, { tls, port = 0 } = {}) {
    const fake = new Fake(name, handler);
    const listener = (req, res) => fake.#serve(req, res);
    fake.server = tls ? https.createServer(tls, listener) : http.createServer({ keepAliveTimeout: 60_000 }, listener);
    fake.server.on(tls ? 'secureConnection' : 'connection', (socket) => fake.#connected(socket));
    fake.server.listen(port, '127.0.0.1');
    await once(fake.server, 'listening');
    fake.port = fake.server.address().port;
    fake.origin = `${tls ? 'https' : 'http'}://127.0.0.1:${fake.port}`;
    return fake;
  }

  constructor(name, handler) {
    Object.assign(this, { name, handler, records: [], connectionsTotal: 0, openRequests: 0, faults: [] });
    this.sockets = new Set();
    this.waiters = [];
  }

  get openConnections() {
    return this.sockets.size;
  }

  // The first whole request, already here or yet to come, that the predicate accepts.
  received(predicate = () => true) {
    return this.#await('whole', predicate);
  }

  // As received(), but as soon as the head is there.
  began(predicate = () => true) {
    return this.#await('head', predicate);
  }

  // Forgets what was recorded, for tests that count.
  forget() {
    this.records = [];
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #await(stage, predicate) {
    const rank = { head: 0, whole: 1 };
    const found = this.records.find((r) => rank[r.stage] >= rank[stage] && predicate(r));
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => this.waiters.push({ stage, predicate, resolve }));
  }

  #tell(record, stage) {
    record.stage = stage;
    this.waiters = this.waiters.filter((waiter) => {
      if (waiter.stage !== stage || !waiter.predicate(record)) return true;
      waiter.resolve(record);
      return false;
    });
  }

  #connected(socket) {
    socket.fakeId = ++this.connectionsTotal;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
  }

  async #serve(req, res) {
    const record = new Record(this, req, res, req.socket.fakeId);
    ++this.openRequests;
    this.records.push(record);
    res.on('error', () => {});
    res.on('close', () => {
      --this.openRequests;
      record.closedAt = performance.now();
      if (!res.writableFinished) {
        record.isGone = true;
        if (!record.isCut) record.setGone(record.closedAt);
      }
      record.setOver(record.isCut ? 'cut' : record.isGone ? 'gone' : 'whole');
    });
    this.#tell(record, 'head');
    try {
      const chunks = [];
      for await (const chunk of req) chunks.push(chunk);
      record.body = Buffer.concat(chunks);
    } catch {
      return;  // The client left while it was still sending.
    }
    this.#tell(record, 'whole');
    try {
      await this.handler(record, this);
    } catch (error) {
      if (!(error instanceof Refusal)) this.faults.push(error);
      const { status = 500, json = { fault: String(error.stack) }, headers = {} } = error;
      if (!res.headersSent) await record.answer({ status, json, headers, plan: {} });
      else res.destroy();
    }
  }
}
