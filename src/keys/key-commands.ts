export { KEYS_LIST, type KeyLine } from './keys-list.command.js';
export { KEYS_REVOKE } from './keys-revoke.command.js';
export { KEYS_REWRAP, type Rewrapped } from './keys-rewrap.command.js';
export { KEYS_ROTATE } from './keys-rotate.command.js';
export type { Revoked, Rotated } from './key-rotation.service.js';
