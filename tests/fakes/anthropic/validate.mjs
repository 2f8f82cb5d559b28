// validate.mjs - what Anthropic's Messages API refuses (WIRE 4.1), so that a wrong translation
// fails loudly. Unknown members are refused at every level, as the real service does.
import { createHash } from 'node:crypto';
import { bad } from './errors.mjs';

const kMembers = new Set(`model max_tokens messages system stop_sequences stream temperature top_p top_k tools tool_choice
  thinking metadata service_tier output_config container context_management mcp_servers cache_control speed
  inference_geo`.split(/\s+/));

// Block type -> members beside "type"; a trailing "!" is required.
const kBlocks = {
  text: 'text! cache_control citations',
  image: 'source! cache_control',
  document: 'source! title context citations cache_control',
  search_result: 'source! title! content! citations cache_control',
  tool_use: 'id! name! input! cache_control caller',
  tool_result: 'tool_use_id! content is_error cache_control',
  thinking: 'thinking! signature!',
  redacted_thinking: 'data!',
  server_tool_use: 'id! name! input! cache_control caller',
  web_search_tool_result: 'tool_use_id! content! cache_control caller',
};
const kTypesOf = {
  user: ['text', 'image', 'document', 'search_result', 'tool_result'],
  assistant: ['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'web_search_tool_result', 'tool_result'],
  tool_result: ['text', 'image', 'document', 'search_result'],
};

const kSecret = 'the fake signs what it thought';

// The signature that the fake issues with a thought; only that one may come back with it.
export function signatureOf(thinking) {
  return createHash('sha256').update(kSecret).update(thinking).digest('base64');
}
export const redactedData = (text) => Buffer.from(`redacted:${signatureOf(text)}`).toString('base64');
export const kRedactedThought = 'a thought that is not shown';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function checkMembers(value, list, at) {
  const specs = list.split(' ');
  const known = new Set(['type', ...specs.map((spec) => spec.replace('!', ''))]);
  for (const spec of specs) {
    if (spec.endsWith('!') && value[spec.slice(0, -1)] === undefined) throw bad(`${at}.${spec.slice(0, -1)}: Field required`);
  }
  const extra = Object.keys(value).find((key) => !known.has(key));
  if (extra) throw bad(`${at}.${extra}: Extra inputs are not permitted`);
}

function checkSource(block, at) {
  const { source } = block;
  if (!isObject(source)) throw bad(`${at}.source: Input should be a valid dictionary`);
  if (source.type === 'url') {
    if (!/^https?:\/\//.test(source.url ?? '')) throw bad(`${at}.source.url: Only HTTPS URLs are supported.`);
  } else if (source.type === 'base64') {
    const allowed = block.type === 'image' ? ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] : ['application/pdf'];
    if (!allowed.includes(source.media_type)) throw bad(`${at}.source.base64.media_type: Input should be ${allowed.map((t) => `'${t}'`).join(', ')}`);
    if (!/^[A-Za-z0-9+/]+=*$/.test(source.data ?? '')) throw bad(`${at}.source.base64.data: Invalid base64 data`);
  } else if (!['file', 'text', 'content'].includes(source.type)) {
    throw bad(`${at}.source: Input tag '${source.type}' found using 'type' does not match any of the expected tags`);
  }
}

function checkBlock(block, owner, at) {
  if (!isObject(block)) throw bad(`${at}: Input should be a valid dictionary`);
  if (!kTypesOf[owner].includes(block.type)) {
    throw bad(`${at}: Input tag '${block.type}' found using 'type' does not match any of the expected tags: ${kTypesOf[owner].map((t) => `'${t}'`).join(', ')}`);
  }
  checkMembers(block, kBlocks[block.type], `${at}.${block.type}`);
  switch (block.type) {
    case 'text':
      if (typeof block.text !== 'string') throw bad(`${at}.text.text: Input should be a valid string`);
      if (block.text === '') throw bad('messages: text content blocks must be non-empty');
      if (block.text.trim() === '') throw bad('messages: text content blocks must contain non-whitespace text');
      break;
    case 'image':
    case 'document':
      checkSource(block, `${at}.${block.type}`);
      break;
    case 'tool_use':
      if (!isObject(block.input)) throw bad(`${at}.tool_use.input: Input should be a valid dictionary`);
      if (!/^[a-zA-Z0-9_-]+$/.test(block.id)) throw bad(`${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
      if (!/^[a-zA-Z0-9_-]{1,128}$/.test(block.name)) throw bad(`${at}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
      break;
    case 'tool_result':
      if (Array.isArray(block.content)) block.content.forEach((inner, k) => checkBlock(inner, 'tool_result', `${at}.tool_result.content.${k}`));
      else if (block.content !== undefined && typeof block.content !== 'string') throw bad(`${at}.tool_result.content: Input should be a valid string`);
      break;
    case 'thinking':
      if (block.signature !== signatureOf(block.thinking)) throw bad(`${at}: Invalid \`signature\` in \`thinking\` block`);
      break;
    case 'redacted_thinking':
      if (block.data !== redactedData(kRedactedThought)) throw bad(`${at}: Invalid \`data\` in \`redacted_thinking\` block`);
      break;
  }
}

function checkMessage(message, i) {
  if (!isObject(message)) throw bad(`messages.${i}: Input should be a valid dictionary`);
  if (message.role !== 'user' && message.role !== 'assistant') {
    throw bad(`messages: Unexpected role "${message.role}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`);
  }
  const extra = Object.keys(message).find((key) => key !== 'role' && key !== 'content');
  if (extra) throw bad(`messages.${i}.${extra}: Extra inputs are not permitted`);
  const { content } = message;
  if (content === undefined || content === null) throw bad(`messages.${i}.content: Field required`);
  if (typeof content === 'string') {
    if (content === '' && message.role === 'user') throw bad(`messages.${i}: user messages must have non-empty content`);
    if (content !== '' && content.trim() === '') throw bad('messages: text content blocks must contain non-whitespace text');
    return;
  }
  if (!Array.isArray(content)) throw bad(`messages.${i}.content: Input should be a valid list`);
  if (content.length === 0 && message.role === 'user') throw bad(`messages.${i}: user messages must have non-empty content`);
  content.forEach((block, k) => checkBlock(block, message.role, `messages.${i}.content.${k}`));
}

export const blocksOf = (message) => (typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content);

// Neighbours of one role are one turn to the service.
function turnsOf(messages) {
  const turns = [];
  messages.forEach((message, i) => {
    if (turns.at(-1)?.role === message.role) turns.at(-1).blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, blocks: [...blocksOf(message)], i });
  });
  return turns;
}

// All results of one turn's tools stand first in the next turn, and none stands alone.
function checkPairing(turns) {
  turns.forEach((turn, k) => {
    const uses = turn.blocks.filter((block) => block.type === 'tool_use').map((block) => block.id);
    if (new Set(uses).size !== uses.length) throw bad(`messages.${turn.i}: \`tool_use\` ids must be unique`);
    const next = turns[k + 1]?.blocks ?? [];
    const firstOther = next.findIndex((block) => block.type !== 'tool_result');
    const results = (firstOther < 0 ? next : next.slice(0, firstOther)).map((block) => block.tool_use_id);
    const lacking = uses.filter((id) => !results.includes(id));
    if (lacking.length) {
      throw bad(`messages.${turn.i}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${lacking.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`);
    }
    const before = turns[k - 1]?.blocks.filter((block) => block.type === 'tool_use').map((block) => block.id) ?? [];
    for (const block of turn.blocks) {
      if (block.type === 'tool_result' && !before.includes(block.tool_use_id)) {
        throw bad(`messages.${turn.i}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`);
      }
    }
  });
}

// With thinking on, an assistant turn whose tools are being answered begins with its thought.
function checkReplay(body, turns) {
  if (body.thinking?.type !== 'enabled') return;
  const open = turns.at(-2);
  if (!open?.blocks.some((block) => block.type === 'tool_use')) return;
  const first = open.blocks[0].type;
  if (first !== 'thinking' && first !== 'redacted_thinking') {
    throw bad(`messages.${open.i}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`);
  }
}

function checkThinking(body) {
  const { thinking } = body;
  if (thinking === undefined) return;
  if (!['enabled', 'disabled', 'adaptive'].includes(thinking?.type)) throw bad(`thinking: Input tag '${thinking?.type}' found using 'type' does not match any of the expected tags`);
  if (thinking.type === 'disabled') return;
  if (thinking.type === 'enabled') {
    if (!Number.isInteger(thinking.budget_tokens)) throw bad('thinking.enabled.budget_tokens: Field required');
    if (thinking.budget_tokens < 1024) throw bad('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
    if (thinking.budget_tokens >= body.max_tokens) throw bad('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (body.temperature !== undefined && body.temperature !== 1) throw bad('`temperature` may only be set to 1 when thinking is enabled.');
  if (body.top_k !== undefined) throw bad('`top_k` must be unset when thinking is enabled.');
  if (['any', 'tool'].includes(body.tool_choice?.type)) throw bad('Thinking may not be enabled when tool_choice forces tool use.');
}

function checkTools(body) {
  const { tools, tool_choice: choice } = body;
  if (tools !== undefined && !Array.isArray(tools)) throw bad('tools: Input should be a valid list');
  const names = new Set();
  (tools ?? []).forEach((tool, i) => {
    if (tool.type !== undefined && tool.type !== 'custom') return;  // a server's own tool
    checkMembers(tool, 'name! input_schema! description cache_control strict eager_input_streaming defer_loading allowed_callers', `tools.${i}.custom`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) throw bad(`tools.${i}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    if (tool.input_schema?.type !== 'object') throw bad(`tools.${i}.custom.input_schema.type: Field required`);
    if (names.has(tool.name)) throw bad('tools: Tool names must be unique.');
    names.add(tool.name);
  });
  if (choice === undefined) return;
  if (!tools?.length) throw bad('tool_choice: tool_choice may only be specified while providing tools');
  if (!['auto', 'any', 'tool', 'none'].includes(choice.type)) throw bad(`tool_choice: Input tag '${choice.type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`);
  checkMembers(choice, { auto: 'disable_parallel_tool_use', any: 'disable_parallel_tool_use', tool: 'name! disable_parallel_tool_use', none: 'type' }[choice.type], `tool_choice.${choice.type}`);
  if (choice.type === 'tool' && !tools.some((tool) => tool.name === choice.name)) throw bad(`Tool '${choice.name}' not found in provided tools`);
}

function checkNumber(body, name, max) {
  const value = body[name];
  if (value === undefined) return;
  if (typeof value !== 'number') throw bad(`${name}: Input should be a valid number`);
  if (value < 0) throw bad(`${name}: Input should be greater than or equal to 0`);
  if (value > max) throw bad(`${name}: Input should be less than or equal to ${max}`);
}

function checkSystem(system) {
  if (system === undefined || typeof system === 'string') {
    if (system !== undefined && system !== '' && system.trim() === '') throw bad('system: text content blocks must contain non-whitespace text');
    return;
  }
  if (!Array.isArray(system)) throw bad('system: Input should be a valid list');
  system.forEach((block, i) => {
    if (block.type !== 'text') throw bad(`system.${i}.type: Input should be 'text'`);
    checkMembers(block, kBlocks.text, `system.${i}`);
    if (!block.text || block.text.trim() === '') throw bad('system: text content blocks must be non-empty');
  });
}

function checkCacheMarks(body) {
  const marks = (JSON.stringify(body).match(/"cache_control":\{/g) ?? []).length;
  if (marks > 4) throw bad(`A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`);
}

export function validateMessages(body, { isCount = false } = {}) {
  if (!isObject(body)) throw bad('Input should be a valid dictionary or object to extract fields from');
  if (typeof body.model !== 'string') throw bad('model: Field required');
  const extra = Object.keys(body).find((key) => !kMembers.has(key) || (isCount && ['max_tokens', 'stream'].includes(key)));
  if (extra) throw bad(`${extra}: Extra inputs are not permitted`);
  if (!isCount) {
    if (body.max_tokens === undefined) throw bad('max_tokens: Field required');
    if (!Number.isInteger(body.max_tokens)) throw bad('max_tokens: Input should be a valid integer');
    if (body.max_tokens < 1) throw bad('max_tokens: Input should be greater than or equal to 1');
  }
  if (!Array.isArray(body.messages)) throw bad('messages: Field required');
  if (body.messages.length === 0) throw bad('messages: at least one message is required');
  if (body.stream !== undefined && typeof body.stream !== 'boolean') throw bad('stream: Input should be a valid boolean');
  checkSystem(body.system);
  body.messages.forEach(checkMessage);
  const turns = turnsOf(body.messages);
  if (turns[0].role !== 'user') throw bad('messages: first message must use the "user" role');
  const tail = turns.at(-1);
  if (tail.role === 'assistant' && /\s$/.test(tail.blocks.at(-1)?.text ?? '')) throw bad('messages: final assistant content cannot end with trailing whitespace');
  checkPairing(turns);
  checkReplay(body, turns);
  checkNumber(body, 'temperature', 1);
  checkNumber(body, 'top_p', 1);
  checkNumber(body, 'top_k', 1e9);
  if (body.stop_sequences?.some((stop) => stop.trim() === '')) throw bad('stop_sequences: each stop sequence must contain non-whitespace');
  checkThinking(body);
  checkTools(body);
  checkCacheMarks(body);
}
