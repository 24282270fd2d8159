/** The four kinds of project that a package meets. */
export interface Kind {
  readonly title: string
  readonly type: 'module' | 'commonjs'
  /** The program, and what has to be run of it. */
  readonly source: string
  readonly main: string
  /** Extension and text of the project's migrations. */
  readonly migration: { readonly extension: string; readonly text: string }
}

const esmImports = `import { createServer } from 'node:http'
import express from 'express'
import knexFactory from 'knex'
import { boot, ipAllowlist, sallyport } from 'sallyport'
`

const cjsImports = `const { createServer } = require('node:http')
const express = require('express')
const knexFactory = require('knex')
const { boot, ipAllowlist, sallyport } = require('sallyport')
`

/** An application as the README has it: own knex, own Express apps, own routes beside the door. */
function program(typed: boolean): string {
  const returns = typed ? ': Promise<void>' : ''
  const server = typed ? ': Server' : ''
  return `
async function main()${returns} {
  await boot(process.env)
  const connection = process.env['DATABASE_URL'] ?? ''
  const knex = knexFactory({ client: 'pg', connection, pool: { min: 0, max: 1 } })
  const door = sallyport({
    knex,
    secret: process.env['MIGRATION_SECRET'],
    otherSecrets: [process.env['NEXTAUTH_SECRET']],
    allowedIps: ['127.0.0.1'],
    trustedProxies: [],
  })
  const app = express()
  app.use('/api/migrate', door.router)
  app.use('/vpn', ipAllowlist({ allowedIps: ['203.0.113.0/24'] }))
  app.post('/own/migrate', async (request, response) => {
    response.json(await door.migrate())
  })
  const servers = [createServer(app), createServer(express().use(door.health))]
  for (const server of servers) await listen(server)
  console.log('listening', ...servers.map(portOf))
  process.once('SIGTERM', () => {
    for (const server of servers) server.close()
    void door
      .close()
      .then(() => knex.raw('select 1'))
      .then(() => knex.destroy())
      .then(() => console.log('the borrowed knex was still open'))
  })
}

function listen(server${server})${returns} {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
}

function portOf(server${server})${typed ? ': number' : ''} {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

void main()
`
}

const typedImports = esmImports.replace('{ createServer }', '{ createServer, type Server }')
const esmMigration = `export async function up(knex) {
  await knex.schema.createTable('accounts', (table) => table.increments())
}
export async function down() {}
`
const cjsMigration = esmMigration.replaceAll('export async function', 'exports.X = async function')
const tsMigration = `import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('accounts', (table) => table.increments())
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('accounts')
}
`

/** In TypeScript, imports are written alike; what they compile to is decided by the project's \`type\`. */
const compilerOptions = {
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  rootDir: 'src',
  outDir: 'build',
}
/** What \`tsc\` reads in the TypeScript projects. */
export const tsconfig = JSON.stringify({ compilerOptions, include: ['src'] })

export const kinds: readonly Kind[] = [
  {
    title: 'ESM JavaScript',
    type: 'module',
    source: `${esmImports}${program(false)}`,
    main: 'app.js',
    migration: { extension: 'js', text: esmMigration },
  },
  {
    title: 'CommonJS JavaScript',
    type: 'commonjs',
    source: `${cjsImports}${program(false)}`,
    main: 'app.js',
    migration: { extension: 'js', text: cjsMigration.replace('X', 'up').replace('X', 'down') },
  },
  {
    title: 'ESM TypeScript',
    type: 'module',
    source: `${typedImports}${program(true)}`,
    main: 'build/app.js',
    migration: { extension: 'ts', text: tsMigration },
  },
  {
    title: 'CommonJS TypeScript',
    type: 'commonjs',
    source: `${typedImports}${program(true)}`,
    main: 'build/app.js',
    migration: { extension: 'ts', text: tsMigration },
  },
]
