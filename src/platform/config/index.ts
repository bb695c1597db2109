export { ConfigModule } from './config.module.js';
export { Configuration } from './configuration.js';
export { makeDataDirectory } from './data-directory.js';
export { exposures } from './exposed-files.js';
export { loadConfiguration } from './load.js';
export { ConfigurationError } from './mistake.js';
export * as thisProcess from './process-environment.js';
export type { Rate } from './parsers.js';
export { describeVariables, renderConfigurationTable, renderDotEnv } from './render.js';
