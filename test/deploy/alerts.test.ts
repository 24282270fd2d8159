import { parse } from 'yaml'
import { blocksOf } from '../docs/page.js'
import { read } from '../repository/sources.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers, start } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { namesIn, namesOf, scrape } from './exposition.js'
import { promtool, promtoolFile, type Rule } from './promtool.js'

interface RuleTest {
  readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
}

const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as {
  groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const ruleFiles = ['deploy/prometheus/alerts.test.yaml', 'deploy/prometheus/rotation.test.yaml']
const ruleTests = ruleFiles.flatMap((path) => (parse(read(path)) as { tests: readonly RuleTest[] }).tests)
const dashboard = read('deploy/grafana/sallyport.json')

let database: TestDatabase
let project: TestProject
let server: TestServer
beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
  server = await startServer(serverEnvironment(database.url), { cwd: project.dir })
  await answers(`${server.health}/readyz`, 200)
})
afterAll(async () => {
  server.kill('SIGTERM')
  await server.exit
  project.destroy()
  await database.drop()
})

test('every metric of the alerts and of the dashboard is one that a running door exposes', async () => {
  const exposed = namesOf(await scrape(server.health))
  const asked = namesIn(`${rules.map(({ expr }) => expr).join('\n')}\n${dashboard}`)
  expect(asked.length).toBeGreaterThan(15)
  expect(asked.filter((name) => !exposed.has(name))).toEqual([])
})

test('docs/metrics.md lists every metric of ours, with its type, and no other', async () => {
  const text = await scrape(server.health)
  const exposed = [...text.matchAll(/^# TYPE (sallyport_(?!process_|nodejs_)\w+) (\w+)$/gm)]
  const listed = [...read('docs/metrics.md').matchAll(/^\| `(sallyport_\w+)`[^|]*\| (\w+) /gm)]
  const pairs = (found: RegExpExecArray[]) => found.map(([, name, type]) => `${name} ${type}`).sort()
  expect(pairs(listed)).toEqual(pairs(exposed))
})

test('each alert has a severity, says what is the matter, and a runbook of numbered steps', () => {
  for (const { alert, labels, annotations } of rules) {
    expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(info|warning|critical)$/)])
    expect([alert, annotations.summary?.length]).not.toEqual([alert, 0])
    expect([alert, annotations.description?.length]).not.toEqual([alert, 0])
    expect(annotations.runbook).toMatch(/^1\. [^]*^2\. /m)
  }
})

test('documents that a runbook names are there', () => {
  const named = rules.flatMap(({ annotations }) => annotations.runbook?.match(/docs\/[\w-]+\.md/g) ?? [])
  expect(named.length).toBeGreaterThan(0)
  for (const path of named) expect(read(path)).toMatch(/^# /)
})

test('each alert is tested firing and quiet', () => {
  const tested = ruleTests.flatMap((one) => one.promql_expr_test)
  for (const { alert } of rules) {
    const own = tested.filter(({ expr }) => expr.includes(`"${alert}"`))
    expect([alert, own.map(({ exp_samples }) => exp_samples.length)]).toEqual([alert, [1, 0]])
  }
})

if (promtoolFile()) {
  test('promtool accepts the alerts, and each fires and keeps quiet as its tests say', async () => {
    expect(await promtool('check', 'rules', 'deploy/prometheus/alerts.yaml')).toContain(
      `SUCCESS: ${rules.length} rules found`,
    )
    const tested = await promtool('test', 'rules', ...ruleFiles)
    expect(tested.match(/SUCCESS/g)).toHaveLength(ruleFiles.length)
  }, 60_000)

  test('the commands that docs/metrics.md gives for that work as pasted', async () => {
    const [commands = ''] = blocksOf('docs/metrics.md').map(({ text }) => text)
    const shell = start('sh', ['-c', `set -e\n${commands}`])
    expect([(await shell.exit).code, shell.stdout().match(/SUCCESS/g)?.length]).toEqual([
      0,
      1 + ruleFiles.length,
    ])
  }, 60_000)
}

interface Panel {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}

test('the dashboard’s panels have titles, words and queries, and do not overlap', () => {
  const { panels } = JSON.parse(dashboard) as { panels: readonly Panel[] }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const taken = new Set<string>()
  for (const { title, description, targets, gridPos } of panels) {
    expect([title, description.length > 0, targets.length > 0]).toEqual([title, true, true])
    for (const { expr } of targets) expect(expr).toContain('job=~"$job",instance=~"$instance"')
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, x < 24, taken.has(`${x} ${y}`)]).toEqual([title, true, false])
        taken.add(`${x} ${y}`)
      }
  }
})
