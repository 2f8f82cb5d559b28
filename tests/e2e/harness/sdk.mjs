// sdk.mjs - the official OpenAI SDK in the four major versions that are in use.
import http from 'node:http';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI6 from 'openai-6';
import OpenAI7 from 'openai-7';

export const kSdks = { 'openai 4.104.0': OpenAI4, 'openai 5.23.2': OpenAI5, 'openai 6.49.0': OpenAI6, 'openai 7.57.0': OpenAI7 };

const agents = [];

// A client as a user makes it, but for retries, which would hide what the gateway answers.
export function makeClient(Sdk, baseURL, options = {}) {
  // Version 4 has its own agent; the others use the built-in fetch.
  const more = Sdk === OpenAI4 ? { httpAgent: new http.Agent({ keepAlive: true }) } : {};
  if (more.httpAgent) agents.push(more.httpAgent);
  return new Sdk({ apiKey: 'aiproxy', baseURL, maxRetries: 0, timeout: 60_000, ...more, ...options });
}

// Closes every idle connection that clients of this process keep; no fetch works afterwards.
export async function closeClients() {
  for (const agent of agents) agent.destroy();
  await globalThis[Symbol.for('undici.globalDispatcher.1')]?.destroy();
}
