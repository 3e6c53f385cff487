{{/* Name of the release's objects. A StatefulSet's name may have 52 characters, and no dot; a Service's begins with a letter, which that of a release need not. */}}
{{- define "spacelift-mothership.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $clean := .Values.fullnameOverride | default $full | replace "." "-" -}}
{{- regexMatch "^[0-9]" $clean | ternary (printf "m-%s" $clean) $clean | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels by which the pod is known; never to be changed. */}}
{{- define "spacelift-mothership.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "spacelift-mothership.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "spacelift-mothership.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* Name of the service account that the pod runs under. */}}
{{- define "spacelift-mothership.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "spacelift-mothership.fullname" .) "default") -}}
{{- end -}}

{{/* The Service's name, as a pod of any namespace looks it up. */}}
{{- define "spacelift-mothership.inside" -}}
{{- printf "%s.%s.svc" (include "spacelift-mothership.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* Every name of the server, the one for tokens first, as a comma list. */}}
{{- define "spacelift-mothership.hosts" -}}
{{- $hosts := list .Values.publicHost (include "spacelift-mothership.inside" .) -}}
{{- if .Values.ingress.enabled }}{{ $hosts = append $hosts .Values.ingress.host }}{{ end -}}
{{- concat $hosts .Values.extraHosts | compact | uniq | join "," -}}
{{- end -}}
