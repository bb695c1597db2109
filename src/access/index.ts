export {
  AuthOptional,
  AuthRequired,
  ClientRequired,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
} from './access.decorators.js';
export { CurrentClient, CurrentUser, Refusal } from './current-user.js';
export type { Principal } from './principal.js';
export type { AccessPolicy } from './access-policy.js';
export { definedPermissions, definePermissions, type Defined } from './permissions.js';
export { AccessModule } from './access.module.js';
export { Authenticator } from './authenticator.js';
export { ClientAuthenticator, type AuthenticatedClient } from './client-authenticator.js';
export { Grants } from './grants.js';
export * as accessCatalogue from './catalogue/index.js';
export * as accessProblems from './access.problems.js';
