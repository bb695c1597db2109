/** So many measures one after the other are no accident: one pause for garbage is one, and so is a night's sleep. */
const LATE_IN_A_ROW = 4;
/** Back later than forth, and only well below the limit, or it would go to and fro at every breath. */
const CALM_IN_A_ROW = 10;
const CALM_SHARE = 1 / 2;

/** Decides from measures of delay whether something is late for good, or was only held up. */
export class Lateness {
  isLate = false;
  private late = 0;
  private calm = 0;

  /** @param limit in the unit of the measures */
  constructor(private readonly limit: number) {}

  measure(delay: number): void {
    this.late = delay > this.limit ? this.late + 1 : 0;
    this.calm = delay < this.limit * CALM_SHARE ? this.calm + 1 : 0;
    if (this.late >= LATE_IN_A_ROW) this.isLate = true;
    if (this.calm >= CALM_IN_A_ROW) this.isLate = false;
  }
}
