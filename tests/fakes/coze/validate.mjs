// validate.mjs - what Coze refuses, and more: members that it does not document are refused too, so
// that a wrong translation fails loudly.
import { bad } from './errors.mjs';

const kV3 = new Set('bot_id user_id additional_messages stream custom_variables auto_save_history meta_data extra_params shortcut_command parameters enable_card publish_status bot_version'.split(' '));
const kV2 = new Set('bot_id conversation_id user query chat_history stream custom_variables'.split(' '));
const kTypes = { user: ['question'], assistant: ['answer', 'function_call', 'tool_output', 'tool_response'] };

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function checkText(body, names) {
  for (const name of names) if (typeof body[name] !== 'string' || body[name] === '') throw bad(`${name} is required`);
}

function checkKnown(body, known) {
  if (!isObject(body)) throw bad('the body is not JSON');
  const extra = Object.keys(body).find((key) => !known.has(key));
  if (extra) throw bad(`unknown member ${extra}`);
  if (body.stream !== undefined && typeof body.stream !== 'boolean') throw bad('stream');
}

// The items of an object_string.
export function itemsOf(message, service, token) {
  let items;
  try {
    items = JSON.parse(message.content);
  } catch {
    throw bad('object_string is not JSON');
  }
  if (!Array.isArray(items) || items.some((item) => !isObject(item))) throw bad('object_string is not an array of objects');
  const texts = items.filter(({ type }) => type === 'text');
  const media = items.filter(({ type }) => type !== 'text');
  if (texts.length > 1 || media.length === 0) throw bad('object_string: one text at most, and a file or an image');
  if (texts.some((item) => typeof item.text !== 'string' || !item.text)) throw bad('object_string: text');
  for (const item of media) {
    if (!['image', 'file', 'audio'].includes(item.type)) throw bad(`object_string: type ${item.type}`);
    if ((item.file_id === undefined) === (item.file_url === undefined)) throw bad('object_string: file_id or file_url');
    if (item.file_url !== undefined && !/^https?:\/\//.test(item.file_url)) throw bad('object_string: file_url');
    if (item.file_id !== undefined && service.files.get(item.file_id)?.token !== token) throw bad(`object_string: no such file ${item.file_id}`);
  }
  return items;
}

function checkMessage(message, service, token) {
  if (!isObject(message) || !kTypes[message.role]) throw bad('role must be user or assistant');
  if (message.type !== undefined && !kTypes[message.role].includes(message.type)) throw bad(`type ${message.type} for role ${message.role}`);
  if (typeof message.content !== 'string' || message.content === '') throw bad('content is required');
  if (!['text', 'object_string'].includes(message.content_type ?? 'text')) throw bad(`content_type ${message.content_type}`);
  if (message.content_type === 'object_string') itemsOf(message, service, token);
}

export function validateV3(body, service, token) {
  checkKnown(body, kV3);
  checkText(body, ['bot_id', 'user_id']);
  const messages = body.additional_messages ?? [];
  if (!Array.isArray(messages) || messages.length === 0) throw bad('additional_messages: a question is required');
  if (messages.length > 100) throw bad('additional_messages: at most 100');
  for (const message of messages) checkMessage(message, service, token);
  if (messages.at(-1).role !== 'user') throw bad('the last of additional_messages must be a user\'s');
  if (body.auto_save_history === false && !body.stream) throw bad('auto_save_history must be true when stream is false');
  const pairs = Object.entries(body.meta_data ?? {});
  if (pairs.length > 16 || pairs.some(([key, value]) => key.length > 64 || typeof value !== 'string' || value.length > 512)) throw bad('meta_data');
}

export function validateV2(body) {
  checkKnown(body, kV2);
  checkText(body, ['bot_id', 'user', 'query']);
  for (const message of body.chat_history ?? []) {
    if (!['user', 'assistant'].includes(message.role)) throw bad('chat_history: role');
    if (message.role === 'assistant' && !['answer', 'function_call', 'tool_response'].includes(message.type)) throw bad('chat_history: type');
    if (typeof message.content !== 'string' || message.content_type !== 'text') throw bad('chat_history: content');
  }
}

export function validateOutputs(body, chat) {
  if (chat.status !== 'requires_action') throw bad('the chat waits for no output');
  const outputs = body?.tool_outputs;
  if (!Array.isArray(outputs)) throw bad('tool_outputs is required');
  const wanted = chat.script.tools.map(({ id }) => id).sort();
  if (JSON.stringify(outputs.map((one) => one.tool_call_id).sort()) !== JSON.stringify(wanted)) throw bad('tool_outputs: one for each tool call');
  if (outputs.some(({ output }) => typeof output !== 'string')) throw bad('tool_outputs: output');
}
