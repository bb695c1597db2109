export { Clock } from './clock.js';
export { ClockModule } from './clock.module.js';
export { firstIdAt } from './first-id.js';
export { quickId } from './quick-id.js';
