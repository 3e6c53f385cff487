import type { JobState } from '../../../protocol/job.ts'
import type { StateSettings } from '../run/tool.ts'

/** Both tools merge it over the user's own `terraform` blocks, and take its backend whatever those say. */
const overrideFile = 'spacelift_backend_override.tf.json'

/**
 * What makes OpenTofu and Terraform keep their state at an address: the backend `http`, in an override file, with everything else
 * in the environment, so that neither the password nor anything that differs between two jobs of a run gets into `.terraform` or
 * into a saved plan (https://opentofu.org/docs/language/settings/backends/http/).
 */
export function httpState(state: JobState): StateSettings {
  const environment = {
    TF_HTTP_ADDRESS: state.address,
    TF_HTTP_LOCK_ADDRESS: state.address,
    TF_HTTP_UNLOCK_ADDRESS: state.address,
    TF_HTTP_LOCK_METHOD: 'LOCK',
    TF_HTTP_UNLOCK_METHOD: 'UNLOCK',
    TF_HTTP_USERNAME: state.username,
    TF_HTTP_PASSWORD: state.password,
    // The pause doubles from the shortest to the longest: 1 + 2 + 4 + 8 + 8 + 8 + 8 + 8 = 47 s, so a restart of the far end is survived.
    TF_HTTP_RETRY_MAX: '8',
    TF_HTTP_RETRY_WAIT_MIN: '1',
    TF_HTTP_RETRY_WAIT_MAX: '8',
    ...(state.authority === null ? {} : { TF_HTTP_CLIENT_CA_CERTIFICATE_PEM: state.authority }),
  }
  const text = `${JSON.stringify({ terraform: { backend: { http: {} } } }, null, 2)}\n`
  return { environment, files: [{ path: overrideFile, text }] }
}
