declare module 'express-ip-filter' {
  import type { IncomingMessage } from 'node:http'

  /** Version 2.0.0; the parts that are used. */
  interface Options<To extends Answer> {
    /** Default true: throws for `::1`. Written to on each request, so the object cannot be frozen. */
    strict: boolean
    /** What is filtered; a falsy answer lets the request through. */
    id: (request: IncomingMessage, response: To) => string
    /** A function is called as it is; anything else is compiled as a glob. Missing: everything passes. */
    filter: (id: string) => boolean
  }
  interface Answer {
    status(code: number): { send(body: unknown): unknown }
  }
  function expressIpFilter<To extends Answer>(
    options: Options<To>,
  ): (request: IncomingMessage, response: To, next: () => void) => void
  export = expressIpFilter
}
