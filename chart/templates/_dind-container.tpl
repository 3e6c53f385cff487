{{/*
The daemon's container, a native sidecar: it is up before the launcher starts, and is told to end after the launcher has ended. No liveness probe:
whatever is wrong with a daemon, killing it kills the run.
*/}}
{{- define "spacelift-worker.dindContainer" -}}
{{- with .Values.dind -}}
name: dind
image: {{ include "spacelift-worker.image" (list .image $) | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
restartPolicy: Always
command:
  - docker-init
  - --
  - sh
  - /etc/spacelift-worker/dind/supervise.sh
args:
  {{- include "spacelift-worker.dindArguments" $ | nindent 2 }}
securityContext:
  {{- toYaml (.securityContext | default (dict "privileged" true)) | nindent 2 }}
{{- include "spacelift-worker.env" (dict "own" (include "spacelift-worker.dindEnv" $ | fromYamlArray) "extra" .extraEnv) }}
{{- with .envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
# What it said last is shown with the reason of its end.
terminationMessagePolicy: FallbackToLogsOnError
startupProbe:
  {{- $handler := dict "exec" (dict "command" (list "docker" "version")) }}
  {{- with .startupProbe }}{{ if or .httpGet .tcpSocket .grpc }}{{ $handler = dict }}{{ end }}{{ end }}
  {{- $probe := merge (dict "periodSeconds" 1 "failureThreshold" 120 "timeoutSeconds" 5) $handler }}
  {{- mergeOverwrite $probe (deepCopy .startupProbe) | toYaml | nindent 2 }}
resources:
  {{- toYaml (.resources | default (dict "requests" (dict "cpu" "200m" "memory" "256Mi"))) | nindent 2 }}
{{ include "spacelift-worker.mounts" (dict "own" (include "spacelift-worker.dindMounts" $ | fromYamlArray) "extra" .extraVolumeMounts) }}
{{- end }}
{{- end -}}

{{/* A pull-through cache beside the daemon, up before it. Root, to whom its part of the volume belongs, and without any capability. */}}
{{- define "spacelift-worker.mirrorContainer" -}}
{{- with .Values.mirror -}}
name: mirror
image: {{ include "spacelift-worker.image" (list .image $) | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
restartPolicy: Always
securityContext:
  runAsUser: 0
  runAsGroup: 0
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- $own := dict "REGISTRY_HTTP_ADDR" (printf "127.0.0.1:%v" .port) "REGISTRY_PROXY_REMOTEURL" .remote "OTEL_TRACES_EXPORTER" "none" }}
{{- $own = merge $own (include "spacelift-worker.networkEnv" $ | fromYaml) }}
env:
  {{- include "spacelift-worker.envOf" $own | nindent 2 }}
resources:
  {{- $default := dict "requests" (dict "cpu" "10m" "memory" "32Mi") "limits" (dict "memory" "256Mi") }}
  {{- toYaml (.resources | default $default) | nindent 2 }}
volumeMounts:
  - name: launcher-storage
    mountPath: /var/lib/registry
    subPath: registry
  {{- with include "spacelift-worker.fileMounts" (list (list "ca") $) }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}
