// websocket.mjs - the server's end of a WebSocket, by hand, so that a fake can also do it wrong.
//
//   const socket = WebSocketPeer.accept(req, rawSocket, head, { accept, fields });
//   socket.onmessage = (text) => ...     socket.sendText('hi')
//   await socket.closed                  {how: 'close', code} | {how: 'cut'}; the client is gone
// A client that breaks RFC 6455 (no mask, no key, an extension) is a fault of the test.
import { createHash } from 'node:crypto';
import { promise } from './fake.mjs';

const kGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
export const acceptOf = (key) => createHash('sha1').update(key + kGuid).digest('base64');

export function frame(opcode, payload, { fin = true } = {}) {
  const bytes = Buffer.from(payload);
  const size = bytes.length < 126 ? 0 : bytes.length < 65536 ? 2 : 8;
  const head = Buffer.alloc(2 + size);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = { 0: bytes.length, 2: 126, 8: 127 }[size];
  if (size === 2) head.writeUInt16BE(bytes.length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

export class WebSocketPeer {
  static accept(req, socket, head, { accept = acceptOf(req.headers['sec-websocket-key'] ?? ''), fields = {} } = {}) {
    const lines = Object.entries({ upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': accept, ...fields });
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
    return new WebSocketPeer(socket, head);
  }

  static refuse(socket, status, body = '', fields = {}) {
    const lines = Object.entries({ 'content-length': Buffer.byteLength(body), connection: 'close', ...fields });
    socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body}`);
  }

  constructor(socket, head) {
    Object.assign(this, { socket, input: Buffer.alloc(0), faults: [], code: undefined, onmessage: () => {}, isOver: false });
    [this.closed, this.setClosed] = promise();
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isOver = true;
      this.setClosed(this.code === undefined ? { how: 'cut', at: performance.now() } : { how: 'close', code: this.code, at: performance.now() });
    });
    socket.on('end', () => socket.end());
    socket.on('data', (bytes) => this.#take(bytes));
    if (head?.length) this.#take(head);
  }

  write(bytes) {
    if (!this.isOver) this.socket.write(bytes);
  }
  sendText(text) {
    this.write(frame(1, text));
  }
  close(code = 1000) {
    this.write(frame(8, Buffer.from([code >> 8, code & 255])));
  }

  #take(bytes) {
    this.input = Buffer.concat([this.input, bytes]);
    for (;;) {
      const { input } = this;
      if (input.length < 2) return;
      const wide = { 126: 2, 127: 8 }[input[1] & 127] ?? 0;
      const at = 2 + wide;
      if (input.length < at + 4) return;
      const length = wide === 0 ? input[1] & 127 : wide === 2 ? input.readUInt16BE(2) : Number(input.readBigUInt64BE(2));
      if (!(input[1] & 0x80)) this.faults.push(new Error('a frame of a client without a mask'));
      if (input[0] & 0x70) this.faults.push(new Error('a reserved bit of a client'));
      if (input.length < at + 4 + length) return;
      const mask = input.subarray(at, at + 4);
      const payload = Buffer.from(input.subarray(at + 4, at + 4 + length)).map((byte, i) => byte ^ mask[i % 4]);
      this.input = input.subarray(at + 4 + length);
      this.#frame(input[0] & 15, payload);
    }
  }

  #frame(opcode, payload) {
    if (opcode === 8) {
      this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.close(this.code === 1005 ? 1000 : this.code);
      this.socket.end();
    } else if (opcode === 9) {
      this.write(frame(10, payload));
    } else if (opcode === 1) {
      this.onmessage(payload.toString('utf8'));
    }
  }
}
