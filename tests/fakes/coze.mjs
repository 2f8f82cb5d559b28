// coze.mjs - a faithful fake of Coze's API, versions 2 and 3.
//
//   const fake = await startCoze();            // {region: 'cn'}: tokens of the other one are refused
//   fake.base                                  // http://127.0.0.1:PORT
//   fake.openChats                             // chats of version 3 that Coze still works on
//   await fake.settled()                       // when there is none
//
// The bot's id picks scenario and transport, as models do in openai.mjs, without dashes:
// text, tool, err_4013, think+split, text+stall=4 (coze/scenarios.mjs). Bots with ids of digits
// repeat the question. Tokens: pat_fake..., pat_fake_4100 and so on refuse with that code; a token
// that holds _cn_ or _com_ belongs to that region. A file that holds "hang" is never taken.
// Routes: /open_api/v2/chat; /v3/chat with retrieve, message/list, cancel and submit_tool_outputs;
// /v1/conversation/create; /v1/files/upload.
//
// A chat of version 3 goes on when its connection closes: it ends by its last event, by a poll that
// tells it, or by cancel. Only where the client left before a byte of the answer was sent, the
// chat is given up, as nobody knows its id. A chat of version 2 ends with its connection.
import { pathToFileURL } from 'node:url';
import { Fake, promise } from './fake.mjs';
import { notFound, refuse, refuseToken } from './coze/errors.mjs';
import { Service } from './coze/service.mjs';
import { v2Chat } from './coze/v2.mjs';
import * as v3 from './coze/v3.mjs';

function checkToken(record, region) {
  const token = /^Bearer (\S+)$/.exec(record.headers.authorization ?? '')?.[1];
  if (token === undefined) throw refuseToken(record, 4101);
  if (!token.startsWith('pat_')) throw refuseToken(record, 4100);
  const code = /^pat_fake_(\d+)$/.exec(token)?.[1];
  if (code) throw refuseToken(record, Number(code));
  if (token.includes(region === 'cn' ? '_com_' : '_cn_')) throw refuseToken(record, 4100);
  record.token = token;
}

function upload(record, service) {
  const boundary = /^multipart\/form-data; ?boundary=(.+)$/.exec(record.headers['content-type'] ?? '')?.[1];
  const text = record.body.toString('latin1');
  const found = boundary && /filename="([^"]*)"[^]*?\r\n\r\n([^]*)\r\n$/.exec(text.split(`--${boundary}`, 2)[1]);
  if (!found || !text.trimEnd().endsWith(`--${boundary}--`)) throw refuse(4000, 'Request parameter error: a file is required');
  const bytes = Buffer.from(found[2], 'latin1');
  if (found[2] === 'hang') return record.answer({ plan: { hang: true }, json: {} });
  const file = service.addFile(record.token, found[1], bytes);
  return record.answer({ json: { code: 0, msg: '', data: { id: file.id, bytes: bytes.length, file_name: file.name, created_at: service.now() } } });
}

const kRoutes = {
  'POST /open_api/v2/chat': v2Chat,
  'POST /v3/chat': v3.chat,
  'GET /v3/chat/retrieve': v3.retrieve,
  'POST /v3/chat/retrieve': v3.retrieve,
  'GET /v3/chat/message/list': v3.list,
  'POST /v3/chat/message/list': v3.list,
  'POST /v3/chat/cancel': v3.cancel,
  'POST /v3/chat/submit_tool_outputs': v3.submit,
  'POST /v1/conversation/create': (record, service) => record.answer({ json: { code: 0, msg: '', data: { id: service.addConversation(record.token).id, created_at: service.now(), meta_data: {} } } }),
  'POST /v1/files/upload': upload,
};

export async function startCoze({ region = 'com', ...options } = {}) {
  const service = new Service();
  const fake = await Fake.start('coze', (record) => {
    const route = kRoutes[`${record.method} ${record.path}`];
    if (!route) throw notFound();
    checkToken(record, region);
    return route(record, service);
  }, options);
  fake.base = fake.origin;
  fake.service = service;
  Object.defineProperty(fake, 'openChats', { get: () => service.open().length });
  fake.settled = () => {
    const [settled, settle] = promise();
    service.onChange(() => { if (fake.openChats === 0) settle(); });
    return settled;
  };
  return fake;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const fake = await startCoze({ port: Number(process.argv[2] ?? 0) });
  console.log(fake.base);
}
