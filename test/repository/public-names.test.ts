import { posix } from 'node:path'
import ts from 'typescript'
import { read } from './sources.js'

/** An exported name, and the sentence above its declaration. */
interface PublicName {
  readonly name: string
  readonly comment: string
}

const parse = (path: string, text = read(path)) =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

/** What `src/index.ts` exports, each looked up where it is declared. */
function publicNames(): PublicName[] {
  return parse('src/index.ts')
    .statements.filter(ts.isExportDeclaration)
    .flatMap((statement) => {
      const { exportClause: clause, moduleSpecifier: from } = statement
      if (!clause || !ts.isNamedExports(clause) || !from || !ts.isStringLiteral(from)) {
        throw new Error(`an export that names nothing: ${statement.getText()}`)
      }
      const file = parse(posix.join('src', from.text.replace(/\.js$/, '.ts')))
      return clause.elements.map(({ name }) => ({ name: name.text, comment: commentOf(file, name.text) }))
    })
}

function commentOf(file: ts.SourceFile, name: string): string {
  const declaration = file.statements.find((statement) => {
    const declarations = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations
      : [statement]
    return declarations.some((one) => ts.getNameOfDeclaration(one as ts.Declaration)?.getText() === name)
  })
  const [comment] = declaration ? ts.getJSDocCommentsAndTags(declaration) : []
  return ts.getTextOfJSDocComment(comment?.comment) ?? ''
}

test('every exported name says in a sentence what it is', () => {
  const names = publicNames()
  expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(['sallyport', 'boot', 'OptionsError']))
  const silent = names.filter(({ comment }) => !/^\S.*[.:]/.test(comment))
  expect(silent.map(({ name }) => name)).toEqual([])
})

test('every option of the library says what it is where its name does not', () => {
  const options = [
    'src/library/options.ts',
    'src/library/secrets.ts',
    'src/library/alone.ts',
    'src/boot/boot.ts',
  ]
  const silent = options.flatMap((path) =>
    parse(path)
      .statements.filter(ts.isInterfaceDeclaration)
      .filter(({ name }) => name.text.endsWith('Options') && name.text !== 'TrustedOptions')
      .flatMap(({ members }) => [...members])
      .filter((member) => ts.getJSDocCommentsAndTags(member).length === 0)
      .map((member) => `${path} ${member.name?.getText() ?? ''}`),
  )
  expect(silent).toEqual([])
})
