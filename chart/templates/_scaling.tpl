{{/* The workload, as autoscalers refer to it. */}}
{{- define "spacelift-worker.scaleTarget" -}}
apiVersion: apps/v1
kind: {{ .Values.useStatefulSet | ternary "StatefulSet" "Deployment" }}
name: {{ include "spacelift-worker.workload" . }}
{{- end -}}

{{/*
How an autoscaler behaves if nobody says otherwise: up at once, since somebody waits; down slowly, because a pod that goes while it is busy drains
for as long as its run takes, and counts no more meanwhile.
*/}}
{{- define "spacelift-worker.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
scaleDown:
  stabilizationWindowSeconds: 600
  selectPolicy: Max
  policies:
    - type: Percent
      value: 10
      periodSeconds: 60
    - type: Pods
      value: 1
      periodSeconds: 60
{{- end -}}
