import { openApiDocument } from '../../src/openapi/document.js'
import { tableRows } from '../repository/documents.js'
import { read } from '../repository/sources.js'

interface Described {
  readonly summary: string
}

test('docs/http-api.md lists every operation of the description, as it says it', () => {
  const listed = tableRows(read('docs/http-api.md'))
    .map(([operation = '', summary]) => [operation.replaceAll('`', ''), summary])
    .filter(([operation]) => /^[A-Z]+ \//.test(operation ?? ''))
  const described = Object.entries(openApiDocument({ checklist: true }).paths).flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, Described>>)
      .filter(([method]) => ['get', 'post', 'delete'].includes(method))
      .map(([method, { summary }]) => [`${method.toUpperCase()} ${path}`, summary]),
  )
  expect(listed).toEqual(described)
})
