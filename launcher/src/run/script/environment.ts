import type { ScriptParts } from './script.ts'
import { quoted } from './shell-text.ts'

/** In the workspace, and so sealed with it. */
const fileName = '.spacelift-environment'

/**
 * What hooks and commands export is seen by the phases after them, also by those of a job that goes on from this one in a container of its own:
 * at the pause the script writes down what differs from the environment that it began with, and the next one reads it. What nobody changed is
 * left out, because it is the next job's to say: it has another token and, after `ro_`, the values of `wo_`.
 *
 * Functions for the prologue. Everything is done with the shell itself but for `env`: an image need not have more.
 */
export function environmentFunctions({ paths }: Pick<ScriptParts, 'paths'>): string {
  return `
spacelift_environment=${quoted(`${paths.workspace}/${fileName}`)}
${remembering}
${quoting}
${keeping}`
}

/** A value's second line may look like a variable; such a name is taken only if there is one. */
const remembering = String.raw`
spacelift_exported() {
  env | while IFS= read -r spacelift_name; do
    spacelift_name=${'$'}{spacelift_name%%=*}
    case $spacelift_name in
      '' | [0-9]* | *[!A-Za-z0-9_]* | spacelift_* | TF_VAR_spacelift_* | PWD | OLDPWD | SHLVL | _) ;;
      *) eval "if [ -n \"\${$spacelift_name+set}\" ]; then printf '%s ' $spacelift_name; fi" ;;
    esac
  done
}
spacelift_remember() {
  spacelift_names=$(spacelift_exported)
  for spacelift_name in $spacelift_names; do eval "spacelift_was_$spacelift_name=\$$spacelift_name"; done
}`

const quoting = String.raw`
spacelift_quoted() {
  spacelift_word=
  while :; do
    case $1 in *"'"*) ;; *) break ;; esac
    spacelift_word=$spacelift_word${'$'}{1%%"'"*}"'\\''"
    set -- "${'$'}{1#*"'"}"
  done
  printf "'%s'" "$spacelift_word$1"
}`

/** In a subshell, where it can put aside whatever options a hook has set. */
const keeping = String.raw`
spacelift_keep() (
  umask 077
  set +efu
  unset IFS
  {
    for spacelift_name in $(spacelift_exported); do
      eval "spacelift_now=\$$spacelift_name spacelift_was=\${spacelift_was_$spacelift_name-}"
      eval "spacelift_had=\${spacelift_was_$spacelift_name+1}"
      if [ "$spacelift_had" = 1 ] && [ "$spacelift_now" = "$spacelift_was" ]; then continue; fi
      printf '%s=' "$spacelift_name" && spacelift_quoted "$spacelift_now" &&
        printf '\nexport %s\n' "$spacelift_name" || exit
    done
    for spacelift_name in $spacelift_names; do
      eval "if [ -z \"\${$spacelift_name+set}\" ]; then echo unset $spacelift_name; fi" || exit
    done
  } > "$spacelift_environment"
)`

/** What the beginning of a job does about it, once the environment is as hooks find it. */
export function environmentStep({ job }: Pick<ScriptParts, 'job'>): string {
  const read = 'if [ -f "$spacelift_environment" ]; then . "$spacelift_environment"; rm -f "$spacelift_environment"; fi'
  return [...(job.continues ? [read] : []), ...(job.pause ? ['spacelift_remember'] : [])].join('\n')
}
