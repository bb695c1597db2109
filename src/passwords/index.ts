export { PasswordsModule } from './passwords.module.js';
export { PasswordsService } from './passwords.service.js';
export { ServiceOverloaded } from './passwords.problems.js';
export type { Asker } from './places.js';
export { PasswordHasher } from './password-hasher.js';
export type { Proof } from './proof.js';
export { IsNewPassword, IsPresentedPassword } from './password.decorators.js';
