{{/* Volume mounts of a container: `own` (a list), then `extra` (the user's). Where both are for one path, which no API server takes, the user's counts. */}}
{{- define "spacelift-worker.mounts" -}}
{{- $taken := list -}}
{{- range .extra }}{{ $taken = append $taken (.mountPath | trimSuffix "/") }}{{ end -}}
{{- $mounts := list -}}
{{- range .own }}{{ if not (has .mountPath $taken) }}{{ $mounts = append $mounts . }}{{ end }}{{ end -}}
volumeMounts:
  {{- toYaml (concat $mounts .extra) | nindent 2 }}
{{- end -}}

{{/* The launcher's own mounts, as a list. */}}
{{- define "spacelift-worker.launcherMounts" -}}
{{- include "spacelift-worker.directoryMount" . }}
- name: launcher-tmp
  mountPath: /tmp
{{- if .Values.dind.enabled }}
- name: dind-socket
  mountPath: /var/run/dind
{{- end }}
{{- if include "spacelift-worker.credentialsMounted" . }}
- name: launcher-credentials
  mountPath: /var/run/secrets/spacelift
  readOnly: true
{{- end }}
{{- if include "spacelift-worker.marks" . }}
- name: launcher-identity
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
{{- include "spacelift-worker.fileMounts" (list (list "policy" "docker-config" "docker-tls" "ca") .) }}
{{- end -}}

{{/* The daemon's own mounts, as a list. */}}
{{- define "spacelift-worker.dindMounts" -}}
- name: launcher-storage
  mountPath: /var/lib/docker
  subPath: docker
{{ include "spacelift-worker.directoryMount" . }}
- name: dind-socket
  mountPath: /var/run/dind
- name: dind-config
  mountPath: /etc/spacelift-worker/dind
  readOnly: true
{{- include "spacelift-worker.fileMounts" (list (list "docker-config" "ca") .) }}
{{- end -}}
