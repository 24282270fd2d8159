import { createProgram } from '../../src/cli/program.js'
import { readSwitches, switched } from '../../src/cli/switches.js'
import type { Terminal } from '../../src/cli/terminal.js'

const terminal: Terminal = {
  env: {},
  cwd: '/',
  out: () => undefined,
  outIsTTY: false,
  err: { write: () => true },
}

test('the switches that are read without a parser are those of the parser', () => {
  const { commands } = createProgram(terminal, '1.0.0')
  for (const [name, { switches }] of Object.entries(switched)) {
    const options = commands.find((command) => command.name() === name)?.options ?? []
    const known = options.filter((option) => option.isBoolean())
    const members = Object.fromEntries(known.map((option) => [option.long, option.attributeName()]))
    expect([name, switches]).toEqual([name, members])
  }
})

test.each([['serve', '--json'], ['migrate'], ['status', '--json', '--exit-code', '--json']])(
  '%s %s is read without a parser',
  (...argv) => {
    expect(readSwitches(argv)?.name).toBe(argv[0])
  },
)

test.each([
  [],
  ['plan'],
  ['status', '--help'],
  ['status', '--jsn'],
  ['status', 'extra'],
  ['status', '--'],
  ['--json', 'status'],
  ['migrate', '--expect', '001_first'],
  ['serve', '--exit-code'],
  ['constructor'],
  ['status', 'toString'],
])('%j is left to the parser', (...argv: string[]) => {
  expect(readSwitches(argv)).toBeUndefined()
})
