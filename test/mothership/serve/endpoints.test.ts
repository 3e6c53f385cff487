import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { endpointsOf, hostsOf } from '../../../mothership/src/serve/endpoints.ts'

const ports = { people: 1, broker: 2, launchers: 3 }
const nothing = { addresses: [], publicHosts: [], stateEndpoint: null, brokerEndpoint: null }

it('uses the name of this machine, and goes to this machine itself for its own command line', () => {
  expect(endpointsOf(nothing, ports)).toEqual({
    people: `https://${hostname()}:1`,
    local: 'https://localhost:1',
    launchers: `https://${hostname()}:3`,
    broker: `mqtts://${hostname()}:2`,
    state: `https://${hostname()}:1`,
  })
})

it('uses the first public host for everything', () => {
  const endpoints = endpointsOf({ ...nothing, publicHosts: ['a.example', 'b.example'] }, ports)
  expect(endpoints).toMatchObject({
    people: 'https://a.example:1',
    local: 'https://a.example:1',
    broker: 'mqtts://a.example:2',
  })
})

it('puts an IPv6 address into brackets', () => {
  expect(endpointsOf({ ...nothing, publicHosts: ['fd00::1'] }, ports).launchers).toBe('https://[fd00::1]:3')
  expect(endpointsOf({ ...nothing, addresses: ['::1'] }, ports).local).toBe('https://[::1]:1')
})

it('sends containers where it is told to', () => {
  expect(endpointsOf({ ...nothing, stateEndpoint: 'https://gateway:9' }, ports).state).toBe('https://gateway:9')
})

it('tells launchers of the broker at the port of their HTTPS, or where it is told to', () => {
  const named = { ...nothing, publicHosts: ['a.example'] }
  expect(endpointsOf({ ...named, brokerEndpoint: 'websocket' }, ports).broker).toBe('wss://a.example:3/mqtt')
  expect(endpointsOf({ ...named, brokerEndpoint: 'wss://b.example/mqtt' }, ports).broker).toBe('wss://b.example/mqtt')
})

it('wants a certificate for all public hosts and for addresses that are listened on', () => {
  expect(hostsOf({ ...nothing, publicHosts: ['a', 'b'], addresses: ['0.0.0.0', '10.0.0.1', '::'] })).toEqual([
    'a',
    'b',
    '10.0.0.1',
  ])
  expect(hostsOf(nothing)).toEqual([hostname()])
})
