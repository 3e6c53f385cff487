const marks = /[\p{M}\p{Cf}]/u
/** Scripts and pictures that terminals draw two columns wide. */
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return Array.from(text).reduce(
    (width, character) => width + (marks.test(character) ? 0 : wide.test(character) ? 2 : 1),
    0,
  )
}
