import { problemKinds, type ProblemCode } from '../../src/problems/catalog.js'
import { problemDocument } from '../../src/problems/document.js'

const codes = Object.keys(problemKinds) as ProblemCode[]

test.each(codes)('%s is a problem by RFC 9457, with the members that the contract adds', (code) => {
  const { status, title } = problemKinds[code]
  const document = problemDocument(code, { detail: 'Why.', requestId: 'r-1' })
  expect(document).toEqual({
    type: `urn:sallyport:problem:${code}`,
    title,
    status,
    detail: 'Why.',
    instance: 'urn:sallyport:request:r-1',
    code,
    success: false,
    error: title,
  })
  expect(status).toBeGreaterThanOrEqual(400)
  for (const uri of [document.type, document.instance]) expect(URL.canParse(uri)).toBe(true)
})

test('a failure’s members stand beside them, and the status may be another', () => {
  const members = { runId: 'x', rolledBack: ['1_a'], message: 'of the database' }
  const document = problemDocument('migration_failed', {
    detail: 'Why.',
    requestId: 'r',
    status: 409,
    members,
  })
  expect(document).toMatchObject({
    status: 409,
    code: 'migration_failed',
    title: 'Migration failed',
    ...members,
  })
})

test('what should be tried again says when', () => {
  const kinds: [string, { status: number; retryAfter?: number }][] = Object.entries(problemKinds)
  const silent = kinds.filter(([, { status, retryAfter }]) => status === 503 && retryAfter === undefined)
  expect(silent.map(([code]) => code)).toEqual(['misconfigured'])
})
