export {
  ACCESS_DECLARED,
  AccessCatalogue,
  AccessDeclarationError,
  type AccessDeclared,
} from './access-catalogue.js';
export { describeChanges, renderLock } from './access-lock.js';
export { BEARER_SCHEME, operationsOf, paintAccess, problemsOf } from './openapi-painter.js';
