import { environmentIssues, resolveEnvironment } from '../../config/environment.js'
import { misspeltVariables } from '../../config/misspelt.js'

describe('the environment', () => {
  test.each([
    ['development', 'lenient', true],
    ['test', 'lenient', true],
    ['staging', 'lenient', false],
    ['production', 'production', false],
    ['Development', 'production', false],
    ['development ', 'production', false],
    ['qa', 'production', false],
    ['', 'production', false],
    [undefined, 'production', false],
  ])('NODE_ENV=%j is %s', (name, mode, local) => {
    expect(resolveEnvironment({ NODE_ENV: name })).toEqual({ name: name || 'production', mode, local })
  })

  test('is the build phase of Next.js whatever NODE_ENV says', () => {
    const env = { NODE_ENV: 'production', NEXT_PHASE: 'phase-production-build' }
    expect(resolveEnvironment(env).mode).toBe('build')
    expect(resolveEnvironment({ ...env, NEXT_PHASE: 'phase-production-server' }).mode).toBe('production')
  })

  test.each([undefined, '', 'qa'])('NODE_ENV=%j tells how to choose', (name) => {
    const [issue] = environmentIssues({ NODE_ENV: name })
    expect(issue).toMatchObject({ code: 'environment_assumed', severity: 'info' })
    expect(issue?.remedy).toMatch(/development, test or staging/)
  })

  test.each(['development', 'test'])('%s within Kubernetes is warned about loudly', (name) => {
    const env = { NODE_ENV: name, KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    expect(environmentIssues(env)).toMatchObject([{ code: 'environment_suspicious', severity: 'warning' }])
    expect(environmentIssues({ NODE_ENV: name })).toEqual([])
  })

  test.each(['staging', 'production'])('%s within Kubernetes is what one expects', (name) => {
    expect(environmentIssues({ NODE_ENV: name, KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toEqual([])
  })
})

describe('a misspelt variable', () => {
  test.each([
    ['MIGRATON_SECRET', 'MIGRATION_SECRET'],
    ['MIGRATION_ALOWED_IPS', 'MIGRATION_ALLOWED_IPS'],
    ['MIGRATION_SECRET_PREVIUOS', 'MIGRATION_SECRET_PREVIOUS'],
    ['MIGRATION_SECRETS_FILE', 'MIGRATION_SECRET_FILE'],
    ['migration_secret', 'MIGRATION_SECRET'],
    ['MIGRATE_ONBOOT', 'MIGRATE_ON_BOOT'],
    ['MIGRATION_DIR', 'MIGRATIONS_DIR'],
    ['SALLYPORT_SHEMA', 'SALLYPORT_SCHEMA'],
    ['MIGRATION_WAIT_FILE', 'MIGRATION_WAIT'],
  ])('%s is answered with %s, and its value is not quoted', (name, nearest) => {
    const issues = misspeltVariables({ [name]: 'hunter2' })
    expect(issues).toMatchObject([{ code: 'setting_unknown', severity: 'warning', variable: name }])
    expect(issues[0]?.message).toContain(`nearest is ${nearest}`)
    expect(JSON.stringify(issues)).not.toContain('hunter2')
  })

  test.each([
    'MIGRATION_SECRET',
    'MIGRATION_SECRET_FILE',
    'MIGRATION_ALLOWED_IPS_FILE',
    'DATABASE_URI',
    'SSL_CERT_FILE',
    'HOSTNAME',
    'PATH',
    'SALLYPORT_TEST_SERVER',
    'EMIGRATION_OFFICE',
  ])('%s is none', (name) => {
    expect(misspeltVariables({ [name]: 'x' })).toEqual([])
  })
})
