import { rm, writeFile } from 'node:fs/promises'
import { runCommand, type CommandOptions } from '../tools/command.ts'
import { addresses, nodeName, type Layout } from './layout.ts'

type Run = Pick<CommandOptions, 'env' | 'signal'>

const days = '30'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes one authority, the certificates that it signs, and the key of service accounts. */
export async function makeKeys(layout: Layout, run: Run): Promise<void> {
  const openssl = (words: readonly string[]) => runCommand('openssl', words, run)
  const authority = [
    '-keyout',
    layout.key('authority'),
    '-out',
    layout.certificate('authority'),
    '-subj',
    '/CN=cluster',
  ]
  await openssl(['req', '-x509', ...newKey, '-days', days, ...authority])
  await openssl(['genrsa', '-out', layout.key('service-accounts'), '2048'])
  const api = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']
  const certificates = {
    api: { subject: '/CN=kube-apiserver', names: [...api.map(dns), ip(addresses.apiService), ip(addresses.node)] },
    kubelet: { subject: `/CN=${nodeName}`, names: [dns(nodeName), ip(addresses.node)] },
    admin: { subject: '/O=system:masters/CN=admin', names: [dns('admin')] },
  }
  for (const [name, { subject, names }] of Object.entries(certificates)) {
    const request = layout.file(`keys/${name}.csr`)
    const extensions = layout.file(`keys/${name}.extensions`)
    const text = `extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=${names.join(',')}\n`
    await writeFile(extensions, text)
    await openssl(['req', '-new', ...newKey, '-keyout', layout.key(name), '-out', request, '-subj', subject])
    const signer = ['-CA', layout.certificate('authority'), '-CAkey', layout.key('authority'), '-CAcreateserial']
    const signed = ['-in', request, '-out', layout.certificate(name), '-days', days, '-extfile', extensions]
    await openssl(['x509', '-req', ...signer, ...signed])
    await Promise.all([request, extensions].map((file) => rm(file)))
  }
}

const dns = (name: string) => `DNS:${name}`
const ip = (address: string) => `IP:${address}`
