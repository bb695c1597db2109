interface Line {
  readonly credential: string;
  /** Each with what it asks, as one would say it. */
  readonly needs: ReadonlyMap<string, string>;
  readonly stepUp: string | undefined;
  readonly unguarded: boolean;
  readonly text: string;
}

/** What changed from the committed lock to the app's own, in words, a line each; empty where nothing did. */
export function describeChanges(committed: string, current: string): string[] {
  const before = parse(committed);
  const after = parse(current);
  const changes: string[] = [];
  for (const [route, line] of after) {
    const was = before.get(route);
    if (was === undefined) changes.push(`${route} is new: ${line.text}`);
    else if (was.text !== line.text) changes.push(...differences(route, was, line));
  }
  for (const [route, { text }] of before) {
    if (!after.has(route)) changes.push(`${route} (${text}) is no longer there`);
  }
  return changes;
}

function differences(route: string, was: Line, is: Line): string[] {
  const said = [
    ...credentialChange(was, is),
    ...(is.unguarded && !was.unguarded ? ['now has no guard before it'] : []),
    ...(was.unguarded && !is.unguarded ? ['now has the guard before it'] : []),
    ...missing(was.needs, is.needs).map((need) => `no longer needs ${need}`),
    ...missing(is.needs, was.needs).map((need) => `now needs ${need}`),
    ...stepUpChange(was.stepUp, is.stepUp),
  ];
  // What only a hand could have written: the order of words, or a word twice.
  if (said.length === 0) said.push(`was ${was.text} and is now ${is.text}`);
  return said.map((one) => `${route} ${one}`);
}

function credentialChange(was: Line, is: Line): string[] {
  if (was.credential === is.credential) return [];
  return is.credential === 'public'
    ? [`now open to everybody (was ${was.credential})`]
    : [`was ${was.credential} and is now ${is.credential}`];
}

function stepUpChange(was: string | undefined, is: string | undefined): string[] {
  if (was === is) return [];
  if (is === undefined) return [`no longer needs step-up (${was})`];
  if (was === undefined) return [`now needs step-up (${is})`];
  return [`needed step-up ${was} and now needs ${is}`];
}

function missing(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): string[] {
  return [...from].filter(([need]) => !to.has(need)).map(([, said]) => said);
}

/** Several lines of one method and path (versions that a header chooses) are told apart by their number. */
function parse(lock: string): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const line of lock.split('\n').filter((one) => one !== '')) {
    const [method, path, credential = '', ...words] = line.split(' ');
    const text = [credential, ...words].join(' ');
    let route = `${method} ${path}`;
    for (let nth = 2; lines.has(route); nth++) route = `${method} ${path} (${nth})`;
    lines.set(route, { credential, text, ...read(words) });
  }
  return lines;
}

function read(words: readonly string[]): Omit<Line, 'credential' | 'text'> {
  const needs = new Map<string, string>();
  let stepUp: string | undefined;
  for (const word of words.filter((one) => one.includes('='))) {
    const [name = '', value = ''] = word.split(/=(.*)/s);
    if (name === 'roles') needs.set(word, `role ${value.split('|').join(' or ')}`);
    else if (name === 'permissions') value.split(',').forEach((one) => needs.set(one, `permission ${one}`));
    else if (name === 'policy') value.split(',').forEach((one) => needs.set(one, `policy ${one}`));
    else stepUp = value.split(',').join(' and ');
  }
  return { needs, stepUp, unguarded: words.includes('unguarded') };
}
