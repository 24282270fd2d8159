import { Counter, Gauge, type Registry } from 'prom-client'
import { gateCodes, type ProblemCode } from '../problems/catalog.js'

/** Counts what the gates and the followed files do. */
export interface GateMetrics {
  /** Counts one refused request by the gate's code, such as `unauthorized`. */
  refused(code: ProblemCode): void
  /** Counts one request that passed the bearer gate, by the secret it came with. */
  admitted(credential: 'current' | 'previous' | 'read'): void
  /** Counts one changed file, such as the allowlist's, and whether its new content is in use. */
  reloaded(reload: { readonly what: FollowedFile; readonly used: boolean }): void
}

type FollowedFile = 'secret' | 'allowlist' | 'tls'

const files: readonly FollowedFile[] = ['secret', 'allowlist', 'tls']

/** Each series begins at 0: one that begins at 1 has never increased as Prometheus sees it. */
export function registerGateMetrics(registry: Registry): GateMetrics {
  const registers = [registry]
  const refused = registerRefusals(registry)
  const admissions = new Counter({
    name: 'sallyport_admitted_requests_total',
    help: 'Requests that passed the bearer gate, by the secret they came with',
    labelNames: ['credential'],
    registers,
  })
  for (const credential of ['current', 'previous', 'read']) admissions.inc({ credential }, 0)
  return {
    admitted: (credential) => admissions.inc({ credential }),
    refused,
    reloaded: registerReloads(registry),
  }
}

/** Counted by ourselves and handed over when somebody asks: a flood of refusals should not look its series up each time. */
function registerRefusals(registry: Registry): GateMetrics['refused'] {
  const counts = new Map<ProblemCode, number>(gateCodes.map((code) => [code, 0]))
  new Counter({
    name: 'sallyport_refused_requests_total',
    help: 'Requests that a gate refused, by code',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [code, count] of counts) this.inc({ code }, count)
    },
  })
  return (code) => void counts.set(code, (counts.get(code) ?? 0) + 1)
}

function registerReloads(registry: Registry): GateMetrics['reloaded'] {
  const registers = [registry]
  const reloads = new Counter({
    name: 'sallyport_reloads_total',
    help: 'Changed files (secret, allowlist, tls), by result: used, or refused where the former content stays',
    labelNames: ['file', 'result'],
    registers,
  })
  const refused = new Gauge({
    name: 'sallyport_reload_refused',
    help: '1 while a file (secret, allowlist, tls) holds what cannot be used, and the former content stays',
    labelNames: ['file'],
    registers,
  })
  for (const file of files) {
    refused.set({ file }, 0)
    for (const result of ['used', 'refused']) reloads.inc({ file, result }, 0)
  }
  return ({ what: file, used }) => {
    reloads.inc({ file, result: used ? 'used' : 'refused' })
    refused.set({ file }, used ? 0 : 1)
  }
}
