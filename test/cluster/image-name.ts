/** An image's name as the charts' values have it. */
export function named(image: string): { repository: string; tag: string } {
  const [repository = '', tag = ''] = image.split(/:(?=[^/]*$)/)
  return { repository, tag }
}
