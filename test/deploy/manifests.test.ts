import { createRequire } from 'node:module'
import { variables } from '../../config/variables.js'
import { problemKinds } from '../../src/problems/catalog.js'
import { read } from '../repository/sources.js'
import { typeErrors } from './kubernetes-types.js'
import { render, type Manifest } from './kustomize.js'
import { containersOf, workload, type Container, type Labels, type Probe } from './workload.js'

const folders = ['base', 'library', 'application', 'init-container', 'job', 'example']
const rendered = new Map(folders.map((name) => [name, render(`deploy/kubernetes/${name}`)]))
const of = (name: string): Manifest[] => rendered.get(name) ?? []
const withDoor = ['base', 'library', 'example']
const require = createRequire(__filename)

test.each(folders)(
  '%s is what the cluster would accept, and has no key that it does not know',
  (name) => {
    for (const manifest of of(name)) {
      const module = require(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`) as Record<
        string,
        Model
      >
      const Model = module[manifest.kind]
      if (!Model) throw new Error(`no model of ${manifest.kind}`)
      new Model(manifest).validate()
    }
    expect(typeErrors(of(name))).toEqual([])
  },
  60_000,
)

type Model = new (data: unknown) => { validate(): void }

test('an unknown key is found, however deep', () => {
  const [deployment] = of('base').filter(({ kind }) => kind === 'Deployment')
  const slip = JSON.parse(JSON.stringify(deployment).replace('"periodSeconds"', '"periodSecond"')) as Manifest
  expect(typeErrors([slip])).toEqual([expect.stringContaining('periodSecond')])
}, 60_000)

test.each(folders)(
  'every variable of Sallyport’s in %s is one that it reads, and what X_FILE names is mounted',
  (name) => {
    const spec = workload(of(name))
    for (const container of containersOf(spec)) {
      for (const { name: variable, value } of container.env ?? []) {
        expect(Object.keys({ ...variables, NODE_ENV: 0 })).toContain(
          variable.replace(/(?<!TLS_(?:CERT|KEY))_FILE$/, ''),
        )
        if (variable.endsWith('_FILE'))
          expect([variable, mountedBy(container, value ?? '')]).toEqual([variable, true])
      }
      expect([container.name, secretsInPlain(container)]).toEqual([container.name, []])
      const volumes = (spec.template.spec.volumes ?? []).map((volume) => volume.name)
      for (const mount of container.volumeMounts ?? []) {
        expect(volumes).toContain(mount.name)
        expect(mount.readOnly).toBe(true)
      }
    }
  },
)

const mountedBy = ({ volumeMounts = [] }: Container, file: string): boolean =>
  volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`))

function secretsInPlain({ env = [] }: Container): string[] {
  return env
    .filter(
      ({ name, value }) => value !== undefined && /SECRET|URL|PASSWORD/.test(name) && !name.endsWith('_FILE'),
    )
    .map(({ name }) => name)
}

test.each(folders)('pods of %s have nothing that they do not need', (name) => {
  const { template } = workload(of(name))
  expect(template.spec.automountServiceAccountToken).toBe(false)
  expect(template.spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  for (const { securityContext } of containersOf(workload(of(name))))
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
})

test.each(withDoor)(
  'in %s ports and probes are those of the code, and readiness gates the rollout',
  (name) => {
    const spec = workload(of(name))
    const door = spec.template.spec.containers.find((each) => each.readinessProbe?.httpGet.path === '/readyz')
    const ports = new Map(door?.ports?.map((port) => [port.name, String(port.containerPort)]))
    expect([ports.get('ops'), ports.get('health')]).toEqual([
      variables.PORT.fallback,
      variables.HEALTH_PORT.fallback,
    ])
    const paths = ([probe]: [Probe | undefined]) => [probe?.httpGet.path, probe?.httpGet.port]
    expect(paths([door?.startupProbe])).toEqual(['/startupz', 'health'])
    expect(paths([door?.livenessProbe])).toEqual(['/livez', 'health'])
    expect(paths([door?.readinessProbe])).toEqual(['/readyz', 'health'])
    expect(spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    })
  },
)

test.each(folders)(
  'a pod of %s gets longer to end than a run gets for its grace and its roll-back',
  (name) => {
    const { template } = workload(of(name))
    const [, rollBackMs = ''] = /const rollBackMs = ([\d_]+)/.exec(read('src/server/serve.ts')) ?? []
    const preStop = Math.max(
      ...template.spec.containers.map(({ lifecycle }) => lifecycle?.preStop.sleep.seconds ?? 0),
    )
    const grace = Number.parseInt(variables.SHUTDOWN_GRACE.fallback, 10)
    const least = preStop + grace + Number(rollBackMs.replace('_', '')) / 1000 + 5
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(least)
  },
)

const specOf = (manifests: readonly Manifest[], kind: string, name: string) =>
  manifests.find((each) => each.kind === kind && each.metadata.name === name)?.['spec'] as
    { readonly selector: Labels; readonly ports: readonly { readonly targetPort: string }[] } | undefined

test.each(withDoor)(
  'in %s users reach ready pods, and the door’s callers the pods of the release, ready or not',
  (name) => {
    const { template, selector } = workload(of(name))
    const { labels } = template.metadata
    const users = specOf(of(name), 'Service', 'shop')
    const ops = specOf(of(name), 'Service', 'shop-ops')
    expect(users).not.toHaveProperty('publishNotReadyAddresses')
    expect(ops).toMatchObject({ publishNotReadyAddresses: true })
    expect(ops?.selector).toEqual(labels)
    expect(ops?.selector['app.kubernetes.io/version']).toBe(name === 'example' ? '1.5.0' : '1.4.0')
    // A Deployment's selector cannot be changed, and a Service of one release would lose its users in every rollout.
    expect(users?.selector).toEqual(selector.matchLabels)
    expect(Object.keys(selector.matchLabels)).toEqual(['app.kubernetes.io/name'])
    const named = template.spec.containers.flatMap(({ ports = [] }) => ports.map((port) => port.name))
    for (const { targetPort } of [...(users?.ports ?? []), ...(ops?.ports ?? [])])
      expect(named).toContain(targetPort)
  },
)

test.each(['application', 'init-container', 'job'])('in %s there is no door and no secret of one', (name) => {
  const text = JSON.stringify(of(name))
  expect(text).not.toMatch(/shop-ops|MIGRATION_SECRET|migration-secret/)
})

test.each(['init-container', 'job'])('%s migrates in pipeline mode', (name) => {
  const migrate = containersOf(workload(of(name))).find((each) => each.name === 'migrate')
  expect(migrate?.args).toEqual(['migrate'])
  expect(migrate?.env).toContainEqual({ name: 'MIGRATION_ENDPOINT', value: 'off' })
})

test('a Job’s pod that had to leave its node is replaced, though its cancelled run ends like one that failed', () => {
  const [job] = of('job').filter(({ kind }) => kind === 'Job')
  const { podFailurePolicy } = job?.['spec'] as { podFailurePolicy: { rules: Record<string, unknown>[] } }
  const [first, second] = podFailurePolicy.rules
  expect(first).toMatchObject({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] })
  const { values } = second?.['onExitCodes'] as { values: number[] }
  expect([second?.['action'], values]).toEqual([
    'FailJob',
    expect.arrayContaining([problemKinds.cancelled.exitCode]),
  ])
})

test('a kustomization that names what is not there is refused', () => {
  expect(() => render('deploy/kubernetes/none')).toThrow('is not there')
})
