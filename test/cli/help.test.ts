import { runCli } from '../support/processes.js'

const commands = ['serve', 'migrate', 'status', 'plan', 'check', 'unlock', 'init']

test.each(commands)('help of %s begins with examples that it understands', async (command) => {
  const { code, stdout } = await runCli([command, '--help'])
  expect([code, stdout()]).toEqual([0, expect.stringMatching(/^Examples:\n/)])
  const examples = [...stdout().matchAll(/^ {2}\$ sallyport (\S+)(.*)$/gm)]
  expect(examples.length).toBeGreaterThan(0)
  for (const [, name, rest = ''] of examples) {
    expect(name).toBe(command)
    for (const [flag] of rest.matchAll(/--[a-z-]+/g))
      expect(stdout()).toMatch(new RegExp(`^ {2}${flag}\\b`, 'm'))
  }
})

test.each(commands)('%s knows --json and says what a misspelt flag was meant to be', async (command) => {
  expect((await runCli([command, '--help'])).stdout()).toMatch(/^ {2}--json /m)
  const run = await runCli([command, '--jsn'])
  expect([run.code, run.stdout()]).toEqual([2, ''])
  expect(run.stderr()).toContain('Did you mean --json?')
})
