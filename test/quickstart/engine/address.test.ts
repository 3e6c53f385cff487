import { expect, it } from 'vitest'
import { chooseNetwork, defaultInterface } from '../../../quickstart/engine/address.ts'

const heading = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT'
const route = (name: string, destination: string, mask: string) =>
  [name, destination, '00000000', '0001', '0', '0', '0', mask, '0', '0', '0'].join('\t')
const defaultRoute = route('eth0', '00000000', '00000000')

it('takes the network that follows from the seed', () => {
  expect(chooseNetwork(7, 'swk', `${heading}\n${defaultRoute}\n`)).toEqual({
    name: 'swk',
    address: '172.30.7.1/24',
    subnet: '172.30.7.0/24',
  })
})

it('passes over a network that a route of the machine overlaps', () => {
  const taken = [route('br0', '00071EAC', '00FFFFFF'), route('br1', '00081EAC', 'C0FFFFFF')]
  expect(chooseNetwork(7, 'swk', [heading, defaultRoute, ...taken].join('\n'))?.address).toBe('172.30.9.1/24')
})

it('begins again at the first network after the last', () => {
  const taken = route('br0', '00FF1EAC', '00FFFFFF')
  expect(chooseNetwork(255, 'swk', `${heading}\n${taken}`)?.address).toBe('172.30.0.1/24')
})

it('takes none where a wider route holds them all', () => {
  expect(chooseNetwork(7, 'swk', `${heading}\n${route('vpn0', '000010AC', '0000F0FF')}`)).toBeNull()
})

it('knows the interface of the default route', () => {
  expect(defaultInterface(`${heading}\n${route('br0', '00FF1EAC', '00FFFFFF')}\n${defaultRoute}`)).toBe('eth0')
  expect(defaultInterface(heading)).toBeNull()
})
