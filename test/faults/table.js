const COLUMNS = [
  ['fault', ({ what }) => what],
  ['requests', ({ requests }) => requests.toLocaleString('en')],
  ['answered as due', ({ answers }) => sum(answers).toLocaleString('en')],
  ['errors by kind', ({ errors }) => listed(errors)],
  ['slowest, s', ({ slowestMs }) => (slowestMs / 1000).toFixed(1)],
  ['recovered after, s', ({ recovered }) => recovered ?? 'never'],
  ['proved', ({ facts }) => facts.toLocaleString('en')],
  ['lost', ({ breaches }) => breaches.writes + breaches['sign-outs'] + breaches.sessions],
];

/** The trials as a table in Markdown. */
export function tableOf(rows) {
  const cells = [
    COLUMNS.map(([name]) => name),
    ...rows.map((row) => COLUMNS.map(([, of]) => String(of(row)))),
  ];
  const widths = COLUMNS.map((_, n) => Math.max(...cells.map((line) => line[n].length)));
  const line = (texts) => `| ${texts.map((text, n) => text.padEnd(widths[n])).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

function listed(counts) {
  const kinds = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return kinds.map(([kind, count]) => `${count} × ${kind}`).join(', ') || 'none';
}

function sum(counts) {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
