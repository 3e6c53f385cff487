import { expect, it } from 'vitest'
import { createLog } from '../../../mothership/src/base/log.ts'

it('writes JSON lines without the secrets that somebody logged by mistake', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  log.info(
    { session: 'a-secret', headers: { authorization: 'a-secret' }, profile: { keySecret: 'a-secret' }, worker: 'w' },
    'hello',
  )
  log.debug('not at this level')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'hello', worker: 'w', session: '[secret]' })
  expect(lines[0]).not.toContain('a-secret')
})
