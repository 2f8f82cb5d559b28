// errors.mjs - Anthropic's refusals: status, type and message as in WIRE 4.4.
import { Refusal } from '../fake.mjs';

export const kRequestId = 'req_011CFake0000000000000000';

export function refuse(status, type, message, headers = {}) {
  return new Refusal(status, { type: 'error', error: { type, message }, request_id: kRequestId }, { 'request-id': kRequestId, ...headers });
}

export const bad = (message) => refuse(400, 'invalid_request_error', message);

const kLimited = {
  'retry-after': '7', 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '0',
  'anthropic-ratelimit-requests-reset': '2026-10-01T00:00:07Z',
};

export const kErrors = {
  'err-400': () => bad('Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.'),
  'err-401': () => refuse(401, 'authentication_error', 'invalid x-api-key'),
  'err-402': () => refuse(402, 'billing_error', 'There is an issue with your billing.'),
  'err-403': () => refuse(403, 'permission_error', 'Your API key does not have permission to use the specified resource.'),
  'err-413': () => refuse(413, 'request_too_large', 'Request exceeds the maximum size'),
  'err-429': () => refuse(429, 'rate_limit_error', 'This request would exceed your organization’s rate limit of 50 requests per minute.', kLimited),
  'err-500': () => refuse(500, 'api_error', 'Internal server error'),
  'err-504': () => refuse(504, 'timeout_error', 'Request timed out'),
  'err-529': () => refuse(529, 'overloaded_error', 'Overloaded'),
};

export const notFound = (model) => refuse(404, 'not_found_error', `model: ${model}`);
