// scenarios.mjs - what the fake bots do: a script, free of framing.
//
// {answers: [{pieces, reasoning, type}], noise, followUps, tools, ends, done, usage, mal}
//   ends   completed | failed | error (an event) | nowhere (the stream stops short)
//   done   how the last event's data is spelt; null: it is left out
import { parseModel } from '../transport.mjs';
import { kReasoning, kText } from '../openai/scenarios.mjs';
import { bad, refuse } from './errors.mjs';

export const kUsage = { token_count: 34, output_count: 13, input_count: 21 };
export const kFollowUps = ['And "tomorrow"?', '为什么？'];
export const kToolArguments = '{"location":"南京","type":0}';
export const kImage = 'https://example.org/picture.png';

const text = (pieces, more = {}) => ({ answers: [{ pieces, ...more }] });
const call = (i) => ({ id: `BUJJF0dAQ0NA${i}`, type: 'function', function: { name: 'local_data_assistant', arguments: i ? '' : kToolArguments } });
const withTools = (count) => ({ outputs }) => (outputs
  ? text(['The tool said: ', ...outputs.map(({ output }) => `${output};`)])
  : { answers: [], tools: Array.from({ length: count }, (_, i) => call(i)), ends: 'requires_action' });

const kScripts = {
  text: () => text(kText),
  echo: ({ query }) => text([query]),
  count: ({ conversation, sent }) => text([`turn ${conversation.turns}, ${sent} sent, ${conversation.history.length} kept`]),
  see: ({ items }) => text([items.join(' ') || 'nothing']),
  long: () => text(Array.from({ length: 2000 }, (_, i) => `word${i} `)),
  think: () => text(kText, { reasoning: kReasoning }),
  tool: withTools(1),
  tools2: withTools(2),
  follow: () => ({ ...text(kText), followUps: kFollowUps }),
  noise: () => ({ ...text(kText), noise: true }),
  audio: () => ({ ...text(kText), audio: true }),
  two: () => ({ answers: [{ pieces: ['One.'] }, { pieces: ['Two.'] }] }),
  nodelta: () => ({ ...text(kText), withoutDeltas: true }),
  picture: () => text([JSON.stringify([{ type: 'text', text: 'Look: ' }, { type: 'image', file_url: kImage }])], { type: 'object_string' }),
  oldusage: () => ({ ...text(kText), usage: { total_tokens: 34, output_tokens: 13, input_tokens: 21 } }),
  misspelt: () => ({ ...text(kText), misspelt: true }),
  bare: () => ({ ...text(kText), done: '[DONE]' }),
  debug: () => ({ ...text(kText), done: '{"debug_url":"https://www.coze.com/x"}' }),
  nodone: () => ({ ...text(kText), done: null }),
  noblank: () => ({ ...text(kText), noBlank: true }),
  failed: () => ({ ...text(kText.slice(0, 2)), ends: 'failed' }),
  error: () => ({ ...text(kText.slice(0, 2)), ends: 'error' }),
  nowhere: () => ({ ...text(kText.slice(0, 2)), ends: 'nowhere' }),
  // polls
  never: () => ({ ...text(kText), pollsMax: Infinity }),
  pollhang: () => ({ ...text(kText), pollHangs: true }),
  listhang: () => ({ ...text(kText), listHangs: true }),
  pollerr: () => ({ ...text(kText), pollErrors: 2 }),
  polldead: () => ({ ...text(kText), pollErrors: Infinity }),
};

// {script, plan}; throws what the bot's id asks to be refused with.
export function scriptFor(bot, facts) {
  if (/^\d+$/.test(bot)) return { script: finished(kScripts.echo(facts)), plan: {} };
  let parsed;
  try {
    parsed = parseModel(bot, []);
  } catch {
    throw refuse(4200);
  }
  const { scenario, plan } = parsed;
  const code = /^err_(\d+)$/.exec(scenario)?.[1];
  if (code) throw refuse(Number(code));
  const mal = /^mal(\d+)$/.exec(scenario)?.[1];
  if (mal) return { script: finished({ ...text(kText), mal: Number(mal) }), plan };
  if (scenario === 'html') return { html: '<html><body>502 Bad Gateway</body></html>', plan };
  if (!kScripts[scenario]) throw bad(`no such bot: ${bot}`);
  return { script: finished(kScripts[scenario](facts)), plan };
}

function finished(script) {
  return { ends: 'completed', done: '"[DONE]"', usage: kUsage, followUps: [], tools: [], pollsMax: 2, pollErrors: 0, ...script };
}
