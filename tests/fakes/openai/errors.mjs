// errors.mjs - OpenAI's refusals, each with the status, type, param and code of the real service.
import { Refusal } from '../fake.mjs';

export function refuse(status, message, { type = 'invalid_request_error', param = null, code = null, headers } = {}) {
  return new Refusal(status, { error: { message, type, param, code } }, headers);
}

const kLimitHeaders = {
  'x-ratelimit-limit-requests': '500',
  'x-ratelimit-remaining-requests': '0',
  'x-ratelimit-reset-requests': '120ms',
  'x-ratelimit-limit-tokens': '30000',
  'x-ratelimit-remaining-tokens': '0',
  'x-ratelimit-reset-tokens': '6m0s',
};

export const kErrors = {
  'err-400-context': () => refuse(400,
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    { param: 'messages', code: 'context_length_exceeded' }),
  'err-400-value': () => refuse(400, "Invalid value: 'x'.", { param: 'messages[0].role', code: 'invalid_value' }),
  'err-401': () => refuse(401, 'Incorrect API key provided: sk-f***401. You can find your API key at https://platform.openai.com/account/api-keys.',
    { code: 'invalid_api_key' }),
  'err-403': () => refuse(403, 'Country, region, or territory not supported',
    { type: 'request_forbidden', code: 'unsupported_country_region_territory' }),
  'err-429': () => refuse(429, 'Rate limit reached for gpt in organization org-x on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.',
    { type: 'requests', code: 'rate_limit_exceeded', headers: { 'retry-after': '1', 'retry-after-ms': '120', ...kLimitHeaders } }),
  'err-quota': () => refuse(429, 'You exceeded your current quota, please check your plan and billing details.',
    { type: 'insufficient_quota', code: 'insufficient_quota' }),
  'err-500': () => refuse(500, 'The server had an error while processing your request. Sorry about that!', { type: 'server_error' }),
  'err-503': () => refuse(503, 'The engine is currently overloaded, please try again later.',
    { type: 'server_error', code: 'overloaded' }),
};

export function modelNotFound(model) {
  return refuse(404, `The model \`${model}\` does not exist or you do not have access to it.`, { code: 'model_not_found' });
}
