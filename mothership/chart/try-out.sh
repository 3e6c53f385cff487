#!/bin/sh
# Installs a mothership, a pool in it, and workers for the pool, into one namespace:
#
#   sh mothership/chart/try-out.sh NAMESPACE [MOTHERSHIP_VALUES.yaml [WORKER_VALUES.yaml]]
#
# Again with the same namespace, it upgrades what is there. Needs helm and kubectl; the pool's key passes through this shell and into a Secret.
set -eu

[ $# -ge 1 ] && [ $# -le 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
namespace=$1
charts=$(cd "$(dirname "$0")/../.." && pwd)
secret=try-out-pool

install() {
  release=$1 chart=$2 values=$3
  shift 3
  if [ -n "$values" ]; then set -- "$@" --values "$values"; fi
  helm upgrade --install "$release" "$chart" --namespace "$namespace" --create-namespace --wait --timeout 10m "$@"
}

inside() { kubectl --namespace "$namespace" exec spacelift-mothership-0 -- sh -c "$1"; }

# A pod that is ready is not yet behind its service: each node learns of it by itself.
reach() {
  tries=30
  until said=$(inside 'spacelift-mothership pool list' 2>&1 >/dev/null); do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "$said" >&2; exit 1; }
    sleep 1
  done
}

install spacelift-mothership "$charts/mothership/chart" "${2:-}"
reach

if ! kubectl --namespace "$namespace" get secret "$secret" >/dev/null 2>&1; then
  token=$(inside 'spacelift-mothership pool create main --out /tmp/pool >/dev/null && cat /tmp/pool/worker-pool-*.config')
  key=$(inside 'base64 -w0 /tmp/pool/spacelift.key && rm -r /tmp/pool')
  # By a pipe, because other users of this machine see the words of a command.
  kubectl --namespace "$namespace" create --filename - <<EOF
apiVersion: v1
kind: Secret
metadata: {name: $secret}
stringData: {token: "$token", privateKey: "$key"}
EOF
fi

install spacelift-worker "$charts/chart" "${3:-}" --set "credentials.create=false,credentials.existingSecret=$secret"
echo "The command line: kubectl --namespace $namespace exec spacelift-mothership-0 -- spacelift-mothership worker list"
