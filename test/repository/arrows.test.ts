import { strayVendors, wrongArrows } from './arrows.js'
import { filesBelow, type Source } from './sources.js'

const sources = [
  ...filesBelow('src', '.ts'),
  ...filesBelow('config', '.ts'),
  ...filesBelow('console', '.ts', '.tsx'),
]
const one = (path: string, text: string): Source[] => [{ path, text }]

test('imports point one way', () => {
  expect(wrongArrows(sources)).toEqual([])
})

test.each([
  ['upwards', 'src/runs/run.ts', "import { answer } from '../door/answer.js'", 'src/door/answer.ts'],
  ['sideways', 'src/health/probes.ts', "export { x } from '../door/answer.js'", 'src/door/answer.ts'],
  ['by import()', 'src/gates/a.ts', "const b = await import('../server/b.js')", 'src/server/b.ts'],
  [
    'for a value behind a type',
    'src/journal/a.ts',
    "import { type T, v } from '../runs/b.js'",
    'src/runs/b.ts',
  ],
  [
    'of code into the page',
    'console/parts/a.tsx',
    "import { answerTo } from '../../src/runs/outcome.js'",
    'src/runs/outcome.ts',
  ],
  ['from an unknown part', 'src/extras/a.ts', "import { v } from '../runs/b.js'", 'src/runs/b.ts'],
])('an import %s is found', (_, from, text, to) => {
  expect(wrongArrows(one(from, text))).toEqual([`${from} → ${to}`])
})

test('the shapes of a run may be named below it', () => {
  expect(wrongArrows(one('src/journal/a.ts', "import type { Actor } from '../runs/actor.js'"))).toEqual([])
  expect(wrongArrows(one('src/journal/a.ts', "import { type Actor } from '../runs/actor.js'"))).toEqual([])
})

test('each vendor is known in its own place only', () => {
  expect(strayVendors(sources)).toEqual([])
})

test('a vendor that strays is found, under a path of its own too', () => {
  const text = "import express from 'express'\nimport { init } from '@sentry/node/preload'\n"
  expect(strayVendors(one('src/runs/run.ts', text))).toEqual([
    'src/runs/run.ts → express',
    'src/runs/run.ts → @sentry/node',
  ])
  expect(strayVendors(one('src/door/router.ts', "import express from 'express'"))).toEqual([])
})
