#!/bin/sh
# What matters here of the official image's entry point (https://github.com/docker-library/docker): a daemon is started under docker-init,
# without pid files of one before, and with the iptables that is asked for.
set -eu

[ "${1#-}" = "${1:-}" ] || set -- dockerd "$@"
if [ "${1:-}" = dockerd ]; then
  find /run /var/run -iname 'docker*.pid' -delete 2>/dev/null || :
  if [ -n "${DOCKER_IPTABLES_LEGACY:-}" ]; then
    export PATH="/usr/local/sbin/.iptables-legacy:$PATH"
    iptables --version
  fi
  set -- docker-init -- "$@"
fi
exec "$@"
