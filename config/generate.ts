import { readFileSync, writeFileSync } from 'node:fs'
import { envExample, withVariablesTable } from './documentation.js'

// `npm run generate`, in the project's root: writes what documents the variables from their one table.
writeFileSync('.env.example', envExample())
writeFileSync('README.md', withVariablesTable(readFileSync('README.md', 'utf8')))
