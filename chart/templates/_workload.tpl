{{/* Labels of the workload; the user's cannot replace the chart's. */}}
{{- define "spacelift-worker.workloadLabels" -}}
{{- toYaml (merge (include "spacelift-worker.labels" . | fromYaml) .Values.extraLabels) -}}
{{- end -}}

{{/* Whether a number of replicas is written: an autoscaler's number would be undone by every upgrade. */}}
{{- define "spacelift-worker.writesReplicas" -}}
{{- if and .Values.replicasEnabled (not .Values.autoscaling.enabled) (not .Values.keda.enabled) }}true{{ end -}}
{{- end -}}

{{/* What both workloads say of themselves. */}}
{{- define "spacelift-worker.workloadSpec" -}}
{{ if include "spacelift-worker.writesReplicas" . }}
replicas: {{ .Values.replicaCount | int64 }}
{{- end }}
{{- if not (kindIs "invalid" .Values.revisionHistoryLimit) }}
revisionHistoryLimit: {{ int64 .Values.revisionHistoryLimit }}
{{- end }}
{{- with .Values.minReadySeconds }}
minReadySeconds: {{ int64 . }}
{{- end }}
selector:
  matchLabels:
    {{- include "spacelift-worker.selectorLabels" . | nindent 4 }}
{{- end -}}

{{/* An object's name and the chart's labels: name and context. */}}
{{- define "spacelift-worker.metadata" -}}
{{- $root := index . 1 -}}
name: {{ index . 0 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "spacelift-worker.labels" $root | nindent 2 }}
{{- end -}}
