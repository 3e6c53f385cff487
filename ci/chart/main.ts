import { writeFileSync } from 'node:fs'
import { generatedFiles } from './generate.ts'

// `npm run docs`: the chart's schema and the tables of its README, from its values.
for (const { path, text } of generatedFiles()) writeFileSync(path, text)
