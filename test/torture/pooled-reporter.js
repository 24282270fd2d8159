/** By its title a test says that it goes through the pooler. */
const pooled = /PgBouncer/

/**
 * Says in the last lines of a complete test run whether anything went through PgBouncer. Where nothing did, the run still
 * passes on a developer's machine and fails where `CI` is set: a proof that is left out must not look like one.
 */
export default class PooledReporter {
  #complete
  #missing = false

  constructor({ testPathPatterns, testNamePattern, onlyChanged, shard }) {
    const filtered = testPathPatterns?.patterns?.length > 0 || testNamePattern || onlyChanged || shard
    this.#complete = !filtered
  }

  onRunComplete(_contexts, { testResults }) {
    const ran = testResults
      .flatMap(({ testResults: tests }) => tests)
      .filter(({ fullName, status }) => pooled.test(fullName) && (status === 'passed' || status === 'failed'))
    this.#missing = this.#complete && ran.length === 0
    if (!this.#missing) return
    console.error('\nNot run: the tests through PgBouncer, because pgbouncer is not on PATH.')
    console.error('To run them: apt-get install pgbouncer (Debian, Ubuntu), brew install pgbouncer (macOS).')
  }

  /** Jest ends with a failure where this is an error. */
  getLastError() {
    const ci = process.env.CI
    if (!this.#missing || ci === undefined || ci === '' || ci === 'false' || ci === '0') return undefined
    return new Error('CI is set, and no test went through PgBouncer')
  }
}
