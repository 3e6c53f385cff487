/** Takes one line for the person at the terminal. */
export type Say = (line: string) => void

const firstWordMs = 2_000
const nextWordMs = 15_000

/**
 * Does work that may be long. After two seconds it says what is being waited for, and then now and then how long it has been
 * so; `note` gives these lines a detail, such as a percentage. Quick work says nothing.
 */
export async function patiently<T>(
  say: Say,
  what: string,
  work: (note: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const began = performance.now()
  let detail = ''
  const speak = () => {
    const seconds = Math.round((performance.now() - began) / 1000)
    const more = [seconds > 2 && `${seconds} s`, detail].filter(Boolean).join(', ')
    say(`${what} ...${more && ` (${more})`}`)
  }
  let later: NodeJS.Timeout | undefined
  const first = setTimeout(() => {
    speak()
    later = setInterval(speak, nextWordMs)
  }, firstWordMs)
  try {
    return await work((text) => (detail = text))
  } finally {
    clearTimeout(first)
    clearInterval(later)
  }
}
