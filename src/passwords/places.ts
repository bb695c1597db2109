/** Who asks for a hash: a client, or an operator at the command line, who waits as long as it takes. */
export type Asker = Client | 'operator';

export interface Client {
  /** As the limits count it: an IPv4 address, or the /64 of an IPv6 address. */
  readonly address: string;
  /** Whether it signed in lately. */
  readonly known: boolean;
}

/** Of all places, one in so many is kept for known clients. */
const KEPT = 4;
/** No address has more than one in so many of the general places … */
const GENERAL_SHARE = 2;
/** … and of the kept ones. */
const KEPT_SHARE = 4;

/**
 * Decides who may be inside, and counts who is.
 *
 * Nobody fills the house alone: an address has at most half of the general places, and one that is known at most
 * a quarter of those that are kept besides. An account of one's own makes an address known, so that to be known
 * is no reason to be trusted with more.
 */
export class Places {
  private readonly general = new Room();
  private readonly kept = new Room();
  private operators = 0;

  /** How many are inside. */
  get inside(): number {
    return this.general.inside + this.kept.inside + this.operators;
  }

  /** How many addresses are remembered: only those that have somebody inside. */
  get addresses(): number {
    return this.general.addresses + this.kept.addresses;
  }

  /**
   * Takes one of `depth` places and hands over how to give it up, once; undefined where there is none.
   *
   * @param keptOnly while only known clients are to be let in
   */
  take(asker: Asker, depth: number, keptOnly = false): (() => void) | undefined {
    if (asker === 'operator') return this.letOperatorIn();
    return this.roomFor(asker, depth, keptOnly)?.take(asker.address);
  }

  /** Whether `take` would find one. */
  has(asker: Asker, depth: number, keptOnly = false): boolean {
    return asker === 'operator' || this.roomFor(asker, depth, keptOnly) !== undefined;
  }

  private roomFor({ address, known }: Client, depth: number, keptOnly: boolean): Room | undefined {
    const kept = Math.ceil(depth / KEPT);
    const general = depth - kept;
    const each = Math.max(1, Math.floor(general / GENERAL_SHARE));
    const open = !keptOnly && this.inside < depth;
    if (open && this.general.hasPlace(address, general, each)) return this.general;
    return known && this.kept.hasPlace(address, kept, Math.ceil(kept / KEPT_SHARE)) ? this.kept : undefined;
  }

  private letOperatorIn(): () => void {
    this.operators += 1;
    return () => void (this.operators -= 1);
  }
}

/** Counts who is inside, by address. */
class Room {
  inside = 0;
  private readonly byAddress = new Map<string, number>();

  get addresses(): number {
    return this.byAddress.size;
  }

  hasPlace(address: string, places: number, each: number): boolean {
    return this.inside < places && this.of(address) < each;
  }

  take(address: string): () => void {
    this.inside += 1;
    this.byAddress.set(address, this.of(address) + 1);
    return () => this.giveUp(address);
  }

  private giveUp(address: string): void {
    this.inside -= 1;
    const left = this.of(address) - 1;
    if (left === 0) this.byAddress.delete(address);
    else this.byAddress.set(address, left);
  }

  private of(address: string): number {
    return this.byAddress.get(address) ?? 0;
  }
}
