/** Unit tests read `src`; tests under `test/` drive the build, which `npm test` makes first. */
const transform = {
  '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.json' }],
};
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
};

const toBuild = {
  '^(?:\\.{1,2}/)+src/(.*)\\.js$': '<rootDir>/dist/$1.js',
  '^(\\.{1,2}/.*)\\.js$': '$1',
};

export default {
  maxWorkers: 2,
  // Starting the app and its database takes a second or two, on a busy machine several.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.spec.ts'],
      moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    },
    {
      ...shared,
      displayName: 'app',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/mutation/'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
      moduleNameMapper: toBuild,
    },
    {
      ...shared,
      displayName: 'mutation',
      testMatch: ['<rootDir>/test/mutation/**/*.test.ts'],
      moduleNameMapper: toBuild,
    },
  ],
};
