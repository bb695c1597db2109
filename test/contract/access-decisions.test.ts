import { afterAll, describe, expect, it } from '@jest/globals';
import { ask, CELLS, startMatrix } from '../support/decision-matrix.js';

const app = await startMatrix();
afterAll(() => app.close());

describe.each([...new Set(CELLS.map(({ route }) => route))])('%s', (route) => {
  it.each(CELLS.filter((cell) => cell.route === route).map((cell) => [cell.caller, cell.expected, cell]))(
    'answers %s with %s',
    async (_, expected, cell) => {
      expect(await ask(app, cell as (typeof CELLS)[number])).toBe(expected);
    },
  );
});
