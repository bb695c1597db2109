import { Injectable } from '@nestjs/common';
import { Configuration } from '../platform/config/index.js';
import { HashThreads } from './hash-threads.js';

/** PHC string of argon2id, version 1.3 (RFC 9106): `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** The library's number for it: a const enum, which isolated modules cannot read. */
const ARGON2ID = 2;

/** Hashes with argon2id, off the event loop. OWASP's minimum is the default: m=19456 KiB, t=2, p=1. */
@Injectable()
export class PasswordHasher {
  private dummyHash: Promise<string> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly threads: HashThreads,
  ) {}

  hash(password: string): Promise<string> {
    const { memoryKib, timeCost, parallelism } = this.configuration.argon2;
    return this.threads.hash(password, { algorithm: ARGON2ID, memoryCost: memoryKib, timeCost, parallelism });
  }

  /** Parameters and salt come from the hash itself. */
  verify(hashed: string, password: string): Promise<boolean> {
    return this.threads.verify(hashed, password);
  }

  /** Takes as long as a check against an account that exists, so that time does not tell which do. */
  async verifyNothing(password: string): Promise<false> {
    await this.verify(await this.hashOfNobody(), password);
    return false;
  }

  /** Made before the first request, so that the first unknown account takes no longer than the second. */
  async prepare(): Promise<void> {
    await this.hashOfNobody();
  }

  /** Whether a parameter has risen since: the hash is made anew with those of today. */
  isOutdated(hashed: string): boolean {
    const { memoryKib, timeCost, parallelism } = this.configuration.argon2;
    const [, memory, time, lanes] = (PHC.exec(hashed) ?? []).map(Number);
    return !(memory! >= memoryKib && time! >= timeCost && lanes! >= parallelism);
  }

  private hashOfNobody(): Promise<string> {
    return (this.dummyHash ??= this.hash('no account has this hash'));
  }
}
