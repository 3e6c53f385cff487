import { MemoryEngine } from '../fakes/memory-engine.ts'
import { describeEngine } from './engine.contract.ts'

describeEngine('memory', async () => {
  const engine = new MemoryEngine({ images: ['there'] })
  await engine.pull('there', { signal: new AbortController().signal, progress: () => {} })
  return { engine, image: 'there', absent: 'not-there' }
})
