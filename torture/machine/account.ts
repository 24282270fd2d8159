import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Whom the servers run as. Both servers refuse root. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const candidates = ['postgres', 'nobody'] as const

/** Undefined where this process is not root, so that its own account will do. Throws where root finds no account to use. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of candidates) {
    const account = lookUp(name)
    if (account) return account
  }
  throw new Error(`running as root needs one of these accounts for the servers: ${candidates.join(', ')}`)
}

function lookUp(name: string): Account | undefined {
  const ask = (option: string): number =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return Object.freeze({ name, uid: ask('-u'), gid: ask('-g') })
  } catch {
    return undefined
  }
}

/** Makes a directory that the account owns. */
export function ownedDirectory(path: string, account: Account | undefined): string {
  mkdirSync(path, { recursive: true, mode: 0o755 })
  if (account) chownSync(path, account.uid, account.gid)
  return path
}

/**
 * The same tree at a place that the account can reach. A project below a home of mode 0700 is closed to every other
 * account, and then the binaries of node_modules cannot be used in place.
 */
export function reachable(tree: string, account: Account | undefined, scratch: string): string {
  if (!account || everyoneMayEnter(tree)) return tree
  const copy = join(scratch, 'binaries')
  if (!existsSync(copy)) cpSync(tree, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

function everyoneMayEnter(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}
