import { posix } from 'node:path'
import { exists, read, type Source } from './sources.js'

/** As GitHub makes an anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

function anchors(markdown: string): Set<string> {
  const prose = withoutCode(markdown)
  const headings = [...prose.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => slug(match[1] ?? ''))
  const named = [...prose.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? '')
  return new Set([...headings, ...named])
}

const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '')

/** Relative links, to a file or to a heading in one, that lead nowhere. */
export function deadLinks(documents: readonly Source[]): string[] {
  return documents.flatMap((document) =>
    [...withoutCode(document.text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link))
      .map((link) => `${document.path}: ${link}`),
  )
}

function leadsSomewhere(document: Source, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? document.path : posix.join(posix.dirname(document.path), file)
  if (!exists(path)) return false
  const text = path === document.path ? document.text : path.endsWith('.md') ? read(path) : ''
  return anchor === undefined || anchors(text).has(anchor)
}

/** The cells of every table row of a document. */
export function tableRows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}
