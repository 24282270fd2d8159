import type { Manifest } from './kustomize.js'

/** The parts of a container's specification that are looked at here. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly EnvEntry[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly: boolean
  }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly securityContext?: unknown
}

export interface EnvEntry {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: unknown
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly timeoutSeconds?: number
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly terminationGracePeriodSeconds: number
  readonly automountServiceAccountToken: boolean
  readonly securityContext: unknown
}

interface Volume {
  readonly name: string
  readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly path: string }[] }
  readonly configMap?: { readonly name: string }
}

export type Labels = Readonly<Record<string, string>>

interface Workload {
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels }
    readonly strategy: unknown
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec }
  }
}

/** The Deployment or Job among the manifests. */
export function workload(manifests: readonly Manifest[]): Workload['spec'] {
  const found = manifests.find(({ kind }) => kind === 'Deployment' || kind === 'Job')
  if (!found) throw new Error('there is neither a Deployment nor a Job')
  return (found as unknown as Workload).spec
}

/** Every container of its pods. */
export function containersOf({ template: { spec } }: Workload['spec']): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers]
}
