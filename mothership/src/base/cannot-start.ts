/** Why this process cannot do its work at all: one sentence for the operator that says what is wrong and what can be changed. */
export class CannotStart extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CannotStart'
  }
}
