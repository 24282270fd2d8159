import { openApiDocument, apiVersion } from '../../src/openapi/document.js'
import { problemKinds } from '../../src/problems/catalog.js'
import { authorised, request, startRig } from '../hostile/rig.js'
import { read } from '../repository/sources.js'
import { undescribed, undescribedEvent, type Exchanged } from '../support/described.js'

const document = openApiDocument({ checklist: true })
const text = JSON.stringify(document)

/** What the linter has to say; it is an ES module, which only `import()` reaches. */
async function lint(source: string) {
  const { createConfig, lintFromString } = await import('@redocly/openapi-core')
  return lintFromString({ source, config: await createConfig({ extends: ['recommended'] }) })
}

test('the document passes the recommended lint without a warning', async () => {
  const found = await lint(text)
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

test('a document with an error does not pass', async () => {
  const broken = text.replaceAll('#/components/schemas/Runs', '#/components/schemas/None')
  expect(await lint(broken)).not.toEqual([])
})

test('it says the version of the package', () => {
  expect((JSON.parse(read('package.json')) as { version: string }).version).toBe(apiVersion)
})

test('every code of the catalog stands in it with an example, but for those of unlisted paths and methods', () => {
  const shown = new Set([...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code))
  const unlisted = ['method_not_allowed']
  expect([...shown, ...unlisted].sort()).toEqual(Object.keys(problemKinds).sort())
})

test('every example is what its own schema allows', () => {
  const examples = [...text.matchAll(/\{"value":(\{"type":"urn:.*?\})\}(?=[,}])/g)].map(
    ([, json = '']) => json,
  )
  expect(examples.length).toBeGreaterThan(30)
  for (const json of examples) expect([json, undescribedEvent('done', JSON.parse(json))]).toEqual([json, []])
})

describe('GET /openapi.json', () => {
  test('needs no token, and stands behind the allowlist', async () => {
    const rig = await startRig()
    const reply = await rig.send(request('GET /openapi.json'))
    expect([reply.status, JSON.parse(reply.body).openapi]).toEqual([200, '3.1.0'])
    const elsewhere = request('GET /openapi.json').replace('203.0.113.9', '198.51.100.7')
    expect((await rig.send(elsewhere)).status).toBe(403)
    expect((await rig.send(authorised('POST /openapi.json'))).headers['allow']).toBe('GET, HEAD')
    expect((await rig.send(request('GET /openapi.json?x=1'))).status).toBe(400)
    expect((await rig.send(request('HEAD /openapi.json'))).status).toBe(200)
    await rig.close()
  })

  test('names the checklist where there is one only', async () => {
    const paths = (checklist: boolean) => Object.keys(openApiDocument({ checklist }).paths)
    expect(paths(true).filter((path) => !paths(false).includes(path))).toEqual(['/api/migrate/check'])
  })
})

describe('an answer that the document does not know is found', () => {
  const headers = Object.fromEntries(
    Object.entries((document as unknown as { components: Components }).components.headers)
      .filter(([, { required }]) => required)
      .map(([name, { schema }]) => [name.toLowerCase(), schema.const ?? schema.enum?.[0] ?? '1']),
  )
  const body = JSON.stringify({ runs: [] })
  const good = {
    method: 'GET',
    target: '/api/migrate/runs',
    status: 200,
    body,
    headers: { ...headers, 'content-type': 'application/json' },
  }

  const withoutId = Object.fromEntries(
    Object.entries(good.headers).filter(([name]) => name !== 'x-request-id'),
  )

  test.each<[string, Partial<Exchanged>, number]>([
    ['none is wrong', {}, 0],
    ['a status', { status: 418 }, 1],
    ['a member', { body: JSON.stringify({ runs: [], more: 1 }) }, 1],
    ['a missing member', { body: '{}' }, 1],
    ['a content type', { headers: { ...good.headers, 'content-type': 'text/html' } }, 1],
    ['a missing header', { headers: withoutId }, 1],
    ['another value of a header', { headers: { ...good.headers, 'cache-control': 'public' } }, 1],
    ['a path', { target: '/api/migrate/other' }, 1],
    ['a method', { method: 'PUT' }, 1],
  ])('%s', (_, change, wrong) => {
    expect(undescribed({ ...good, ...change })).toHaveLength(wrong)
  })
})

interface Components {
  readonly headers: Readonly<
    Record<string, { required: boolean; schema: { const?: string; enum?: string[] } }>
  >
}
