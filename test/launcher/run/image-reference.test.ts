import { describe, expect, it } from 'vitest'
import { imageName, parseImageReference } from '../../../launcher/src/run/image-reference.ts'

const digest = `sha256:${'0f'.repeat(32)}`

describe('parseImageReference', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['hashicorp/terraform', 'docker.io/hashicorp/terraform:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['public.ecr.aws/spacelift/runner-terraform:latest', 'public.ecr.aws/spacelift/runner-terraform:latest'],
    ['localhost/x', 'localhost/x:latest'],
    ['localhost:5000/a/b/c:v1', 'localhost:5000/a/b/c:v1'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['MyHost/x', 'MyHost/x:latest'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
    [`quay.io/a/b:1@${digest}`, `quay.io/a/b:1@${digest}`],
    ['a__b/c-d--e.f', 'docker.io/a__b/c-d--e.f:latest'],
  ])('reads %s as %s', (text, name) => {
    const reference = parseImageReference(text)
    expect(reference && imageName(reference)).toBe(name)
    expect(parseImageReference(name)).toEqual(reference)
  })

  it.each([
    '',
    ' ',
    'Alpine',
    'alpine:',
    ':latest',
    'a/',
    '/a',
    'a//b',
    'a b',
    'a:b c',
    'alpine@sha256:short',
    `alpine@${digest}@${digest}`,
    'https://quay.io/a',
    'quay.io/A/b',
    'host:port/a',
    `a:${'t'.repeat(129)}`,
    'a'.repeat(256),
    '../a',
    'a\n',
  ])('refuses %j', (text) => expect(parseImageReference(text)).toBeNull())
})
