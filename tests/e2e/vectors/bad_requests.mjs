// bad_requests.mjs - 141 requests that must not reach an upstream (RELIABILITY 2c, 2e: R0-R9).
//
// Each is a chat that would be served, bent in one place. {name, bytes, first}: first says how many
// good requests stand in front of the bad part; those may be served, and then the connection ends.
const kBody = JSON.stringify({ model: 'gpt-text', messages: [{ role: 'user', content: 'hi' }] });
const kLength = Buffer.byteLength(kBody);
const kHost = 'Host: 127.0.0.1';
const kType = 'Content-Type: application/json';
const kSize = `Content-Length: ${kLength}`;
const kChunked = 'Transfer-Encoding: chunked';
const kBase = [kHost, kType, kSize];

const head = (lines, { line = 'POST /v1/chat/completions HTTP/1.1' } = {}) => `${[line, ...lines].join('\r\n')}\r\n\r\n`;
const request = (lines, options = {}) => head(lines, options) + (options.body ?? kBody);
const withLine = (line) => request(kBase, { line });
const withField = (field) => request([...kBase, field]);
const target = (path) => withLine(`POST ${path} HTTP/1.1`);
const chunked = (body, more = []) => head([kHost, kType, kChunked, ...more]) + body;
const hex = kLength.toString(16);
const wholeChunk = `${hex}\r\n${kBody}\r\n`;

const kLineEnds = {
  'LF ends the request line': head(kBase).replace('\r\n', '\n') + kBody,
  'LF ends a header line': head(kBase).replace(`${kType}\r\n`, `${kType}\n`) + kBody,
  'LF is the blank line': head(kBase).replace(/\r\n\r\n$/, '\r\n\n') + kBody,
  'a bare CR in a value': withField('X-A: 1\rBar: 2'),
  'CR hides Transfer-Encoding (CVE-2023-30589)': request([...kBase, 'X:\rTransfer-Encoding: chunked']),
  'CR and another byte end the head': head(kBase).replace(/\r\n\r\n$/, '\r\n\rZ') + kBody,
  'CR and X after an empty value': request([...kBase, 'X-A:\rX']),
  'CR in the request line': withLine('POST /v1/chat/completions\r HTTP/1.1'),
  'CR CR LF ends a line': withField('X-A: 1\r'),
  'two blank lines before the start line': `\r\n\r\n${request(kBase)}`,
};

const kFolds = {
  'a fold with a space': withField('X-A: 1\r\n 2'),
  'a fold with a tab': withField('X-A: 1\r\n\t2'),
  'a fold before a value': head([kHost, kType, 'Transfer-Encoding:\r\n chunked']) + `${wholeChunk}0\r\n\r\n`,
  'a name hidden in a fold (CVE-2024-27982)': withField('X-A: y\r\n Content-Length: 5'),
  'a first header led by a space': request([` ${kHost}`, ...kBase]),
  'a first header led by a tab': request([`\tX-A: 1`, ...kBase]),
  'a fold in Content-Length': request([kHost, kType, `Content-Length: ${kLength}\r\n 0`]),
  'a fold in Transfer-Encoding': head([kHost, kType, 'Transfer-Encoding: chun\r\n ked']) + `${wholeChunk}0\r\n\r\n`,
  'a fold in Connection': withField('Connection: close\r\n ,x'),
  'a fold in Host': request(['Host: 127.0.0.1\r\n .evil', kType, kSize]),
};

const kNames = {
  'a space before the colon of Content-Length': request([kHost, kType, `Content-Length : ${kLength}`]),
  'a space before the colon of Transfer-Encoding': head([kHost, kType, 'Transfer-Encoding : chunked']) + `${wholeChunk}0\r\n\r\n`,
  'a space before the colon of Host': request(['Host : 127.0.0.1', kType, kSize]),
  'a space before a colon': withField('X-A : 1'),
  'a space inside a name': withField('X A: 1'),
  'an empty name': withField(': x'),
  'a lone colon': withField(':'),
  'a line without a colon': withField('X-A'),
  'NUL in a name': withField('X\0A: 1'),
  'a control byte in a name': withField('X\x01A: 1'),
  'an 8-bit byte in a name': withField('X\xe9A: 1'),
  ...Object.fromEntries([...'@"(),/;['].map((c) => [`${c} in a name`, withField(`X${c}A: 1`)])),
};

const kValues = Object.fromEntries([0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f].map((byte) => [
  `byte ${byte.toString(16).padStart(2, '0')} in a value`, withField(`X-A: a${String.fromCharCode(byte)}b`)]));

const length = (value) => request([kHost, kType, `Content-Length: ${value}`]);
const kLengths = {
  'Content-Length twice, equal': request([...kBase, kSize]),
  'Content-Length twice, unequal': request([...kBase, 'Content-Length: 5']),
  'Content-Length as a list': length(`${kLength}, ${kLength}`),
  'Content-Length +5': length(`+${kLength}`),
  'Content-Length -1': length('-1'),
  'Content-Length 0x5': length(`0x${hex}`),
  'Content-Length 5Z': length(`${kLength}Z`),
  'Content-Length empty': length(''),
  'Content-Length with a point': length(`${kLength}.0`),
  'Content-Length 2^64': length('18446744073709551616'),
  'Content-Length 2^64-1': length('18446744073709551615'),
  'Content-Length of 16 digits': length('0000000000000005'),
};

const coded = (value, more = []) => head([kHost, kType, `Transfer-Encoding: ${value}`, ...more]) + `${wholeChunk}0\r\n\r\n`;
const kCodings = {
  'Content-Length, then chunked': head([kHost, kType, kSize, kChunked]) + `${wholeChunk}0\r\n\r\n`,
  'chunked, then Content-Length': head([kHost, kType, kChunked, kSize]) + `${wholeChunk}0\r\n\r\n`,
  'Content-Length and identity': request([...kBase, 'Transfer-Encoding: identity']),
  'an empty Transfer-Encoding before Content-Length': request(['Transfer-Encoding:', ...kBase]),
  'an empty Transfer-Encoding behind Content-Length': request([...kBase, 'Transfer-Encoding:']),
  'an empty Transfer-Encoding': coded(''),
  'identity': coded('identity'),
  'xchunked': coded('xchunked'),
  'chunked, gzip': coded('chunked, gzip'),
  'gzip, chunked': coded('gzip, chunked'),
  'chunked, chunked': coded('chunked, chunked'),
  'chunked in two fields': coded('chunked', [kChunked]),
  'chunked quoted': coded('"chunked"'),
  'a comma, then chunked': coded(',chunked'),
  'chunked with a parameter': coded('chunked;q=1'),
  'identity, then chunked in a second field': coded('identity', [kChunked]),
  'chunked on HTTP/1.0': head([kHost, kType, kChunked], { line: 'POST /v1/chat/completions HTTP/1.0' }) + `${wholeChunk}0\r\n\r\n`,
};

const kChunks = {
  'chunk size 0x5': chunked(`0x${wholeChunk}0\r\n\r\n`),
  'chunk size +5': chunked(`+${wholeChunk}0\r\n\r\n`),
  'chunk size -1': chunked(`-1\r\n${kBody}\r\n0\r\n\r\n`),
  'a blank before the chunk size': chunked(` ${wholeChunk}0\r\n\r\n`),
  'a blank behind the chunk size': chunked(`${hex} \r\n${kBody}\r\n0\r\n\r\n`),
  'no chunk size': chunked(`\r\n${kBody}\r\n0\r\n\r\n`),
  'chunk size of 17 digits': chunked(`${hex.padStart(17, '0')}\r\n${kBody}\r\n0\r\n\r\n`),
  'chunk size of sixteen F': chunked(`FFFFFFFFFFFFFFFF\r\n${kBody}\r\n0\r\n\r\n`),
  'chunk size not hexadecimal': chunked(`g\r\n${kBody}\r\n0\r\n\r\n`),
  'a chunk line ends with LF': chunked(`${hex}\n${kBody}\r\n0\r\n\r\n`),
  'a chunk line ends with CR and X': chunked(`${hex}\rX${kBody}\r\n0\r\n\r\n`),
  'an extension ends with CR and X': chunked(`${hex};a\rX${kBody}\r\n0\r\n\r\n`),
  'two more bytes behind a chunk': chunked(`${hex}\r\n${kBody}XX0\r\n\r\n`),
  'a chunk ends with LF': chunked(`${hex}\r\n${kBody}\n0\r\n\r\n`),
  'the last chunk ends with CR and Z': chunked(`${wholeChunk}0\r\n\rZ`),
  'the last chunk ends with LF': chunked(`${wholeChunk}0\n\n`),
  'NUL in an extension': chunked(`${hex};a\0=1\r\n${kBody}\r\n0\r\n\r\n`),
  'LF in an extension': chunked(`${hex};a=\n1\r\n${kBody}\r\n0\r\n\r\n`),
  'a trailer with a bad name': chunked(`${wholeChunk}0\r\nX A: 1\r\n\r\n`),
  'a trailer with a fold': chunked(`${wholeChunk}0\r\nX-A: 1\r\n 2\r\n\r\n`),
  'a trailer with NUL': chunked(`${wholeChunk}0\r\nX-A: \0\r\n\r\n`),
};

const kPath = '/v1/chat/completions';
const kStartLines = {
  'HTTP/0.9 without a version': 'GET /\r\n\r\n',
  'HTTP/0.9': withLine(`POST ${kPath} HTTP/0.9`),
  'HTTP/2.0': withLine(`POST ${kPath} HTTP/2.0`),
  'HTTP/1.10': withLine(`POST ${kPath} HTTP/1.10`),
  'RTSP/1.0': withLine(`POST ${kPath} RTSP/1.0`),
  'ICE/1.0': withLine(`SOURCE ${kPath} ICE/1.0`),
  'two blanks before the target': withLine(`POST  ${kPath} HTTP/1.1`),
  'two blanks before the version': withLine(`POST ${kPath}  HTTP/1.1`),
  'a tab in the request line': withLine(`POST\t${kPath} HTTP/1.1`),
  'a blank at the end of the request line': withLine(`POST ${kPath} HTTP/1.1 `),
  'a lower-case method': withLine(`post ${kPath} HTTP/1.1`),
  'an unknown method': withLine(`BREW ${kPath} HTTP/1.1`),
  CONNECT: withLine('CONNECT 127.0.0.1:443 HTTP/1.1'),
  TRACE: withLine(`TRACE ${kPath} HTTP/1.1`),
  PRI: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a form feed in the target': target(`${kPath}\f`),
  'an 8-bit byte in the target': target(`${kPath}\xe9`),
  'NUL in the target': target(`${kPath}\0`),
  ...Object.fromEntries([...'"<>\\^`{}|'].map((c) => [`${c} in the target`, target(`${kPath}?a=${c}`)])),
  'a fragment': target(`${kPath}#a`),
  'GET *': withLine('GET * HTTP/1.1'),
  'absolute form with another host': target(`http://evil.example${kPath}`),
  'two slashes first': target(`/${kPath}`),
  'dot segments': target(`/v1/../v1/chat/completions`),
  'encoded dot segments': target(`/v1/%2e%2e/v1/chat/completions`),
  'encoded NUL': target(`${kPath}%00`),
  'encoded LF': target(`${kPath}%0a`),
  'encoded slash': target(`/v1%2fchat/completions`),
};

const kHosts = {
  'no Host': request([kType, kSize]),
  'two Hosts': request([kHost, ...kBase]),
  'a Host with a blank': request(['Host: a b', kType, kSize]),
  'a Host with a path': request(['Host: 127.0.0.1/x', kType, kSize]),
};

const kConnections = {
  'Connection names content-length': withField('Connection: content-length'),
  'Connection names authorization': withField('Connection: close, Authorization'),
};

// The first request is good; what follows must not be taken for a second one.
const kSecond = {
  'a request behind Connection: close': request([...kBase, 'Connection: close']) + request(kBase),
  'a request behind HTTP/1.0': request(kBase, { line: `POST ${kPath} HTTP/1.0` }) + request(kBase),
};

const list = (groups) => groups.flatMap((group) => Object.entries(group));
export const kBadRequests = [
  ...list([kLineEnds, kFolds, kNames, kValues, kLengths, kCodings, kChunks, kStartLines, kHosts, kConnections]).map(([name, bytes]) => ({ name, bytes, first: 0 })),
  ...list([kSecond]).map(([name, bytes]) => ({ name, bytes, first: 1 })),
];
