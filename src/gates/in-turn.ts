import type { NextFunction, RequestHandler } from 'express'

/**
 * Gates as one layer of Express, each asked when the one before it has let the request through: the router's way from
 * layer to layer (path, parameters, tracing) costs more than a gate does. One that fails lets nobody through, whatever it
 * throws, rejects with or hands on; Express would take `undefined` and `'route'` for no failure.
 */
export function inTurn(gates: readonly RequestHandler[]): RequestHandler {
  return function gatesInTurn(request, response, next) {
    let turn = 0
    const pass: NextFunction = (failure?: unknown) => {
      if (failure !== undefined) {
        next(errorOf(failure))
        return
      }
      const gate = gates[turn]
      turn += 1
      if (gate === undefined) next()
      else ask(gate)
    }
    const ask = (gate: RequestHandler): void => {
      try {
        const answer: unknown = gate(request, response, pass)
        if (answer instanceof Promise) answer.catch((reason: unknown) => next(errorOf(reason)))
      } catch (thrown) {
        next(errorOf(thrown))
      }
    }
    pass()
  }
}

function errorOf(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('a gate failed', { cause: failure })
}
