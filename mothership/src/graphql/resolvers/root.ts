import { closed, type Asked, type RootFields, type Rooms, type Services, type Show } from '../asked.ts'
import { metricFields } from './metrics.ts'
import { openFields } from './people.ts'
import { poolFields, poolObject } from './pools.ts'
import { runFields, runObject } from './runs.ts'
import { stackFields, stackObject } from './stacks.ts'
import { stateFields } from './states.ts'
import { workerFields } from './workers.ts'

/** Every field of Query and Mutation. Open to anybody is only what is named so; a new room is closed by being added here. */
export const rootFields: RootFields<Asked> = {
  ...closed({ ...poolFields, ...workerFields, ...stackFields, ...runFields, ...stateFields, ...metricFields }),
  ...openFields,
}

/** The services with how their answers are shown. */
export function withShow(services: Services): Rooms {
  const show: Show = {
    pool: (view) => poolObject(view, rooms),
    stack: (view) => stackObject(view, rooms),
    run: (view) => runObject(view, rooms),
  }
  const rooms: Rooms = { ...services, show }
  return rooms
}
