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
volumeMounts:
  {{- include "spacelift-worker.directoryMount" $root | nindent 2 }}
  - name: tmp
    mountPath: /tmp
  {{- if $root.Values.dind.enabled }}
  - name: dind-socket
    mountPath: /var/run/dind
  {{- end }}
  {{- if include "spacelift-worker.credentialsMounted" $root }}
  - name: credentials
    mountPath: /var/run/secrets/spacelift
    readOnly: true
  {{- end }}
  {{- if include "spacelift-worker.marks" $root }}
  - name: launcher-identity
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- end }}
  {{- include "spacelift-worker.fileMounts" (list (list "policy" "docker-config" "ca") $root) | nindent 2 }}
  {{- with .extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}
