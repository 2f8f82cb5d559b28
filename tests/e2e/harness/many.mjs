// many.mjs - the same thing for many inputs, a few at a time; waits with an end; figures.
export async function forEachOf(items, run, { width = 8 } = {}) {
  const queue = [...items.entries()];
  await Promise.all(Array.from({ length: Math.min(width, queue.length) }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await run(next[1], next[0]);
  }));
}

// The promise, or a failure in words when it takes longer: a test that waits for what never comes
// should say so and not hang.
export async function within(promise, limitMs, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms`)), limitMs); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? NaN };
}

export const ms = (value) => `${value.toFixed(1)} ms`;
