import { describe, expect, it } from 'vitest'
import { billOfMaterials } from '../../../ci/images/sbom.ts'

const root = new URL('../../..', import.meta.url).pathname
const bill = async (sources: readonly string[]) =>
  JSON.parse(await billOfMaterials({ name: 'some', version: '1', sources, root })) as {
    metadata: { component: { name: string } }
    components: { purl: string; licenses: { expression: string }[] }[]
  }

describe('a bill of materials', () => {
  it('names each package of a bundle once, with version and licence, and nothing of ours', async () => {
    const sources = ['launcher/src/main.ts', 'node_modules/pino/lib/a.js', 'node_modules/pino/lib/b.js']
    const { metadata, components } = await bill(sources)
    expect(metadata.component.name).toBe('some')
    expect(components).toEqual([expect.objectContaining({ licenses: [{ expression: 'MIT' }] })])
    expect(components[0]?.purl).toMatch(/^pkg:npm\/pino@\d+\.\d+\.\d+$/)
  })

  it('names packages with a scope as package URLs do', async () => {
    const { components } = await bill(['node_modules/@fastify/error/index.js'])
    expect(components[0]?.purl).toMatch(/^pkg:npm\/%40fastify\/error@/)
  })
})
