{{/* The mothership's container. */}}
{{- define "spacelift-mothership.container" -}}
name: mothership
image: {{ printf "%s%s" .Values.image.repository (.Values.image.digest | empty | ternary (printf ":%s" (.Values.image.tag | default .Chart.AppVersion)) (printf "@%s" .Values.image.digest)) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
env:
  {{- $set := dict }}
  {{- range .Values.extraEnv }}{{ $_ := set $set .name true }}{{ end }}
  {{- range include "spacelift-mothership.env" . | fromYamlArray }}
  {{- if not (hasKey $set .name) }}
  {{- toYaml (list .) | nindent 2 }}
  {{- end }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: people
    containerPort: 1983
  - name: broker
    containerPort: 1984
  - name: launchers
    containerPort: 1985
{{- $health := dict "httpGet" (dict "path" "/healthz" "port" "people" "scheme" "HTTPS") "timeoutSeconds" 5 }}
startupProbe:
  {{- merge (dict "periodSeconds" 1 "failureThreshold" 120) $health | toYaml | nindent 2 }}
readinessProbe:
  {{- merge (dict "periodSeconds" 5) $health | toYaml | nindent 2 }}
livenessProbe:
  {{- merge (dict "periodSeconds" 10 "failureThreshold" 6) $health | toYaml | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - name: data
    mountPath: /var/lib/spacelift-mothership
  - name: tmp
    mountPath: /tmp
{{- end -}}

{{/* The chart's own variables; one of the user's of the same name is taken in place of it. */}}
{{- define "spacelift-mothership.env" -}}
- name: SPACELIFT_MOTHERSHIP_PUBLIC_HOST
  value: {{ include "spacelift-mothership.hosts" . | quote }}
{{- $ingress := and .Values.ingress.enabled .Values.ingress.host }}
{{- with .Values.issuer | default (ternary (printf "https://%s" .Values.ingress.host) "" (not (empty $ingress))) }}
- name: SPACELIFT_MOTHERSHIP_ISSUER
  value: {{ . | quote }}
{{- end }}
{{- with .Values.brokerEndpoint }}
- name: SPACELIFT_MOTHERSHIP_BROKER_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: SPACELIFT_MOTHERSHIP_HEARTBEAT_SECONDS
  value: {{ .Values.heartbeatSeconds | quote }}
- name: SPACELIFT_MOTHERSHIP_LEASE_SECONDS
  value: {{ .Values.leaseSeconds | quote }}
- name: SPACELIFT_MOTHERSHIP_MAX_WORKSPACE_GIB
  value: {{ .Values.maxWorkspaceGib | quote }}
- name: SPACELIFT_MOTHERSHIP_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- end -}}
