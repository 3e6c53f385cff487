/** Definitions that a policy can use as if they were Rego's own. They are written so that both dialects read them. */
export interface Prelude {
  readonly functions: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, string>>
  readonly exec: Readonly<Record<string, string>>
}

/**
 * `sanitized`: the last 8 of the 32 bytes of the SHA-256, in hexadecimal. `re_match` is gone from v1, but published
 * policies in v1 use it.
 *
 * `exec`: Rego cannot run anything, so it looks up what was run before, and asks for what was not by printing it behind
 * the mark; `evaluation.ts` runs it and evaluates again.
 */
export const prelude: Prelude = {
  functions: {
    sanitized: 'sanitized(x) := substring(crypto.sha256(x), 48, 16)',
    re_match: 're_match(pattern, value) := regex.match(pattern, value)',
  },
  aliases: {
    commit: 'commit := input.commit',
    run: 'run := input.run',
    runtime_config: 'runtime_config := input.run.runtime_config',
    stack: 'stack := input.stack',
  },
  exec: {
    exec: [
      'exec(command) := [result |',
      '  key := json.marshal(command)',
      '  _ := [1 | not data.launcher.results[key]; print(data.launcher.mark, base64.encode(key))]',
      '  result := data.launcher.results[key]',
      '][0]',
    ].join('\n'),
  },
}

/** What `exec` looks into. */
export function execData(mark: string, results: ReadonlyMap<string, unknown>): string {
  return JSON.stringify({ launcher: { mark, results: Object.fromEntries(results) } })
}
