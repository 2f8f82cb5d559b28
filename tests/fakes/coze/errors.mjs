// errors.mjs - Coze's refusals as in WIRE 7.3: most come with status 200.
import { Refusal } from '../fake.mjs';

const kMessages = {
  4000: 'The field provided is not valid. Please check the parameters in the request.',
  4011: 'Your credits balance is insufficient.',
  4013: 'The request frequency of the current user exceeds the limit.',
  4015: 'The bot has not been published to the channel of the API.',
  4016: 'Conversation occupied: another chat is in progress in this conversation.',
  4028: 'You have exceeded your free quota.',
  4100: 'authentication is invalid',
  4101: 'The token you entered is incorrect. Please check it.',
  4200: 'Requested resource does not exist.',
  5000: 'internal error',
  700012006: 'access token invalid',
  720701013: 'The server is busy. Please try again later.',
};
const kDetail = { logid: '20261124000000FAKE' };

export const errorBody = (code, msg) => ({ code, msg: msg ?? kMessages[code] ?? `error ${code}`, detail: kDetail });

export function refuse(code, msg, status = 200) {
  return new Refusal(status, errorBody(code, msg), { 'x-tt-logid': kDetail.logid });
}

export const bad = (what) => refuse(4000, `Request parameter error: ${what}`);
export const notFound = () => refuse(4200, undefined, 404);

// A chat's refusal comes with 200, the newer paths' with a status.
export function refuseToken(record, code) {
  const isChat = ['/v3/chat', '/open_api/v2/chat'].includes(record.path);
  return isChat || ![4100, 4101].includes(code) ? refuse(code) : refuse(700012006, undefined, 401);
}
