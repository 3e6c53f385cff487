import { LauncherError } from '../base/errors.ts'
import type { PhaseCommands, Tool, ToolWishes } from '../run/tool.ts'
import { changesPlugin } from './ansible-changes.ts'
import { skippable } from './skip.ts'

/** By what PLANNING says that there are changes: none of `ansible-playbook`'s own exit codes, which are 0 to 8, 99 and 250. */
const changesCode = 100

/** What a stack that names no playbook means. */
const usualPlaybook = 'playbook.yml'

/** Ansible (https://docs.ansible.com): a plan is a run in check mode, and there is no state to keep. Its programs are the image's. */
export const ansible: Tool = {
  name: 'ansible',
  binary: null,
  environment: { ANSIBLE_FORCE_COLOR: '0', ANSIBLE_NOCOLOR: '1', PYTHONUNBUFFERED: '1' },
  commands: async (_workflow, wishes = {}) => commandsOf(wishes),
  ownBackend: () => null,
  state: () => null,
  erroredState: null,
}

function commandsOf(wishes: ToolWishes): PhaseCommands {
  return {
    INITIALIZING: [prerequisites, requirements].join(' && '),
    PLANNING: skippable('PLANNING', planning(wishes), `exit ${changesCode}`),
    APPLYING: skippable('APPLYING', inSubshell(playbook(wishes, { phase: 'apply', options: '' }))),
    DESTROYING: "echo 'Ansible keeps no account of what it made: nothing is destroyed'",
    changesExitCode: changesCode,
  }
}

const prerequisites =
  "{ command -v ansible-playbook >/dev/null 2>&1 || { echo 'The image has no ansible-playbook'; false; }; }"

/** What Spacelift's workers look for, in their order; the variable names another file. */
const requirements = `(
  spacelift_install() { echo "Installing what $2 names..."; ansible-galaxy "$1" install -r "$2"; }
  spacelift_both() { spacelift_install role "$1" && spacelift_install collection "$1"; }
  if [ -n "\${SPACELIFT_ANSIBLE_REQUIREMENTS_FILE:-}" ]; then
    if ! [ -f "$SPACELIFT_ANSIBLE_REQUIREMENTS_FILE" ]; then
      echo "SPACELIFT_ANSIBLE_REQUIREMENTS_FILE names $SPACELIFT_ANSIBLE_REQUIREMENTS_FILE, which is not there"
      exit 1
    fi
    spacelift_both "$SPACELIFT_ANSIBLE_REQUIREMENTS_FILE"
    exit
  fi
  for spacelift_end in yml yaml; do
    if [ -f "requirements.$spacelift_end" ]; then spacelift_both "requirements.$spacelift_end" || exit; fi
    if [ -f "roles/requirements.$spacelift_end" ]; then spacelift_install role "roles/requirements.$spacelift_end" || exit; fi
    if [ -f "collections/requirements.$spacelift_end" ]; then
      spacelift_install collection "collections/requirements.$spacelift_end" || exit
    fi
  done
)`

/**
 * In check mode, with differences. Whether there are changes is told by a callback plugin of ours, which hears it whatever a user's own
 * callbacks print; if it heard nothing, there may be some.
 */
function planning(wishes: ToolWishes): string {
  return inSubshell(`spacelift_place=$(mktemp -d) || exit
  trap 'rm -rf "$spacelift_place"' EXIT
  cat > "$spacelift_place/spacelift_changes.py" <<'SPACELIFT_PLUGIN' || exit
${changesPlugin.trim()}
SPACELIFT_PLUGIN
  SPACELIFT_CHANGES_FILE=$spacelift_place/changes
  spacelift_plugins=$(ansible-config dump 2>/dev/null | sed -n "s/^DEFAULT_CALLBACK_PLUGIN_PATH([^)]*) = \\[\\(.*\\)\\]$/\\1/p" | sed "s/', '/:/g; s/'//g")
  ANSIBLE_CALLBACK_PLUGINS=$spacelift_place\${spacelift_plugins:+:$spacelift_plugins}
  export SPACELIFT_CHANGES_FILE ANSIBLE_CALLBACK_PLUGINS
  ${playbook(wishes, { phase: 'plan', options: '--check --diff ' })} || exit
  read -r spacelift_found < "$SPACELIFT_CHANGES_FILE" 2>/dev/null || spacelift_found=unknown
  if [ "$spacelift_found" = none ]; then exit 0; fi
  exit ${changesCode}`)
}

/** The words of the variables are split as a shell does, so that a quoted one may hold spaces. */
function playbook(
  { playbook: name = usualPlaybook, inventory }: ToolWishes,
  { phase, options }: { readonly phase: 'plan' | 'apply'; readonly options: string },
): string {
  const hosts = inventory === undefined ? '' : `-i ${word(inventory)} `
  const wanted = `\${SPACELIFT_ANSIBLE_CLI_ARGS:-} \${SPACELIFT_ANSIBLE_CLI_ARGS_${phase}:-}`
  return `eval "set -- ${wanted}" && ansible-playbook ${options}${hosts}"$@" ${word(name)}`
}

/** A path that looks like an option is none. */
function word(path: string): string {
  if (path.startsWith('-'))
    throw new LauncherError('SOURCE_REFUSED', `${JSON.stringify(path)} is not the path of a playbook or inventory.`)
  return `'${path.replaceAll("'", `'\\''`)}'`
}

function inSubshell(text: string): string {
  return `(\n  ${text}\n)`
}
