import { blocksOf } from '../docs/page.js'
import { start } from '../support/processes.js'
import { render } from './kustomize.js'
import { stubKubectl } from './stub-kubectl.js'

const [byJob = ''] = blocksOf('deploy/kubernetes/README.md')
  .map(({ text }) => text)
  .filter((text) => text.includes('deploy/kubernetes/job'))

/** What the page's commands ask of `kubectl`, and how they end. */
async function release(...conditions: readonly string[]) {
  const kubectl = stubKubectl(conditions)
  const shell = start('sh', ['-c', byJob], { env: { PATH: kubectl.PATH, POLL: '0' } })
  const { code } = await shell.exit
  const calls = kubectl.calls()
  kubectl.destroy()
  return { code, calls, stderr: shell.stderr() }
}

test('the application follows a Job that has completed', async () => {
  const { code, calls, stderr } = await release('', '', 'SuccessCriteriaMet Complete')
  expect([code, stderr]).toEqual([0, ''])
  expect(calls.map((call) => call.split(' ')[0])).toEqual(['apply', 'get', 'get', 'get', 'logs', 'apply'])
  expect([calls.at(0), calls.at(-1)]).toEqual([
    'apply -k deploy/kubernetes/job',
    'apply -k deploy/kubernetes/application',
  ])
})

test('a Job that has failed is not waited for any longer: its log is shown, and nothing follows it', async () => {
  const { code, calls } = await release('', 'FailureTarget Failed')
  expect(code).toBe(1)
  expect(calls.map((call) => call.split(' ')[0])).toEqual(['apply', 'get', 'get', 'logs'])
})

test('the page names the Job of the manifest', () => {
  const [job] = render('deploy/kubernetes/job').filter(({ kind }) => kind === 'Job')
  expect(byJob).toContain(`JOB=job/${job?.metadata.name}\n`)
})
