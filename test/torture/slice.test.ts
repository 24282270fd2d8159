import { pgbouncerFile } from '../../torture/machine/on-path.js'
import { campaignFigures, rig } from './rig.js'

/** A bound on a hang, not on speed: the rig itself tells which call never ended. */
const limitMs = 300_000

const everything = [
  '--kinds',
  'transactional,mixed,concurrently',
  '--kill',
  'client,backend,postmaster,lock,stop',
  '--seed',
  'slice',
  '--budget',
  '20000',
]

async function survives(args: readonly string[], kills: number): Promise<void> {
  const { tally, code, output } = await campaignFigures(
    [...everything, '--kills', `${kills}`, ...args],
    limitMs,
  )
  expect({ findings: tally.findings, code, output: code === 0 ? '' : output }).toEqual({
    findings: [],
    code: 0,
    output: '',
  })
  expect(tally.kills).toBeGreaterThanOrEqual(kills)
}

test(
  'killed in every way at any instant, every kind of run is completed by the next call or asks',
  () => survives([], 22),
  limitMs,
)

test(
  'killed right before or after a message on the wire, a run is completed by the next call or asks',
  () => survives(['--at', 'messages', '--kinds', 'mixed', '--kill', 'client'], 8),
  limitMs,
)

if (pgbouncerFile()) {
  test(
    'killed behind PgBouncer in transaction mode, every kind of run is completed by the next call or asks',
    () => survives(['--route', 'pgbouncer', '--pool', '3'], 10),
    limitMs,
  )
}

test(
  'of many processes on an empty database all succeed and each migration is applied once',
  async () => {
    expect(await rig(['crowd', '--processes', '6', '--rounds', '1'], limitMs)).toMatchObject({ code: 0 })
  },
  limitMs,
)

test(
  'a long CREATE INDEX CONCURRENTLY finishes while others wait, and also when its client is killed',
  async () => {
    expect(await rig(['waiters', '--callers', '4', '--build', '2000'], limitMs)).toMatchObject({ code: 0 })
  },
  limitMs,
)

test(
  'a blocker is named within the budget, and readers of its table never queue longer than lock_timeout',
  async () => {
    expect(await rig(['blocker', '--budget', '4000'], limitMs)).toMatchObject({ code: 0 })
  },
  limitMs,
)
