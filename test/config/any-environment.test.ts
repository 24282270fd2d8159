import fc from 'fast-check'
import { variables } from '../../config/variables.js'
import { load } from './rig.js'

const names = Object.keys(variables).flatMap((name) => [name, `${name}_FILE`])
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', 'postgres://a:b@c/d', '10.0.0.0/8', '30s', 'on', '\0', '%', '\ud800'),
)
const environment = fc.record({
  NODE_ENV: fc.constantFrom('production', 'development', 'staging'),
  ...Object.fromEntries(names.map((name) => [name, fc.option(text, { nil: undefined })])),
})

test('whatever the environment holds, it is judged and never thrown at', () => {
  fc.assert(
    fc.property(environment, (env) => {
      const { settings, issues } = load(env)
      for (const ms of [
        settings.waitMs,
        settings.budgetMs,
        settings.lockTimeoutMs,
        settings.shutdownGraceMs,
      ]) {
        expect(ms >= 0 && ms <= 2 ** 31 - 1).toBe(true)
      }
      for (const { message, remedy } of issues) expect(message !== '' && remedy !== '').toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('no issue quotes a secret or a URL, however malformed', () => {
  const confidential = Object.entries(variables).flatMap(([name, row]) =>
    'confidential' in row ? [name] : [],
  )
  const marked = fc.string({ unit: 'binary', maxLength: 20 }).map((rest) => `QZQZ${rest}`)
  fc.assert(
    fc.property(fc.constantFrom(...confidential), fc.boolean(), marked, (name, asFile, value) => {
      const { issues } = load({ NODE_ENV: 'production', [asFile ? `${name}_FILE` : name]: value })
      expect(JSON.stringify(issues)).not.toContain('QZQZ')
    }),
    { numRuns: 100 },
  )
})
