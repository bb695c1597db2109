import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { commandsIn, documents, Prover } from './support/documented-commands.js';
import { ROOT } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(180_000);

const stage = new Stage();

afterEach(() => stage.end());
afterAll(() => stage.remove());

const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const texts = documents().map((name) => ({ name, ...commandsIn(textOf(name)) }));

describe('what people are told to type', () => {
  const prover = new Prover();

  it.each(texts.filter(({ commands }) => commands.length > 0))('$name', ({ commands }) => {
    expect(commands.flatMap((line) => prover.problemsOf(line))).toEqual([]);
  });

  it('uses commands and options that the command line knows', async () => {
    for (const { commands } of texts) commands.forEach((line) => prover.problemsOf(line));
    const names = [...new Set(prover.cliUses.map(({ name }) => name))];
    expect(names).toContain('routes');
    // One after another: so many processes at once would leave none of them the time it may take.
    for (const name of names) {
      const { code, stdout } = await stage.command([name, '--help']).ended();
      expect([name, code]).toEqual([name, 0]);
      const used = prover.cliUses.filter((use) => use.name === name).flatMap(({ options }) => options);
      for (const option of used) expect(stdout).toContain(` ${option} `);
    }
  });

  it.each([
    ['npm run nope', 'no such script'],
    ['npm install -g sumun', 'no such script'],
    ['npm run routes --check', 'keep the options'],
    ['npm ci && frobnicate', 'cannot be proven'],
    ['PROT=8080 npm start', 'PROT is no variable'],
    ['node dist/man.js', 'no such program'],
  ])('would not pass: %s', (line, problem) => {
    expect(prover.problemsOf(line)).toEqual([expect.stringContaining(problem)]);
  });

  it('is read from fenced blocks and inline code, comments and prompts left out', () => {
    const text =
      'Try `npm start`.\n\n```bash\n$ npm run a \\\n  -- --b # why\n# only this\n```\n\n```ts\nnpm\n```\n';
    expect(commandsIn(text)).toEqual({ walks: [], commands: ['npm run a -- --b', 'npm start'] });
  });
});

describe('the walk from register to protected', () => {
  const readmes = texts.filter(({ name }) => /^README/.test(name));
  const walks = new Set(readmes.flatMap((readme) => readme.walks));

  it('is the same in every language', () => {
    expect(readmes.map((readme) => readme.walks.length)).toEqual(readmes.map(() => 1));
    expect(walks.size).toBe(1);
  });

  it('works as printed, and answers what the texts say it answers', async () => {
    const [walk] = walks;
    const service = stage.service({ DATA_DIR: stage.preparedDataDir() });
    const { port } = new URL(await service.ready());
    const after = `printf '\\n'; curl -s -o /dev/null -w 'after: %{http_code}' localhost:3000/protected -H "Authorization: Bearer $TOKEN"`;
    const script = `set -euo pipefail\n${walk!}${after}\n`.replaceAll('localhost:3000', `localhost:${port}`);
    const run = await stage.program('bash', ['-c', script], { cwd: stage.folder() }).ended();
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^\{"id":"[0-9a-f-]{36}","email":"kim@example\.com",/);
    for (const { name } of readmes) {
      const claims = [...textOf(name).matchAll(/`(\{"message":[^`]+\})`/g)].map(([, claim]) => claim!);
      expect(claims.length).toBeGreaterThan(0);
      for (const claim of claims) expect(run.stdout).toContain(claim);
    }
    expect(run.stdout).toContain('"detail":"인증되지 않았습니다."');
    expect(run.stdout).toContain('"code":"unauthenticated"');
    expect(run.stdout.match(/"status":\d+/g)).toEqual(['"status":401']);
    expect(run.stdout).toContain('after: 401');
  });
});
