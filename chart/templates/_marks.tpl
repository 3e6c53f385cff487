{{/* Whether the launcher marks its pod while it is busy: "true" or nothing. Spacelift's program does not know how to. */}}
{{- define "spacelift-worker.marks" -}}
{{- $account := .Values.serviceAccount -}}
{{- $enabled := .Values.busyMarks.enabled -}}
{{- if kindIs "invalid" $enabled -}}
{{- /* The default account belongs to every pod of the namespace: nobody gives it rights without having been asked. */ -}}
{{- $enabled = and .Values.useStatefulSet (or $account.create $account.name) -}}
{{- end -}}
{{- if and $enabled (eq (include "spacelift-worker.program" .) "spacelift-worker") }}true{{ end -}}
{{- end -}}

{{/* How many pods of the StatefulSet the Role names: all that there can be. */}}
{{- define "spacelift-worker.namedPods" -}}
{{- $most := list (int .Values.busyMarks.pods) (int .Values.replicaCount) -}}
{{- if .Values.autoscaling.enabled }}{{ $most = append $most (.Values.autoscaling.maxReplicas | int) }}{{ end -}}
{{- if .Values.keda.enabled }}{{ $most = append $most (.Values.keda.maxReplicas | int) }}{{ end -}}
{{- $pods := 0 -}}
{{- range $most }}{{ $pods = max $pods . }}{{ end -}}
{{- $pods -}}
{{- end -}}
