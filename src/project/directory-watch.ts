import { watch, type FSWatcher } from 'node:fs'
import { isStill, versionOf } from './file-version.js'

/** Milliseconds that a watch lasts. Some file systems tell a watcher nothing of what others do to them. */
const watchMs = 1_000

/** Spares who has just looked at many files to look at each of them again. */
export interface DirectoryWatch {
  /** From now on; to be called before the files are looked at. */
  begin(): void
  /**
   * Whether the directories hold the same files as when the watch began, by their times and by what the watcher has heard
   * while the event loop turned, and nobody was heard to change one of these; false once a second has passed, and where
   * nothing can be watched.
   */
  isQuiet(): boolean
}

/** It keeps no process from ending, and what it holds it frees by itself. */
export function watchDirectories(directories: readonly string[]): DirectoryWatch {
  let current = notWatching
  return Object.freeze({
    begin: () => {
      current.end()
      current = open(directories)
    },
    isQuiet: () => current.isQuiet(),
  })
}

interface Watch {
  end(): void
  isQuiet(): boolean
}

const notWatching: Watch = Object.freeze({ end: () => undefined, isQuiet: () => false })

function open(directories: readonly string[]): Watch {
  const watchers: FSWatcher[] = []
  let quiet = true
  const end = (): void => {
    quiet = false
    clearTimeout(timer)
    for (const watcher of watchers.splice(0)) watcher.close()
  }
  const timer = setTimeout(end, watchMs).unref()
  try {
    for (const directory of directories) {
      watchers.push(watch(directory, { persistent: false }, end).on('error', end))
    }
    const versions = directories.map((directory) => ({ directory, version: versionOf(directory) }))
    const isUnchanged = (): boolean => versions.every(({ directory, version }) => isStill(version, directory))
    return { end, isQuiet: () => quiet && isUnchanged() }
  } catch {
    // No such directory, or no more that may be watched: inotify(7), max_user_watches and max_user_instances.
    end()
    return notWatching
  }
}
