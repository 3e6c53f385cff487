import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launcherParts } from './launcher-parts.ts'
import { withParts } from './parts.ts'

// `npm run docs`: the tables of `launcher/README.md`, from the code.
const path = fileURLToPath(new URL('../../launcher/README.md', import.meta.url))
writeFileSync(path, withParts(readFileSync(path, 'utf8'), await launcherParts()))
