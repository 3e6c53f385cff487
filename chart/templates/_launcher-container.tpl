{{/* The launcher's container. `command`: what it does instead of taking runs. */}}
{{- define "spacelift-worker.launcherContainer" -}}
{{- $root := .root -}}
{{- $ours := eq (include "spacelift-worker.program" $root) "spacelift-worker" -}}
{{- with $root.Values.launcher -}}
name: launcher
image: {{ include "spacelift-worker.image" (list .image $root) | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- with $.command }}
args:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "spacelift-worker.launcherSecurityContext" $root | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- include "spacelift-worker.env" (dict "own" (include "spacelift-worker.launcherEnv" $root | fromYamlArray) "extra" .extraEnv) }}
{{- with .envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
# What it said last, such as the settings that it cannot work with, is shown with the reason of its end.
terminationMessagePolicy: FallbackToLogsOnError
{{- if and $ours (not $.command) }}
ports:
  - name: health
    containerPort: {{ .healthPort }}
{{- with include "spacelift-worker.launcherProbe" (dict "path" "/readyz" "set" .readinessProbe "period" 2 "failures" 3) }}
readinessProbe:
  {{- . | nindent 2 }}
{{- end }}
{{- with include "spacelift-worker.launcherProbe" (dict "path" "/livez" "set" .livenessProbe "period" 10 "failures" 6) }}
livenessProbe:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}
{{- if and .lifecycle (not $.command) }}
lifecycle:
  {{- toYaml .lifecycle | nindent 2 }}
{{- end }}
resources:
  {{- $default := dict "requests" (dict "cpu" "50m" "memory" "128Mi") "limits" (dict "memory" "512Mi") }}
  {{- toYaml (.resources | default $default) | nindent 2 }}
{{ include "spacelift-worker.mounts" (dict "own" (include "spacelift-worker.launcherMounts" $root | fromYamlArray) "extra" .extraVolumeMounts) }}
{{- end }}
{{- end -}}
