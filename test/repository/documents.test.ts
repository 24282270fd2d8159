import { checkKinds } from '../../src/check/catalog.js'
import { problemKinds } from '../../src/problems/catalog.js'
import { deadLinks, tableRows } from './documents.js'
import { filesBelow, read } from './sources.js'

const atTheTop = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']
const documents = [
  ...atTheTop.map((path) => ({ path, text: read(path) })),
  ...filesBelow('docs', '.md'),
  ...filesBelow('deploy', '.md'),
]

test('every relative link leads to a file, and to a heading where it names one', () => {
  expect(deadLinks(documents)).toEqual([])
})

test('a link that leads nowhere is found', () => {
  const text = '[a](LICENSE) [b](docs/none.md) [c](#there) [d](#nowhere) [e](https://example.com)\n## There\n'
  expect(deadLinks([{ path: 'README.md', text }])).toEqual(['README.md: docs/none.md', 'README.md: #nowhere'])
})

test('docs/problems.md lists exactly the codes there are, with status, title and exit code', () => {
  const listed = tableRows(read('docs/problems.md'))
    .filter(([code]) => code?.startsWith('[`'))
    .map(([code = '', status, title, exitCode]) => [
      code.replace(/^\[`(.*)`\].*$/, '$1'),
      status,
      title,
      exitCode,
    ])
  const known = Object.entries(problemKinds).map(([code, kind]) => [
    code,
    String(kind.status),
    kind.title,
    String(kind.exitCode),
  ])
  expect(listed).toEqual(known)
})

test('docs/problems.md has a heading for every code', () => {
  const headings = [...read('docs/problems.md').matchAll(/^### `(.+)`$/gm)].map((match) => match[1])
  expect([...headings].sort()).toEqual(Object.keys(problemKinds).sort())
})

test('docs/check.md lists exactly the items there are, in their order, and says of each when it does not pass', () => {
  const text = read('docs/check.md')
  const listed = tableRows(text).filter(([id]) => /^`[a-z_]+`$/.test(id ?? ''))
  const known = Object.entries(checkKinds).map(([id, { title, controls }]) => [`\`${id}\``, title, controls])
  expect(listed).toEqual(known)
  const explained = [...text.matchAll(/^- ((?:\*\*`[a-z_]+`\*\*,? ?)+)/gm)].flatMap((match) => [
    ...(match[1] ?? '').matchAll(/`([a-z_]+)`/g),
  ])
  expect(explained.map(([, id]) => id).toSorted()).toEqual(Object.keys(checkKinds).toSorted())
})

test('the two commands and the call stand on the first screen of the README', () => {
  const screen = read('README.md').split('\n').slice(0, 40).join('\n')
  expect(screen).toContain('npm ci && npm start')
  expect(screen).toContain('npm ci && npm test')
  expect(screen).toMatch(/curl .*\/api\/migrate/)
})
