{{/* Name of the chart in labels. */}}
{{- define "spacelift-worker.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the release's objects: the one that the legacy chart gave them, so that an upgrade finds them. */}}
{{- define "spacelift-worker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
Name of the workload. A StatefulSet whose name is longer than 52 characters gets no pods (the label with its revision adds 11), and its pods' host
names cannot have dots. So such a name is cleaned and cut, and keeps a sum of the whole, because two names may be cut to the same.
*/}}
{{- define "spacelift-worker.workload" -}}
{{- $full := include "spacelift-worker.fullname" . -}}
{{- $label := regexReplaceAll "[^a-z0-9-]+" ($full | lower) "-" | trimPrefix "-" -}}
{{- if or (not .Values.useStatefulSet) (and (eq $label $full) (le (len $full) 52)) -}}
{{- $full -}}
{{- else -}}
{{- printf "%s-%s" ($label | trunc 43 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- end -}}
{{- end -}}

{{/* Name of an object that belongs to the release: suffix and context. */}}
{{- define "spacelift-worker.part" -}}
{{- $suffix := index . 0 -}}
{{- printf "%s-%s" (include "spacelift-worker.fullname" (index . 1) | trunc (sub 62 (len $suffix) | int) | trimSuffix "-") $suffix -}}
{{- end -}}

{{/* Name of the headless Service. A Service's name begins with a letter, which that of a release need not. */}}
{{- define "spacelift-worker.service" -}}
{{- $name := include "spacelift-worker.workload" . -}}
{{- .Values.statefulSet.serviceName | default (regexMatch "^[a-z]" $name | ternary $name (printf "workers-%s" $name)) -}}
{{- end -}}

{{/* Name of the service account that the pods run under. */}}
{{- define "spacelift-worker.serviceAccountName" -}}
{{- $account := .Values.serviceAccount -}}
{{- $account.name | default ($account.create | ternary (include "spacelift-worker.fullname" .) "default") -}}
{{- end -}}

{{/* Labels by which the workload knows its pods; never to be changed. */}}
{{- define "spacelift-worker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "spacelift-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "spacelift-worker.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "spacelift-worker.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
