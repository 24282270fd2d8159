import { mkdtempSync, rmSync, writeFileSync, chmodSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onPath } from '../../torture/machine/on-path.js'
import { freePort } from '../docs/page.js'
import { answers, eventually, start, type Spawned } from '../support/processes.js'

/** Undefined where it is not installed. */
export const nginxFile = (): string | undefined => onPath('nginx')

/** An nginx of a test's own on 127.0.0.1. */
export interface Nginx {
  readonly url: string
  /** Takes a new body of `server { … }` and what stands beside it, and waits until the former workers have ended. */
  use(http: string): Promise<void>
  stop(): Promise<void>
}

/** A master that is killed leaves its worker behind, so one that a failed test did not stop is asked to end. */
const running = new Set<Spawned>()

afterEach(async () => {
  const left = [...running]
  for (const server of left) server.kill('SIGTERM')
  await Promise.all(left.map((server) => server.exit))
})

/** Starts it with this content of its `http` block, in which `PORT` stands for the port it listens on. */
export async function startNginx(http: string): Promise<Nginx> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'))
  chmodSync(dir, 0o755)
  const port = await freePort()
  const path = join(dir, 'nginx.conf')
  const write = (content: string) => writeFileSync(path, configuration(dir, content.replaceAll('PORT', port)))
  write(http)
  const server = start(nginxFile() ?? 'nginx', ['-p', dir, '-c', path, '-e', join(dir, 'error.log')])
  running.add(server)
  void server.exit.then(() => running.delete(server))
  const url = `http://127.0.0.1:${port}`
  await answers(`${url}/nginx-is-here`, 204)
  return Object.freeze({
    url,
    use: async (content: string) => {
      const former = workersOf(server)
      write(content)
      server.kill('SIGHUP')
      await eventually(() => former.every((pid) => !workersOf(server).includes(pid)))
    },
    stop: async () => {
      server.kill('SIGQUIT')
      await server.exit
      rmSync(dir, { recursive: true, force: true })
    },
  })
}

function workersOf({ pid }: Spawned): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
}

function configuration(dir: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events { worker_connections 512; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${dir}/${name};`).join('\n')}
${http}
}
`
}
