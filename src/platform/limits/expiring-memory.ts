import type { Clock } from '../clock/index.js';

/** Remembers keys for a while, and no more than so many of them: the one set longest ago goes first. */
export class ExpiringMemory {
  private readonly expiries = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly seconds: number,
    private readonly most: number,
  ) {}

  add(key: string): void {
    this.expiries.delete(key);
    if (this.expiries.size >= this.most) this.expiries.delete(this.expiries.keys().next().value as string);
    this.expiries.set(key, this.clock.millis() + this.seconds * 1000);
  }

  has(key: string): boolean {
    const expiry = this.expiries.get(key);
    if (expiry === undefined) return false;
    if (expiry > this.clock.millis()) return true;
    this.expiries.delete(key);
    return false;
  }
}
