export {
  ACCESS_DECLARED,
  AccessCatalogue,
  AccessDeclarationError,
  type AccessDeclared,
  type ServedRoute,
} from './access-catalogue.js';
export { renderLock } from './access-lock.js';
export { describeChanges } from './lock-changes.js';
export { BEARER_SCHEME, operationsOf, paintAccess, problemsOf } from './openapi-painter.js';
