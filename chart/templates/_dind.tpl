{{/* The daemon's settings, as `daemon.json`. They are in the file and not among the arguments, because dockerd refuses what is in both. */}}
{{- define "spacelift-worker.daemonConfig" -}}
{{- $dind := .Values.dind -}}
{{- $mirrors := $dind.registryMirrors -}}
{{- if .Values.mirror.enabled }}{{ $mirrors = prepend $mirrors (printf "http://127.0.0.1:%v" .Values.mirror.port) }}{{ end -}}
{{- $config := dict -}}
{{- $typed := dict
      "registry-mirrors" $mirrors
      "insecure-registries" $dind.insecureRegistries
      "default-address-pools" $dind.defaultAddressPools
      "dns" $dind.dns
      "storage-driver" $dind.storageDriver
      "log-driver" $dind.logDriver
      "log-opts" $dind.logOptions
      "cgroup-parent" $dind.cgroupParent -}}
{{- range $name, $value := $typed }}{{ if $value }}{{ $_ := set $config $name $value }}{{ end }}{{ end -}}
{{- with $dind.mtu -}}
{{- $_ := set $config "mtu" (int64 .) -}}
{{- /* The first is for the default bridge alone; Docker before 24 does not know the second. */ -}}
{{- if not (regexMatch "^(1\\d|2[0-3])\\." (toString $dind.image.tag)) -}}
{{- $_ := set $config "default-network-opts" (dict "bridge" (dict "com.docker.network.driver.mtu" (toString (int64 .)))) -}}
{{- end -}}
{{- end -}}
{{- /* What the user wrote freely goes before; runs outlive a daemon that dies unless they say otherwise. */ -}}
{{- mergeOverwrite (dict "live-restore" true) $config (deepCopy $dind.config) | toPrettyJson -}}
{{- end -}}

{{/* Whether the user mounts a `daemon.json` of their own, as one had to with the legacy chart: then ours stays out of the way. */}}
{{- define "spacelift-worker.ownDaemonConfig" -}}
{{- range .Values.dind.extraVolumeMounts }}{{ if has .mountPath (list "/etc/docker" "/etc/docker/daemon.json") }}true{{ end }}{{ end -}}
{{- end -}}

{{/* User and group of the launcher, to whom its directory and the daemon's socket belong. */}}
{{- define "spacelift-worker.launcherOwner" -}}
{{- $context := include "spacelift-worker.launcherSecurityContext" . | fromYaml -}}
{{- $pod := .Values.podSecurityContext -}}
{{- $user := hasKey $context "runAsUser" | ternary $context.runAsUser ($pod.runAsUser | default 0) -}}
{{- $group := hasKey $context "runAsGroup" | ternary $context.runAsGroup ($pod.runAsGroup | default 0) -}}
{{- printf "%s:%s" (include "spacelift-worker.number" $user) (include "spacelift-worker.number" $group) -}}
{{- end -}}

{{/* Arguments of the daemon, as a list. */}}
{{- define "spacelift-worker.dindArguments" -}}
- dockerd
- --host=unix:///var/run/dind/docker.sock
- --group={{ include "spacelift-worker.launcherOwner" . | splitList ":" | last }}
{{- if not (include "spacelift-worker.ownDaemonConfig" .) }}
- --config-file=/etc/spacelift-worker/dind/daemon.json
{{- end }}
{{- if .Values.dind.tcp.enabled }}
- --host=tcp://127.0.0.1:2375
# Said explicitly, or dockerd waits and complains before it listens without TLS.
- --tls=false
{{- end }}
{{- with .Values.dind.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The chart's own variables of the daemon, as a list. */}}
{{- define "spacelift-worker.dindEnv" -}}
- name: DOCKER_HOST
  value: unix:///var/run/dind/docker.sock
- name: LAUNCHER_DIRECTORY
  value: {{ .Values.launcher.directory }}
- name: LAUNCHER_OWNER
  value: {{ include "spacelift-worker.launcherOwner" . | quote }}
{{- with .Values.dind.preloadImages }}
- name: PRELOAD_IMAGES
  value: {{ join " " . | quote }}
{{- end }}
{{- $files := include "spacelift-worker.fileTable" . | fromYaml }}
{{- if hasKey $files "docker-config" }}
- name: DOCKER_CONFIG
  value: /etc/spacelift-worker/docker-config
{{- end }}
{{- include "spacelift-worker.envOf" (include "spacelift-worker.networkEnv" . | fromYaml) }}
{{- end -}}
