// proxy.mjs - proxies that consent, refuse, stall and lie.
//
//   const proxy = await startProxy({ kind: 'socks5' | 'http', tls, user: 'u:p', mode });
//   proxy.port, proxy.asked        // [{host, port, as: 'name' | 'address', user}] in order
//   proxy.openTunnels
//
// Whatever name is asked for, the tunnel ends at that port of this machine; so names that nobody
// knows prove who has looked them up. mode: ok | bytes (a byte a write) | refuse | stall (never a
// word) | half (half a consent, then silence) | garbage | close (a FIN at the question) | reset |
// flood (an answer without end).
import net from 'node:net';
import tlsModule from 'node:tls';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

class Reader {
  constructor(socket) {
    Object.assign(this, { socket, buffer: Buffer.alloc(0), wake: () => {} });
    this.listener = (bytes) => {
      this.buffer = Buffer.concat([this.buffer, bytes]);
      this.wake();
    };
    socket.on('data', this.listener);
    socket.on('close', () => this.wake());
  }
  // The first n bytes, where n is what size(buffer) gives; undefined there: more are needed.
  async take(size) {
    for (;;) {
      const n = typeof size === 'number' ? (this.buffer.length >= size ? size : undefined) : size(this.buffer);
      if (n !== undefined) {
        const out = this.buffer.subarray(0, n);
        this.buffer = this.buffer.subarray(n);
        return out;
      }
      if (this.socket.destroyed) throw new Error('gone');
      await new Promise((resolve) => { this.wake = resolve; });
    }
  }
  detach() {
    this.socket.off('data', this.listener);
    return this.buffer;
  }
}

async function say(socket, bytes, mode) {
  if (mode === 'half') return socket.write(bytes.subarray(0, bytes.length >> 1));
  if (mode !== 'bytes') return socket.write(bytes);
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]));
    await turn();
  }
  return true;
}

async function askedByConnect(reader) {
  const head = String(await reader.take((b) => (b.indexOf('\r\n\r\n') < 0 ? undefined : b.indexOf('\r\n\r\n') + 4)));
  const [, host, port] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
  const basic = /^proxy-authorization: Basic (\S+)\r$/im.exec(head)?.[1];
  return { host, port: Number(port), as: net.isIP(host.replace(/[[\]]/g, '')) ? 'address' : 'name', user: basic && String(Buffer.from(basic, 'base64')), head };
}

async function askedBySocks(reader, socket, user) {
  const [version, count] = await reader.take(2);
  const methods = [...await reader.take(count)];
  if (version !== 5) throw new Error('not SOCKS5');
  let seen;
  if (user) {
    if (!methods.includes(2)) return socket.end(Buffer.from([5, 255]));
    socket.write(Buffer.from([5, 2]));
    const [, length] = await reader.take(2);
    const name = String(await reader.take(length));
    const [secret] = await reader.take(1);
    seen = `${name}:${await reader.take(secret)}`;
    socket.write(Buffer.from([1, seen === user ? 0 : 1]));
    if (seen !== user) return socket.end();
  } else {
    socket.write(Buffer.from([5, 0]));
  }
  const [, , , type] = await reader.take(4);
  const size = type === 1 ? 4 : type === 4 ? 16 : (await reader.take(1))[0];
  const raw = await reader.take(size);
  const host = type === 3 ? String(raw) : type === 1 ? [...raw].join('.') : raw.toString('hex');
  return { host, port: (await reader.take(2)).readUInt16BE(0), as: type === 3 ? 'name' : 'address', user: seen };
}

const kConsent = { http: Buffer.from('HTTP/1.1 200 Connection established\r\nVia: fake\r\n\r\n'), socks5: Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]) };
const kRefusal = { http: Buffer.from('HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret'), socks5: Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]) };
const kUnknown = Buffer.from('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');

async function serve(proxy, socket, { kind, user, mode }) {
  const reader = new Reader(socket);
  const asked = kind === 'http' ? await askedByConnect(reader) : await askedBySocks(reader, socket, user);
  if (!asked?.host) return undefined;
  proxy.asked.push(asked);
  if (kind === 'http' && user && asked.user !== user) return socket.end(kUnknown);
  switch (mode) {
    case 'refuse': return socket.end(kRefusal[kind]);
    case 'stall': return undefined;
    case 'half': return say(socket, kConsent[kind], mode);
    case 'garbage': return socket.write('\x00\x01\x02 this is no proxy\r\n\r\n');
    case 'close': return socket.end();
    case 'reset': return socket.resetAndDestroy();
    case 'flood': {
      socket.write('HTTP/1.1 200 OK\r\n');
      while (!socket.destroyed) {
        if (!socket.write(`x-${'a'.repeat(1000)}: b\r\n`)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
      }
      return undefined;
    }
    default:
  }
  const target = net.connect(asked.port, '127.0.0.1');
  target.on('error', () => socket.destroy());
  await once(target, 'connect');
  ++proxy.openTunnels;
  target.on('close', () => {
    --proxy.openTunnels;
    socket.destroy();
  });
  socket.on('close', () => target.destroy());
  await say(socket, kConsent[kind], mode);
  target.write(reader.detach());
  socket.pipe(target).pipe(socket);
  return undefined;
}

export async function startProxy({ kind, tls, user, mode = 'ok' }) {
  const proxy = { asked: [], openTunnels: 0, sockets: new Set() };
  const listener = (socket) => {
    proxy.sockets.add(socket);
    socket.on('error', () => {}).on('close', () => proxy.sockets.delete(socket));
    serve(proxy, socket, { kind, user, mode }).catch(() => socket.destroy());
  };
  const server = tls ? tlsModule.createServer(tls, listener) : net.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = server.address().port;
  proxy.close = async () => {
    for (const socket of proxy.sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return proxy;
}
