/** A space by its id. Spaces are names here that nothing hangs on yet, and whoever is known may do everything in them. */
export function spaceObject(id: string) {
  return {
    id,
    name: id,
    description: null,
    parentSpace: null,
    inheritEntities: false,
    accessLevel: 'ADMIN',
    labels: [],
  }
}
