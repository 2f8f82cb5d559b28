// scenarios.mjs - what the hub says to a question, record by record.
export const kText = ['Hello', 'Hello, w\u00f6rld', 'Hello, w\u00f6rld \ud83d\ude00', 'Hello, w\u00f6rld \ud83d\ude00 [^1^]!'];
export const kSuggestions = ['Why?', 'Since when?'];
export const kSources = [{ providerDisplayName: 'A page', seeMoreUrl: 'https://a.test/page' }];
export const kPing = { type: 6 };

const throttling = (turn) => ({ maxNumUserMessagesInConversation: 30, numUserMessagesInConversation: turn + 1 });

const bot = (text, more = {}) => ({
  text, author: 'bot', createdAt: '2024-04-01T08:00:00.000Z', timestamp: '2024-04-01T08:00:00.000Z', messageId: 'm1', requestId: 'r1', offense: 'Unknown',
  adaptiveCards: [{ type: 'AdaptiveCard', version: '1.0', body: [{ type: 'TextBlock', text, wrap: true }] }], sourceAttributions: [], feedback: { tag: null }, contentOrigin: 'DeepLeo', ...more,
});

export const update = (messages, more = {}) => ({ type: 1, target: 'update', arguments: [{ ...(messages && { messages }), requestId: 'r1', ...more }] });

export function result(ask, value, messages, more = {}) {
  return {
    type: 2, invocationId: ask.invocationId,
    item: {
      messages: [{ text: ask.text, author: 'user' }, ...messages], firstNewMessageIndex: 1, conversationId: ask.conversationId, requestId: 'r1',
      throttling: throttling(ask.turn), result: { value, message: value === 'Success' ? messages.at(-1)?.text : `${value}, says the fake.`, serviceVersion: 'fake' }, ...more,
    },
  };
}

const end = (ask) => ({ type: 3, invocationId: ask.invocationId });
const full = (text) => bot(text, { suggestedResponses: kSuggestions.map((s) => ({ text: s, author: 'user', messageType: 'Suggestion' })), sourceAttributions: kSources });
const answer = (ask, texts) => [
  update(undefined, { throttling: throttling(ask.turn) }),
  update([{ text: 'Searching the web for: `hi`', author: 'bot', messageId: 's1', messageType: 'InternalSearchQuery' }]),
  ...texts.map((text) => update([bot(text)])),
];

export function script(name, ask) {
  const told = answer(ask, kText);
  const last = kText.at(-1);
  switch (name) {
    case 'text': return [...told, result(ask, 'Success', [full(last)]), end(ask)];
    case 'echo': return [...answer(ask, [ask.text]), result(ask, 'Success', [full(ask.text)]), end(ask)];
    case 'ping': return [told[0], kPing, ...told.slice(1), kPing, result(ask, 'Success', [full(last)]), end(ask)];
    case 'shrink': return [...told, update([bot('Hello')]), result(ask, 'Success', [full('Hello there')]), end(ask)];
    case 'apology': return [...told, result(ask, 'Success', [bot('Sorry!', { messageId: 'm2', contentOrigin: 'Apology' })]), end(ask)];
    case 'throttled': return [result(ask, 'Throttled', []), end(ask)];
    case 'captcha': return [result(ask, 'CaptchaChallenge', []), end(ask)];
    case 'invalid': return [result(ask, 'InvalidSession', []), end(ask)];
    case 'late-error': return [...told, result(ask, 'InternalError', []), end(ask)];
    case 'hub-close': return [...told, { type: 7, error: 'Server shutting down', allowReconnect: true }];
    case 'no-result': return [...told, end(ask)];
    case 'not-json': return [...told.slice(0, 3), '{"type":1,"target"', ...told.slice(3)];
    default: return undefined;
  }
}
