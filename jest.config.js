'use strict'

/** @type {import('jest').Config} */
module.exports = {
  roots: ['<rootDir>/packages', '<rootDir>/threads-available', '<rootDir>/test'],
  testMatch: ['**/test/**/*.test.ts'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@trustp2p/source', 'node', 'require', 'default'] },
  transform: {
    '^.+\\.[cm]?ts$': ['ts-jest', { tsconfig: 'tsconfig.jest.json' }],
    // Node loads ES modules of packages by `require`, and jest 29 does not.
    '/node_modules/(@noble|ts-blank-space)/.+\\.js$': '<rootDir>/test/esm-transform.js'
  },
  transformIgnorePatterns: ['/node_modules/(?!(@noble|ts-blank-space)/)'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.nx/'],
  // The default leaves one core idle, of two: most of what tests do is to wait.
  maxWorkers: '100%',
  testTimeout: 30000,
  injectGlobals: true
}
