export { ProtectedModule } from './protected.module.js';
