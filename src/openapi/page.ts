import express, { type Router } from 'express'
import { withoutOptions, only } from '../door/routes.js'
import type { Refuse } from '../gates/refuse.js'
import { sendJson } from '../problems/respond.js'
import type { DescriptionOptions, OpenApiDocument } from './document.js'

/** `GET /openapi.json`. The document is made, and what makes it loaded, at the first call: a start-up has no time for it. */
export function descriptionPage(options: DescriptionOptions): (refuse: Refuse) => Router {
  let document: OpenApiDocument | undefined
  return (refuse) => {
    const router = express.Router({ caseSensitive: true, strict: true })
    router
      .route('/openapi.json')
      .get(withoutOptions(refuse), async (_request, response) => {
        document ??= await describe(options)
        sendJson(response, 200, document)
      })
      .all(only('GET, HEAD', refuse))
    return router
  }
}

async function describe(options: DescriptionOptions): Promise<OpenApiDocument> {
  const { openApiDocument } = await import('./document.js')
  return openApiDocument(options)
}
