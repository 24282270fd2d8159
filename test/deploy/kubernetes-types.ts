import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../repository/sources.js'
import type { Manifest } from './kustomize.js'

/**
 * What the compiler says about the manifests as literals of kubernetes-models' types: an unknown key is an excess property.
 * The package's own validation lets unknown keys pass.
 */
export function typeErrors(manifests: readonly Manifest[]): string[] {
  const path = join(root, 'test/deploy/manifests-as-literals.ts')
  const program = ts.createProgram([path], options, hostWith(path, sourceOf(manifests)))
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
}

function sourceOf(manifests: readonly Manifest[]): string {
  const lines = manifests.map((manifest, index) => {
    const { apiVersion, kind } = manifest
    const type = `import('kubernetes-models/${apiVersion.replace(/^([a-z]+)\.k8s\.io\//, '$1.k8s.io/')}/${kind}').I${kind}`
    return `export const m${index}: ${type} = ${JSON.stringify(manifest)}`
  })
  return lines.join('\n')
}

function hostWith(path: string, text: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  return {
    ...host,
    fileExists: (name) => name === path || fileExists(name),
    readFile: (name) => (name === path ? text : readFile(name)),
    getSourceFile: (name, version) =>
      name === path ? ts.createSourceFile(name, text, version) : getSourceFile(name, version),
  }
}
