/** Where half-written objects are, below the root. `+` stands in no key, so that it is nobody's object. */
export const partialDirectory = '+partial'
