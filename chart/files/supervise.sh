#!/bin/sh
# Keeps dockerd up: `docker-init -- sh supervise.sh dockerd ARGUMENT...`.
#
# When the first process of a container ends, everything in it does, and so every run. So dockerd is not the first: this is, and starts it again
# whenever it dies. With live-restore the containers of runs go on meanwhile. TERM ends dockerd, and then this. POSIX shell, as in any image.
set -u

# The kubelet gives a sidecar its turn when the launcher has ended, ten seconds before the pod's time is over.
stop_within=${STOP_WITHIN:-8}
pid_file=${PID_FILE:-/var/run/docker.pid}
child=
stopping=

say() { echo "supervise: $*" >&2; }

# Gives the launcher its directory, and what a launcher that was root left there. Before any run, since runs own files there too.
hand_over() {
  directory=${LAUNCHER_DIRECTORY:-} owner=${LAUNCHER_OWNER:-0:0}
  if [ -z "$directory" ] || [ "$owner" = 0:0 ]; then return; fi
  find "$directory" -xdev \( ! -user "${owner%:*}" -o ! -group "${owner#*:}" \) -exec chown -h "$owner" {} + ||
    say "could not give all of $directory to $owner"
}

# Pulls images as soon as the daemon answers; one that cannot be had is asked for four times.
preload() {
  until docker version >/dev/null 2>&1; do sleep 1; done
  for image; do
    for pause in 5 20 60 0; do
      docker pull --quiet "$image" && break
      say "could not pull $image"
      sleep "$pause"
    done
  done
}

# The daemon itself, below the init process that its image puts before it; nothing if there is none.
daemon() {
  pid=$(cat "$pid_file" 2>/dev/null) || return
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

# Kills a daemon that outlived the process above it: two must never share a data directory.
end_orphan() {
  orphan=$(daemon) || return
  say "dockerd $orphan was left behind; killing it"
  kill -KILL "$orphan"
  while [ -d "/proc/$orphan" ] && ! grep -q '^State:.Z' "/proc/$orphan/status" 2>/dev/null; do sleep 1; done
}

stop() {
  stopping=yes
  [ -n "$child" ] || return
  kill -TERM "$child" 2>/dev/null
  # One that does not end is killed: the pod's time is bounded.
  (
    sleep "$stop_within"
    say "dockerd did not end within $stop_within s; killing it"
    kill -KILL $(daemon) "$child"
  ) &
  killer=$!
}

# Starts a program and waits for its end; its exit code is in `code`. `wait` returns early when a signal comes, hence the loop.
run() {
  "$@" &
  child=$!
  [ -n "$stopping" ] && stop
  code=0
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
}

trap stop TERM INT QUIT
hand_over
# Words, not one: names of images have no spaces.
[ -n "${PRELOAD_IMAGES:-}" ] && { preload $PRELOAD_IMAGES & }

pause=0
while [ -z "$stopping" ]; do
  end_orphan
  began=$(date +%s)
  run dockerd-entrypoint.sh "$@"
  [ -n "$stopping" ] && break
  # One that lived for a while is started again at once; one that cannot start, after ever longer pauses of up to ten seconds.
  lived=$(($(date +%s) - began))
  if [ "$lived" -ge 10 ]; then pause=0; else pause=$((pause < 5 ? pause + 1 : 10)); fi
  say "dockerd ended with code $code after $lived s; starting it again in $pause s"
  run sleep "$pause"
done

[ -n "${killer:-}" ] && kill "$killer" 2>/dev/null
exit 0
