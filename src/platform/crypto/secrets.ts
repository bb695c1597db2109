import { hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/index.js';
import type { KeyPair } from './seal.js';
import { secretFile } from './secret-file.js';

/** What a derived key is for: a key for one purpose is of no use for another. */
export type Purpose = 'wrap' | 'refresh' | 'cursor' | 'audit';

/** The secrets of the service: given by configuration or, outside production, made at first start. */
@Injectable()
export class Secrets {
  private masters: KeyPair | undefined;
  private shared: { readonly current: string; readonly previous?: string } | undefined;
  private readonly derived = new Map<Purpose, KeyPair>();

  constructor(private readonly configuration: Configuration) {}

  /** Reads or makes the secrets; before it nothing is opened. Tells which files it made. */
  async load(): Promise<{ made: string[] }> {
    const made: string[] = [];
    this.derived.clear();
    this.masters = {
      current: this.configuration.secretKey ?? (await this.developmentKey(made)),
      previous: this.configuration.secretKeyPrevious,
    };
    if (this.configuration.jwtAlgorithm === 'HS256') {
      const current = this.configuration.jwtSecret ?? (await this.developmentSecret('jwt_secret', made));
      const previous = this.configuration.jwtSecretPrevious;
      this.shared = previous === undefined ? { current } : { current, previous };
    }
    return { made };
  }

  /** The keys of one purpose, derived by HKDF-SHA-256 (RFC 5869): `SECRET_KEY` itself is never used. */
  key(purpose: Purpose): KeyPair {
    const known = this.derived.get(purpose);
    if (known !== undefined) return known;
    if (this.masters === undefined) throw new Error('The secrets are not loaded yet.');
    const { current, previous } = this.masters;
    const pair = { current: derive(current, purpose), previous: previous && derive(previous, purpose) };
    this.derived.set(purpose, pair);
    return pair;
  }

  /** The shared secrets of `HS256`. */
  jwtSecrets(): { readonly current: string; readonly previous?: string } {
    if (this.shared === undefined) throw new Error('There is no shared secret: not loaded, or not HS256.');
    return this.shared;
  }

  private async developmentKey(made: string[]): Promise<Buffer> {
    const text = await this.developmentSecret('secret_key', made);
    const key = Buffer.from(text, 'base64url');
    // A damaged file must not quietly become a shorter, guessable key.
    if (key.length !== 32 || key.toString('base64url') !== text) throw this.damaged('secret_key');
    return key;
  }

  private async developmentSecret(name: string, made: string[]): Promise<string> {
    if (this.configuration.production) {
      throw new Error(`Production makes no secrets by itself: set ${name.toUpperCase()}.`);
    }
    const {
      path,
      content,
      made: fresh,
    } = await secretFile(this.configuration.dataDir, name, () => randomBytes(32).toString('base64url'));
    if (Buffer.byteLength(content) < 32) throw this.damaged(name);
    if (fresh) made.push(path);
    return content;
  }

  private damaged(name: string): Error {
    return new Error(
      `${name} in ${this.configuration.dataDir} is damaged. Restore it, or remove it to begin anew.`,
    );
  }
}

function derive(master: Buffer, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `sumun ${purpose}`, 32));
}
