import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { root } from '../repository/sources.js'
import { answers, start, type Spawned } from '../support/processes.js'
import type { TestProject } from '../support/project.js'
import { serverEnvironment } from '../support/server.js'

/** One replica of the shop, as a process. */
export interface Pod extends Spawned {
  readonly users: string
  readonly ops: string
  ready(): Promise<void>
}

/** Starts a replica of a release, which answers its users with `query`. */
export async function startPod(
  release: string,
  project: TestProject,
  databaseUrl: string,
  query: string,
): Promise<Pod> {
  const env = serverEnvironment(databaseUrl, { RELEASE: release, SHOP_QUERY: query })
  const pod = start(process.execPath, [join(root, 'test/deploy/shop/app.mjs')], { cwd: project.dir, env })
  const [, users, ops, health] = await pod.printed(/^listening: (\d+) (\d+) (\d+)$/m, 60_000)
  return Object.freeze({
    ...pod,
    users: `127.0.0.1:${users}`,
    ops: `http://127.0.0.1:${ops}`,
    ready: () => answers(`http://127.0.0.1:${health}/readyz`, 200, 60_000),
  })
}

/** What the users of an address got. */
export interface Users {
  /** Requests by the release that answered. */
  readonly served: ReadonlyMap<string, number>
  /** Everything that was not 200. */
  readonly refused: readonly string[]
  stop(): Promise<void>
}

/** Users who ask again and again, each time on a new connection. */
export function startUsers(url: string, count: number): Users {
  const served = new Map<string, number>()
  const refused: string[] = []
  const over = new AbortController()
  const one = async () => {
    while (!over.signal.aborted) {
      const answer = await ask(url)
      if (answer.release === undefined) refused.push(answer.told)
      else served.set(answer.release, (served.get(answer.release) ?? 0) + 1)
      await sleep(20)
    }
  }
  const all = Promise.all(Array.from({ length: count }, one))
  return {
    served,
    refused,
    stop: async () => {
      over.abort()
      await all
    },
  }
}

function ask(url: string): Promise<{ readonly release?: string; readonly told: string }> {
  return new Promise((settle) => {
    get(url, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        const told = `${response.statusCode} ${text.slice(0, 200)}`
        if (response.statusCode !== 200) settle({ told })
        else settle({ told, release: (JSON.parse(text) as { release: string }).release })
      })
    }).on('error', (error) => settle({ told: String(error) }))
  })
}
