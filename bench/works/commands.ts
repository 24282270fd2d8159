import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { compare, type Contender } from '../measure/compare.js'
import { benchDirectory } from '../world/peers.js'
import { contenderScript, runProgram, sallyportScript, type Program } from '../world/program.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

const require = createRequire(import.meta.url)

type Command = Omit<Program, 'cwd' | 'env'> & { readonly env?: Readonly<Record<string, string>> }

/** The command lines with nothing to do, from the start of the process to its end. */
export const commands: Work = Object.freeze({
  name: 'commands',
  measure: async (world: World) => {
    const { dir } = world.set(100, 'nothing')
    const contenders: Contender[] = []
    for (const [name, command] of Object.entries({ ...own, ...(world.peers ? peers : {}) })) {
      const env = { NODE_ENV: 'production', DATABASE_URL: await world.createDatabase(), SET: dir }
      const program = { ...command, cwd: dir, env: { ...env, ...command.env } }
      if (command.script === sallyportScript) await runProgram({ ...program, args: ['migrate'] })
      const limit = command.script === sallyportScript && { limit: { at: 'most', of: 1.1 } as const }
      // The first time applies, and is the round that does not count.
      contenders.push({ name, measure: () => runProgram(program), ...limit })
    }
    const rows = await compare({ rounds: world.rounds, base: floor, unit: 'ms', contenders })
    const about =
      'Nothing pending, 100 applied. The floor is a Node process that connects with pg and asks for 1.'
    return [{ title: 'Commands with nothing to do', base: floor, rows, about }]
  },
})

const floor = 'node + pg + SELECT 1'
const migrations = { MIGRATIONS_DIR: './knex' }

const own: Readonly<Record<string, Command>> = {
  [floor]: { script: contenderScript('commands/select-one.js') },
  'sallyport status': { script: sallyportScript, args: ['status'], env: migrations },
  'sallyport migrate': { script: sallyportScript, args: ['migrate'], env: migrations },
  'knex migrate:latest': { script: require.resolve('knex/bin/cli.js'), args: ['migrate:latest'] },
}

const peers: Readonly<Record<string, Command>> = {
  'postgres-migrations script': { script: contenderScript('commands/postgres-migrations.js') },
  'umzug script': { script: contenderScript('commands/umzug.js') },
  'node-pg-migrate up': {
    script: join(
      dirname(join(benchDirectory, 'node_modules/node-pg-migrate/package.json')),
      'bin/node-pg-migrate.js',
    ),
    args: ['up', '-m', './sql'],
  },
}
