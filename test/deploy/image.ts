import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../repository/sources.js'

/** One instruction of a Dockerfile: its keyword and the words after it; of an exec form its elements. */
export interface Instruction {
  readonly keyword: string
  readonly words: readonly string[]
}

/** The instructions of a Dockerfile's last stage: what a container is started from. */
export function lastStage(dockerfile: string): readonly Instruction[] {
  const lines = dockerfile.replace(/^#.*$/gm, '').replace(/\\\n/g, ' ').split('\n')
  const instructions = lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return { keyword, words: rest.startsWith('[') ? (JSON.parse(rest) as string[]) : rest.split(/\s+/) }
    })
  return instructions.slice(instructions.findLastIndex(({ keyword }) => keyword === 'FROM'))
}

/** The words after each instruction of this name. */
export function wordsOf(stage: readonly Instruction[], keyword: string): (readonly string[])[] {
  return stage.filter((one) => one.keyword === keyword).map(({ words }) => words)
}

/** The image's files below a directory of this machine. */
export interface ImageFiles {
  /** What is `/app` in the image. */
  readonly app: string
  destroy(): void
}

/** Carries out the `COPY --from=build` lines of the last stage, with this clone in the place of the build stage. */
export function layOut(dockerfile: string): ImageFiles {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-image-'))
  chmodSync(dir, 0o755)
  const app = join(dir, 'app')
  for (const words of wordsOf(lastStage(dockerfile), 'COPY')) {
    const [from = '', to = ''] = words.filter((word) => !word.startsWith('--'))
    copy(from.replace(/^\/build\//, ''), join(app, to))
  }
  return { app, destroy: () => rmSync(dir, { recursive: true, force: true }) }
}

function copy(from: string, to: string): void {
  const paths = from === 'node_modules' ? productionPackages() : [from]
  for (const path of paths) {
    const target = join(to, path.slice(from.length))
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, path), target, { recursive: true })
  }
}

interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

/** What `npm prune --omit=dev --omit=optional` leaves; a package that lies in another one comes with that. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>
  }
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0)
}
