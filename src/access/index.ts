export { AuthOptional, AuthRequired, Public } from './access.decorators.js';
export { CurrentUser, Refusal } from './current-user.js';
export type { Principal } from './principal.js';
export { AccessModule } from './access.module.js';
export { Authenticator } from './authenticator.js';
export * as accessCatalogue from './catalogue/index.js';
export * as accessProblems from './access.problems.js';
