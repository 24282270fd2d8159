/** What is no part of Node and `npm ci`: the tests that need it say so in their titles, and run where it is installed. */
const programs = [
  { name: 'PgBouncer', command: 'pgbouncer', debian: 'pgbouncer', homebrew: 'pgbouncer' },
  { name: 'promtool', command: 'promtool', debian: 'prometheus', homebrew: 'prometheus' },
  { name: 'nginx', command: 'nginx', debian: 'nginx-light', homebrew: 'nginx' },
]

/** What a server or a machine may not let a test do; found in titles as well. */
const rights = [
  {
    title: 'prepared transaction',
    what: 'with prepared transactions',
    because: 'the server of TEST_DATABASE_URL takes none',
    remedy: 'set max_prepared_transactions = 5 there, or do without TEST_DATABASE_URL',
  },
  {
    title: 'as process 1',
    what: 'as process 1 of a container',
    because: 'this user may not make namespaces',
    remedy: 'be root on Linux, where unshare works',
  },
]

/**
 * Says in the last lines of a complete test run which of the programs no test went through. Such a run still passes on a
 * developer's machine and fails where `CI` is set: a proof that is left out must not look like one.
 */
export default class ProgramsReporter {
  #complete
  #missing = []

  constructor({ testPathPatterns, testNamePattern, onlyChanged, shard }) {
    const filtered = testPathPatterns?.patterns?.length > 0 || testNamePattern || onlyChanged || shard
    this.#complete = !filtered
  }

  onRunComplete(_contexts, { testResults }) {
    if (!this.#complete) return
    const ran = testResults
      .flatMap(({ testResults: tests }) => tests)
      .filter(({ status }) => status === 'passed' || status === 'failed')
    for (const { title, what, because, remedy } of rights) {
      if (ran.some(({ fullName }) => fullName.includes(title))) continue
      console.error(`\nNot run: the tests ${what}, because ${because}.`)
      console.error(`To run them: ${remedy}.`)
    }
    this.#missing = programs.filter(({ name }) => !ran.some(({ fullName }) => fullName.includes(name)))
    for (const { name, command, debian, homebrew } of this.#missing) {
      console.error(`\nNot run: the tests with ${name}, because ${command} is not on PATH.`)
      console.error(
        `To run them: apt-get install ${debian} (Debian, Ubuntu), brew install ${homebrew} (macOS).`,
      )
    }
  }

  /** Jest ends with a failure where this is an error. */
  getLastError() {
    const ci = process.env.CI
    if (this.#missing.length === 0 || ci === undefined || ['', 'false', '0'].includes(ci)) return undefined
    return new Error(
      `CI is set, and no test went through ${this.#missing.map(({ name }) => name).join(', ')}`,
    )
  }
}
