import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hclBlocks } from '../../../launcher/src/tools/hcl-blocks.ts'
import { ownBackend } from '../../../launcher/src/tools/own-backend.ts'

const of = (text: string, name = 'main.tf') => ownBackend(new Map([[name, text]]))

describe('ownBackend', () => {
  it.each([
    ['terraform {\n  backend "s3" {\n    bucket = "x"\n  }\n}\n', 's3'],
    ['terraform {\n  required_version = ">= 1"\n  backend "gcs" {}\n}', 'gcs'],
    ['terraform{backend "azurerm"{}}', 'azurerm'],
    ['terraform {\r\n\tbackend "local" {\r\n\t}\r\n}', 'local'],
    ['terraform {\n  backend http {}\n}', 'http'],
    ['terraform {\n  cloud {\n    organization = "x"\n  }\n}', 'cloud'],
    ['terraform {\n  required_providers {\n    a = { source = "x/a" }\n  }\n  backend "pg" {}\n}', 'pg'],
    ['variable "x" {}\n/* { */ terraform { # {\n  // {\n  backend "s3" {}\n}', 's3'],
    ['locals { x = "}" }\nterraform {\n backend "consul" {}\n}', 'consul'],
    ['locals {\n  x = <<EOT\n terraform {\n EOT\n}\nterraform {\n  backend "oss" {}\n}', 'oss'],
    ['locals { x = "${{ a = "}" }["a"]} $${ %%{ \\" {" }\nterraform {\n backend "cos" {}\n}', 'cos'],
    ['\uFEFFterraform {\n  backend "s3" {}\n}', 's3'],
  ])('finds the backend of %j', (text, backend) => expect(of(text)).toBe(backend))

  it.each([
    '',
    'terraform {\n  required_version = ">= 1"\n}',
    '# terraform { backend "s3" {} }',
    '/* terraform {\n backend "s3" {}\n} */',
    'locals { x = "terraform { backend \\"s3\\" {} }" }',
    'locals {\n  x = <<-EOT\n    terraform {\n      backend "s3" {}\n    }\n  EOT\n}',
    'locals {\n  x = "${<<EOT\nterraform {\n backend \\"s3\\" {}\n}\nEOT\n}"\n}',
    'backend "s3" {}',
    'module "terraform" {\n  backend "s3" {}\n}',
    'resource "x" "terraform" {\n  cloud {}\n}',
    'terraform "labelled" {\n  backend "s3" {}\n}',
    'terraform {\n  backend = { x = 1 }\n  cloud = {}\n}',
    'terraform {\n  x {\n    backend "s3" {}\n  }\n}',
    'data "terraform_remote_state" "x" {\n  backend = "s3"\n  config = { bucket = "x" }\n}',
    'terraform {\n  provider_meta "x" {\n    backend = "y"\n  }\n}',
  ])('finds none in %j', (text) => expect(of(text)).toBeNull())

  it.each([
    [{ terraform: { backend: { s3: {} } } }, 's3'],
    [{ terraform: [{ required_version: '1' }, { backend: [{ gcs: [{}] }] }] }, 'gcs'],
    [{ terraform: { cloud: { organization: 'x' } } }, 'cloud'],
    [{ terraform: { backend: { '//': 'a comment', pg: {} } } }, 'pg'],
    [{ terraform: { required_version: '1' } }, null],
    [{ locals: { terraform: { backend: { s3: {} } } } }, null],
    [[], null],
    [null, null],
    ['terraform', null],
  ])('reads JSON: %j', (value, backend) => expect(of(JSON.stringify(value), 'main.tf.json')).toBe(backend))

  it('passes over a file that is broken', () => {
    expect(of('{', 'main.tf.json')).toBeNull()
    expect(of('terraform { "unclosed')).toBeNull()
  })

  it('looks at every file', () => {
    const files = new Map([
      ['a.tf', 'variable "x" {}'],
      ['b.tf', 'terraform {\n  backend "s3" {}\n}'],
    ])
    expect(ownBackend(files)).toBe('s3')
  })
})

describe('hclBlocks', () => {
  it('comes to an end with any text', () => {
    const piece = fc.constantFrom(
      '"',
      '${',
      '%{',
      '$$',
      '{',
      '}',
      '\\',
      '\n',
      '<<E\n',
      'E',
      '/*',
      '*/',
      '#',
      'terraform',
      ' ',
      '=',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' }))), (pieces) => {
        expect([...hclBlocks(pieces.join(''))].length).toBeLessThanOrEqual(pieces.join('').length)
      }),
      { numRuns: 1000 },
    )
  })

  it('finds a block behind any text that is balanced', () => {
    const inner = fc.constantFrom(
      'x = 1\n',
      'y = "a}b"\n',
      '# }\n',
      'z = "${"}"}"\n',
      '/* } */\n',
      'm {\n}\n',
      'h = <<E\n}\nE\n',
    )
    fc.assert(
      fc.property(fc.array(inner), fc.array(inner), (before, inside) => {
        const text = `${before.join('')}terraform {\n${inside.join('')}backend "s3" {}\n}\n`
        expect(of(text)).toBe('s3')
      }),
    )
  })
})
