/**
 * Counts by one of a few words. Plain numbers, read when somebody asks: where nobody does, a count costs an addition.
 *
 * The words are fixed when it is made, so that nothing a client sends becomes a series of its own.
 */
export class Tally<Word extends string> {
  private readonly counts: Record<Word, number>;

  constructor(...words: readonly Word[]) {
    this.counts = Object.fromEntries(words.map((word) => [word, 0])) as Record<Word, number>;
  }

  add(word: Word): void {
    this.counts[word] += 1;
  }

  has(word: string): word is Word {
    return Object.hasOwn(this.counts, word);
  }

  get all(): Readonly<Record<Word, number>> {
    return this.counts;
  }
}
