import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { found, good, load, place, secret, write } from './rig.js'

const local = { NODE_ENV: 'development', MIGRATION_SECRET: secret, NEXTAUTH_SECRET: 'x' }

test('.env files are read in local environments, the environment first, .env.local before .env', () => {
  write('.env', 'PORT=1001\nHEALTH_PORT=1002\nRELEASE=from-env\n')
  write('.env.local', 'PORT=2001\nHEALTH_PORT=2002\n')
  const { settings } = load({ ...local, PORT: '3001' }, { dotenv: true })
  expect(settings).toMatchObject({ ops: { port: 3001 }, health: { port: 2002 }, release: 'from-env' })
})

test('.env files understand export, quotes, # in a quoted value, CRLF, and the last of duplicate keys', () => {
  write('.env', `export RELEASE="1#2"\r\nDATABASE_URL='postgres://h/db' # comment\r\nPORT=1\r\nPORT=7000\r\n`)
  const { settings, issues } = load(local, { dotenv: true })
  expect(issues).toEqual([])
  expect(settings).toMatchObject({ release: '1#2', databaseUrl: 'postgres://h/db', ops: { port: 7000 } })
})

test('.env files cannot choose the environment, and leave process.env alone', () => {
  write('.env', 'NODE_ENV=production\nNEXT_PHASE=phase-production-build\nSALLYPORT_PROBE=1\n')
  const { settings } = load(local, { dotenv: true })
  expect(settings.environment).toMatchObject({ name: 'development', mode: 'lenient' })
  expect(process.env['SALLYPORT_PROBE']).toBeUndefined()
})

test.each(['production', 'staging', undefined])('.env files are not read with NODE_ENV=%s', (name) => {
  write('.env', 'PORT=1001\n')
  expect(load({ ...good, NODE_ENV: name }, { dotenv: true }).settings.ops.port).toBe(7080)
})

test('.env files are not read unless asked for', () => {
  write('.env', 'PORT=1001\n')
  expect(load(local).settings.ops.port).toBe(7080)
})

test('a .env that is there and cannot be read is fatal', () => {
  mkdirSync(join(place.cwd, '.env'))
  expect(found(local, { dotenv: true })).toEqual(['fatal setting_unreadable -'])
})
