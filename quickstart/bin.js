#!/usr/bin/env node
/* Plain old JavaScript: any Node since 12 reads it, so that an old one can say what is missing instead of a syntax error. */
const needed = 24
const found = process.versions.node

if (parseInt(found, 10) < needed) {
  process.stderr.write(
    'The quickstart needs Node.js ' +
      needed +
      ' or later, and this is ' +
      found +
      ': `npm ci && npm start` brings it.\n',
  )
  process.exit(1)
} else {
  import('./main.ts')
    .then((program) => program.main())
    .then(
      (code) => process.exit(code),
      (error) => {
        process.stderr.write(error.stack + '\n')
        process.exit(1)
      },
    )
}
