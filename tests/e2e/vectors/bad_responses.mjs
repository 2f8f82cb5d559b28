// bad_responses.mjs - 53 answers of an upstream that must not pass for good ones (RELIABILITY 2c,
// 2e: Q1-Q5). {name, bytes, ends, isServed}: ends says that the upstream closes behind them;
// isServed that the answer itself is good and only the connection must not be kept.
import { kWholeChat } from '../../fakes/upstream_raw.mjs';

const kBody = kWholeChat;
const kType = 'Content-Type: application/json';
const size = Buffer.byteLength(kBody);
const hex = size.toString(16);
const kSize = `Content-Length: ${size}`;
const kChunked = 'Transfer-Encoding: chunked';
const kWhole = `${hex}\r\n${kBody}\r\n0\r\n\r\n`;

const answer = (lines, { line = 'HTTP/1.1 200 OK', body = kBody } = {}) => `${[line, ...lines].join('\r\n')}\r\n\r\n${body}`;
const withField = (field) => answer([kType, kSize, field]);
const withLine = (line) => answer([kType, kSize], { line });
const length = (value) => answer([kType, `Content-Length: ${value}`]);
const coded = (...fields) => answer([kType, ...fields], { body: kWhole });
const chunked = (body) => answer([kType, kChunked], { body });

const kHeads = {
  'LF ends the status line': withLine('HTTP/1.1 200 OK').replace('\r\n', '\n'),
  'LF ends a header line': withField('X-A: 1').replace(`${kType}\r\n`, `${kType}\n`),
  'LF is the blank line': answer([kType, kSize]).replace('\r\n\r\n', '\r\n\n'),
  'a fold with a space': withField('X-A: 1\r\n 2'),
  'a fold with a tab': withField('X-A: 1\r\n\t2'),
  'a fold before a coding': answer([kType, 'Transfer-Encoding:\r\n chunked'], { body: kWhole }),
  'a first header led by a space': answer([' X-A: 1', kType, kSize]),
  'a space before the colon of Content-Length': answer([kType, `Content-Length : ${size}`]),
  'an empty name': withField(': x'),
  'NUL in a value': withField('X-A: a\0b'),
  'ESC in a value': withField('X-A: a\x1bb'),
  'a bare CR in a value': withField('X-A: a\rb'),
  'a blank inside a name': withField('X A: 1'),
  'an 8-bit byte in a name': withField('X\xe9: 1'),
};

const kStatusLines = {
  'HTTP/2.0': withLine('HTTP/2.0 200 OK'),
  'HTTP/0.9': withLine('HTTP/0.9 200 OK'),
  'no version': withLine('200 OK'),
  ICY: withLine('ICY 200 OK'),
  'no status': withLine('HTTP/1.1  OK'),
  'status 2': withLine('HTTP/1.1 2 OK'),
  'status 20': withLine('HTTP/1.1 20 OK'),
  'status 00200': withLine('HTTP/1.1 00200 OK'),
  'status 600': withLine('HTTP/1.1 600 Odd'),
  'status 999': withLine('HTTP/1.1 999 Odd'),
  'status 0': withLine('HTTP/1.1 000 OK'),
  'NUL in the reason': withLine('HTTP/1.1 200 O\0K'),
  'ESC in the reason': withLine('HTTP/1.1 200 \x1b[31mOK'),
  'CR in the reason': withLine('HTTP/1.1 200 OK\rX-A: 1'),
};

const kFraming = {
  'Content-Length, then chunked': coded(kSize, kChunked),
  'chunked, then Content-Length': coded(kChunked, kSize),
  'Content-Length twice': answer([kType, kSize, 'Content-Length: 5']),
  'Content-Length as a list': length(`${size}, ${size}`),
  'Content-Length +5': length(`+${size}`),
  'Content-Length -1': length('-1'),
  'Content-Length 0x5': length(`0x${hex}`),
  'Content-Length empty': length(''),
  'Content-Length 2^64': length('18446744073709551616'),
  identity: coded('Transfer-Encoding: identity'),
  xchunked: coded('Transfer-Encoding: xchunked'),
  'chunked, gzip': coded('Transfer-Encoding: chunked, gzip'),
  'chunked twice': coded(kChunked, kChunked),
  'an empty Transfer-Encoding': coded('Transfer-Encoding:'),
  'chunked on HTTP/1.0': answer([kType, kChunked], { line: 'HTTP/1.0 200 OK', body: kWhole }),
  '204 with a length': answer([kType, kSize], { line: 'HTTP/1.1 204 No Content' }),
  'an unasked 101': answer(['Connection: Upgrade', 'Upgrade: websocket'], { line: 'HTTP/1.1 101 Switching Protocols' }),
};

const kBodies = {
  'chunk size 0x5': chunked(`0x${kWhole}`),
  'chunk size of 17 digits': chunked(`${hex.padStart(17, '0')}\r\n${kBody}\r\n0\r\n\r\n`),
  'two more bytes behind a chunk': chunked(`${hex}\r\n${kBody}XX0\r\n\r\n`),
  'the last chunk ends with LF': chunked(`${hex}\r\n${kBody}\r\n0\n\n`),
};

const kCut = {
  'a head cut short': `HTTP/1.1 200 OK\r\n${kType}\r\nContent-Le`,
  'a body shorter than its length': answer([kType, kSize], { body: kBody.slice(0, -9) }),
  'chunks without the last': chunked(`${hex}\r\n${kBody}\r\n`),
};

const kServed = {
  'bytes behind a whole answer': `${answer([kType, kSize])}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
};

const list = (group, more) => Object.entries(group).map(([name, bytes]) => ({ name, bytes, ends: false, isServed: false, ...more }));
export const kBadResponses = [
  ...list(kHeads), ...list(kStatusLines), ...list(kFraming), ...list(kBodies), ...list(kCut, { ends: true }), ...list(kServed, { isServed: true }),
];
