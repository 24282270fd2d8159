declare module 'express-ip-filter' {
  import type { IncomingMessage } from 'node:http'

  /** Version 2.0.0; the parts that are used. */
  interface Options {
    /** Default true: throws for `::1`. Written to on each request, so the object cannot be frozen. */
    strict: boolean
    /** What is filtered; a falsy answer lets the request through. */
    id: (request: IncomingMessage) => string
    /** A function is called as it is; anything else is compiled as a glob. Missing: everything passes. */
    filter: (id: string) => boolean
  }
  interface Answer {
    status(code: number): { send(body: unknown): unknown }
  }
  function expressIpFilter(
    options: Options,
  ): (request: IncomingMessage, response: Answer, next: () => void) => void
  export = expressIpFilter
}
