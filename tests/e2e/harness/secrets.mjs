// secrets.mjs - canaries (RELIABILITY E1): secrets that must appear nowhere in what a gateway writes.
//
// Every text that a gateway wrote is searched for each canary raw, in base64 (at its three
// alignments), hexadecimal, URL-encoded, JSON-escaped, and for any eight characters of its random
// part. The suites' counts are added up in one file, so that one line can report them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

// Letters only, so that eight of them are not met by chance in ids and figures.
function randomPart() {
  return [...randomBytes(32)].map((byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh'[byte & 31]).join('');
}

function formsOf(secret, random) {
  const forms = new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  for (const text of [random]) {
    const bytes = Buffer.from(text);
    forms.add(bytes.toString('hex')).add(bytes.toString('hex').toUpperCase());
    for (let shift = 0; shift < 3; ++shift) {
      // The middle of the base64 text does not depend on what stands before and behind it.
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      forms.add(encoded.slice(4, 32)).add(encoded.slice(4, 32).replaceAll('+', '-').replaceAll('/', '_'));
    }
    for (let i = 0; i + 8 <= text.length; ++i) forms.add(text.slice(i, i + 8));
  }
  return [...forms];
}

export class Secrets {
  constructor() {
    this.canaries = new Map();
    this.hits = [];
    this.texts = 0;
    this.bytes = 0;
  }

  // A new canary: "sk-fake-" + 32 random letters.
  make(name, prefix) {
    const random = randomPart();
    this.canaries.set(name, { value: prefix + random, forms: formsOf(prefix + random, random) });
    return prefix + random;
  }

  // A secret that the gateway made itself.
  know(name, value) {
    this.canaries.set(name, { value, forms: formsOf(value, value) });
  }

  value(name) {
    return this.canaries.get(name).value;
  }

  see(where, text) {
    ++this.texts;
    this.bytes += text.length;
    for (const [name, { forms }] of this.canaries) {
      const form = forms.find((candidate) => text.includes(candidate));
      if (form) this.hits.push({ canary: name, where, around: text.slice(Math.max(0, text.indexOf(form) - 60), text.indexOf(form)) });
    }
    return this;
  }

  check() {
    assert.deepEqual(this.hits, [], 'no secret in what the gateway wrote');
  }
}
