// errors.mjs - Google's refusals: code, status, message and details as in WIRE 6.4.
import { Refusal } from '../fake.mjs';

export function refuse(code, status, message, details) {
  return new Refusal(code, { error: { code, message, status, ...(details ? { details } : {}) } });
}
export const bad = (message) => refuse(400, 'INVALID_ARGUMENT', message);
export const unknownName = (name, at) =>
  bad(`Invalid JSON payload received. Unknown name "${name}"${at ? ` at '${at}'` : ''}: Cannot find field.`);

const info = (reason) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata: { service: 'generativelanguage.googleapis.com' } }];
const limits = (quotaId, retryDelay) => [
  { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests', quotaId }] },
  { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: 'Learn more', url: 'https://ai.google.dev/gemini-api/docs/rate-limits' }] },
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
];

export const noKey = () => refuse(403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.");
export const invalidKey = () => refuse(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', info('API_KEY_INVALID'));
export const notFound = (model, version = 'v1beta') => refuse(404, 'NOT_FOUND', `models/${model} is not found for API version ${version}, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`);

export const kErrors = {
  'err-400': () => bad('Request contains an invalid argument.'),
  'err-400-context': () => bad('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'),
  'err-400-key': invalidKey,
  'err-401': () => refuse(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.'),
  'err-403': () => refuse(403, 'PERMISSION_DENIED', 'Generative Language API has not been used in project 1 before or it is disabled.', info('SERVICE_DISABLED')),
  'err-404': () => notFound('gone'),
  'err-429': () => refuse(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', limits('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '34.4s')),
  'err-429-day': () => refuse(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', limits('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '3600s')),
  'err-500': () => refuse(500, 'INTERNAL', 'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting'),
  'err-503': () => refuse(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  'err-504': () => refuse(504, 'DEADLINE_EXCEEDED', 'The request timed out. Please try again.'),
};
