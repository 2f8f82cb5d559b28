// raw.mjs - a client that sends exactly the bytes it is told (RELIABILITY's DRV).
//
//   const client = await RawClient.connect(port);
//   client.send(bytes); await client.answer();     // {status, head, headers, body, isWhole}
//   await client.closed;                           // 'fin' | 'rst' | 'patience'
//
// A client is patient for 20 s, then it gives up: everything that waits on it goes on, and endedBy
// says 'patience'. So a gateway that never answers fails a test and does not hang it.
import net from 'node:net';
import tls from 'node:tls';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

// Resolves when the socket took what was written, or is gone.
export function drained(socket) {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of ['drain', 'close', 'error']) socket.off(name, done);
      resolve();
    };
    for (const name of ['drain', 'close', 'error']) socket.on(name, done);
  });
}

export class RawClient {
  static async connect(port, { secure, patienceMs = 20_000 } = {}) {
    const client = new RawClient();
    client.socket = secure ? tls.connect({ port, host: '127.0.0.1', ...secure }) : net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.buffer = Buffer.alloc(0);
    client.waiting = [];
    client.hasEnded = false;
    const { socket } = client;
    socket.setNoDelay(true);
    client.closed = new Promise((resolve) => {
      client.patience = setTimeout(() => { client.#over(resolve, 'patience'); socket.destroy(); }, patienceMs);
      socket.on('end', () => client.#over(resolve, 'fin'));
      socket.on('error', (error) => client.#over(resolve, error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'rst' : error.code));
      socket.on('close', () => client.#over(resolve, 'closed'));
    });
    socket.on('data', (data) => {
      client.buffer = Buffer.concat([client.buffer, data]);
      client.#wake();
    });
    await once(socket, secure ? 'secureConnect' : 'connect');
    return client;
  }

  #over(resolve, how) {
    clearTimeout(this.patience);
    this.hasEnded = true;
    this.endedBy ??= how;
    resolve(this.endedBy);
    this.#wake();
  }

  #wake() {
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  send(bytes) {
    this.socket.write(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'));
  }

  // One byte a write, each in a turn of its own; stops when the peer has answered or closed.
  async sendBytewise(bytes) {
    const data = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1');
    for (let i = 0; i < data.length && !this.hasEnded && this.buffer.length === 0; ++i) {
      this.socket.write(data.subarray(i, i + 1));
      await turn();
    }
  }

  // Sends a big body with back-pressure; false when the peer stopped reading for good.
  async sendAll(bytes) {
    const data = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1');
    for (let i = 0; i < data.length && !this.hasEnded; i += 65536) {
      if (!this.socket.write(data.subarray(i, i + 65536))) await drained(this.socket);
    }
  }

  async until(find) {
    for (;;) {
      const found = find(this.buffer);
      if (found !== undefined) return found;
      if (this.hasEnded) return null;
      await new Promise((resolve) => this.waiting.push(resolve));
    }
  }

  // The next answer, interim ones left out. isWhole tells whether its framing came to its end.
  async answer({ isHead = false } = {}) {
    for (;;) {
      const end = await this.until((b) => (b.indexOf('\r\n\r\n') < 0 ? undefined : b.indexOf('\r\n\r\n') + 4));
      if (end === null) return null;
      const head = this.buffer.subarray(0, end).toString('latin1');
      this.buffer = this.buffer.subarray(end);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
      if (status >= 100 && status < 200 && status !== 101) continue;
      const headers = {};
      for (const line of head.split('\r\n').slice(1, -2)) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
      const noBody = isHead || status === 204 || status === 304 || status === 101;
      const { body, isWhole } = noBody ? { body: Buffer.alloc(0), isWhole: true } : await this.#body(headers);
      return { status, head, headers, body, text: body.toString('utf8'), isWhole };
    }
  }

  async #body(headers) {
    if (headers['transfer-encoding']) return this.#chunks();
    if (headers['content-length'] !== undefined) {
      const size = Number(headers['content-length']);
      const isWhole = (await this.until((b) => (b.length >= size ? true : undefined))) === true;
      return { body: this.#take(Math.min(size, this.buffer.length)), isWhole };
    }
    await this.closed;
    return { body: this.#take(this.buffer.length), isWhole: true };
  }

  #take(size) {
    const taken = this.buffer.subarray(0, size);
    this.buffer = this.buffer.subarray(size);
    return taken;
  }

  async #chunks() {
    const parts = [];
    for (;;) {
      const line = await this.until((b) => (b.indexOf('\r\n') < 0 ? undefined : b.indexOf('\r\n')));
      if (line === null) return { body: Buffer.concat(parts), isWhole: false };
      const size = parseInt(this.buffer.subarray(0, line).toString('latin1'), 16);
      const whole = await this.until((b) => (b.length >= line + 2 + size + 2 ? true : undefined));
      if (whole === null) return { body: Buffer.concat([...parts, this.buffer.subarray(line + 2)]), isWhole: false };
      parts.push(this.#take(line + 2 + size + 2).subarray(line + 2, line + 2 + size));
      if (size === 0) return { body: Buffer.concat(parts), isWhole: true };
    }
  }

  close() {
    this.socket.destroy();
  }

  reset() {
    this.socket.resetAndDestroy();
  }
}

export function post(path, body, headers = []) {
  const data = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const all = ['Host: 127.0.0.1', 'Content-Type: application/json', `Content-Length: ${data.length}`, ...headers];
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`, 'latin1'), data]);
}

export const chatBody = (model, more = {}) => JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], ...more });
