export { Metrics } from './metrics.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsServer } from './metrics-server.js';
export { Tally } from './tally.js';
