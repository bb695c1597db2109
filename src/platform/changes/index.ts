export { Changes } from './changes.js';
export { ChangesModule } from './changes.module.js';
