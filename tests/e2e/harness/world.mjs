// world.mjs - a gateway between the fakes: what most suites start from.
//
//   const world = await World.start();
//   world.gateway, world.openai, world.claude (fakes), world.secrets
//   await world.stop();
//
// Providers: mock, openai and claude, each under its own name, so that gpt-* and claude-* models
// find their fakes by the plugins' claims. More of them, or others of these names: `providers`, or a
// function of the world and its keys that gives them.
import assert from 'node:assert/strict';
import { startAnthropic } from '../../fakes/anthropic.mjs';
import { startOpenAi } from '../../fakes/openai.mjs';
import { Gateway } from './gateway.mjs';
import { Secrets } from './secrets.mjs';

export class World {
  static async start({ providers = {}, ...options } = {}) {
    const world = new World();
    world.secrets = new Secrets();
    world.openai = await startOpenAi();
    world.claude = await startAnthropic();
    const openaiKey = world.secrets.make('openai key', 'sk-fake-');
    const claudeKey = world.secrets.make('claude key', 'sk-ant-fake-');
    try {
      world.gateway = await Gateway.start({
        secrets: world.secrets,
        providers: {
          mock: {},
          openai: { base_url: world.openai.base, api_keys: [{ id: 'o1', val: openaiKey }] },
          claude: { base_url: world.claude.base, api_keys: [{ id: 'c1', val: claudeKey }] },
          ...(typeof providers === 'function' ? providers(world, { openaiKey, claudeKey }) : providers),
        },
        ...options,
      });
    } catch (error) {
      await world.#closeFakes();
      throw error;
    }
    return world;
  }

  get base() {
    return `${this.gateway.origin}/v1`;
  }

  async stop(options) {
    await this.#closeFakes();
    await this.gateway.stop(options);
    assert.deepEqual([...this.openai.faults, ...this.claude.faults], [], 'the fakes had no fault of their own');
  }

  async #closeFakes() {
    await Promise.all([this.openai.close(), this.claude.close()]);
  }
}

// One POST of a chat with a connection of its own; the answer whole.
export async function postChat(base, body, headers = {}) {
  const answer = await fetch(`${base}/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', connection: 'close', ...headers }, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch { /* an event stream, or a fault to be judged by the test */ }
  return { status: answer.status, headers: answer.headers, text, json };
}

export const kUser = [{ role: 'user', content: 'hi' }];

// The events of an OpenAI stream: values, errors and whether [DONE] came.
export function readStream(text) {
  const datas = text.split(/\r?\n\r?\n/).filter((event) => /^data:/m.test(event)).map((event) => event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, '')).join('\n'));
  const values = datas.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
  return {
    values, isDone: datas.at(-1) === '[DONE]', errors: values.filter((value) => value.error),
    text: values.map((value) => value.choices?.[0]?.delta?.content ?? '').join(''),
    finish: values.map((value) => value.choices?.[0]?.finish_reason).find(Boolean) ?? null,
  };
}
