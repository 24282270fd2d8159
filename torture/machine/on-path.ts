import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where an executable lies on PATH, or in `/usr/sbin`, which the PATH of an ordinary account leaves out. */
export function onPath(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return directories
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file))
}

/** PgBouncer's executable; undefined where pooled rounds cannot run. */
export const pgbouncerFile = (): string | undefined => onPath('pgbouncer')
