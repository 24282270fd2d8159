import type { ServerResponse } from 'node:http'

const expecting = new WeakSet<ServerResponse>()

/** Marks an answer whose client waits for `100 Continue` before it sends the body. */
export function expectContinue(response: ServerResponse): void {
  expecting.add(response)
}

/** Asks the client for the body, if it waits for that; called by whoever is about to read it, behind all gates. */
export function continueBody(response: ServerResponse): void {
  if (expecting.delete(response)) response.writeContinue()
}
