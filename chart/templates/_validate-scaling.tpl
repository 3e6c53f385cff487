{{- define "spacelift-worker.rule.scalers" -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled -}}
autoscaling.enabled and keda.enabled are both true: two autoscalers would fight over one number, expected one
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.scalerBounds" -}}
{{- range $name := list "autoscaling" "keda" -}}
{{- $scaler := get $.Values $name -}}
{{- if and $scaler.enabled (gt (int $scaler.minReplicas) (int $scaler.maxReplicas)) -}}
{{ $name }}.minReplicas is {{ $scaler.minReplicas }} and {{ $name }}.maxReplicas is {{ $scaler.maxReplicas }}: expected a minimum that is not above the maximum
{{- else if and $scaler.enabled (eq $name "autoscaling") (eq (int $scaler.minReplicas) 0) -}}
autoscaling.minReplicas is 0, which a HorizontalPodAutoscaler does not take: expected 1 or more, or keda.enabled
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.kedaTriggers" -}}
{{- with .Values.keda -}}
{{- if and .enabled (not .triggers) (not (and .prometheus.serverAddress (or .prometheus.workerPoolId .prometheus.query))) -}}
keda.enabled is true and nothing says what to scale on: expected keda.prometheus.serverAddress with keda.prometheus.workerPoolId, or keda.triggers
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.marksProgram" -}}
{{- if and .Values.busyMarks.enabled (eq (include "spacelift-worker.program" .) "spacelift") -}}
busyMarks.enabled is true, but Spacelift's launcher ({{ .Values.launcher.image.repository }}) does not mark its pod: leave it unset
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.admissionPolicy" -}}
{{- if .Values.busyMarks.admissionPolicy.create -}}
{{- if not (include "spacelift-worker.marks" .) -}}
busyMarks.admissionPolicy.create is true, but no launcher marks its pod: set busyMarks.enabled too
{{- else if eq (include "spacelift-worker.serviceAccountName" .) "default" -}}
busyMarks.admissionPolicy.create is true, but the pods run under the account that everybody has: set serviceAccount.create or serviceAccount.name
{{- else if semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version -}}
busyMarks.admissionPolicy.create is true, but Kubernetes {{ .Capabilities.KubeVersion.Version }} has no ValidatingAdmissionPolicy: expected 1.30 or newer
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.names" -}}
{{- $own := list "launcher" "dind" "mirror" -}}
{{- range $key := list "additionalContainers" "initContainers" -}}
{{- range get $.Values $key }}{{ if has .name $own -}}
{{ $key }} has a container {{ quote .name }}, which is a name of the chart's own: choose another
{{- end }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.labels" -}}
{{- if hasKey .Values.extraPodLabels "spacelift-worker.io/busy" -}}
extraPodLabels sets spacelift-worker.io/busy, which the launcher keeps: remove it
{{- end -}}
{{- end -}}

{{- define "spacelift-worker.rule.volumes" -}}
{{- $own := list "launcher-storage" "launcher-tmp" "launcher-credentials" "launcher-identity" "launcher-policy" "launcher-docker-config" "launcher-ca" "dind-socket" "dind-config" -}}
{{- range .Values.volumes }}{{ if has .name $own -}}
volumes has {{ quote .name }}, which is a name of the chart's own: choose another, or use storageVolume
{{- end }}{{ end -}}
{{- end -}}

{{/* Of a StatefulSet that is there, some fields cannot be changed; the API server's own words for that do not say what to do. */}}
{{- define "spacelift-worker.rule.immutable" -}}
{{- $name := include "spacelift-worker.workload" . -}}
{{- $there := .Values.useStatefulSet | ternary (lookup "apps/v1" "StatefulSet" .Release.Namespace $name) dict -}}
{{- if $there -}}
{{- $changes := list -}}
{{- $policy := $there.spec.podManagementPolicy | default "OrderedReady" -}}
{{- if ne $policy .Values.statefulSet.podManagementPolicy }}{{ $changes = append $changes (printf "statefulSet.podManagementPolicy=%s" $policy) }}{{ end -}}
{{- if ne $there.spec.serviceName (include "spacelift-worker.service" .) }}{{ $changes = append $changes (printf "statefulSet.serviceName=%s" $there.spec.serviceName) }}{{ end -}}
{{- $claims := $there.spec.volumeClaimTemplates | default list -}}
{{- $claimed := not (empty $claims) -}}
{{- $wanted := not (empty .Values.storageVolumeClaimTemplateSpec) -}}
{{- if and $claimed (not $wanted) }}{{ $changes = append $changes "storageVolumeClaimTemplateSpec as it was" }}{{ end -}}
{{- if and $wanted (not $claimed) }}{{ $changes = append $changes "no storageVolumeClaimTemplateSpec" }}{{ end -}}
{{- if and $claimed $wanted -}}
{{- $old := dig "resources" "requests" "storage" "" ((index $claims 0).spec | default dict) -}}
{{- $new := dig "resources" "requests" "storage" "" .Values.storageVolumeClaimTemplateSpec -}}
{{- if ne (toString $old) (toString $new) }}{{ $changes = append $changes (printf "storageVolumeClaimTemplateSpec.resources.requests.storage=%v" $old) }}{{ end -}}
{{- end -}}
{{- if $changes -}}
the StatefulSet {{ quote $name }} is there already, and Kubernetes does not let it change as these values ask: keep it with {{ join ", " $changes }}; or let the new one take over its pods and volumes, after `kubectl delete statefulset {{ $name }} --namespace {{ .Release.Namespace }} --cascade=orphan`
{{- end -}}
{{- end -}}
{{- end -}}
