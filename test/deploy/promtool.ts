import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { onPath } from '../../torture/machine/on-path.js'
import { root } from '../repository/sources.js'
import { start } from '../support/processes.js'
import { namesIn, samplesOf } from './exposition.js'

/** Undefined where it is not installed. */
export const promtoolFile = (): string | undefined => onPath('promtool')

/** A rule of `alerts.yaml`. */
export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** Runs it to its end; its output, or an error that holds it. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const tool = start(promtoolFile() ?? 'promtool', args)
  const { code } = await tool.exit
  if (code !== 0) throw new Error(tool.output())
  return tool.output()
}

/** Whether the rule fires when what a door's `/metrics` said turns from `before` into `after` and stays so. */
export async function fires(rule: Rule, before: string, after: string): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-rules-'))
  try {
    const path = join(dir, 'scenario.yaml')
    writeFileSync(path, stringify(scenario(rule, before, after)))
    const output = await promtool('test', 'rules', path).catch((error: unknown) => String(error))
    if (output.includes('SUCCESS')) return true
    if (output.includes('FAILED')) return false
    throw new Error(output)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Ten steps as before, then as after for as long as the rule waits, and five steps more. */
function scenario(rule: Rule, before: string, after: string) {
  const [, amount = '0', unit = 'm'] = /^(\d+)([md])$/.exec(rule.for ?? '0m') ?? []
  const [interval, step, steps] = unit === 'd' ? (['1h', 60, 24] as const) : (['1m', 1, 1] as const)
  const stays = Number(amount) * steps + 5
  const names = namesIn(rule.expr)
  const start = new Map(samplesOf(before).map(({ name, labels, value }) => [`${name}{${labels}`, value]))
  const series = samplesOf(after)
    .filter(({ name }) => names.includes(name))
    .map(({ name, labels, value }) => ({
      series: `${name}{job="sallyport",instance="pod:7081"${labels && `,${labels}`}}`,
      values: `${start.get(`${name}{${labels}`) ?? value}x9 ${value}x${stays}`,
    }))
  const firing = `count(ALERTS{alertname="${rule.alert}",alertstate="firing"}) > bool 0`
  return {
    rule_files: [join(root, 'deploy/prometheus/alerts.yaml')],
    evaluation_interval: interval,
    tests: [
      {
        interval,
        input_series: series,
        promql_expr_test: [
          { expr: firing, eval_time: `${(10 + stays) * step}m`, exp_samples: [{ labels: '{}', value: 1 }] },
        ],
      },
    ],
  }
}
