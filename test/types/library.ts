// Checked by the compiler alone (`npm run types`): what is to be refused is refused, and what is promised is there.
import type { RequestHandler, Router } from 'express'
import type { Knex } from 'knex'
import {
  bearerAuth,
  boot,
  createIndexConcurrently,
  ipAllowlist,
  OptionsError,
  sallyport,
  type Alerts,
  type Completed,
  type Issue,
  type Logger,
  type Outcome,
  type Sallyport,
  type SallyportOptions,
  type Settings,
  type StartupReport,
} from '../../src/index.js'

declare const knex: Knex
declare const env: NodeJS.ProcessEnv
declare const alerts: Alerts
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Claim<Holds extends true> = Holds

/** What the functions give. */
export type Claims = [
  Claim<Same<ReturnType<typeof sallyport>, Sallyport>>,
  Claim<Same<Sallyport['router'], Router>>,
  Claim<Same<ReturnType<Sallyport['migrate']>, Promise<Outcome>>>,
  Claim<Same<Extract<Outcome, { status: 'failed' }>['fields']['migration'], string | undefined>>,
  Claim<Same<Completed['runId'], string | null>>,
  Claim<Same<ReturnType<typeof boot>, Promise<Settings | undefined>>>,
  Claim<Same<StartupReport['issues'], readonly Issue[]>>,
  Claim<Same<ReturnType<typeof ipAllowlist>, RequestHandler>>,
  Claim<Same<OptionsError['code'], 'ERR_SALLYPORT_OPTIONS'>>,
  // @ts-expect-error -- a claim that does not hold is found
  Claim<Same<Sallyport['router'], string>>,
]

const good = {
  knex,
  secret: env['MIGRATION_SECRET'],
  allowedIps: ['10.8.0.0/16'],
} as const satisfies SallyportOptions

export function options(): void {
  sallyport(good)
  sallyport({ ...good, otherSecrets: [env['NEXTAUTH_SECRET']], logger: console, alerts, drift: 'refuse' })
  sallyport({ ...good, previousSecret: undefined, trustedProxies: undefined })
  // @ts-expect-error -- the secret may be undefined, but has to be thought of
  sallyport({ knex, allowedIps: [] })
  // @ts-expect-error -- nobody is admitted by default, so the list is asked for
  sallyport({ knex, secret: '' })
  // @ts-expect-error -- a misspelt option
  sallyport({ ...good, allowedIPs: [] })
  // @ts-expect-error -- what Express' trust proxy takes
  sallyport({ ...good, trustedProxies: true })
  // @ts-expect-error -- a list as text
  sallyport({ ...good, allowedIps: '10.8.0.0/16' })
  // @ts-expect-error -- milliseconds, not a text with a unit
  sallyport({ ...good, waitMs: '50s' })
  // @ts-expect-error -- neither of the two
  sallyport({ ...good, drift: 'ignore' })
  // @ts-expect-error -- a connection is no instance
  sallyport({ ...good, knex: 'postgresql://localhost/app' })
  // @ts-expect-error -- what is given stays as it is
  ;(good as SallyportOptions).secret = 'another'
}

export async function door(): Promise<void> {
  const made = sallyport(good)
  await made.migrate({ expect: '20250101_accounts' })
  // @ts-expect-error -- a dry run is asked with a boolean
  await made.migrate({ dryRun: 'yes' })
  // @ts-expect-error -- a resolution is journaled, so it needs a reason
  await made.migrate({ resolve: { name: 'a', as: 'applied' } })
  // @ts-expect-error -- neither of the two
  await made.migrate({ resolve: { name: 'a', as: 'done', reason: 'looked' } })
  // @ts-expect-error -- the door is frozen
  made.router = undefined
}

// @ts-expect-error -- only a failure has a code: look at the status first
export type CodeOf = Outcome['code']

export async function start(): Promise<void> {
  const settings = await boot(env, { alerts })
  if (settings) sallyport({ ...good, allowedIps: settings.allowedIps, secret: settings.secrets.current })
  // @ts-expect-error -- the environment is handed over, never taken
  await boot()
}

// @ts-expect-error -- in the build phase there are no settings
export const settled = (settings: Awaited<ReturnType<typeof boot>>): Settings => settings

export function gates(): void {
  ipAllowlist({
    allowedIps: [],
    onRefusal: ({ code, address }) => alerts.send({ level: 'warning', code, message: address ?? '' }),
  })
  bearerAuth({ secret: undefined, environment: 'test' })
  // @ts-expect-error -- who is admitted has to be said
  ipAllowlist({})
  // @ts-expect-error -- a gate needs a secret, or undefined
  bearerAuth({})
}

// @ts-expect-error -- four levels are called
export const quiet: Logger = { info() {} }

export function errors(error: unknown): readonly string[] {
  if (!(error instanceof OptionsError)) return []
  return error.problems
}

export async function migration(): Promise<void> {
  await createIndexConcurrently(knex, {
    name: 'by_at',
    table: 'payments',
    columns: ['at', knex.raw('lower(a)')],
  })
  // @ts-expect-error -- an index method that PostgreSQL does not have
  await createIndexConcurrently(knex, { name: 'i', table: 't', columns: [], using: 'rtree' })
  // @ts-expect-error -- columns have to be named
  await createIndexConcurrently(knex, { name: 'i', table: 't' })
}
