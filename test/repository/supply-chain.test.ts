import { read } from './sources.js'

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
}

const lock = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Locked>> }
const manifest = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
  readonly overrides: Readonly<Record<string, unknown>>
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

test('every locked package has its digest, but optional binaries of other platforms', () => {
  const unproven = packages.filter(([, { integrity }]) => integrity === undefined)
  for (const [path, { optional, os }] of unproven)
    expect([path, optional, os?.length]).toEqual([path, true, 1])
  const installed = unproven.filter(([, { os }]) => os?.includes('linux')).map(([path]) => path)
  expect(installed.filter((path) => /linux-(x64|arm64)/.test(path))).toEqual([])
})

test('every digest is a SHA-512', () => {
  for (const [path, { integrity }] of packages.filter(([, entry]) => entry.integrity))
    expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/)])
})

interface Statement {
  readonly vulnerability: { readonly name: string }
  readonly products: readonly {
    readonly '@id': string
    readonly subcomponents: readonly { '@id': string }[]
  }[]
  readonly status: string
  readonly justification: string
}

test('what is said about unreachable flaws concerns the versions that are overridden here', () => {
  const vex = JSON.parse(read('security/express-ip-filter.openvex.json')) as {
    readonly statements: readonly Statement[]
  }
  expect(Object.keys(manifest.overrides)).toEqual(['express-ip-filter'])
  for (const { vulnerability, products, status, justification } of vex.statements) {
    expect(vulnerability.name).toMatch(/^CVE-\d{4}-\d+$/)
    expect([status, justification]).toEqual(['not_affected', 'vulnerable_code_not_in_execute_path'])
    const parts = products.flatMap(({ subcomponents }) => subcomponents.map((part) => part['@id']))
    for (const part of parts) {
      const [, name, version] = /^pkg:npm\/(micromatch|braces)@(.+)$/.exec(part) ?? []
      expect(
        packages.filter(([path]) => path.endsWith(`/${name}`)).map(([, entry]) => entry.version),
      ).not.toContain(version)
    }
  }
})
