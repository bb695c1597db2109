export { ConfigModule } from './config.module.js';
export { Configuration } from './configuration.js';
export { makeDataDirectory } from './data-directory.js';
export { launchedByNpm } from './launched-by-npm.js';
export { loadConfiguration } from './load.js';
export { ConfigurationError, type Mistake } from './mistake.js';
export type { Rate } from './parsers.js';
export { renderConfigurationTable, renderDotEnv } from './render.js';
export { VARIABLES } from './variables.js';
