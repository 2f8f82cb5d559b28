// responses.mjs - the Responses API of the OpenAI fake: what it refuses, and how it writes a script
// as one `response` or as its events (WIRE 1.4).
//
// A request becomes the chat that means the same, so that scenarios.mjs serves both; where the two
// differ (flat tools, items, encrypted reasoning) this file is as strict as the real service.
import { createHash } from 'node:crypto';
import { refuse } from './errors.mjs';
import { kArguments, kReasoning, kText, scriptFor } from './scenarios.mjs';

const kMembers = new Set(`model input instructions background context_management conversation include max_output_tokens
  max_tool_calls metadata moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_retention
  prompt_cache_options reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice
  tools top_logprobs top_p truncation user`.split(/\s+/));
const kIncludes = ['file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources', 'message.input_image.image_url',
  'computer_call_output.output.image_url', 'code_interpreter_call.outputs', 'reasoning.encrypted_content', 'message.output_text.logprobs'];
const kHosted = ['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'mcp', 'local_shell', 'shell', 'apply_patch', 'computer_use_preview', 'tool_search'];
const kParts = { user: ['input_text', 'input_image', 'input_file', 'input_audio'], system: ['input_text'], developer: ['input_text'], assistant: ['output_text', 'refusal'] };
const kIdPrefixes = { message: 'msg', reasoning: 'rs', function_call: 'fc', custom_tool_call: 'ctc' };
const kCreated = 1_760_000_000;

const bad = (message, param, code = 'invalid_value') => refuse(400, message, { param, code });
const hash = (text, size = 24) => createHash('sha256').update(text).digest('hex').slice(0, size);
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

// ---- what is refused ---------------------------------------------------------------------------

function checkPart(part, role, at) {
  if (!isObject(part)) throw bad(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  if (!kParts[role].includes(part.type)) {
    throw bad(`Invalid value: '${part.type}'. Supported values are: ${kParts[role].map((t) => `'${t}'`).join(', ')}.`, `${at}.type`);
  }
  const text = { input_text: 'text', output_text: 'text', refusal: 'refusal' }[part.type];
  if (text && typeof part[text] !== 'string') throw bad(`Missing required parameter: '${at}.${text}'.`, `${at}.${text}`, 'missing_required_parameter');
  if (part.type === 'input_image') {
    const isUrl = /^https?:\/\/\S+$/.test(part.image_url) || /^data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/]+=*$/.test(part.image_url);
    if (!isUrl && typeof part.file_id !== 'string') throw bad(`Invalid '${at}.image_url'. Expected a valid URL, but got a value with an invalid format.`, `${at}.image_url`, 'invalid_value');
  }
}

function checkContent(content, role, at) {
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) throw bad(`Invalid type for '${at}': expected one of an array of objects or string, but got something else.`, at, 'invalid_type');
  content.forEach((part, i) => checkPart(part, role, `${at}[${i}]`));
}

function checkItem(item, at, fake) {
  if (!isObject(item)) throw bad(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  const type = item.type ?? 'message';
  const need = (name) => {
    if (typeof item[name] !== 'string') throw bad(`Missing required parameter: '${at}.${name}'.`, `${at}.${name}`, 'missing_required_parameter');
  };
  const prefix = kIdPrefixes[type];
  if (item.id !== undefined && prefix && !item.id.startsWith(prefix)) {
    throw bad(`Invalid '${at}.id': '${item.id}'. Expected an ID that begins with '${prefix}'.`, `${at}.id`);
  }
  if (typeof item.call_id === 'string' && item.call_id.length > 64) {
    throw bad(`Invalid '${at}.call_id': string too long. Expected a string with maximum length 64.`, `${at}.call_id`, 'string_above_max_length');
  }
  switch (type) {
    case 'message':
      if (!kParts[item.role]) throw bad(`Invalid value: '${item.role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`, `${at}.role`);
      return checkContent(item.content, item.role, `${at}.content`);
    case 'function_call':
      return ['call_id', 'name', 'arguments'].forEach(need);
    case 'custom_tool_call':
      return ['call_id', 'name', 'input'].forEach(need);
    case 'function_call_output':
    case 'custom_tool_call_output':
      need('call_id');
      return checkContent(item.output, 'user', `${at}.output`);
    case 'reasoning':
      if (!Array.isArray(item.summary)) throw bad(`Missing required parameter: '${at}.summary'.`, `${at}.summary`, 'missing_required_parameter');
      if (item.encrypted_content != null && !item.encrypted_content.startsWith('gAAAAfake')) {
        throw bad(`The encrypted content ${item.encrypted_content.slice(0, 8)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`, null, 'invalid_encrypted_content');
      }
      if (item.encrypted_content == null && !fake.items?.has(item.id)) {
        throw refuse(404, `Item with id '${item.id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`, { param: 'input' });
      }
      return undefined;
    case 'item_reference':
      if (!fake.items?.has(item.id)) throw refuse(404, `Item with id '${item.id}' not found.`, { param: 'input' });
      return undefined;
    default:
      if (!/_call(_output)?$|^mcp_|^compaction$/.test(type)) throw bad(`Invalid value: '${type}'.`, `${at}.type`);
      return undefined;
  }
}

// Each output has its call and each call its output; reasoning is followed by what it led to.
function checkPairing(items) {
  const calls = new Set(items.filter((item) => item.type === 'function_call').map((item) => item.call_id));
  const outputs = new Set(items.filter((item) => item.type === 'function_call_output').map((item) => item.call_id));
  for (const id of outputs) if (!calls.has(id)) throw bad(`No tool call found for function call output with call_id ${id}.`, 'input', null);
  for (const id of calls) if (!outputs.has(id)) throw bad(`No tool output found for function call ${id}.`, 'input', null);
  items.forEach((item, i) => {
    if (item.type !== 'reasoning') return;
    const next = items.slice(i + 1).find((one) => one.type !== 'reasoning');
    const isOwn = next && (next.role === 'assistant' || /_call$/.test(next.type ?? ''));
    if (!isOwn) throw bad(`Item '${item.id}' of type 'reasoning' was provided without its required following item.`, 'input', null);
  });
}

function checkTools(body) {
  (body.tools ?? []).forEach((tool, i) => {
    const at = `tools[${i}]`;
    if (kHosted.includes(tool.type)) return;
    if (!['function', 'custom'].includes(tool.type)) throw bad(`Invalid value: '${tool.type}'.`, `${at}.type`);
    if (tool.function) throw bad(`Missing required parameter: '${at}.name'.`, `${at}.name`, 'missing_required_parameter');
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(tool.name ?? '')) throw bad(`Missing required parameter: '${at}.name'.`, `${at}.name`, 'missing_required_parameter');
  });
  const choice = body.tool_choice;
  if (isObject(choice) && choice.type === 'function' && !(body.tools ?? []).some((tool) => tool.name === choice.name)) {
    throw bad(`Tool choice '${choice.name}' not found in 'tools' parameter.`, 'tool_choice', null);
  }
}

function checkNumber(body, name, min, max) {
  const value = body[name];
  if (value == null) return;
  if (typeof value !== 'number') throw bad(`Invalid type for '${name}': expected a decimal.`, name, 'invalid_type');
  if (value < min) throw bad(`Invalid '${name}': decimal below minimum value. Expected a value >= ${min}, but got ${value} instead.`, name, 'decimal_below_min_value');
  if (value > max) throw bad(`Invalid '${name}': decimal above maximum value. Expected a value <= ${max}, but got ${value} instead.`, name, 'decimal_above_max_value');
}

export function validateResponses(body, fake) {
  if (!isObject(body)) throw refuse(400, 'We could not parse the JSON body of your request.');
  const unknown = Object.keys(body).find((key) => !kMembers.has(key));
  if (unknown) throw bad(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  if (typeof body.model !== 'string') throw bad("Missing required parameter: 'model'.", 'model', 'missing_required_parameter');
  const { input } = body;
  if (input == null && body.prompt == null && body.previous_response_id == null) {
    throw bad("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.", 'input', 'missing_required_parameter');
  }
  if (input != null && typeof input !== 'string' && !Array.isArray(input)) throw bad("Invalid type for 'input'.", 'input', 'invalid_type');
  const items = Array.isArray(input) ? input : [];
  items.forEach((item, i) => checkItem(item, `input[${i}]`, fake));
  if (body.previous_response_id == null) checkPairing(items);
  else if (!fake.responses?.has(body.previous_response_id)) {
    throw bad(`Previous response with id '${body.previous_response_id}' not found.`, 'previous_response_id', 'previous_response_not_found');
  }
  for (const what of body.include ?? []) if (!kIncludes.includes(what)) throw bad(`Invalid value: '${what}'.`, 'include[0]');
  const format = body.text?.format;
  if (format && !['text', 'json_object', 'json_schema'].includes(format.type)) throw bad(`Invalid value: '${format.type}'.`, 'text.format.type');
  if (format?.type === 'json_schema' && (typeof format.name !== 'string' || !isObject(format.schema))) throw bad("Missing required parameter: 'text.format.name'.", 'text.format.name', 'missing_required_parameter');
  if (body.stream != null && typeof body.stream !== 'boolean') throw bad("Invalid type for 'stream': expected a boolean.", 'stream', 'invalid_type');
  checkNumber(body, 'temperature', 0, 2);
  checkNumber(body, 'top_p', 0, 1);
  checkNumber(body, 'max_output_tokens', 16, 1e9);
  checkTools(body);
}

// ---- the chat that means the same --------------------------------------------------------------

function chatPart(part) {
  if (part.type === 'input_image') return { type: 'image_url', image_url: { url: part.image_url } };
  return { type: 'text', text: part.text ?? part.refusal ?? '' };
}

function chatContent(content) {
  return typeof content === 'string' ? content : content.map(chatPart);
}

function chatOf(body, fake) {
  const before = body.previous_response_id ? fake.responses.get(body.previous_response_id).items : [];
  const own = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input ?? [];
  const messages = [];
  for (const item of [...before, ...own]) {
    if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output') messages.push({ role: 'tool', tool_call_id: item.call_id, content: chatContent(item.output) });
    else if (item.role) messages.push({ role: item.role, content: chatContent(item.content) });
    else if (item.type === 'function_call') messages.push({ role: 'assistant', content: null });
  }
  const tools = (body.tools ?? []).filter((tool) => tool.type === 'function').map((tool) => ({ type: 'function', function: tool }));
  const choice = body.tool_choice?.type === 'function' ? { function: { name: body.tool_choice.name } } : undefined;
  return { model: body.model, messages, tools, tool_choice: choice, items: [...before, ...own] };
}

// Scenarios of Responses alone.
const kOwn = {
  // Reasons before it calls, and wants its own reasoning back behind the result.
  'think-tool': (body, chat) => {
    if (chat.messages.at(-1).role === 'tool') {
      const sealed = chat.items.filter((item) => item.type === 'reasoning').map((item) => item.encrypted_content);
      return { steps: [`reasoned ${sealed.length} ${sealed.every((text) => text === `gAAAAfake${hash(kReasoning.join(''))}`)}`].map((text) => ({ text })), finish: 'stop' };
    }
    const name = chat.tools[0]?.function.name ?? 'lookup';
    return { steps: [...kReasoning.map((reasoning) => ({ reasoning })), { tool: { id: `call_${hash(name, 20)}`, name }, args: kArguments }], finish: 'tool_calls' };
  },
};

// ---- what is written ---------------------------------------------------------------------------

function echoOf(body) {
  return {
    background: false, instructions: body.instructions ?? null, max_output_tokens: body.max_output_tokens ?? null, metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true, previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null }, service_tier: 'default', store: body.store ?? true,
    temperature: body.temperature ?? 1, text: { format: { type: 'text' }, verbosity: 'medium', ...body.text }, tool_choice: body.tool_choice ?? 'auto', tools: body.tools ?? [],
    top_logprobs: 0, top_p: body.top_p ?? 1, truncation: body.truncation ?? 'disabled', user: body.user ?? null,
  };
}

function usageOf({ usage }) {
  return {
    input_tokens: usage.prompt_tokens, input_tokens_details: { cached_tokens: usage.prompt_tokens_details.cached_tokens, cache_write_tokens: 0 },
    output_tokens: usage.completion_tokens, output_tokens_details: { reasoning_tokens: usage.completion_tokens_details.reasoning_tokens }, total_tokens: usage.total_tokens,
  };
}

// Steps that belong together become one item: {type, steps}.
function groupsOf(steps) {
  const groups = [];
  for (const step of steps) {
    const type = step.tool ? 'function_call' : step.reasoning ? 'reasoning' : 'message';
    if (type === 'function_call' || groups.at(-1)?.type !== type) groups.push({ type, steps: [] });
    groups.at(-1).steps.push(step);
  }
  return groups;
}

class Writer {
  constructor(body, script) {
    const seed = hash(JSON.stringify(body), 40);
    Object.assign(this, { body, script, events: [], output: [], number: 0, seed });
    this.base = { id: `resp_${seed}`, object: 'response', created_at: kCreated };
  }

  response(status, more = {}) {
    return {
      ...this.base, status, error: null, incomplete_details: null, ...echoOf(this.body), model: this.body.model,
      output: status === 'in_progress' ? [] : this.output, usage: null, ...more,
    };
  }

  tell(type, members) {
    const isPadded = type.endsWith('.delta') && this.body.stream_options?.include_obfuscation !== false;
    const data = { type, ...members, ...(isPadded ? { obfuscation: 'aZ09'.slice(0, 1 + (this.number % 4)) } : {}), sequence_number: this.number++ };
    this.events.push(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  item(group) {
    const output_index = this.output.length;
    const item_id = `${{ message: 'msg', reasoning: 'rs', function_call: 'fc' }[group.type]}_${this.seed}${output_index}`;
    const place = { item_id, output_index };
    if (group.type === 'message') this.message(group.steps, place);
    if (group.type === 'reasoning') this.reasoning(group.steps, place);
    if (group.type === 'function_call') this.call(group.steps[0], place);
  }

  around(added, done, output_index, inside) {
    this.tell('response.output_item.added', { output_index, item: added });
    inside();
    this.tell('response.output_item.done', { output_index, item: done });
    this.output.push(done);
  }

  message(steps, place) {
    const isRefusal = steps[0].refusal !== undefined;
    const whole = steps.map((step) => step.text ?? step.refusal).join('');
    const part = (text) => (isRefusal ? { type: 'refusal', refusal: text } : { type: 'output_text', annotations: [], logprobs: [], text });
    const item = (status, content) => ({ id: place.item_id, type: 'message', status, content, role: 'assistant' });
    const status = this.script.finish === 'length' || this.script.finish === 'content_filter' ? 'incomplete' : 'completed';
    const at = { ...place, content_index: 0 };
    const kind = isRefusal ? 'refusal' : 'output_text';
    const logprobs = isRefusal ? {} : { logprobs: [] };
    this.around(item('in_progress', []), item(status, [part(whole)]), place.output_index, () => {
      this.tell('response.content_part.added', { ...at, part: part('') });
      for (const step of steps) this.tell(`response.${kind}.delta`, { ...at, delta: step.text ?? step.refusal, ...logprobs });
      this.tell(`response.${kind}.done`, { ...at, [isRefusal ? 'refusal' : 'text']: whole, ...logprobs });
      this.tell('response.content_part.done', { ...at, part: part(whole) });
    });
  }

  reasoning(steps, place) {
    const whole = steps.map((step) => step.reasoning).join('');
    const sealed = this.body.include?.includes('reasoning.encrypted_content') ? { encrypted_content: `gAAAAfake${hash(whole)}` } : {};
    const shows = Boolean(this.body.reasoning?.summary);
    const part = (text) => ({ type: 'summary_text', text });
    const at = { ...place, summary_index: 0 };
    const item = (summary) => ({ id: place.item_id, type: 'reasoning', ...sealed, summary });
    this.around(item([]), item(shows ? [part(whole)] : []), place.output_index, () => {
      if (!shows) return;
      this.tell('response.reasoning_summary_part.added', { ...at, part: part('') });
      for (const step of steps) this.tell('response.reasoning_summary_text.delta', { ...at, delta: step.reasoning });
      this.tell('response.reasoning_summary_text.done', { ...at, text: whole });
      this.tell('response.reasoning_summary_part.done', { ...at, part: part(whole) });
    });
  }

  call(step, place) {
    const args = step.args.join('') || '{}';
    const item = (status, text) => ({ id: place.item_id, type: 'function_call', status, arguments: text, call_id: step.tool.id, name: step.tool.name });
    this.around(item('in_progress', ''), item('completed', args), place.output_index, () => {
      for (const piece of step.args.length ? step.args : ['{}']) this.tell('response.function_call_arguments.delta', { ...place, delta: piece });
      this.tell('response.function_call_arguments.done', { ...place, arguments: args });
    });
  }

  write() {
    const { finish, ending } = this.script;
    this.tell('response.created', { response: this.response('in_progress') });
    this.tell('response.in_progress', { response: this.response('in_progress') });
    for (const group of groupsOf(this.script.steps)) this.item(group);
    if (ending === 'error') {
      const error = { type: 'server_error', code: 'server_error', message: 'The server had an error processing your request.', param: null };
      this.tell('error', { error });
      this.last = this.response('failed', { error: { code: error.code, message: error.message } });
      this.tell('response.failed', { response: this.last });
      return this;
    }
    const reason = { length: 'max_output_tokens', content_filter: 'content_filter' }[finish];
    const status = reason ? 'incomplete' : 'completed';
    this.last = this.response(status, { usage: usageOf(this.script), incomplete_details: reason ? { reason } : null, completed_at: kCreated + 1 });
    if (finish) this.tell(`response.${status}`, { response: this.last });
    return this;
  }
}

// {events, whole, script}; keeps the response where it is to be stored.
export function writeResponse(body, scenario, fake) {
  const chat = chatOf(body, fake);
  const own = kOwn[scenario]?.(body, chat);
  const script = own ? { ...scriptFor('text', chat), ...own } : scriptFor(scenario, chat);
  if (script.ending === 'html' || script.ending === 'json-error') return { script };
  const writer = new Writer(body, script).write();
  if (body.store !== false && writer.last) {
    (fake.responses ??= new Map()).set(writer.base.id, { response: writer.last, items: [...chat.items, ...writer.output] });
    fake.items ??= new Set();
    for (const item of writer.output) fake.items.add(item.id);
  }
  return { script, events: writer.events, whole: writer.last };
}

// GET and DELETE /responses/{id}, /cancel, /input_items; POST /responses/input_tokens, /compact.
export function responseRoute(record, rest, fake) {
  const [, id, verb] = /^\/responses\/([^/]+)(?:\/([^/]+))?$/.exec(rest) ?? [];
  if (id === 'input_tokens' && record.method === 'POST') return { object: 'response.input_tokens', input_tokens: JSON.stringify(record.json?.input ?? '').length };
  if (id === 'compact' && record.method === 'POST') return { id: `resp_${hash('compact')}`, object: 'response.compaction', created_at: kCreated, output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: 'gAAAAfake' }] };
  const kept = fake.responses?.get(id);
  if (!kept) throw refuse(404, `Response with id '${id}' not found.`);
  if (record.method === 'GET' && verb === undefined) return kept.response;
  if (record.method === 'GET' && verb === 'input_items') return { object: 'list', data: kept.items, has_more: false };
  if (record.method === 'DELETE' && verb === undefined) {
    fake.responses.delete(id);
    return { id, object: 'response', deleted: true };
  }
  if (record.method === 'POST' && verb === 'cancel') throw bad('Cannot cancel a synchronous response.', null, null);
  throw refuse(405, `Not allowed to ${record.method} on ${record.path}.`);
}

export { kText };
