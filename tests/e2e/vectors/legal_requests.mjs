// legal_requests.mjs - 24 requests that look odd and are legal (RELIABILITY A6): all must be served.
//
// {name, bytes, isHead, answers, status}: answers is how many answers come, status what is accepted.
const kBody = JSON.stringify({ model: 'gpt-text', messages: [{ role: 'user', content: 'hi' }] });
const kPath = '/v1/chat/completions';
const kHost = 'Host: 127.0.0.1';
const kType = 'Content-Type: application/json';
const kSize = `Content-Length: ${Buffer.byteLength(kBody)}`;
const hex = Buffer.byteLength(kBody).toString(16);

const request = (lines, line = `POST ${kPath} HTTP/1.1`, body = kBody) => `${[line, ...lines].join('\r\n')}\r\n\r\n${body}`;
const post = (...fields) => request([kHost, kType, kSize, ...fields]);
const get = (path, ...fields) => request([kHost, ...fields], `GET ${path} HTTP/1.1`, '');
const chunked = (body, ...fields) => request([kHost, kType, 'Transfer-Encoding: chunked', ...fields], undefined, body);
const bytewise = `${[...kBody].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`;

const kLegal = {
  'names in odd case': request(['hOST: 127.0.0.1', 'cONTENT-tYPE: application/json', kSize.toUpperCase()]),
  'an empty value': post('X-Empty:'),
  'one blank line before the start line': `\r\n${post()}`,
  'chunks of one byte': chunked(bytewise),
  'chunk extensions': chunked(`${hex};a=1;b=2\r\n${kBody}\r\n0;c\r\n\r\n`),
  'a chunk extension of 250 bytes': chunked(`${hex};a=${'x'.repeat(247)}\r\n${kBody}\r\n0\r\n\r\n`),
  'a chunk size led by zeros': chunked(`${hex.padStart(12, '0')}\r\n${kBody}\r\n0\r\n\r\n`),
  'trailers': chunked(`${hex}\r\n${kBody}\r\n0\r\nX-Sum: 1\r\n\r\n`, 'Trailer: X-Sum'),
  'chunked in odd case': request([kHost, kType, 'Transfer-Encoding: Chunked'], undefined, `${hex}\r\n${kBody}\r\n0\r\n\r\n`),
  'a head of 15 KiB': post(...Array.from({ length: 15 }, (_, i) => `X-Long-${i}: ${'v'.repeat(1000)}`)),
  'no blank behind the colon, tabs around a value': post('X-A:1', 'X-B:\t 2 \t'),
  'an 8-bit byte in a value': post('X-A: caf\xe9'),
  'every token character in a name': post("X!#$%&'*+-.^`|~9: 1"),
  'HTTP/1.0 with keep-alive': request([kHost, kType, kSize, 'Connection: keep-alive'], `POST ${kPath} HTTP/1.0`),
  'Connection: close among others': post('Connection: x-hop, Close'),
  'TE: trailers': post('TE: trailers', 'Connection: TE'),
  'an Upgrade that nobody takes': get('/ping', 'Connection: Upgrade', 'Upgrade: h2c'),
  'Expect: 100-continue': post('Expect: 100-continue'),
  'HEAD': request([kHost], 'HEAD / HTTP/1.1', ''),
  'OPTIONS *': request([kHost], 'OPTIONS * HTTP/1.1', ''),
  'a query of legal signs': get("/ping?a=b&c=%20;d:@!$'()*+,/?-._~"),
  'GET with Content-Length: 0': get('/ping', 'Content-Length: 0'),
  'two requests in one write': post() + post(),
  'a Host with a port': request(['Host: 127.0.0.1:80', kType, kSize]),
};

const kOptions = {
  HEAD: { isHead: true },
  // No route for it and no fault of it: any answer but a refusal of the message itself.
  'OPTIONS *': { statuses: [200, 204, 404, 405] },
  'two requests in one write': { answers: 2 },
};

export const kLegalRequests = Object.entries(kLegal).map(([name, bytes]) => ({ name, bytes, isHead: false, answers: 1, statuses: [200], ...kOptions[name] }));
