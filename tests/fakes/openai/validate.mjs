// validate.mjs - what OpenAI's chat endpoint refuses, so that a wrong translation fails loudly.
// WIRE 1.2 lists the members; messages and codes follow the recorded answers.
import { refuse } from './errors.mjs';

const kMembers = new Set(`model messages audio frequency_penalty presence_penalty logit_bias logprobs top_logprobs
  max_tokens max_completion_tokens metadata modalities n parallel_tool_calls prediction prompt_cache_key
  prompt_cache_retention prompt_cache_options reasoning_effort response_format safety_identifier seed service_tier
  stop store stream stream_options temperature top_p tools tool_choice user verbosity web_search_options moderation
  functions function_call`.split(/\s+/));

const kMessageMembers = {
  developer: ['role', 'content', 'name'],
  system: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'name', 'refusal', 'tool_calls', 'audio', 'function_call', 'annotations'],
  tool: ['role', 'content', 'tool_call_id'],
  function: ['role', 'content', 'name'],
};

const kPartTypes = {
  developer: ['text'], system: ['text'], tool: ['text'], assistant: ['text', 'refusal'],
  user: ['text', 'image_url', 'input_audio', 'file'],
};

const bad = (message, param, code = 'invalid_value') => refuse(400, message, { param, code });
const wrongType = (param, wanted, got) => bad(
  `Invalid type for '${param}': expected ${wanted}, but got ${nameOfType(got)} instead.`, param, 'invalid_type');

function nameOfType(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return { string: 'a string', number: Number.isInteger(value) ? 'an integer' : 'a decimal', boolean: 'a boolean', object: 'an object', undefined: 'nothing' }[typeof value];
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function checkNumber(body, name, min, max, whole = false) {
  const value = body[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) throw wrongType(name, whole ? 'an integer' : 'a decimal', value);
  const kind = whole ? 'integer' : 'decimal';
  if (value < min) throw bad(`Invalid '${name}': ${kind} below minimum value. Expected a value >= ${min}, but got ${value} instead.`, name, `${kind}_below_min_value`);
  if (value > max) throw bad(`Invalid '${name}': ${kind} above maximum value. Expected a value <= ${max}, but got ${value} instead.`, name, `${kind}_above_max_value`);
}

function checkPart(part, role, at) {
  if (!isObject(part)) throw wrongType(at, 'an object', part);
  if (!kPartTypes[role].includes(part.type)) {
    throw bad(`Invalid value: '${part.type}'. Supported values are: ${kPartTypes[role].map((t) => `'${t}'`).join(', ')}.`, `${at}.type`);
  }
  const needs = { text: 'text', refusal: 'refusal', image_url: 'image_url', input_audio: 'input_audio', file: 'file' }[part.type];
  const value = part[needs];
  if (value === undefined) throw bad(`Missing required parameter: '${at}.${needs}'.`, `${at}.${needs}`, 'missing_required_parameter');
  if ((needs === 'text' || needs === 'refusal') && typeof value !== 'string') throw wrongType(`${at}.${needs}`, 'a string', value);
  if (needs === 'image_url') checkImage(value, `${at}.image_url`);
  if (needs === 'input_audio' && !['wav', 'mp3'].includes(value?.format)) throw bad(`Invalid value: '${value?.format}'. Supported values are: 'wav' and 'mp3'.`, `${at}.input_audio.format`);
  for (const key of Object.keys(part)) {
    if (!['type', needs, 'prompt_cache_breakpoint'].includes(key)) throw bad(`Unknown parameter: '${at}.${key}'.`, `${at}.${key}`, 'unknown_parameter');
  }
}

function checkImage(image, at) {
  if (!isObject(image)) throw wrongType(at, 'an object', image);
  const ok = /^https?:\/\/\S+$/.test(image.url) || /^data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/]+=*$/.test(image.url);
  if (!ok) throw bad(`Invalid 'messages': failed to read image from '${String(image.url).slice(0, 40)}'.`, at, 'invalid_image_url');
  if (image.detail !== undefined && !['auto', 'low', 'high'].includes(image.detail)) throw bad(`Invalid value: '${image.detail}'.`, `${at}.detail`);
}

function checkMessage(message, i) {
  const at = `messages[${i}]`;
  if (!isObject(message)) throw wrongType(at, 'an object', message);
  const allowed = kMessageMembers[message.role];
  if (!allowed) {
    throw bad(`Invalid value: '${message.role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`, `${at}.role`);
  }
  for (const key of Object.keys(message)) {
    if (!allowed.includes(key)) throw bad(`Unknown parameter: '${at}.${key}'.`, `${at}.${key}`, 'unknown_parameter');
  }
  const { content, role } = message;
  if (content === undefined || content === null) {
    const mayMiss = role === 'assistant' && (message.tool_calls || message.refusal || message.audio || message.function_call);
    if (!mayMiss) throw bad(`Invalid value for 'content': expected a string, got null.`, `${at}.content`, null);
  } else if (Array.isArray(content)) {
    if (content.length === 0) throw bad(`Invalid '${at}.content': empty array. Expected an array with minimum length 1, but got an empty array instead.`, `${at}.content`, 'empty_array');
    content.forEach((part, k) => checkPart(part, role, `${at}.content[${k}]`));
  } else if (typeof content !== 'string') {
    throw wrongType(`${at}.content`, 'one of a string or array of objects', content);
  }
  if (message.tool_calls !== undefined) checkCalls(message.tool_calls, `${at}.tool_calls`);
}

function checkCalls(calls, at) {
  if (!Array.isArray(calls)) throw wrongType(at, 'an array', calls);
  if (calls.length === 0) throw bad(`Invalid '${at}': empty array. Expected an array with minimum length 1, but got an empty array instead.`, at, 'empty_array');
  calls.forEach((call, k) => {
    if (typeof call.id !== 'string' || call.id === '') throw bad(`Missing required parameter: '${at}[${k}].id'.`, `${at}[${k}].id`, 'missing_required_parameter');
    if (call.id.length > 40) throw bad(`Invalid '${at}[${k}].id': string too long. Expected a string with maximum length 40, but got a string with length ${call.id.length} instead.`, `${at}[${k}].id`, 'string_above_max_length');
    if (!['function', 'custom'].includes(call.type)) throw bad(`Invalid value: '${call.type}'.`, `${at}[${k}].type`);
    if (call.type === 'function' && typeof call.function?.arguments !== 'string') throw wrongType(`${at}[${k}].function.arguments`, 'a string', call.function?.arguments);
    if (call.type === 'function') checkName(call.function?.name, `${at}[${k}].function.name`);
  });
}

function checkName(name, at) {
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    throw bad(`Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`, at);
  }
}

// Every tool call is answered by tool messages right behind it, and no tool message stands alone.
function checkPairing(messages) {
  let open = null;
  const lacking = () => bad("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`, 'messages', null);
  messages.forEach((message, i) => {
    if (message.role === 'tool') {
      if (open === null) throw bad("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", `messages.[${i}].role`, null);
      if (typeof message.tool_call_id !== 'string') throw bad(`Missing required parameter: 'messages[${i}].tool_call_id'.`, `messages[${i}].tool_call_id`, 'missing_required_parameter');
      if (!open.delete(message.tool_call_id)) throw bad(`Invalid parameter: 'tool_call_id' of '${message.tool_call_id}' not found in 'tool_calls' of previous message.`, `messages.[${i}].tool_call_id`, null);
      return;
    }
    if (open?.size) throw lacking();
    open = message.tool_calls ? new Set(message.tool_calls.map((call) => call.id)) : null;
  });
  if (open?.size) throw lacking();
}

function checkTools(body) {
  const { tools, tool_choice: choice } = body;
  if (tools !== undefined) {
    if (!Array.isArray(tools)) throw wrongType('tools', 'an array of objects', tools);
    if (tools.length === 0) throw bad("Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.", 'tools', 'empty_array');
    if (tools.length > 128) throw bad("Invalid 'tools': array too long. Expected an array with maximum length 128.", 'tools', 'array_above_max_length');
    tools.forEach((tool, i) => {
      if (tool.type !== 'function' && tool.type !== 'custom') throw bad(`Invalid value: '${tool.type}'. Supported values are: 'function' and 'custom'.`, `tools[${i}].type`);
      checkName((tool.function ?? tool.custom)?.name, `tools[${i}].function.name`);
      const schema = tool.function?.parameters;
      if (schema !== undefined && (!isObject(schema) || (Object.keys(schema).length > 0 && schema.type !== 'object'))) {
        throw bad(`Invalid schema for function '${tool.function.name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${schema?.type}"'.`, `tools[${i}].function.parameters`, 'invalid_function_parameters');
      }
      if (tool.function?.strict) checkStrict(schema, tool.function.name, `tools[${i}].function.parameters`);
    });
  }
  if (choice === undefined || choice === null) return;
  if (!tools) throw bad("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice', null);
  if (typeof choice === 'string') {
    if (!['none', 'auto', 'required'].includes(choice)) throw bad(`Invalid value: '${choice}'. Supported values are: 'none', 'auto', and 'required'.`, 'tool_choice');
  } else if (choice.type === 'function' && !tools.some((tool) => tool.function?.name === choice.function?.name)) {
    throw bad(`Tool choice '${choice.function?.name}' not found in 'tools' parameter.`, 'tool_choice', null);
  }
}

function checkStrict(schema, name, at) {
  if (!isObject(schema) || schema.type !== 'object') return;
  const keys = Object.keys(schema.properties ?? {});
  const whole = schema.additionalProperties === false && keys.every((key) => schema.required?.includes(key));
  if (!whole) throw bad(`Invalid schema for '${name}': 'additionalProperties' is required to be supplied and to be false, and 'required' to name every property.`, at, 'invalid_function_parameters');
}

function checkFormat(body) {
  const format = body.response_format;
  if (format === undefined || format === null) return;
  if (!['text', 'json_object', 'json_schema'].includes(format.type)) throw bad(`Invalid value: '${format.type}'.`, 'response_format.type');
  if (format.type === 'json_object' && !/json/i.test(JSON.stringify(body.messages))) {
    throw bad("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", 'messages', null);
  }
  if (format.type === 'json_schema') {
    if (!isObject(format.json_schema)) throw bad("Missing required parameter: 'response_format.json_schema'.", 'response_format.json_schema', 'missing_required_parameter');
    checkName(format.json_schema.name, 'response_format.json_schema.name');
    if (format.json_schema.strict) checkStrict(format.json_schema.schema, format.json_schema.name, 'response_format');
  }
}

// isStrict: OpenAI itself; compat services ignore members that they do not know.
export function validateChat(body, { isStrict = false }) {
  if (!isObject(body)) throw refuse(400, 'We could not parse the JSON body of your request. (HINT: This likely means you aren\'t using your HTTP library correctly.)');
  if (body.model === undefined) throw refuse(400, 'you must provide a model parameter');
  if (typeof body.model !== 'string') throw wrongType('model', 'a string', body.model);
  if (isStrict) {
    const unknown = Object.keys(body).find((key) => !kMembers.has(key));
    if (unknown) throw refuse(400, `Unrecognized request argument supplied: ${unknown}`, { param: unknown, code: 'unknown_parameter' });
  }
  const { messages } = body;
  if (messages === undefined) throw bad("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects', messages);
  if (messages.length === 0) throw bad("Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.", 'messages', 'empty_array');
  messages.forEach(checkMessage);
  checkPairing(messages);
  checkNumber(body, 'temperature', 0, 2);
  checkNumber(body, 'top_p', 0, 1);
  checkNumber(body, 'frequency_penalty', -2, 2);
  checkNumber(body, 'presence_penalty', -2, 2);
  checkNumber(body, 'n', 1, 128, true);
  checkNumber(body, 'top_logprobs', 0, 20, true);
  checkNumber(body, 'max_tokens', 1, 1e9, true);
  checkNumber(body, 'max_completion_tokens', 1, 1e9, true);
  if (body.top_logprobs != null && !body.logprobs) throw bad("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", 'top_logprobs', null);
  if (body.stream !== undefined && body.stream !== null && typeof body.stream !== 'boolean') throw wrongType('stream', 'a boolean', body.stream);
  if (body.stream_options != null && !body.stream) throw bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options', null);
  if (Array.isArray(body.stop) && body.stop.length > 4) throw bad("Invalid 'stop': array too long. Expected an array with maximum length 4.", 'stop', 'array_above_max_length');
  checkTools(body);
  checkFormat(body);
}

// Models that reason take neither the old limit nor sampling.
export function validateReasoning(body) {
  if (body.max_tokens != null) {
    throw bad("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", 'max_tokens', 'unsupported_parameter');
  }
  if (body.temperature != null && body.temperature !== 1) {
    throw bad("Unsupported value: 'temperature' does not support this value with this model. Only the default (1) value is supported.", 'temperature', 'unsupported_value');
  }
}
