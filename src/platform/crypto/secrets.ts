import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Configuration, makeDataDirectory } from '../config/index.js';
import { idsOf, isSealedUnder, type KeyPair } from './seal.js';
import { secretFile, type SecretFile } from './secret-file.js';

/** What a derived key is for: a key for one purpose is of no use for another. */
export type Purpose = 'wrap' | 'refresh' | 'cursor' | 'audit' | 'limits';

/** A secret that is there and cannot be used; told before anything is opened. */
export class SecretUnusable extends Error {
  override readonly name = 'SecretUnusable';
}

/** The secrets of the service: given by configuration or, outside production, made at first start. */
@Injectable()
export class Secrets {
  private masters: KeyPair | undefined;
  private shared: { readonly current: string; readonly previous?: string } | undefined;
  private readonly derived = new Map<Purpose, KeyPair>();

  constructor(private readonly configuration: Configuration) {}

  /** Reads or makes the secrets; before it nothing is opened. Tells which files they are in, and which it made. */
  async load(): Promise<{ files: string[]; made: string[] }> {
    const files: SecretFile[] = [];
    this.derived.clear();
    this.masters = {
      current: this.configuration.secretKey ?? (await this.developmentKey(files)),
      previous: this.configuration.secretKeyPrevious,
    };
    if (this.configuration.jwtAlgorithm === 'HS256') {
      const current = this.configuration.jwtSecret ?? (await this.developmentSecret('jwt_secret', files));
      const previous = this.configuration.jwtSecretPrevious;
      this.shared = previous === undefined ? { current } : { current, previous };
    }
    const paths = (some: readonly SecretFile[]) => some.map(({ path }) => path);
    return { files: paths(files), made: paths(files.filter(({ made }) => made)) };
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

  /** Names the `SECRET_KEY` in use without telling it: what is sealed under it bears this id. */
  get keyId(): string {
    return idsOf(this.key('wrap'))[0]!;
  }

  /** Whether it was sealed under the `SECRET_KEY` of now, and not under the previous one. */
  sealedNow(sealed: Buffer): boolean {
    return isSealedUnder(this.key('wrap').current, sealed);
  }

  /** The ids of the keys of one purpose, the current one's first. */
  keyIds(purpose: Purpose): string[] {
    return idsOf(this.key(purpose));
  }

  /** The keys of one purpose by their ids: those at hand, and those of former `SECRET_KEY`s that an operator gives. */
  keysById(purpose: Purpose, former: readonly Buffer[] = []): ReadonlyMap<string, Buffer> {
    const { current, previous } = this.key(purpose);
    const keys = [current, ...(previous ? [previous] : []), ...former.map((one) => derive(one, purpose))];
    return new Map(keys.map((key) => [idsOf({ current: key, previous: undefined })[0]!, key]));
  }

  /** The shared secrets of `HS256`. */
  jwtSecrets(): { readonly current: string; readonly previous?: string } {
    if (this.shared === undefined) throw new Error('There is no shared secret: not loaded, or not HS256.');
    return this.shared;
  }

  private async developmentKey(files: SecretFile[]): Promise<Buffer> {
    const text = await this.developmentSecret('secret_key', files);
    const key = secretKeyFrom(text);
    // A damaged file must not quietly become a shorter, guessable key.
    if (!key) throw this.damaged('secret_key');
    return key;
  }

  private async developmentSecret(name: string, files: SecretFile[]): Promise<string> {
    if (this.configuration.production) {
      throw new Error(`Production makes no secrets by itself: set ${name.toUpperCase()}.`);
    }
    makeDataDirectory(this.configuration.dataDir);
    const file = await this.fileOf(name);
    if (Buffer.byteLength(file.content) < 32) throw this.damaged(name);
    files.push(file);
    return file.content;
  }

  private async fileOf(name: string): Promise<SecretFile> {
    const { dataDir } = this.configuration;
    try {
      return await secretFile(dataDir, name, () => randomBytes(32).toString('base64url'));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const advice = `Give the service's user the right to read and write ${dataDir}, or set ${name.toUpperCase()}.`;
      throw new SecretUnusable(`${join(dataDir, name)} can be neither read nor made: ${reason}. ${advice}`, {
        cause,
      });
    }
  }

  private damaged(name: string): Error {
    const path = join(this.configuration.dataDir, name);
    return new SecretUnusable(
      `The secret in ${path} is damaged: it is not what the service wrote there. Restore the file from a ` +
        `backup, or set ${name.toUpperCase()} to what it held. Do not just remove it: a new one opens nothing ` +
        'that was sealed under the old. Nothing was changed.',
    );
  }
}

/** What a `SECRET_KEY` is spelt as; undefined where the text is none. */
export function secretKeyFrom(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64url');
  return key.length === 32 && key.toString('base64url') === text ? key : undefined;
}

function derive(master: Buffer, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `sumun ${purpose}`, 32));
}
