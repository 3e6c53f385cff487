import { keyStart } from './private-key.ts'

/** The bytes that words are made of: 1. Every pattern of a token is made of them. */
export const wordBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w.~+/=%&:?-]/.test(String.fromCharCode(byte)) && byte < 128 ? 1 : 0,
)

/** Tokens that can be known by their form: those that Spacelift's documentation names. What the first group holds is shown. */
export const tokens = new RegExp(
  [
    '(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    '[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}',
    '((?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/%]{20,}={0,2}',
    '(SharedAccessSignature=)[\\w.~+/=%&:?-]{20,}',
    'gh[pousr]_[A-Za-z0-9]{36,255}',
    'github_pat_[A-Za-z0-9_]{22,255}',
    'eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'xapp-[0-9]-[A-Za-z0-9-]{10,}',
  ].join('|'),
  'g',
)

/** What of a token is looked for first: at least four bytes each, so that most of a log is passed over. */
export const anchors = [
  keyStart,
  'AKIA',
  'ASIA',
  'ABIA',
  'ACCA',
  'AccountKey=',
  'SharedAccessKey=',
  'SharedAccessSignature=',
  'ghp_',
  'gho_',
  'ghu_',
  'ghs_',
  'ghr_',
  'github_pat_',
  'xapp-',
  ...'abeoprs'.split('').map((kind) => `xox${kind}-`),
  // Base64 of `{"` and the letter that a JWT's header goes on with.
  ...'hijklmnopqrstuvwxyz0123456'.split('').map((letter) => `eyJ${letter}`),
].map((anchor) => Buffer.from(anchor))
/** Of Azure's client secrets, which begin with anything. */
export const azureAnchor = Buffer.from('Q~')
