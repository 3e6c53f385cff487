#!/bin/sh
# Keeps dockerd up: `docker-init -- sh supervise.sh dockerd ARGUMENT...`.
#
# When the first process of a container ends, everything in it does, and so every run. So dockerd is not the first: this is, and starts it again
# whenever it dies. With live-restore the runs' containers go on meanwhile. TERM ends dockerd, and then this, well within its time.
set -u

stop_within=${STOP_WITHIN:-15}
daemon=
preload=
stopping=

say() { echo "supervise: $*" >&2; }

# Gives the launcher its directory, and what a launcher that was root may have left there. Once, before any run.
hand_over() {
  directory=${LAUNCHER_DIRECTORY:-} owner=${LAUNCHER_OWNER:-}
  if [ -z "$directory" ] || [ -z "$owner" ]; then return; fi
  mkdir -p "$directory"
  find "$directory" -xdev \( ! -user "${owner%:*}" -o ! -group "${owner#*:}" \) -exec chown -h "$owner" {} + ||
    say "could not give all of $directory to $owner"
}

# Pulls images as soon as the daemon answers, in the background; what cannot be had now is tried a few times.
preload_images() {
  until docker version >/dev/null 2>&1; do sleep 1; done
  for image in $PRELOAD_IMAGES; do
    for pause in 5 20 60 0; do
      docker pull --quiet "$image" && break
      say "could not pull $image"
      sleep "$pause"
    done
  done
}

# Ends dockerd; one that does not end in time is killed, for the pod's time is bounded.
stop() {
  stopping=yes
  [ -n "$preload" ] && kill "$preload" 2>/dev/null
  [ -n "$daemon" ] || return
  kill -TERM "$daemon" 2>/dev/null
  (
    sleep "$stop_within"
    say "dockerd did not end within $stop_within s"
    # Its docker-init and itself.
    kill -KILL "$daemon" $(cat /proc/"$daemon"/task/*/children 2>/dev/null) 2>/dev/null
  ) &
  killer=$!
}

# `wait` ends early when a signal comes: again until the daemon is gone.
wait_for_daemon() {
  while kill -0 "$daemon" 2>/dev/null; do
    wait "$daemon"
    code=$?
  done
}

trap stop TERM INT QUIT
hand_over
if [ -n "${PRELOAD_IMAGES:-}" ]; then
  preload_images &
  preload=$!
fi

pause=0
while [ -z "$stopping" ]; do
  began=$(date +%s)
  code=0
  dockerd-entrypoint.sh "$@" &
  daemon=$!
  wait_for_daemon
  [ -n "$stopping" ] && break
  # One that lived for a while is started again at once; one that cannot start is given ever more time, up to ten seconds.
  lived=$(($(date +%s) - began))
  if [ "$lived" -ge 10 ]; then pause=0; else pause=$((pause < 5 ? pause + 1 : 10)); fi
  say "dockerd ended with code $code after $lived s; starting it again in $pause s"
  sleep "$pause" &
  daemon=$!
  wait_for_daemon
  daemon=
done

[ -n "${killer:-}" ] && kill "$killer" 2>/dev/null
exit 0
