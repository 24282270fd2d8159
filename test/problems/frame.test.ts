import { problemKinds, type ProblemCode } from '../../src/problems/catalog.js'
import { problemDocument } from '../../src/problems/document.js'
import { framedProblem } from '../../src/problems/frame.js'

const details = ['Why.', 'Send "Bearer …".', '"instance":"urn:sallyport:request:"', 'a\nb\\', '']

test.each(Object.keys(problemKinds) as ProblemCode[])(
  'a framed %s is the document, byte for byte',
  (code) => {
    for (const detail of details)
      for (const requestId of ['first-1', 'second_2.~']) {
        const whole = JSON.stringify(problemDocument(code, { detail, requestId }))
        const framed = framedProblem(code, detail, requestId) ?? ''
        expect(Buffer.from(framed, 'latin1').toString('utf8')).toBe(whole)
      }
  },
)

test.each(['"', 'é', 'a b', '', 'a\n'])('an id such as %j is not put into a frame', (requestId) => {
  expect(framedProblem('unauthorized', 'Why.', requestId)).toBeUndefined()
})
