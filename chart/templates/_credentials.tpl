{{/* Name of the Secret with token and key, or nothing if the user brings them as variables. */}}
{{- define "spacelift-worker.credentialsSecret" -}}
{{- if .Values.credentials.existingSecret }}{{ .Values.credentials.existingSecret }}
{{- else if .Values.credentials.create }}{{ include "spacelift-worker.fullname" . }}{{ end -}}
{{- end -}}

{{/* Key of a credential in that Secret: `token` or `privateKey`, and the context. */}}
{{- define "spacelift-worker.credentialsKey" -}}
{{- $which := index . 0 -}}
{{- $values := (index . 1).Values.credentials -}}
{{- empty $values.existingSecret | ternary $which (get $values.keys $which | default $which) -}}
{{- end -}}

{{/*
Variables of the credentials, as a list. Our launcher reads files, and again when they change: so nothing shows in `kubectl describe`, and a new
pair needs no restart. Spacelift's knows variables only.
*/}}
{{- define "spacelift-worker.credentialsEnv" -}}
{{- $files := eq (include "spacelift-worker.program" .) "spacelift-worker" -}}
{{- $secret := include "spacelift-worker.credentialsSecret" . -}}
{{- $names := dict "token" "SPACELIFT_TOKEN" "privateKey" "SPACELIFT_POOL_PRIVATE_KEY" -}}
{{- range $which := empty $secret | ternary list (list "token" "privateKey") }}
{{- $name := get $names $which }}
{{- if include "spacelift-worker.hasEnv" (list (list $name (printf "%s_FILE" $name)) $.Values.launcher.extraEnv) }}
{{- /* The user's own: both forms of one credential are refused by the launcher. */}}
{{- else if $files }}
- name: {{ $name }}_FILE
  value: /var/run/secrets/spacelift/{{ $which }}
{{- else }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ include "spacelift-worker.credentialsKey" (list $which $) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether the credentials are mounted as files. */}}
{{- define "spacelift-worker.credentialsMounted" -}}
{{- if and (include "spacelift-worker.credentialsSecret" .) (eq (include "spacelift-worker.program" .) "spacelift-worker") }}true{{ end -}}
{{- end -}}

{{/* The volume of the credentials. Its files are root's, and only the launcher, which is not, mounts it. */}}
{{- define "spacelift-worker.credentialsVolume" -}}
{{- if include "spacelift-worker.credentialsMounted" . }}
- name: launcher-credentials
  secret:
    secretName: {{ include "spacelift-worker.credentialsSecret" . }}
    defaultMode: 292 # 0444
    items:
      {{- range list "token" "privateKey" }}
      - key: {{ include "spacelift-worker.credentialsKey" (list . $) }}
        path: {{ . }}
      {{- end }}
{{- end -}}
{{- end -}}
