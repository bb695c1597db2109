import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { OVERLOADED } from './allowed.js';

const MIGRATION = [
  'ALTER TABLE "notes" ADD COLUMN "pinned" boolean DEFAULT false NOT NULL;',
  'CREATE INDEX "notes_pinned" ON "notes" ("owner_id") WHERE "pinned";',
].join('--> statement-breakpoint\n');

/** One node after the other is stopped and started as the next version, whose first start migrates. */
export default {
  name: 'rolling-migration',
  what: 'rolling restart to a version with one more migration',
  allowed: [OVERLOADED],
  async inflict({ cluster }, seconds) {
    const next = nextVersion(cluster.folder);
    for (const node of cluster.nodes) {
      const code = await node.stop();
      if (code !== 0) throw new Error(`A node that was told to stop ended with ${code}.\n${node.said}`);
      node.root = next;
      await node.start();
      // Side by side: the one before it serves on meanwhile.
      await pause(seconds * 1000);
    }
    const [{ n }] = await cluster.administer('SELECT count(pinned)::int AS n FROM notes');
    if (n === 0) throw new Error('The migration did not find any note.');
  },
};

/** This version, and one migration more, which the code of before can live with. */
function nextVersion(folder) {
  const next = join(folder, 'next');
  const root = process.cwd();
  for (const part of ['dist', 'drizzle', 'package.json'])
    cpSync(join(root, part), join(next, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(next, 'node_modules'));
  const file = join(next, 'drizzle', 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  const { idx, when } = journal.entries.at(-1);
  const tag = `${String(idx + 1).padStart(4, '0')}_pinned_notes`;
  journal.entries.push({
    ...journal.entries.at(-1),
    idx: idx + 1,
    when: when + 1000,
    tag,
  });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(join(next, 'drizzle', `${tag}.sql`), MIGRATION);
  return next;
}
