type Variables = Readonly<Record<string, string>>

const networkNames = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]
const commandNames = ['PATH', 'HOME', 'TMPDIR', 'LANG', ...networkNames]

/**
 * What of the launcher's environment goes on: to an opa that may use the network, and to what `exec` runs. All else stays
 * here, the launcher's credentials above all.
 */
export function passedVariables(env: Readonly<Record<string, string | undefined>>): {
  readonly network: Variables
  readonly commands: Variables
} {
  return { network: chosen(env, networkNames), commands: chosen(env, commandNames) }
}

function chosen(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): Variables {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
