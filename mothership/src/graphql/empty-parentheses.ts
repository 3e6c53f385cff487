/** Strings, block strings and comments come first, so that nothing inside of them is taken for parentheses. */
const pieces = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\(\s*\)/g

/**
 * Blanks out `()`. GraphQL has no empty argument list, but the list data sources of Spacelift's Terraform provider send one
 * (`workerPools(){…}`). Blanks keep the positions in error messages true.
 */
export function withoutEmptyParentheses(document: string): string {
  return document.replace(pieces, (piece) => (piece.startsWith('(') ? piece.replaceAll(/[()]/g, ' ') : piece))
}
