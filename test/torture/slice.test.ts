import { pgbouncerFile } from '../../torture/machine/on-path.js'
import { campaignFigures, rig } from './rig.js'

const limitMs = 120_000

const everything = [
  '--kinds',
  'transactional,mixed,concurrently',
  '--kill',
  'client,backend,postmaster,lock,stop',
  '--seed',
  'slice',
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
  () => survives([], 24),
  limitMs,
)

test(
  'killed right before or after a message on the wire, a run is completed by the next call or asks',
  () => survives(['--at', 'messages', '--kill', 'client'], 12),
  limitMs,
)

if (pgbouncerFile()) {
  test(
    'killed behind PgBouncer in transaction mode, every kind of run is completed by the next call or asks',
    () => survives(['--route', 'pgbouncer', '--pool', '24,3'], 12),
    limitMs,
  )
}

test(
  'of many processes on an empty database all succeed and each migration is applied once',
  async () => {
    expect(await rig(['crowd', '--processes', '8', '--rounds', '1'], limitMs)).toMatchObject({ code: 0 })
  },
  limitMs,
)
