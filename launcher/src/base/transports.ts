/** The ways in which a launcher is told that its orders changed, by the names that an operator gives. */
export const transports = ['mqtt', 'poll'] as const

export type Transport = (typeof transports)[number]
