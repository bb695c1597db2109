/** What is done to an embedded database from outside, while no service runs on it. */
export { isHeld, readHolder } from './directory-lock.js';
export { backUp, isThere, restore } from './embedded-backup.js';
export { moveTo } from './embedded-move.js';
