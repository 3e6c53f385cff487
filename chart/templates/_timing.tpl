{{/* A duration as Go writes it, in whole seconds. */}}
{{- define "spacelift-worker.seconds" -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- sub (mustDateModify . $start | unixEpoch) ($start | unixEpoch) -}}
{{- end -}}

{{/* A duration of the launcher: the value, unless the user set the variable itself, as one had to with the legacy chart. */}}
{{- define "spacelift-worker.launcherDuration" -}}
{{- $name := index . 0 -}}
{{- $duration := index . 1 -}}
{{- range (index . 2).Values.launcher.extraEnv -}}
{{- if and (eq .name $name) .value }}{{ $duration = .value }}{{ end -}}
{{- end -}}
{{- $duration -}}
{{- end -}}

{{/*
What a pod needs in the longest case, in seconds: a whole run; INT and TERM with the tool's time after each; 10 s to kill; 100 s to deliver the
state, seal and send the workspace, send the end of the log and report; and 10 s that the launcher ends before the kubelet would.
*/}}
{{- define "spacelift-worker.neededGrace" -}}
{{- $timeouts := dict "SPACELIFT_LAUNCHER_RUN_TIMEOUT" .Values.launcher.runTimeout -}}
{{- $_ := set $timeouts "SPACELIFT_LAUNCHER_INTERRUPT_GRACE" .Values.launcher.interruptGrace -}}
{{- $_ := set $timeouts "SPACELIFT_LAUNCHER_TERMINATE_GRACE" .Values.launcher.terminateGrace -}}
{{- $sum := 120 -}}
{{- range $name, $duration := $timeouts -}}
{{- $sum = add $sum (include "spacelift-worker.launcherDuration" (list $name $duration $) | include "spacelift-worker.seconds") -}}
{{- end -}}
{{- $sum -}}
{{- end -}}

{{/* How long the pod is given. */}}
{{- define "spacelift-worker.grace" -}}
{{- .Values.terminationGracePeriodSeconds | default (include "spacelift-worker.neededGrace" .) | int64 -}}
{{- end -}}

{{/* How long the launcher may take of that, in seconds: ten less, or a tenth less of a short time, so that the daemon has its turn. */}}
{{- define "spacelift-worker.drain" -}}
{{- $grace := include "spacelift-worker.grace" . | int64 -}}
{{- max 1 (sub $grace (min 10 (max 1 (div $grace 10)))) -}}
{{- end -}}
