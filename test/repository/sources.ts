import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import ts from 'typescript'

export const root = join(__dirname, '../..')

/** A file of the repository by its path from the root, with `/` on every platform. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** The files below `folder` whose name ends so, sorted. A folder that is not there is a mistake of the rule. */
export function filesBelow(folder: string, ...endings: readonly string[]): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
    .map((path) => ({ path, text: read(path) }))
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function exists(path: string): boolean {
  return existsSync(join(root, path))
}

/** One import: of another file, by its path from the root, or of a package, by its name. */
export interface Import {
  readonly from: string
  readonly to: string
  readonly local: boolean
  /** Gone once compiled: `import type`, `export type … from`, or nothing but `type` names. */
  readonly typeOnly: boolean
}

/** Every import of a source: static, re-exporting and dynamic ones, and what it requires. */
export function importsOf(source: Source): Import[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest)
  const found: Import[] = []
  const note = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push(target(source.path, specifier.text, typeOnly))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, isTypeOnly(node.importClause))
    if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, node.isTypeOnly)
    if (ts.isCallExpression(node) && loads(node.expression)) note(node.arguments[0], false)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** `import` or `require`; a bundler numbers the second where there are several. */
function loads(called: ts.Expression): boolean {
  return (
    called.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(called) && /^require(?:\$\d+)?$/.test(called.text))
  )
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const names = clause.namedBindings
  return (
    !clause.name && !!names && ts.isNamedImports(names) && names.elements.every((name) => name.isTypeOnly)
  )
}

function target(from: string, specifier: string, typeOnly: boolean): Import {
  const local = specifier.startsWith('.')
  const to = local
    ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
    : specifier.replace(/^((?:@[^/]+\/)?[^/]+).*$/, '$1')
  return { from, to, local, typeOnly }
}

/** The folder below src/ to which a file belongs, `config`, or, for a file directly in src/, the file's name. */
export function partOf(path: string): string {
  const [top, second = ''] = path.split('/')
  return top === 'src' ? second.replace(/\.ts$/, '') : (top ?? '')
}
