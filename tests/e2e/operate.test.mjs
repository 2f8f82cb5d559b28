// docs/operate.md is a story that is true: its shell blocks run in order in one bash, and a line
// `# -> text` is what the command above it must have said. The translation has the same commands,
// and the units of the page are the files in packaging/.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort, kBuildDir, kRoot, kSlow } from './harness/gateway.mjs';

const kPage = fs.readFileSync(path.join(kRoot, 'docs/operate.md'), 'utf8');
const kTranslation = fs.readFileSync(path.join(kRoot, 'docs/operate.zh.md'), 'utf8');
const kPorts = ['8999', '9901', '8443'];
const kMark = '@@command';
const kStoryMs = 120_000 * kSlow;

// The fenced blocks of a language.
const blocks = (page, language) => [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((block) => block[1] === language).map((block) => block[2]);

// Has bash seen the whole of it, or does it wait for more lines?
function isWhole(text) {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  return status === 0 && stderr === '' && !/\\\n$/.test(text);
}

// [{text, expected: [...]}] of all blocks.
function commandsOf(page) {
  const commands = [];
  for (const block of blocks(page, 'sh')) {
    let text = '';
    for (const line of block.trimEnd().split('\n')) {
      if (text === '' && line.startsWith('# -> ')) commands.at(-1).expected.push(line.slice(5));
      else text += `${line}\n`;
      if (text !== '' && isWhole(text)) {
        commands.push({ text, expected: [] });
        text = '';
      }
    }
    assert.equal(text, '', `a command of the page does not end: ${text}`);
  }
  return commands;
}

// Processes that work in the folder: those that the page has started.
function processesIn(folder) {
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '') === folder;
    } catch {
      return false;
    }
  });
}

function endAllIn(folder) {
  for (let found = processesIn(folder); found.length > 0; found = processesIn(folder)) {
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch { /* it has just ended */ }
    }
  }
}

// An empty folder with the plugins, and a program of its own, because the page replaces it.
function stage() {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-operate-')));
  for (const name of ['plugins', 'bin']) fs.mkdirSync(path.join(folder, name));
  for (const name of fs.readdirSync(path.join(kBuildDir, 'plugins')).filter((file) => file.endsWith('.so'))) {
    fs.copyFileSync(path.join(kBuildDir, 'plugins', name), path.join(folder, 'plugins', name));
  }
  fs.copyFileSync(path.join(kBuildDir, 'aiproxy'), path.join(folder, 'bin/aiproxy'));
  return folder;
}

// Runs the commands; what each of those that ended well has said.
async function tell(folder, commands) {
  const ports = await Promise.all(kPorts.map(() => freePort()));
  const own = (text) => text.replace(new RegExp(kPorts.join('|'), 'g'), (port) => ports[kPorts.indexOf(port)]);
  const script = commands.map(({ text }, i) => `${own(text)}echo; echo ${kMark} ${i}\n`).join('');
  fs.writeFileSync(path.join(folder, '.page.sh'), `set -euo pipefail\n${script}`);
  const output = path.join(folder, '.output');
  const fd = fs.openSync(output, 'w');
  const env = { ...process.env, PATH: `${folder}/bin:${process.env.PATH}`, HOME: folder, LANG: 'C.UTF-8' };
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'NOTIFY_SOCKET']) delete env[name];
  const bash = spawn('bash', ['.page.sh'], { cwd: folder, env, stdio: ['ignore', fd, fd] });
  const timer = setTimeout(() => bash.kill('SIGKILL'), kStoryMs);
  const [code] = await once(bash, 'exit');
  clearTimeout(timer);
  fs.closeSync(fd);
  const said = fs.readFileSync(output, 'utf8').split(new RegExp(`^${kMark} \\d+\\n`, 'm'));
  return { code, said, own };
}

test('every command of the page runs, and says what the page says', async () => {
  const commands = commandsOf(kPage);
  assert.ok(commands.length > 50);
  const folder = stage();
  const reap = () => endAllIn(folder);
  process.on('exit', reap);
  try {
    const { code, said, own } = await tell(folder, commands);
    const ran = said.length - 1;
    console.log(`operate: commands of the page that were run: ${ran} of ${commands.length}`);
    const log = () => fs.readFileSync(path.join(folder, 'gateway.log'), 'utf8').slice(-3000);
    assert.equal(ran, commands.length, `this one failed (${code}): ${commands[ran]?.text}\n${said.at(-1)}\n${log()}`);
    commands.forEach(({ text, expected }, i) => {
      for (const one of expected) assert.ok(said[i].includes(own(one)), `${text} was to say\n${own(one)}\nand said\n${said[i]}`);
    });
    assert.equal(code, 0);
    assert.deepEqual(processesIn(folder), [], 'the story leaves nobody behind');
  } finally {
    reap();
    process.off('exit', reap);
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('the translation has the same commands, units and alerts', () => {
  for (const language of ['sh', 'console', 'ini']) assert.deepEqual(blocks(kTranslation, language), blocks(kPage, language), language);
  const alerts = (page) => [...page.matchAll(/^\|.*\| (`.*`) \|$/gm)].map((row) => row[1]);
  assert.ok(alerts(kPage).length > 10);
  assert.deepEqual(alerts(kTranslation), alerts(kPage));
});

test('the units of the page are the files', () => {
  const files = ['aiproxy.service', 'aiproxy.socket'].map((name) => fs.readFileSync(path.join(kRoot, 'packaging/systemd', name), 'utf8'));
  assert.deepEqual(blocks(kPage, 'ini'), files);
});

test('systemd finds no fault with the units', { skip: spawnSync('systemd-analyze', ['--version']).status !== 0 && 'there is no systemd-analyze here' }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aiproxy-units-'));
  for (const name of ['aiproxy.service', 'aiproxy.socket']) {
    const unit = fs.readFileSync(path.join(kRoot, 'packaging/systemd', name), 'utf8');
    fs.writeFileSync(path.join(folder, name), unit.replace('/usr/bin/aiproxy', path.join(kBuildDir, 'aiproxy')));
  }
  const judged = spawnSync('systemd-analyze', ['verify', './aiproxy.service', './aiproxy.socket'], { cwd: folder, encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true });
  assert.deepEqual([judged.status, judged.stdout + judged.stderr], [0, '']);
});

test('every metric that the page watches is one that the gateway has', () => {
  const known = fs.readFileSync(path.join(kRoot, 'docs/metrics.md'), 'utf8');
  const named = [...new Set([...kPage.matchAll(/\baiproxy_[a-z_]+/g)].map((match) => match[0].replace(/_bucket$/, '')))];
  assert.deepEqual(named.filter((name) => !known.includes(`\`${name}\``)), []);
});
