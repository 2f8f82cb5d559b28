// upstream_raw.mjs - an upstream that says exactly the bytes it is told, however wrong they are.
//
//   const up = await RawUpstream.start(async (conn) => {
//     const request = await conn.request();       // {head, body, line}, or null at the end
//     await conn.write('HTTP/1.1 200 OK\r\n...'); // resolves when the kernel took it: back-pressure
//     conn.end(); conn.reset();
//   });
//
// The script runs once for each connection. conn.closed resolves when the peer has closed it; what
// the script throws is kept in up.faults. Nothing here closes a connection on its own, so a test
// sees who does: up.open counts the connections that the gateway still holds.
import net from 'node:net';
import { once } from 'node:events';

class Connection {
  constructor(socket, id) {
    Object.assign(this, { socket, id, written: 0, requests: [], isClosed: false });
    this.buffer = Buffer.alloc(0);
    this.arrived = [];
    this.closed = new Promise((resolve) => {
      socket.on('close', () => this.#end(resolve));
      socket.on('end', () => this.#end(resolve));
    });
    socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.setNoDelay(true);
  }

  #end(resolve) {
    this.isClosed = true;
    resolve(performance.now());
    this.#wake();
  }

  #wake() {
    this.arrived.splice(0).forEach((resolve) => resolve());
  }

  async #until(find) {
    for (;;) {
      const found = find(this.buffer);
      if (found !== undefined) return found;
      if (this.isClosed) return null;
      await new Promise((resolve) => this.arrived.push(resolve));
    }
  }

  // The next request: its head as text and its body, by content-length or by chunks.
  async request() {
    const end = await this.#until((b) => (b.indexOf('\r\n\r\n') < 0 ? undefined : b.indexOf('\r\n\r\n') + 4));
    if (end === null) return null;
    const head = this.buffer.subarray(0, end).toString('latin1');
    this.buffer = this.buffer.subarray(end);
    const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
    const isChunked = /^transfer-encoding:\s*chunked/im.test(head);
    const size = await this.#until((b) => {
      if (!isChunked) return b.length >= Number(length ?? 0) ? Number(length ?? 0) : undefined;
      const last = b.indexOf('0\r\n\r\n');
      return last < 0 ? undefined : last + 5;
    });
    if (size === null) return null;
    const body = this.buffer.subarray(0, size);
    this.buffer = this.buffer.subarray(size);
    const request = { head, line: head.split('\r\n', 1)[0], body };
    this.requests.push(request);
    return request;
  }

  async write(bytes) {
    if (this.isClosed || this.socket.destroyed) return false;
    const data = Buffer.from(bytes, 'latin1');
    this.written += data.length;
    if (!this.socket.write(data)) await this.#drained();
    return !this.isClosed;
  }

  // Half closed is no reason to stop: the peer may still read. Gone is.
  #drained() {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }

  end() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }
}

export class RawUpstream {
  static async start(script) {
    const up = new RawUpstream();
    Object.assign(up, { script, connections: [], faults: [] });
    up.server = net.createServer({ allowHalfOpen: true }, (socket) => up.#serve(socket));
    up.server.listen(0, '127.0.0.1');
    await once(up.server, 'listening');
    up.port = up.server.address().port;
    up.origin = `http://127.0.0.1:${up.port}`;
    return up;
  }

  get open() {
    return this.connections.filter((conn) => !conn.isClosed).length;
  }

  get requestsTotal() {
    return this.connections.reduce((sum, conn) => sum + conn.requests.length, 0);
  }

  async close() {
    for (const { socket } of this.connections) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  async #serve(socket) {
    const conn = new Connection(socket, this.connections.length);
    this.connections.push(conn);
    try {
      await this.script(conn, this);
    } catch (error) {
      this.faults.push(error);
    }
  }
}

export const kSseHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

export function chunk(text) {
  const bytes = Buffer.from(text, 'utf8');
  return `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
}

// One chat chunk as OpenAI writes it.
export function chatEvent(content, more = {}) {
  const value = { id: 'chatcmpl-raw', object: 'chat.completion.chunk', created: 1, model: 'gpt-raw', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more };
  return `data: ${JSON.stringify(value)}\n\n`;
}
export const kFinishEvent = chatEvent('', { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
export const kDoneEvent = 'data: [DONE]\n\n';

export const kWholeChat = JSON.stringify({
  id: 'chatcmpl-raw', object: 'chat.completion', created: 1, model: 'gpt-raw',
  choices: [{ index: 0, message: { role: 'assistant', content: 'raw' }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
