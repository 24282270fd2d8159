import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import jsTokens from 'js-tokens'
import ts from 'typescript'
import { root } from '../support/processes.js'

/** Paths below `folder`, from the root. */
function filesIn(folder: string, ending: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name))
}

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

/** What was built of each source, which the bundler heads by its path. */
function partsOf(built: string): [source: string, text: string][] {
  const pieces = built.split(/^\/\/ ((?:src|config)\/\S+\.ts|\\0required:\S+)$/m)
  const sources = pieces.filter((_, at) => at % 2 === 1)
  return sources.map((source, at) => [source, pieces[2 * at + 2] ?? ''])
}

const keyword = /^(?:if|for|while|switch|catch|return|await|typeof|function|async|of|in|new|yield|import)$/

/** How often something is called; comments, layout and the names of things do not count. */
function callsIn(text: string): number {
  let before = ''
  let calls = 0
  for (const { type, value } of jsTokens(text)) {
    if (/WhiteSpace|Terminator|Comment/.test(type)) continue
    if (value === '(' && /[\w$)\]]$/.test(before) && !keyword.test(before)) calls += 1
    before = value
  }
  return calls
}

// A bundler may leave out a call whose result nobody takes, though it is made for the sake of its error.
test('whatever the sources call, the package calls', () => {
  const built = new Map(filesIn('dist/src', '.js').flatMap((path) => partsOf(textOf(path))))
  const counted = [...filesIn('src', '.ts'), ...filesIn('config', '.ts')]
    .filter((path) => !path.endsWith('.d.ts') && built.has(path))
    .map((path) => {
      const target = ts.ScriptTarget.ES2023
      const { outputText } = ts.transpileModule(textOf(path), {
        compilerOptions: { target, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      })
      return { path, written: callsIn(outputText), built: callsIn(built.get(path) ?? '') }
    })
  expect(counted.length).toBeGreaterThan(250)
  expect(counted.filter(({ written, built }) => written !== built)).toEqual([])
})
