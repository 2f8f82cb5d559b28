// The real listener against bad, odd and oversized HTTP/1.1 (RELIABILITY A1, A6, A8, A10).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { World } from './harness/world.mjs';
import { RawClient, chatBody, post } from './harness/raw.mjs';
import { forEachOf } from './harness/many.mjs';
import { kBadRequests } from './vectors/bad_requests.mjs';
import { kLegalRequests } from './vectors/legal_requests.mjs';

let world;
before(async () => { world = await World.start(); });
after(() => world.stop());

const kPath = '/v1/chat/completions';

test('A1: no bad request reaches the upstream; each gets a 4xx and the connection ends', async () => {
  const wrong = [];
  let reached = 0;
  const sends = [['whole', (client, bytes) => client.send(bytes)], ['byte by byte', (client, bytes) => client.sendBytewise(bytes)]];
  for (const [how, send] of sends) {
    const allowed = kBadRequests.filter((bad) => bad.first).length;
    world.openai.forget();
    await forEachOf(kBadRequests, async ({ name, bytes, first }) => {
      // Longer than the deadline of a head: who waits for more bytes is told so.
      const client = await RawClient.connect(world.gateway.port, { patienceMs: 12_000 });
      await send(client, bytes);
      const answer = await client.answer();
      const ended = await client.closed;
      client.close();
      if (first) {
        if (answer?.status !== 200) wrong.push(`${name} (${how}): the good request got ${answer?.status}`);
      } else if (!(answer?.status >= 400 && answer.status < 500)) {
        wrong.push(`${name} (${how}): ${answer ? answer.status : `no answer, ${ended}`}`);
      }
    });
    reached += world.openai.records.length - allowed;
  }
  console.log(`A1: bad requests reaching the upstream: ${reached} of ${2 * kBadRequests.length}`);
  assert.equal(kBadRequests.length, 141);
  assert.equal(reached, 0);
  assert.deepEqual(wrong, []);
});

test('A6: what is odd but legal is served', async () => {
  const refused = [];
  for (const { name, bytes, isHead, answers, statuses } of kLegalRequests) {
    const client = await RawClient.connect(world.gateway.port);
    client.send(bytes);
    for (let i = 0; i < answers; ++i) {
      const answer = await client.answer({ isHead });
      if (!answer?.isWhole || !statuses.includes(answer.status)) refused.push(`${name}: ${answer?.head ?? 'no answer'}${answer?.text ?? ''}`);
    }
    client.close();
  }
  console.log(`A6: legal requests refused: ${refused.length} of ${kLegalRequests.length}`);
  assert.deepEqual(refused, []);
});

// A head of exactly `size` bytes: the request line and fields up to the blank line.
function headOf(size, fields = 0) {
  const start = 'GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n';
  let rest = size - start.length - 2;
  const lines = [];
  while (rest > 0) {
    const line = Math.min(rest, 8000) < 10 || rest - Math.min(rest, 8000) < 10 ? rest : Math.min(rest, 8000);
    lines.push(`X-${String(lines.length).padStart(2, '0')}: ${'v'.repeat(line - 8)}\r\n`);
    rest -= line;
  }
  assert.equal(fields, 0);
  return `${start}${lines.join('')}\r\n`;
}

function bodyOf(size) {
  const empty = Buffer.byteLength(chatBody('mock', { metadata: { pad: '' } }));
  return Buffer.from(chatBody('mock', { metadata: { pad: 'x'.repeat(size - empty) } }));
}

const chunkedPost = (line, tail = '\r\n') => {
  const body = chatBody('gpt-text');
  return `POST ${kPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${line(Buffer.byteLength(body).toString(16))}\r\n${body}\r\n0\r\n${tail}`;
};

// [what, limit, the message at a size, the refusal]
const kLimits = [
  ['URL', 8192, (n) => `GET /ping?${'q'.repeat(n - 6)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 414],
  ['header fields', 100, (n) => `GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n${'A: 1\r\n'.repeat(n - 1)}\r\n`, 431],
  ['head', 65536, headOf, 431],
  ['body', 32 * 1024 * 1024, (n) => post(kPath, bodyOf(n)), 413],
  ['chunk size digits', 12, (n) => chunkedPost((hex) => hex.padStart(n, '0')), 400],
  ['chunk extension', 256, (n) => chunkedPost((hex) => `${hex};${'e'.repeat(n - 1)}`), 400],
  ['trailers', 8192, (n) => chunkedPost((hex) => hex, `X-T: ${'t'.repeat(n - 9)}\r\n\r\n`), [400, 431]],
];

test('A8: every limit one below, at, and one above', async () => {
  const wrong = [];
  for (const [what, limit, make, refusal] of kLimits) {
    for (const size of [limit - 1, limit, limit + 1]) {
      const client = await RawClient.connect(world.gateway.port);
      const bytes = make(size);
      await client.sendAll(bytes);
      const status = (await client.answer())?.status ?? 'no answer';
      const wanted = size <= limit ? [200] : [refusal].flat();
      if (!wanted.includes(status)) wrong.push(`${what} ${size}: ${status}, not ${wanted}`);
      client.close();
    }
  }
  console.log(`A8: boundary errors: ${wrong.length} of ${3 * kLimits.length}`);
  assert.deepEqual(wrong, []);
});

const kTrailers = [
  'Authorization: Bearer evil', 'authorization: Bearer evil', 'Content-Length: 5', 'Cookie: a=evil', 'x-api-key: evil', 'api-key: evil',
  'x-goog-api-key: evil', 'Host: evil', 'Transfer-Encoding: chunked', 'Connection: keep-alive', 'x-auth-id: evil', 'x-request-id: evil',
  'Content-Type: text/evil', 'Set-Cookie: a=evil', 'Forwarded: for=evil', 'X-Forwarded-For: evil', 'openai-organization: evil',
  'traceparent: 00-evil-evil-00', 'Expect: 100-continue', 'Upgrade: evil',
];

test('A10: trailers are never headers, for the plugin or for the upstream', async () => {
  let leaked = 0;
  for (const [i, trailer] of kTrailers.entries()) {
    const body = chatBody(`gpt-text+tag=a10-${i}`);
    const client = await RawClient.connect(world.gateway.port);
    client.send(`POST ${kPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailer}\r\n\r\n`);
    const answer = await client.answer();
    client.close();
    const record = world.openai.records.find((r) => r.json?.model === `gpt-text+tag=a10-${i}`);
    if (answer?.status === 200) assert.ok(record, 'it was served by the fake');
    const [name] = trailer.split(':');
    if (record && (JSON.stringify(record.rawHeaders).includes('evil') || (name === 'Content-Length' && record.headers['content-length'] === '5'))) ++leaked;
    if (JSON.stringify(answer?.headers ?? {}).includes('evil')) ++leaked;
  }
  console.log(`A10: trailers leaked: ${leaked} of ${kTrailers.length}`);
  assert.equal(leaked, 0);
});

test('A10: trailers without end are cut at their limit', async () => {
  const client = await RawClient.connect(world.gateway.port);
  const body = chatBody('gpt-text+tag=a10-flood');
  client.send(`POST ${kPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n`);
  await client.sendAll('A: 1\r\n'.repeat(200_000));
  const answer = await client.answer();
  assert.ok(answer === null || (answer.status >= 400 && answer.status < 500), `${answer?.status}`);
  await client.closed;
  client.close();
  assert.equal(world.openai.records.filter((r) => r.json?.model === 'gpt-text+tag=a10-flood').length, 0);
});

// 2d: what the parser's callbacks never show. Each flood is cut, and memory does not follow it.
const kFloods = {
  'blank lines before the start line': ['', '\r\n'],
  'blanks before the target': ['GET ', ' '],
  'blanks before the version': ['GET /ping ', ' '],
  'blanks before a value': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A:', ' '],
  folds: ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: 1\r\n', ' \r\n'],
  'nameless headers': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n', ':\r\n'],
  'a target without end': ['GET /', 'a'],
  'a name without end': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n', 'a'],
  'a value without end': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ', 'a'],
  'headers without end': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n', 'A: 1\r\n'],
  'zeros of a chunk size': [`POST ${kPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n`, '0'],
  'zeros of Content-Length': ['GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ', '0'],
};

test('floods that a parser does not count are cut at the limits of raw bytes', async () => {
  const wrong = [];
  const before = world.gateway.memory();
  for (const [name, [start, unit]] of Object.entries(kFloods)) {
    const client = await RawClient.connect(world.gateway.port);
    client.send(start);
    await client.sendAll(Buffer.from(unit.repeat(Math.ceil((4 * 1024 * 1024) / unit.length))));
    const answer = await client.answer();
    if (answer && !(answer.status >= 400 && answer.status < 500)) wrong.push(`${name}: ${answer.status}`);
    const ended = await client.closed;
    if (!['fin', 'rst', 'closed'].includes(ended)) wrong.push(`${name}: not ended (${ended})`);
    client.close();
  }
  const grown = world.gateway.memory() - before;
  console.log(`A9: floods passed: ${wrong.length} of ${Object.keys(kFloods).length}; memory grew by ${grown} KiB`);
  assert.deepEqual(wrong, []);
});
