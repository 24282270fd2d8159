import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'yaml'
import { root } from '../repository/sources.js'

/** A manifest, or a part of one. */
export type Node = Record<string, unknown>

export interface Manifest extends Node {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

interface Kustomization {
  readonly namespace?: string
  readonly resources?: readonly string[]
  readonly patches?: readonly {
    readonly path?: string
    readonly patch?: string
    readonly target?: { readonly kind: string; readonly name: string }
  }[]
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[]
  readonly replacements?: readonly Replacement[]
}

interface Replacement {
  readonly source: { readonly kind: string; readonly name: string; readonly fieldPath: string }
  readonly targets: readonly {
    readonly select: { readonly kind: string; readonly name: string }
    readonly fieldPaths: readonly string[]
  }[]
}

/** What this reads of a kustomization; anything else in one is an error here, so that nothing is passed over. */
const known = ['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'images', 'replacements']

/**
 * What `kubectl kustomize` prints for a folder below the root, of the few features that are used here. Throws where a file is
 * missing or outside of its kustomization's folder, and where a patch, replacement or image names what is not there.
 */
export function render(folder: string): Manifest[] {
  const path = join(root, folder, 'kustomization.yaml')
  const kustomization = yamlAt(path) as Kustomization
  const unknown = Object.keys(kustomization).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`${path}: ${unknown.join(', ')} is not understood here`)
  const { resources = [], patches = [], replacements = [], images = [], namespace } = kustomization
  let manifests = resources.flatMap((resource) => resourcesAt(folder, resource))
  for (const { path: file, patch = '' } of patches)
    manifests = patched(manifests, (file ? yamlAt(within(folder, file)) : parse(patch)) as Manifest)
  for (const replacement of replacements) replace(manifests, replacement)
  for (const image of images) renameImage(manifests, image)
  return namespace
    ? manifests.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } }))
    : manifests
}

function resourcesAt(folder: string, resource: string): Manifest[] {
  if (existsSync(join(root, folder, resource, 'kustomization.yaml'))) return render(join(folder, resource))
  return [yamlAt(within(folder, resource)) as Manifest]
}

/** kubectl refuses files from outside of the kustomization's own folder. */
function within(folder: string, file: string): string {
  const path = join(root, folder, file)
  if (relative(join(root, folder), path).startsWith('..')) throw new Error(`${file} is not below ${folder}`)
  return path
}

function yamlAt(path: string): unknown {
  if (!existsSync(path))
    throw new Error(`${relative(root, path)} is not there, but ${dirname(path)} names it`)
  return parse(readFileSync(path, 'utf8'))
}

function one(
  manifests: readonly Manifest[],
  { kind, name }: { readonly kind: string; readonly name: string },
) {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name)
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} objects are ${kind} ${name}`)
  return found[0]
}

function patched(manifests: readonly Manifest[], patch: Manifest): Manifest[] {
  const target = one(manifests, { kind: patch.kind, name: patch.metadata.name })
  if (patch['$patch'] === 'delete') return manifests.filter((each) => each !== target)
  const changed = merged(target, patch) as Manifest
  return manifests.map((each) => (each === target ? changed : each))
}

/** By which member Kubernetes tells the elements of a list apart in a strategic merge. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
}

function merged(before: unknown, patch: unknown, key = ''): unknown {
  if (Array.isArray(before) && Array.isArray(patch)) return mergedLists(before, patch, key)
  if (!isNode(before) || !isNode(patch)) return patch
  const kept = Object.entries(before).filter(([name]) => patch[name] !== null)
  const changed = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, name in before ? merged(before[name], value, name) : value])
  return { ...Object.fromEntries(kept), ...(Object.fromEntries(changed) as Node) }
}

function mergedLists(before: readonly Node[], patch: readonly Node[], key: string): unknown {
  const by = mergeKeys[key]
  if (by === undefined) return patch
  const same = (a: Node, b: Node) => a[by] === b[by]
  const added = patch.filter((each) => !before.some((other) => same(each, other)))
  const gone = added.find((each) => each['$patch'] === 'delete')
  if (gone) throw new Error(`${key} has no ${String(gone[by])} that could be deleted`)
  const kept = before.flatMap((each) => {
    const change = patch.find((other) => same(each, other))
    if (change?.['$patch'] === 'delete') return []
    return [change ? merged(each, change) : each]
  })
  return [...added, ...kept]
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function replace(manifests: readonly Manifest[], { source, targets }: Replacement): void {
  const value = at(one(manifests, source), fields(source.fieldPath))
  for (const { select, fieldPaths } of targets)
    for (const fieldPath of fieldPaths) set(one(manifests, select), fields(fieldPath), value)
}

/** `spec.selector.[app.kubernetes.io/version]` */
function fields(path: string): string[] {
  return path.match(/\[[^\]]+\]|[^.[\]]+/g)?.map((part) => part.replace(/^\[|\]$/g, '')) ?? []
}

function at(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isNode(value) ? value[key] : undefined), node)
}

function set(node: Node, path: readonly string[], value: unknown): void {
  const parent = at(node, path.slice(0, -1))
  const key = path.at(-1) ?? ''
  if (!isNode(parent) || !(key in parent)) throw new Error(`there is no ${path.join('.')} to replace`)
  parent[key] = value
}

function renameImage(
  manifests: readonly Manifest[],
  { name, newName, newTag }: { readonly name: string; readonly newName: string; readonly newTag: string },
): void {
  const visit = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + visit(each), 0)
    if (!isNode(value)) return 0
    const own = value['image'] === name ? 1 : 0
    if (own) value['image'] = `${newName}:${newTag}`
    return Object.values(value).reduce<number>((sum, each) => sum + visit(each), own)
  }
  if (visit([...manifests]) === 0) throw new Error(`no container has the image ${name}`)
}
