import { expect, inject, it } from 'vitest'
import { ulid } from 'ulid'
import '../../support/provided.ts'
import { probeBroker } from '../../../launcher/src/control/probe.ts'
import { makeCertificates } from '../../fakes/control-plane.ts'
import { Mosquitto } from './mosquitto.ts'

const { authority, server, pool } = makeCertificates()
const signal = new AbortController().signal

it('takes what Mosquitto says to a stranger for an answer, and a certificate of nobody for none', async () => {
  const program = inject('mosquitto')
  const broker = await Mosquitto.start({
    program,
    identity: server,
    authority: authority.certificate,
    users: { a: 'b' },
  })
  try {
    const about = { endpoint: `mqtts://127.0.0.1:${broker.port}`, stranger: ulid(), signal }
    await probeBroker({ ...about, identity: { ...pool, authority: authority.certificate } })
    const nobody = makeCertificates().pool
    const probed = probeBroker({ ...about, identity: { ...nobody, authority: authority.certificate } })
    await expect(probed).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
  } finally {
    await broker.close()
  }
})
