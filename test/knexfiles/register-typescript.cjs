// What a project's ts-node or tsx does for the knex command line: lets `require()` take TypeScript.
const { readFileSync } = require('node:fs')
const { createJiti } = require('jiti')

const jiti = createJiti(__filename, { fsCache: false })

require.extensions['.ts'] = (module, filename) => {
  module._compile(jiti.transform({ source: readFileSync(filename, 'utf8'), filename, ts: true }), filename)
}

const resolve = module.constructor._resolveFilename
module.constructor._resolveFilename = (request, ...rest) => {
  try {
    return resolve(request, ...rest)
  } catch (error) {
    if (!request.endsWith('.js')) throw error
    return resolve(request.replace(/\.js$/, '.ts'), ...rest) // as TypeScript resolves it
  }
}
