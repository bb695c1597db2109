/** Which methods are served at a path: the router knows, and does not say. */
export class ServedPaths {
  private readonly routes: { readonly method: string; readonly segments: readonly string[] }[] = [];

  /** @param path as the router takes it, with `:parameters` and a last `*`. */
  add(method: string, path: string): void {
    this.routes.push({ method, segments: path.split('/') });
  }

  methodsAt(path: string): ReadonlySet<string> {
    const asked = path.split('/');
    const found = this.routes.filter(({ segments }) => matches(segments, asked));
    return new Set(found.map(({ method }) => method));
  }
}

function matches(segments: readonly string[], asked: readonly string[]): boolean {
  const open = segments.at(-1) === '*';
  if (open ? asked.length < segments.length : asked.length !== segments.length) return false;
  return segments.every((segment, n) => {
    if (segment === '*' && n === segments.length - 1) return true;
    return segment.startsWith(':') ? asked[n] !== '' : segment === asked[n];
  });
}
