import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

// `npm run build`: the sources as a few large files in `dist`, for Node takes half a millisecond and more for each that it loads.

/** What is started, imported or forked by its path. */
const entries = ['src/index', 'src/cli/main', 'src/embedded/keeper', 'src/embedded/start']
/** What tests and the bench take out singly, of the same code. Not published. */
const inner = [
  'src/boot/boot',
  'src/journal/append',
  'src/journal/record',
  'src/observe/sentry',
  'src/project/module-loader',
  'src/project/project',
  'src/runs/create-engine',
]

/**
 * What is loaded together is one file: each stage of a process, with all that it needs and no earlier stage has brought.
 * The rest, which only some processes need, becomes files by its own `import()`.
 */
const stages = {
  start: [
    'cli/command-line',
    'cli/configuration',
    'cli/failures',
    'boot/report',
    'observe/console',
    'observe/sentry',
    'problems/catalog',
    'server/closing',
    'server/follow-files',
    'server/listener',
    'server/signals',
  ],
  engine: ['cli/migrate-command', 'cli/status-command', 'server/open-engine', 'runs/telling'],
  serve: ['cli/serve-command'],
  door: ['server/ops'],
  run: ['runs/attempt', 'postgres/whole-knex'],
}

const groups = Object.entries(stages).map(([name, roots], index) => ({
  name,
  priority: 100 - index,
  test: (id) => roots.some((root) => id.endsWith(`/src/${root}.ts`)),
}))

/**
 * Packages that are CommonJS, or are that as well. Imported, Node parses their files for the names that they export, before
 * it runs them; required, it only runs them.
 */
const required = ['express', 'helmet', 'rate-limiter-flexible/lib/RateLimiterMemory.js']

const requiring = {
  name: 'requiring',
  resolveId: (id) => (required.includes(id) ? `\0required:${id}` : undefined),
  load: (id) => {
    if (!id.startsWith('\0required:')) return undefined
    const name = JSON.stringify(id.slice('\0required:'.length))
    return `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export default require(${name})`
  },
}

// What the package depends on stays in packages of its own, where `npm audit` and `npm update` find it.
const bundle = await rolldown({
  input: Object.fromEntries([...entries, ...inner].map((name) => [name, `${name}.ts`])),
  platform: 'node',
  external: (id) => /^[^./\0]/.test(id) && !required.includes(id),
  plugins: [requiring],
  tsconfig: 'tsconfig.build.json',
  // What is written is carried out, to the last call: `decodeURIComponent(text)` for the sake of its error would be left out.
  treeshake: false,
  optimization: { inlineConst: false },
})
const { output } = await bundle.write({
  dir: 'dist',
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: 'src/chunks/[name].js',
  // Names as in the source, for whoever reads a stack.
  minify: false,
  minifyInternalExports: false,
  codeSplitting: { groups },
})
await bundle.close()

// What an earlier build has left would be published.
const written = new Set(output.map(({ fileName }) => join('dist', fileName)))
for (const folder of ['dist/src', 'dist/config']) {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, path))
  for (const path of paths) if (path.endsWith('.js') && !written.has(path)) rmSync(path)
}
