import { checkMigrationSecret, runStartupChecks, validateMigrationSecret } from '../../src/boot/checks.js'
import type { Logger } from '../../src/observe/logger.js'
import { good } from './rig.js'

function recorder(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

const bad = { ...good, MIGRATION_SECRET: good.NEXTAUTH_SECRET, PORT: '80a' }

test('validateMigrationSecret returns the problems of the secret, and of nothing else', () => {
  expect(validateMigrationSecret(good)).toEqual([])
  expect(validateMigrationSecret(bad).map(({ code }) => code)).toEqual(['secret_not_distinct'])
  expect(validateMigrationSecret({ ...bad, MIGRATION_ENDPOINT: 'off' })).toEqual([])
  expect(validateMigrationSecret({ ...bad, NEXT_PHASE: 'phase-production-build' })).toEqual([])
})

test('checkMigrationSecret logs them, as an error in production and as one warning elsewhere', () => {
  const production = recorder()
  expect(checkMigrationSecret(bad, production)).toHaveLength(1)
  expect(production.lines).toEqual([
    expect.stringMatching(/^error: MIGRATION_SECRET is the same as NEXTAUTH_SECRET/),
  ])
  const staging = recorder()
  checkMigrationSecret({ ...bad, NODE_ENV: 'staging', MIGRATION_SECRET_PREVIOUS: 'x' }, staging)
  expect(staging.lines).toEqual([expect.stringMatching(/^warn: .*MIGRATION_SECRET_PREVIOUS is weak/)])
  const fine = recorder()
  checkMigrationSecret(good, fine)
  expect(fine.lines).toEqual([])
})

test('runStartupChecks tells everything, and counts warnings but not what is only said', () => {
  const { hasIssues, issues } = runStartupChecks(bad)
  expect(hasIssues).toBe(true)
  expect(issues.map(({ variable }) => variable)).toEqual(['MIGRATION_SECRET', 'PORT'])
  for (const { code, severity, message, remedy } of issues) {
    for (const member of [code, severity, message, remedy]) expect(member).not.toBe('')
  }
  expect(runStartupChecks(good)).toEqual({ hasIssues: false, issues: [] })
  expect(runStartupChecks({ ...good, NEXTAUTH_SECRET: undefined })).toMatchObject({
    hasIssues: false,
    issues: [{ severity: 'info' }],
  })
  expect(runStartupChecks({ ...good, MIGRATION_WIAT: '1s' }).hasIssues).toBe(true)
})
