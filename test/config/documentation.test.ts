import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { envExample, withVariablesTable } from '../../config/documentation.js'
import type { Variable } from '../../config/variable.js'
import { variables } from '../../config/variables.js'

const file = (name: string): string => readFileSync(join(__dirname, '../..', name), 'utf8')

test('.env.example is what `npm run generate` writes', () => {
  expect(file('.env.example')).toBe(envExample())
})

test("the README's table of variables is what `npm run generate` writes", () => {
  const readme = file('README.md')
  expect(readme).toBe(withVariablesTable(readme))
})

test('the table is refused where its marks are missing', () => {
  expect(() => withVariablesTable('# Nothing here')).toThrow(/marks/)
})

test('.env.example documents MIGRATION_SECRET as required, distinct and made by openssl', () => {
  const entry = /(?:^#.*\n)+MIGRATION_SECRET=$/m.exec(file('.env.example'))?.[0]
  expect(entry).toMatch(/REQUIRED, and distinct/)
  expect(entry).toMatch(/openssl rand -hex 32/)
  expect(parse(file('.env.example'))).toEqual({ MIGRATION_SECRET: '' })
})

test('every default of the table is a value that its own parser reads', () => {
  for (const row of Object.values<Variable<unknown>>(variables)) {
    for (const text of [row.fallback, row.local, row.example]) {
      if (text !== undefined) expect(row.parse(text)).toHaveProperty('value')
    }
  }
})

test('no default and no example of a secret or URL is written down', () => {
  const confidential = Object.values<Variable<unknown>>(variables).filter((row) => row.confidential)
  expect(confidential.length).toBeGreaterThanOrEqual(6)
  for (const { fallback, local, example } of confidential)
    expect([fallback, local, example]).toEqual([undefined, undefined, undefined])
})
