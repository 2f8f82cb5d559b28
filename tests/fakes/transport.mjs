// transport.mjs - how an answer travels, apart from what it says.
//
// A scenario is named by the model: "gpt-tool+split+stall=2" is the scenario "tool" (prefixes such
// as gpt- and claude- are for routing), sent in pieces that are cut in the worst places, silent
// after its second event. So a test picks everything by the model's name, tests may run side by
// side, and no control header has to survive the gateway. An answer is a list of events; a JSON
// body counts as two events (its halves), so that every mode means something there as well.
//
//   how it is cut     (none) one event per write | whole | bytes (1-byte chunks) | split
//   how lines end     crlf (SSE only)
//   how it is framed  (none) chunked, JSON with content-length | length | chunked | eof
//   coding            gzip (only where the request accepts it)
//   when              delay=MS before the first byte | hang: never a head | drip=MS between events
//   where it stops    stall=N silence | gate=N until record.release() | cut=N a clean, early end
//                     | fin=N the connection ends in the middle of the framing | rst=N
//   tag=X             nothing; makes a model's name unique to one test
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const kFlags = new Set(['whole', 'bytes', 'split', 'crlf', 'length', 'chunked', 'eof', 'gzip', 'hang']);
const kNumbers = new Set(['delay', 'drip', 'stall', 'gate', 'cut', 'fin', 'rst']);

// "gpt-tool+split+stall=2" -> {scenario: "tool", plan: {split: true, stall: 2}}
export function parseModel(model, prefixes = ['gpt-', 'claude-']) {
  const [name, ...modes] = String(model).split('+');
  const prefix = prefixes.find((p) => name.startsWith(p)) ?? '';
  const plan = {};
  for (const mode of modes) {
    const [key, value] = mode.split('=');
    if (kFlags.has(key) && value === undefined) plan[key] = true;
    else if (kNumbers.has(key) && /^\d+$/.test(value ?? '')) plan[key] = Number(value);
    else if (key === 'tag') plan.tag = value;
    else throw new Error(`no such transport mode: ${mode}`);
  }
  return { scenario: name.slice(prefix.length), plan };
}

// Cuts at every place where a careless reader breaks: inside a UTF-8 sequence, after the backslash
// of an escape and inside \uXXXX, between CR and LF, between the two line ends, inside "data:".
export function cutBadly(bytes) {
  const cuts = new Set();
  for (let i = 1; i < bytes.length; ++i) {
    const before = bytes[i - 1];
    if ((bytes[i] & 0xc0) === 0x80) cuts.add(i);
    if (before === 0x5c) cuts.add(i).add(i + 2);
    if (before === 0x0d || before === 0x0a) cuts.add(i);
    if (before === 0x3a && i < 12) cuts.add(i).add(i - 2);
  }
  const pieces = [];
  let from = 0;
  for (const cut of [...cuts].filter((c) => c > 0 && c < bytes.length).sort((a, b) => a - b)) {
    pieces.push(bytes.subarray(from, cut));
    from = cut;
  }
  pieces.push(bytes.subarray(from));
  return pieces.filter((piece) => piece.length > 0);
}

function piecesOf(event, plan) {
  if (plan.bytes) return Array.from(event, (_, i) => event.subarray(i, i + 1));
  return plan.split ? cutBadly(event) : [event];
}

function halves(body) {
  const middle = Math.max(1, body.length >> 1);
  return [body.subarray(0, middle), body.subarray(middle)].filter((half) => half.length > 0);
}

// Where the plan stops the answer: {at: events sent before it, how}.
function stopOf(plan) {
  const how = ['stall', 'gate', 'cut', 'fin', 'rst'].find((key) => plan[key] !== undefined);
  return how ? { how, at: plan[how] } : { how: 'end', at: Infinity };
}

function frame(res, record, plan, isStream, total) {
  if (plan.eof) {
    res.useChunkedEncodingByDefault = false;
    res.setHeader('connection', 'close');
  } else if (plan.length || (!isStream && !plan.chunked)) {
    res.setHeader('content-length', total);
  }
}

// Sends one answer as the plan says. Resolves when it is whole, stopped, or the client is gone.
export async function send(record, { status, headers = {}, events, isStream }) {
  const { res, plan } = record;
  if (plan.hang) {
    record.reach('stall');
    return;
  }
  if (plan.delay) await pause(plan.delay);
  let parts = events.map((event) => Buffer.from(event));
  if (isStream && plan.crlf) parts = parts.map((part) => Buffer.from(String(part).replaceAll('\n', '\r\n')));
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (plan.gzip && /\bgzip\b/.test(record.headers['accept-encoding'] ?? '')) {
    res.setHeader('content-encoding', 'gzip');
    parts = [gzipSync(Buffer.concat(parts))];
  }
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  frame(res, record, plan, isStream, total);
  if (!isStream) parts = halves(Buffer.concat(parts));
  const stop = stopOf(plan);
  if (plan.whole) parts = [Buffer.concat(parts.slice(0, stop.at)), ...parts.slice(stop.at)].filter((p) => p.length);
  if (plan.whole && stop.at !== Infinity) stop.at = Math.min(stop.at, 1);
  res.flushHeaders();
  for (let i = 0; ; ++i) {
    if (i === stop.at && stop.how !== 'end' && !(await stopHere(record, stop.how))) return;
    if (i >= parts.length || record.isGone) break;
    if (plan.drip && i > 0) await pause(plan.drip);
    for (const piece of piecesOf(parts[i], plan)) {
      if (record.isGone) return;
      if (!res.write(piece)) await record.drained();
      await turn();
    }
    record.eventsSent = i + 1;
  }
  if (!record.isGone) res.end();
}

// True when the answer goes on afterwards.
async function stopHere(record, how) {
  const { res } = record;
  const socket = res.socket;
  record.reach('stall');
  switch (how) {
    case 'stall':
      return false;
    case 'gate':
      await Promise.race([record.released, record.gone]);
      return !record.isGone;
    case 'cut':
      // With a content-length the early end breaks the framing as well; that is what a cut is.
      record.isCut = res.hasHeader('content-length');
      if (res.hasHeader('content-length')) socket.end();
      else res.end();
      return false;
    case 'fin':
      record.isCut = true;
      socket.end();
      return false;
    case 'rst':
      record.isCut = true;
      await turn();
      socket.resetAndDestroy();
      return false;
  }
  throw new Error(`no such stop: ${how}`);
}
