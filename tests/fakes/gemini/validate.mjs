// validate.mjs - what generateContent refuses (WIRE 6.1), so that a wrong translation fails loudly.
// Fields are protobuf's: camelCase or snake_case, and an unknown one is a 400 at every level.
import { createHash } from 'node:crypto';
import { bad, unknownName } from './errors.mjs';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const camel = (name) => name.replace(/_([a-z0-9])/g, (_, c) => c.toUpperCase());
const words = (text) => new Set(text.split(/\s+/));

const kRequest = words('model contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier store');
const kPayloads = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode', 'codeExecutionResult'];
const kPart = new Set([...kPayloads, 'thought', 'thoughtSignature', 'videoMetadata', 'mediaResolution']);
const kConfig = words(`temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty frequencyPenalty responseLogprobs
  logprobs responseMimeType responseSchema responseJsonSchema responseModalities speechConfig imageConfig mediaResolution thinkingConfig`);
const kTools = words('functionDeclarations googleSearch codeExecution urlContext googleMaps fileSearch computerUse');
const kSchema = words(`type format title description nullable enum items minItems maxItems properties required propertyOrdering minProperties
  maxProperties minimum maximum minLength maxLength pattern example anyOf default`);
const kTypes = words('STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL');

// The object with its fields in camelCase; an unknown one is refused.
function fields(value, known, at) {
  if (!isObject(value)) throw bad(`Invalid value at '${at}' (type.googleapis.com/google.ai.generativelanguage.v1beta), "${JSON.stringify(value)}"`);
  const out = {};
  for (const [key, one] of Object.entries(value)) {
    const name = camel(key);
    if (!known.has(name)) throw unknownName(key, at);
    if (one !== null) out[name] = one;
  }
  return out;
}
function list(value, at) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw bad(`Invalid value at '${at}', expected a list.`);
  return value;
}

// The signature that the fake issues with a call; only that one, or the word for "none was kept",
// may come back with it.
export function signatureOf(name, args) {
  return createHash('sha512').update('the fake signs its calls').update(name).update(JSON.stringify(args)).digest('base64');
}
export const textSignature = (text) => createHash('sha256').update('and its words').update(text).digest('base64');
export const kSkipped = 'skip_thought_signature_validator';

function checkSchema(value, at) {
  const schema = fields(value, kSchema, at);
  if (schema.type === undefined && schema.anyOf === undefined) throw bad(`${at}: schema didn't specify the schema type field.`);
  if (schema.type !== undefined && !kTypes.has(String(schema.type).toUpperCase())) throw bad(`Invalid value at '${at}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), ${JSON.stringify(schema.type)}`);
  const type = String(schema.type).toUpperCase();
  if (type === 'ARRAY' && schema.items === undefined) throw bad(`${at}.items: missing field.`);
  for (const word of list(schema.enum, `${at}.enum`)) {
    if (typeof word !== 'string') throw bad(`Invalid value at '${at}.enum[0]' (TYPE_STRING), ${word}`);
    if (word === '') throw bad(`${at}.enum[0]: cannot be empty`);
  }
  if (schema.format !== undefined && type === 'STRING' && !['enum', 'date-time'].includes(schema.format)) throw bad(`${at}: only 'enum' and 'date-time' are supported for STRING type`);
  for (const [name, one] of Object.entries(schema.properties ?? {})) checkSchema(one, `${at}.properties[${name}]`);
  for (const name of list(schema.required, `${at}.required`)) {
    if (!(name in (schema.properties ?? {}))) throw bad(`${at}.required[0]: property is not defined`);
  }
  if (schema.items !== undefined) checkSchema(schema.items, `${at}.items`);
  list(schema.anyOf, `${at}.anyOf`).forEach((one, i) => checkSchema(one, `${at}.any_of[${i}]`));
}

function checkPart(value, role, at) {
  const part = fields(value, kPart, at);
  const payloads = kPayloads.filter((name) => part[name] !== undefined);
  if (payloads.length !== 1) throw bad(`${at}.data: required oneof field 'data' must have one initialized field`);
  if (part.text === '' && part.thoughtSignature === undefined) throw bad(`${at}: Unable to submit request because it must have a text parameter.`);
  if (part.inlineData) {
    const blob = fields(part.inlineData, words('mimeType data displayName'), `${at}.inline_data`);
    if (!/^[a-z]+\/[\w.+-]+(;.*)?$/.test(blob.mimeType ?? '')) throw bad(`Unsupported MIME type: ${blob.mimeType}`);
    if (!/^[A-Za-z0-9+/_-]+=*$/.test(blob.data ?? '')) throw bad(`Invalid value at '${at}.inline_data.data' (TYPE_BYTES), Base64 decoding failed`);
  }
  if (part.fileData) {
    const file = fields(part.fileData, words('mimeType fileUri displayName'), `${at}.file_data`);
    if (!/^(gs:\/\/|https:\/\/(generativelanguage\.googleapis\.com|www\.youtube\.com|youtu\.be)\/)/.test(file.fileUri ?? '')) throw bad(`Invalid or unsupported file uri: ${file.fileUri}`);
  }
  if (part.functionCall) {
    if (role !== 'model') throw bad('Please ensure that function call turn comes from the model.');
    part.functionCall = fields(part.functionCall, words('id name args'), `${at}.function_call`);
    if (!isObject(part.functionCall.args ?? {})) throw bad(`Invalid value at '${at}.function_call.args' (type.googleapis.com/google.protobuf.Struct)`);
  }
  if (part.functionResponse) {
    if (role !== 'user') throw bad('Please ensure that function response turn comes immediately after a function call turn.');
    part.functionResponse = fields(part.functionResponse, words('id name response parts willContinue scheduling'), `${at}.function_response`);
    if (!part.functionResponse.name) throw bad(`${at}.function_response.name: Name cannot be empty.`);
    if (!isObject(part.functionResponse.response)) throw bad(`Invalid value at '${at}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`);
  }
  return part;
}

function checkContents(body, model) {
  const contents = list(body.contents, 'contents');
  if (contents.length === 0) throw bad('* GenerateContentRequest.contents: contents is not specified');
  let calls = [];
  const out = contents.map((value, i) => {
    const turn = fields(value, words('role parts'), `contents[${i}]`);
    const role = turn.role ?? 'user';
    if (!['user', 'model', 'function'].includes(role)) throw bad('Please use a valid role: user, model.');
    const parts = list(turn.parts, `contents[${i}].parts`).map((part, k) => checkPart(part, role === 'function' ? 'user' : role, `contents[${i}].parts[${k}]`));
    if (parts.length === 0) throw bad(`* GenerateContentRequest.contents[${i}].parts: contents.parts must not be empty.`);
    const responses = parts.filter((part) => part.functionResponse).map((part) => part.functionResponse);
    if (responses.length && !calls.length) throw bad('Please ensure that function response turn comes immediately after a function call turn.');
    if (responses.length !== calls.length) throw bad('Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.');
    responses.forEach((response, k) => {
      if (response.name !== calls[k].name) throw bad('Please ensure that function responses are in the order of their function calls.');
      if (response.id !== calls[k].id) throw bad('Please ensure that function responses have the ids of their function calls.');
    });
    calls = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
    if (/^gemini-3/.test(model)) checkSignatures(parts, i);
    return { role, parts };
  });
  if (out[0].role === 'model') throw bad('Please ensure that multiturn requests begin with a user role.');
  if (calls.length) throw bad('Please ensure that function call turn is followed by a function response turn.');
  return out;
}

function checkSignatures(parts, turn) {
  parts.filter((part) => part.functionCall).forEach((part, k) => {
    const { name, args = {} } = part.functionCall;
    if (k === 0 && part.thoughtSignature === undefined) throw bad(`Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call \`default_api:${name}\`, position ${turn}.`);
    if (part.thoughtSignature === undefined || part.thoughtSignature === kSkipped) return;
    if (k > 0 || part.thoughtSignature !== signatureOf(name, args)) throw bad('Thought signature is not valid.');
  });
}

function checkTools(body, model) {
  const tools = list(body.tools, 'tools').map((tool, i) => fields(tool, kTools, `tools[${i}]`));
  const declared = tools.flatMap((tool, i) => list(tool.functionDeclarations, `tools[${i}].function_declarations`).map((value, k) => {
    const at = `tools[${i}].function_declarations[${k}]`;
    const one = fields(value, words('name description parameters parametersJsonSchema response responseJsonSchema behavior'), at);
    if (!/^[A-Za-z_][\w.:-]{0,127}$/.test(one.name ?? '')) throw bad(`${at}.name: Invalid function name. Must start with a letter or an underscore.`);
    if (one.parameters && one.parametersJsonSchema) throw bad(`${at}: only one of parameters and parameters_json_schema may be set`);
    if (one.parameters) checkSchema(one.parameters, `${at}.parameters`);
    if (one.parameters && String(one.parameters.type).toUpperCase() === 'OBJECT' && Object.keys(one.parameters.properties ?? {}).length === 0) throw bad(`* GenerateContentRequest.${at}.parameters.properties: should be non-empty for OBJECT type`);
    if (one.parametersJsonSchema && /^gemini-2\.0/.test(model)) throw unknownName('parametersJsonSchema', at);
    return one;
  }));
  const own = tools.some((tool) => Object.keys(tool).some((name) => name !== 'functionDeclarations'));
  if (own && declared.length && !/^gemini-3/.test(model)) throw bad('Tool use with function calling is unsupported');
  if (body.toolConfig !== undefined) {
    const config = fields(fields(body.toolConfig, words('functionCallingConfig retrievalConfig'), 'tool_config').functionCallingConfig ?? {}, words('mode allowedFunctionNames'), 'tool_config.function_calling_config');
    if (!['AUTO', 'ANY', 'NONE', 'VALIDATED'].includes(config.mode)) throw bad(`Invalid value at 'tool_config.function_calling_config.mode', "${config.mode}"`);
    for (const name of config.allowedFunctionNames ?? []) {
      if (!['ANY', 'VALIDATED'].includes(config.mode)) throw bad('allowed_function_names should only be set when function calling mode is ANY.');
      if (!declared.some((one) => one.name === name)) throw bad(`Function ${name} in allowed_function_names is not declared.`);
    }
  }
  return { declared, own };
}

function checkConfig(value, model, { declared }) {
  const config = fields(value ?? {}, kConfig, 'generation_config');
  const number = (name, low, high) => {
    if (config[name] === undefined) return;
    if (typeof config[name] !== 'number') throw bad(`Invalid value at 'generation_config.${name}', ${JSON.stringify(config[name])}`);
    if (config[name] < low || config[name] > high) throw bad(`Unable to submit request because it has a ${name} value of ${config[name]} but the supported range is from ${low} (inclusive) to ${high}.`);
  };
  number('temperature', 0, 2);
  number('topP', 0, 1);
  number('candidateCount', 1, 8);
  number('maxOutputTokens', 1, 65536);
  number('logprobs', 0, 20);
  number('seed', -2147483648, 2147483647);
  if (list(config.stopSequences, 'generation_config.stop_sequences').length > 5) throw bad('The number of stop_sequences must not exceed 5.');
  if (config.responseSchema && config.responseJsonSchema) throw bad('responseSchema and responseJsonSchema may not both be set');
  if ((config.responseSchema || config.responseJsonSchema) && config.responseMimeType !== 'application/json') throw bad('response_schema requires response_mime_type: application/json');
  if (config.responseSchema) checkSchema(config.responseSchema, 'generation_config.response_schema');
  if (config.responseMimeType === 'application/json' && declared.length && !/^gemini-3/.test(model)) throw bad("Function calling with a response mime type: 'application/json' is unsupported");
  if (config.logprobs !== undefined && !config.responseLogprobs) throw bad('Logprobs is set but response_logprobs is false.');
  if (config.thinkingConfig !== undefined) checkThinking(fields(config.thinkingConfig, words('includeThoughts thinkingBudget thinkingLevel'), 'generation_config.thinking_config'), model);
  return config;
}

function checkThinking({ thinkingBudget: budget, thinkingLevel: level }, model) {
  if (budget !== undefined && level !== undefined) throw bad('You can only set only one of thinking budget and thinking level.');
  if (/^gemini-(1|2\.0)/.test(model)) throw bad('Thinking is not supported by this model.');
  if (level !== undefined && /^gemini-2/.test(model)) throw bad('Thinking level is not supported for this model.');
  if (level !== undefined && !['minimal', 'low', 'medium', 'high'].includes(String(level).toLowerCase())) throw bad(`Invalid value at 'generation_config.thinking_config.thinking_level', "${level}"`);
  if (budget === 0 && /-pro/.test(model)) throw bad('Budget 0 is invalid. This model only works in thinking mode.');
  if (budget !== undefined && (budget < -1 || budget > 32768)) throw bad(`The thinking budget ${budget} is invalid. Please choose a value between 128 and 32768.`);
}

// The request with its fields in camelCase and its contents read.
export function validateRequest(value, model) {
  const body = fields(value, kRequest, '');
  const contents = checkContents(body, model);
  let system = [];
  if (body.systemInstruction !== undefined) {
    system = list(fields(body.systemInstruction, words('role parts'), 'system_instruction').parts, 'system_instruction.parts').map((part, i) => checkPart(part, 'user', `system_instruction.parts[${i}]`));
    if (system.length === 0 || system.some((part) => part.text === undefined)) throw bad('system_instruction: only text parts are supported');
  }
  const tools = checkTools(body, model);
  return { contents, system, ...tools, config: checkConfig(body.generationConfig, model, tools) };
}

export function validateCount(value, model) {
  const body = fields(value, words('contents generateContentRequest'), '');
  if (body.contents !== undefined && body.generateContentRequest !== undefined) throw bad('Only one of contents and generate_content_request may be set.');
  if (body.generateContentRequest !== undefined) {
    if (!/^models\//.test(body.generateContentRequest.model ?? '')) throw bad('* CountTokensRequest.generate_content_request.model: unexpected model name format');
    return validateRequest(body.generateContentRequest, model);
  }
  return { contents: checkContents(body, model), system: [] };
}

export function validateEmbedding(value, at) {
  const one = fields(value, words('model content taskType title outputDimensionality'), at);
  const { parts } = fields(one.content, words('role parts'), `${at}.content`);
  return { text: list(parts, 'parts').map((part) => part.text).join(''), dimensions: one.outputDimensionality ?? 4 };
}
