import { definedPermissions } from '../access/index.js';
import { pageOf, type Page, type PageAsked } from '../platform/requests/index.js';

/** Every permission that the modules of this program define, in order. */
export function permissionsPage({ limit, after }: PageAsked): Page<string> {
  const rest = definedPermissions().filter((name) => after === undefined || name > after);
  return pageOf(rest, limit, (name) => name);
}
