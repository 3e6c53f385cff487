import { homedir } from 'node:os'
import type { TestProject } from 'vitest/node'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { ensureTool } from '../../ci/tools/ensure-tool.ts'
import { toolNamed } from '../../ci/tools/tools.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Executables of what the chart is tested with, by their names in `ci/tools`. */
    readonly chartTools: Readonly<Record<ChartTool, string>>
  }
}

const names = ['helm3', 'helm4', 'helm-unittest', 'kubeconform'] as const
export type ChartTool = (typeof names)[number]

/** Brings the tools that the chart is tested with. One that cannot be had is a failure, never a skip. */
export async function setup(project: TestProject): Promise<void> {
  const places = {
    cache: cacheDirectory(process.env, homedir()),
    env: process.env,
    platform: `${process.platform}-${process.arch}`,
    say: (line: string) => project.vitest.logger.log(`set-up: ${line}`),
    signal: new AbortController().signal,
  }
  const files: [ChartTool, string][] = []
  for (const name of names) {
    const tool = toolNamed(name)
    if (!tool) throw new Error(`no tool ${name}`)
    files.push([name, (await ensureTool(tool, places)).file])
  }
  project.provide('chartTools', Object.fromEntries(files) as Record<ChartTool, string>)
}
