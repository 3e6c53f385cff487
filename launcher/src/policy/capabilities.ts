import { fieldsOf, listOf, parsed } from './json.ts'

/** Functions by which a policy reaches the network. */
const reaching = ['http.send', 'net.lookup_ip_addr']

/** Functions by which it sees more than its input, and those that are of no use without a debugger. */
const revealing = ['opa.runtime', 'rego.parse_module', 'trace', 'internal.test_case']

/** What opa calls nondeterministic and is harmless: time, chance, and signatures. */
const harmless = new Set([
  'time.now_ns',
  'rand.intn',
  'uuid.rfc4122',
  'io.jwt.decode_verify',
  'io.jwt.encode_sign',
  'io.jwt.encode_sign_raw',
  'json.match_schema',
  'json.verify_schema',
])

/** The functions that we know a policy must do without. */
function withheld(http: boolean): readonly string[] {
  return http ? revealing : [...reaching, ...revealing]
}

/** For a policy that does not compile: what it calls and must do without, which opa calls undefined. */
export function hintsOn(text: string, http: boolean): string[] {
  return withheld(http)
    .filter((name) => text.includes(`${name}(`))
    .map((name) => {
      const unless = reaching.includes(name) ? ' unless SPACELIFT_LAUNCHER_POLICY_HTTP is true' : ''
      return `policies cannot use ${name} here${unless}`
    })
}

/**
 * What policies may use of an opa, made from all that it can; a policy that asks for more does not compile. What a newer
 * opa calls nondeterministic is left out as well: so are all functions that reach out. Null: that was no list of
 * capabilities.
 */
export function restricted(capabilities: string, http: boolean): string | null {
  const all = fieldsOf(parsed(capabilities))
  const builtins = listOf(all['builtins']).map(fieldsOf)
  if (!builtins.some(({ name }) => name === 'eq')) return null
  const out = withheld(http)
  const known = new Set([...harmless, ...reaching])
  const kept = builtins.filter(
    ({ name, nondeterministic }) =>
      typeof name === 'string' && !out.includes(name) && (nondeterministic !== true || known.has(name)),
  )
  // A schema may name others to be fetched (json.match_schema).
  return JSON.stringify({ ...all, builtins: kept, ...(http ? {} : { allow_net: [] }) })
}
