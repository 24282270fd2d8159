import ts from 'typescript'
import type { Source } from './sources.js'

const parse = (source: Source): ts.SourceFile =>
  ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true)

function nodes(file: ts.Node): ts.Node[] {
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const lines = (text: string): number => text.replace(/\n$/, '').split('\n').length

/** Files of 200 lines and more. */
export function longFiles(sources: readonly Source[]): string[] {
  return sources.filter((source) => lines(source.text) >= 200).map((source) => source.path)
}

/** Functions of 40 lines and more, as `path name`, but those that say to the linter, with a reason, why they are. */
export function longFunctions(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    nodes(parse(source))
      .filter((node) => ts.isFunctionLike(node) && lines(node.getText()) >= 40 && !excused(node, source))
      .map((node) => `${source.path} ${nameOf(node)}`),
  )
}

function excused(node: ts.Node, source: Source): boolean {
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart())
  const before = source.text.split('\n')[line - 1] ?? ''
  return /eslint-disable-next-line .*max-lines-per-function.* -- \S/.test(before)
}

function nameOf(node: ts.Node): string {
  const named = ts.isArrowFunction(node) ? node.parent : node
  const name = ts.getNameOfDeclaration(named as ts.Declaration)
  return name ? name.getText() : '(unnamed)'
}

/** Reads of the environment. */
export function environmentReads(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => nodes(parse(source)).some((node) => node.getText() === 'process.env'))
    .map((source) => source.path)
}

const statement = new RegExp(
  [
    String.raw`^\s*(select\s(.|\n)*\b(from|as)\b|select\s+[\w.]+\(|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s`,
    String.raw`(create|alter|drop)\s+(table|index|unique|schema|database|role|type|view|function|trigger)\b`,
    String.raw`set\s+(local|session)\s|begin\s+(transaction|isolation|read)|truncate\s|lock\s+table\s)`,
  ].join('|'),
  'i',
)

/** SQL statements in string literals and templates. */
export function sqlStatements(sources: readonly Source[]): string[] {
  const text = (node: ts.Node): string | undefined => {
    if (ts.isStringLiteralLike(node)) return node.text
    return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined
  }
  return sources.flatMap((source) =>
    nodes(parse(source))
      .map(text)
      .filter((found) => found !== undefined && statement.test(found))
      .map((found) => `${source.path}: ${String(found).trim().slice(0, 40)}`),
  )
}

/** Rules switched off without a word of why (`-- reason`), and tests that were put aside. */
export function silentExceptions(sources: readonly Source[]): string[] {
  const patterns = [
    /eslint-disable(?:-next-line|-line)?(?![^\n]*\s--\s\S)/,
    /@ts-(?:ignore|nocheck)/,
    /@ts-expect-error\s*$/m,
    /\b(?:test|it|describe)\.(?:skip|only|todo)\b/,
    /\bx(?:it|test|describe)\(/,
    /\b(?:TODO|FIXME|XXX)\b/,
  ]
  return sources
    .filter((source) => patterns.some((pattern) => pattern.test(source.text)))
    .map((source) => source.path)
}

/** Folders named for what did not find a better place. */
export function vagueFolders(sources: readonly Source[]): string[] {
  const vague = /(^|\/)(utils?|helpers?|common|shared|misc|lib)(\/|$|\.[^/]+$)/
  return sources.map((source) => source.path).filter((path) => vague.test(path))
}
