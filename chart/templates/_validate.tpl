{{/*
Rules across values, which the schema cannot say. Each is a definition that gives nothing or one sentence, with the value's name, what it is, and
what it should be; all that are broken are reported together.
*/}}
{{- define "spacelift-worker.validate" -}}
{{- $rules := list "credentials" "credentialsForm" "engine" "engineParts" "engineTLS" "daemonConfig" "ownDaemonJson" "durations" "files" "scalers" "scalerBounds" "kedaTriggers" "marksProgram" "admissionPolicy" "names" "labels" "volumes" "immutable" -}}
{{- $problems := list -}}
{{- range $rules -}}
{{- with include (printf "spacelift-worker.rule.%s" .) $ | trim }}{{ $problems = append $problems (printf "  - %s" .) }}{{ end -}}
{{- end -}}
{{- if $problems }}{{ fail (printf "these values do not fit:\n%s" (join "\n" $problems)) }}{{ end -}}
{{- end -}}

{{- define "spacelift-worker.rule.credentials" -}}
{{- with .Values.credentials -}}
{{- $other := empty .token | ternary "SPACELIFT_TOKEN" "SPACELIFT_POOL_PRIVATE_KEY" -}}
{{- if and .existingSecret (or .token .privateKey) -}}
credentials.existingSecret is {{ quote .existingSecret }} and credentials.token or credentials.privateKey is set too: give one or the other
{{- else if and .create (ne (empty .token) (empty .privateKey)) (not (include "spacelift-worker.hasEnv" (list (list $other (printf "%s_FILE" $other)) $.Values.launcher.extraEnv))) (not $.Values.launcher.envFrom) -}}
credentials.token and credentials.privateKey belong together: credentials.{{ empty .token | ternary "token" "privateKey" }} is not set
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The values themselves are never shown. */}}
{{- define "spacelift-worker.rule.credentialsForm" -}}
{{- with .Values.credentials -}}
{{- if and .token (not (regexMatch "^[A-Za-z0-9+/=\\s]+$" .token)) -}}
credentials.token is not base64: expected the content of the worker pool's .config file as it is
{{- else if and .privateKey (not (regexMatch "^[A-Za-z0-9+/=\\s]+$" .privateKey)) (not (contains "PRIVATE KEY" .privateKey)) -}}
credentials.privateKey is not base64: expected the whole PEM file, base64 on one line
{{- else if and (contains "PRIVATE KEY" .privateKey) (eq (include "spacelift-worker.program" $) "spacelift") -}}
credentials.privateKey is a PEM file, and Spacelift's launcher expects it as base64 on one line
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.engine" -}}
{{- $address := .Values.launcher.dockerHost -}}
{{- if and .Values.dind.enabled $address -}}
launcher.dockerHost is {{ quote $address }}, but the launcher uses the daemon of its pod: set dind.enabled to false, or leave launcher.dockerHost empty
{{- else if not (or .Values.dind.enabled $address (include "spacelift-worker.hasEnv" (list (list "DOCKER_HOST") .Values.launcher.extraEnv))) -}}
dind.enabled is false and launcher.dockerHost is not set: expected the address of a Docker engine, such as unix:///var/run/docker.sock
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.engineParts" -}}
{{- $parts := list -}}
{{- if .Values.mirror.enabled }}{{ $parts = append $parts "mirror.enabled" }}{{ end -}}
{{- if .Values.dind.preloadImages }}{{ $parts = append $parts "dind.preloadImages" }}{{ end -}}
{{- if .Values.dind.tcp.enabled }}{{ $parts = append $parts "dind.tcp.enabled" }}{{ end -}}
{{- if and $parts (not .Values.dind.enabled) -}}
{{ join " and " $parts }} needs the daemon of the pod, and dind.enabled is false
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.engineTLS" -}}
{{- with .Values.launcher.dockerTLS.existingSecret -}}
{{- if $.Values.dind.enabled -}}
launcher.dockerTLS.existingSecret is {{ quote . }}, but the launcher uses the daemon of its pod, by a socket: set dind.enabled to false, or leave it empty
{{- else if not (or (hasPrefix "tcp://" $.Values.launcher.dockerHost) (include "spacelift-worker.hasEnv" (list (list "DOCKER_HOST") $.Values.launcher.extraEnv))) -}}
launcher.dockerTLS.existingSecret is {{ quote . }}, but launcher.dockerHost is {{ quote $.Values.launcher.dockerHost }}: expected tcp://host:port
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.daemonConfig" -}}
{{- range list "hosts" "group" "tls" -}}
{{- if hasKey $.Values.dind.config . -}}
dind.config.{{ . }} is given to dockerd as an argument by the chart, and dockerd refuses what it is told twice: remove it
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.ownDaemonJson" -}}
{{- if include "spacelift-worker.ownDaemonConfig" . -}}
{{- $set := list -}}
{{- range list "mtu" "registryMirrors" "insecureRegistries" "defaultAddressPools" "dns" "storageDriver" "logDriver" "logOptions" "cgroupParent" "config" -}}
{{- if get $.Values.dind . }}{{ $set = append $set (printf "dind.%s" .) }}{{ end -}}
{{- end -}}
{{- if .Values.mirror.enabled }}{{ $set = append $set "mirror.enabled" }}{{ end -}}
{{- if $set -}}
dind.extraVolumeMounts mounts a daemon.json of yours, which leaves no effect to {{ join ", " $set }}: set these in your file, or drop the mount
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Durations that came by a variable; the values themselves are in the schema. */}}
{{- define "spacelift-worker.rule.durations" -}}
{{- $names := list "SPACELIFT_LAUNCHER_RUN_TIMEOUT" "SPACELIFT_LAUNCHER_INTERRUPT_GRACE" "SPACELIFT_LAUNCHER_TERMINATE_GRACE" -}}
{{- range .Values.launcher.extraEnv -}}
{{- if and (has .name $names) .value (not (regexMatch "^([0-9]*\\.?[0-9]+(ns|us|ms|s|m|h))+$" (toString .value))) -}}
launcher.extraEnv sets {{ .name }} to {{ quote .value }}: expected a duration such as 70m or 1h30m
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.files" -}}
{{- $policy := .Values.launcher.policy -}}
{{- $docker := .Values.launcher.dockerConfig -}}
{{- if gt (list $policy.rego $policy.existingConfigMap $policy.existingSecret | compact | len) 1 -}}
launcher.policy has more than one of rego, existingConfigMap and existingSecret: expected one
{{- else if and $docker.config $docker.existingSecret -}}
launcher.dockerConfig has both config and existingSecret: expected one
{{- else if and .Values.customCA.certificates .Values.customCA.existingConfigMap -}}
customCA has both certificates and existingConfigMap: expected one
{{- end -}}
{{- end -}}
