{{/* What the person who installs should know of their values, as a list of sentences. */}}
{{- define "spacelift-worker.notes" -}}
{{- $ours := eq (include "spacelift-worker.program" .) "spacelift-worker" -}}
{{- $grace := include "spacelift-worker.grace" . | int64 -}}
{{- $needed := include "spacelift-worker.neededGrace" . | int64 -}}
{{- $names := list }}{{ range .Values.launcher.extraEnv }}{{ $names = append $names .name }}{{ end -}}
{{- if lt $grace $needed }}
- terminationGracePeriodSeconds is {{ $grace }} and a run of {{ .Values.launcher.runTimeout }} needs {{ $needed }}. {{ $ours | ternary "The launcher interrupts a run early enough for its tool to save its state" "Runs that take longer are killed" }}. Leave the value out and it is computed.
{{- end }}
{{- if and .Values.launcher.envFrom (not .Values.terminationGracePeriodSeconds) }}
- If launcher.envFrom brings SPACELIFT_LAUNCHER_RUN_TIMEOUT, set launcher.runTimeout to the same, since terminationGracePeriodSeconds follows from it.
{{- end }}
{{- if hasPrefix "localhost/" .Values.launcher.image.repository }}
- launcher.image.repository is {{ .Values.launcher.image.repository }}, an image that every node must have been given. Push yours to a registry and name it there.
{{- end }}
{{- if and .Values.credentials.create (not .Values.credentials.existingSecret) (not .Values.credentials.token) (not (or (has "SPACELIFT_TOKEN" $names) (has "SPACELIFT_TOKEN_FILE" $names))) }}
- credentials.token and credentials.privateKey are empty, so the launchers cannot start. Set them, or credentials.existingSecret.
{{- end }}
{{- if and (not .Values.credentials.create) (not .Values.credentials.existingSecret) (not (has "SPACELIFT_TOKEN" $names)) (not (has "SPACELIFT_TOKEN_FILE" $names)) (not .Values.launcher.envFrom) }}
- credentials.create is false and launcher.extraEnv has no SPACELIFT_TOKEN, so the launchers cannot start unless something else brings it.
{{- end }}
{{- if not $ours }}
- {{ .Values.launcher.image.repository }} is taken for Spacelift's launcher. It knows neither probes, metrics and busy marks nor deadlines, and is given its credentials as variables; so evictions of busy pods are not refused, and a changed Secret needs a restart. Sidecar, supervisor and grace period work as they do for ours.
{{- else if not (include "spacelift-worker.marks" .) }}
- The launchers do not mark their pods while they are busy (busyMarks.enabled), so a drain or an autoscaler may end a busy one; it then has the time above.
{{- end }}
{{- if and .Values.useStatefulSet .Values.storageVolumeClaimTemplateSpec .Values.storageVolume }}
- storageVolume has no effect beside storageVolumeClaimTemplateSpec.
{{- end }}
{{- with get .Values.storageVolume "persistentVolumeClaim" }}
{{- if not (include "spacelift-worker.hasClaim" $) }}
- storageVolume.persistentVolumeClaim is one claim ({{ .claimName }}) for every pod: two daemons on one data root damage it. Have one worker, and `updateStrategy` {type: {{ $.Values.useStatefulSet | ternary "RollingUpdate" "Recreate" }}}; or use storageVolumeClaimTemplateSpec.
{{- end }}
{{- end }}
{{- if and (not .Values.useStatefulSet) .Values.storageVolumeClaimTemplateSpec }}
- storageVolumeClaimTemplateSpec has no effect on a Deployment.
{{- end }}
{{- if and .Values.useStatefulSet .Values.storageVolumeClaimTemplateSpec (eq .Values.statefulSet.persistentVolumeClaimRetentionPolicy.whenDeleted "Retain") }}
- The claims launcher-storage-{{ include "spacelift-worker.workload" . }}-N stay when the release is uninstalled; delete them yourself.
{{- end }}
{{- if and .Values.useStatefulSet (eq .Values.statefulSet.podManagementPolicy "OrderedReady") }}
- statefulSet.podManagementPolicy is OrderedReady, so pods go one after the other, and each may take {{ $grace }} s.
{{- end }}
{{- if include "spacelift-worker.ownDaemonConfig" . }}
- dind.extraVolumeMounts mounts a daemon.json of yours; put `"live-restore": true` into it, or runs do not outlive a daemon that dies.
{{- end }}
{{- range .Values.launcher.extraEnv }}
{{- if and (eq .name "DOCKER_HOST") (regexMatch "^tcp://(localhost|127\\.0\\.0\\.1):2375/?$" (.value | default "")) (not $.Values.dind.tcp.enabled) }}
- launcher.extraEnv sets DOCKER_HOST to {{ .value }}, where nothing listens: remove it, or set dind.tcp.enabled.
{{- end }}
{{- end }}
{{- if .Values.dind.tcp.enabled }}
- dind.tcp.enabled opens Docker to every container of the pod, without authentication, and with it the node. Use unix:///var/run/dind/docker.sock where you can.
{{- end }}
{{- if and (not .Values.replicasEnabled) (not .Values.autoscaling.enabled) (not .Values.keda.enabled) }}
- replicasEnabled is false and this chart makes no autoscaler, so a first installation has one worker until something scales it.
{{- end }}
{{- end -}}
