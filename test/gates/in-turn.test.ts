import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { createServer } from 'node:http'
import { inTurn } from '../../src/gates/in-turn.js'
import { listening, request } from '../hostile/rig.js'
import { recordingEngine } from '../door/recording-engine.js'

/** The order in which gates were asked, and the status of the answer: 200 from behind them, 500 from the error handler. */
async function through(...gates: RequestHandler[]) {
  const asked: number[] = []
  const counted = gates.map((gate, index): RequestHandler => (...call) => {
    asked.push(index)
    return gate(...call)
  })
  const app = express().set('env', 'test').use(inTurn(counted))
  app.use((_request, response) => void response.send('passed'))
  app.use(((_error, _request, response, _next) => void response.status(500).end()) as ErrorRequestHandler)
  const rig = await listening(createServer(app), {
    engine: recordingEngine(),
    refusals: [],
    logged: () => '',
  })
  const { status } = await rig.send(request('GET /'))
  await rig.close()
  return { status, asked }
}

const lets: RequestHandler = (_request, _response, next) => next()
const letsLater: RequestHandler = (_request, _response, next) => void setImmediate(next)

test('each gate is asked when the one before it has let the request through', async () => {
  expect(await through(lets, letsLater, lets)).toEqual({ status: 200, asked: [0, 1, 2] })
})

test('a gate that answers is the last that is asked', async () => {
  const refuses: RequestHandler = (_request, response) => void response.status(403).end()
  expect(await through(lets, refuses, lets)).toEqual({ status: 403, asked: [0, 1] })
})

const no: unknown = undefined
const failures: [string, RequestHandler][] = [
  [
    'throws an error',
    () => {
      throw new Error('broken')
    },
  ],
  [
    'throws nothing',
    () => {
      throw no
    },
  ],
  ['rejects with an error', () => Promise.reject(new Error('broken'))],
  ['rejects with nothing', () => Promise.reject(no)], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- the same
  ['hands on an error', (_request, _response, next) => next(new Error('broken'))],
  ['hands on null', (_request, _response, next) => next(null)],
  ['leaves the route', (_request, _response, next) => next('route')],
  ['leaves the router', (_request, _response, next) => next('router')],
]
test.each(failures)('a gate that %s lets nobody through', async (_, fails) => {
  expect(await through(lets, fails, lets)).toEqual({ status: 500, asked: [0, 1] })
})
