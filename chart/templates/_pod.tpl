{{/* What the pods of both workloads are: metadata and specification. */}}
{{- define "spacelift-worker.podTemplate" -}}
metadata:
  {{- $annotations := merge (dict) .Values.podAnnotations (include "spacelift-worker.checksums" . | fromYaml) }}
  {{- $_ := set $annotations "kubectl.kubernetes.io/default-container" (get $annotations "kubectl.kubernetes.io/default-container" | default "launcher") }}
  annotations:
    {{- toYaml $annotations | nindent 4 }}
  labels:
    {{- /* The legacy chart's order: the selector's labels cannot be replaced. */}}
    {{- toYaml (merge (include "spacelift-worker.selectorLabels" . | fromYaml) .Values.extraPodLabels) | nindent 4 }}
spec:
  {{- include "spacelift-worker.podSpec" (dict "root" .) | nindent 2 }}
{{- end -}}

{{/* Sums of what is read at start only, so that a change of it makes new pods. Files that are read again when they change are not here. */}}
{{- define "spacelift-worker.checksums" -}}
{{- if .Values.dind.enabled }}
checksum/dind: {{ printf "%s%s" (include "spacelift-worker.daemonConfig" .) (.Files.Get "files/supervise.sh") | sha256sum }}
{{- end }}
{{- with .Values.launcher.policy.rego }}
checksum/policy: {{ sha256sum . }}
{{- end }}
{{- with .Values.customCA.certificates }}
checksum/ca: {{ join "" . | sha256sum }}
{{- end }}
{{- $credentials := .Values.credentials }}
{{- if and $credentials.create (not $credentials.existingSecret) (eq (include "spacelift-worker.program" .) "spacelift") }}
checksum/credentials: {{ printf "%s %s" $credentials.token $credentials.privateKey | sha256sum }}
{{- end }}
{{- end -}}

{{/*
Specification of a pod. `command`: it does this and ends, for `helm test`; then without the user's containers, which may never end, and without
a claim.
*/}}
{{- define "spacelift-worker.podSpec" -}}
{{- $root := .root -}}
{{- with $root.Values -}}
serviceAccountName: {{ include "spacelift-worker.serviceAccountName" $root }}
automountServiceAccountToken: {{ .serviceAccount.automount }}
enableServiceLinks: false
terminationGracePeriodSeconds: {{ empty $.command | ternary (include "spacelift-worker.grace" $root | int64) 30 }}
{{- with $.command }}
restartPolicy: Never
{{- end }}
{{- with include "spacelift-worker.imagePullSecrets" $root }}
{{- . }}
{{- end }}
{{- with .podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $before := .initContainers }}
{{- if or $before .dind.enabled }}
initContainers:
  {{- with $before }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- if and .dind.enabled .mirror.enabled }}
  - {{ include "spacelift-worker.mirrorContainer" $root | nindent 4 | trim }}
  {{- end }}
  {{- if .dind.enabled }}
  - {{ include "spacelift-worker.dindContainer" $root | nindent 4 | trim }}
  {{- end }}
{{- end }}
containers:
  - {{ include "spacelift-worker.launcherContainer" $ | nindent 4 | trim }}
  {{- if not $.command }}
  {{- with .additionalContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- end }}
volumes:
  {{- include "spacelift-worker.volumes" (dict "root" $root "ephemeral" $.command) | nindent 2 }}
{{- include "spacelift-worker.placement" $root }}
{{- end }}
{{- end -}}

{{/* Where pods run and what they see of the network, as the user wants it. */}}
{{- define "spacelift-worker.placement" -}}
{{- $values := .Values -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" "hostAliases" "dnsPolicy" "dnsConfig" }}
{{- with get $values $key }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- if not (kindIs "invalid" .Values.hostUsers) }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $own := dict "labelSelector" (dict "matchLabels" (include "spacelift-worker.selectorLabels" $ | fromYaml)) }}
  - {{ toYaml (hasKey . "labelSelector" | ternary . (merge (deepCopy .) $own)) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end -}}
