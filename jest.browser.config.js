import base from './jest.config.js'

/** The console in a real browser; apart from the other tests, for not every machine that has Node can start one. */
export default {
  ...base,
  roots: ['<rootDir>/test/browser'],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: ['default'],
  testTimeout: 60_000,
  // The machine's processors are the browser's.
  maxWorkers: 1,
}
