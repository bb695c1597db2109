import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_SETTINGS } from './cluster.js';
import { Node } from './nodes.js';

/** One node on the embedded database, on a disk of its own that is soon full. */
export class EmbeddedNode {
  nodes = [];
  disk;
  #folder;
  #mounted = false;

  /** @returns undefined where it is not allowed to mount a disk: only root may */
  static async start(env = {}) {
    const one = new EmbeddedNode();
    one.#folder = mkdtempSync(join(tmpdir(), 'sumun-disk-'));
    one.disk = join(one.#folder, 'disk');
    mkdirSync(one.disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', one.disk], { stdio: 'ignore' });
    } catch {
      rmSync(one.#folder, { recursive: true });
      return undefined;
    }
    one.#mounted = true;
    const own = { DATA_DIR: join(one.disk, 'data'), EMBEDDED_DATABASE: 'allow' };
    const settings = { ...NODE_SETTINGS, ...own, SECRET_KEY: randomBytes(32).toString('base64url'), ...env };
    one.nodes.push(new Node(settings));
    try {
      await one.nodes[0].start();
      return one;
    } catch (error) {
      await one.close();
      throw error;
    }
  }

  get origin() {
    return this.nodes[0].origin;
  }

  async close() {
    await Promise.all(this.nodes.map((node) => node.close()));
    if (this.#mounted) execFileSync('umount', [this.disk]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
