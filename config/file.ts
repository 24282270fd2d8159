import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'

/** A small text file's content, or why there is none; the reason never quotes the path, which may be a misplaced secret. */
export type FileText = { readonly text: string } | { readonly problem: string }

export interface ReadFileOptions {
  readonly cwd: string
  readonly maxBytes: number
  /** Whether a file without content is in order. Default: false. */
  readonly mayBeEmpty?: boolean
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ELOOP: 'is a link to itself',
  ENAMETOOLONG: 'has a name too long for a path; is it the value itself?',
  ENXIO: 'is not a regular file',
}

/**
 * Reads a regular UTF-8 file of at most `maxBytes`, its byte order mark and trailing line breaks dropped. Never throws
 * and never waits: a FIFO without a writer would block `open` for ever, hence O_NONBLOCK, which regular files ignore.
 */
export function readSmallFile(path: string, options: ReadFileOptions): FileText {
  let descriptor: number | undefined
  try {
    descriptor = openSync(resolve(options.cwd, path), constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) return { problem: 'is a directory' }
    if (!stat.isFile()) return { problem: 'is not a regular file' }
    return decode(readUpTo(descriptor, options.maxBytes + 1), options)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return { problem: reasons[code] ?? `cannot be read (${code || 'unknown error'})` }
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** A certificate chain or a key; a chain of many certificates has a few ten KiB. */
export function readPem(path: string, cwd: string): FileText {
  return readSmallFile(path, { cwd, maxBytes: 1024 * 1024 })
}

/** Counts bytes itself: `size` is 0 for files in /proc, and a file may grow between the two calls. */
function readUpTo(descriptor: number, limit: number): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  while (total < limit) {
    const chunk = Buffer.alloc(Math.min(limit - total, 65_536))
    const read = readSync(descriptor, chunk)
    if (read === 0) break
    chunks.push(chunk.subarray(0, read))
    total += read
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Buffer, { maxBytes, mayBeEmpty = false }: ReadFileOptions): FileText {
  if (bytes.length > maxBytes) return { problem: `is larger than ${maxBytes / 1024} KiB` }
  if (bytes.includes(0)) return { problem: 'is not UTF-8 text (it is binary, or UTF-16)' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\r\n]+$/, '')
    return text.trim() === '' && !mayBeEmpty ? { problem: 'is empty' } : { text }
  } catch {
    return { problem: 'is not UTF-8 text' }
  }
}
