import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A self-signed certificate and its key, as PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate for `commonName` that is valid from yesterday for a month. Node can read X.509 but not write it. */
export function createCertificate(commonName: string): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = tbsCertificate(commonName, publicKey)
  const signature = bitString(sign('sha256', body, privateKey))
  const pem = sequence(body, ecdsaWithSha256, signature).toString('base64').replace(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const dayMs = 86_400_000

/** RFC 5280 §4.1, version 1: no extensions. */
function tbsCertificate(commonName: string, publicKey: KeyObject): Buffer {
  const name = sequence(set(sequence(oid('550403'), element(0x0c, Buffer.from(commonName)))))
  const validity = sequence(utcTime(Date.now() - dayMs), utcTime(Date.now() + 30 * dayMs))
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(serialNumber, ecdsaWithSha256, name, validity, name, subjectKey)
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, ...parts)
}

function set(...parts: readonly Buffer[]): Buffer {
  return element(0x31, ...parts)
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}

function bitString(content: Buffer): Buffer {
  return element(0x03, Buffer.from([0]), content)
}

function utcTime(at: number): Buffer {
  return element(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
}

const serialNumber = element(0x02, Buffer.from([1]))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
