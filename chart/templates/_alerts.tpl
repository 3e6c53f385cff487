{{/* Alerts that ask for somebody: what is wrong, since when it matters, and what to do. Only on metrics that the launcher has. */}}
{{- define "spacelift-worker.alerts" -}}
{{- $pods := printf "namespace=%q, pod=~\"%s-.+\"" .Release.Namespace (include "spacelift-worker.workload" .) -}}
- alert: SpaceliftWorkerSilent
  expr: spacelift_launcher_heartbeat_age_seconds{ {{- $pods -}} } > 120
  for: 2m
  labels: {severity: critical}
  annotations:
    summary: The control plane has not answered {{ `{{ $labels.pod }}` }} for two minutes.
    description: A job whose worker is silent past its lease is failed. Look at the control plane, the network and `/readyz?verbose` of the pod.
- alert: SpaceliftWorkerNotReady
  expr: sum by (namespace, pod) (spacelift_launcher_state{ {{- $pods }}, state=~"starting|offline|failed"}) == 1
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: "{{ `{{ $labels.pod }}` }} has not been ready to take runs for a quarter of an hour."
    description: "`/readyz?verbose` of the pod says which check does not hold: engine, broker or control plane."
- alert: SpaceliftWorkerCertificateExpires
  expr: spacelift_launcher_certificate_expiry_timestamp_seconds{ {{- $pods -}} } - time() < 14 * 24 * 3600
  for: 1h
  labels: {severity: warning}
  annotations:
    summary: The certificate of the worker pool expires in {{ `{{ $value | humanizeDuration }}` }}.
    description: Reset the pool, and put the new token and key into the Secret; the launchers take them without a restart.
- alert: SpaceliftWorkerReconnects
  expr: increase(spacelift_launcher_disconnects_total{ {{- $pods -}} }[15m]) > 10
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: "{{ `{{ $labels.pod }}` }} loses its connection to the broker again and again."
    description: Two launchers with one identity, a proxy that cuts idle connections, or a broker in trouble.
- alert: SpaceliftWorkerRestarts
  expr: changes(process_start_time_seconds{ {{- $pods -}} }[1h]) > 3
  labels: {severity: warning}
  annotations:
    summary: The launcher of {{ `{{ $labels.pod }}` }} was restarted more than three times in an hour.
    description: "`kubectl logs --previous` ends with the reason; exit code 78 is a configuration that cannot work."
- alert: SpaceliftWorkerNotMarked
  expr: spacelift_launcher_pod_mark_pending{ {{- $pods -}} } == 1
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: "{{ `{{ $labels.pod }}` }} does not say whether it is busy, so it may be evicted with a run in hand."
    description: The launcher may not patch its pod, or the API server does not answer it. Its log has the reason once.
- alert: SpaceliftWorkerDiskFills
  expr: max by (namespace, pod) (spacelift_launcher_disk_used_ratio{ {{- $pods -}} }) > 0.9
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: The disk of {{ `{{ $labels.pod }}` }} is more than nine tenths full.
    description: Set `launcher.diskUsageThreshold`, so that the launcher cleans in time, or make the volume larger. Without room it takes no run.
- alert: SpaceliftWorkersAllBusy
  expr: min by (namespace) (spacelift_launcher_busy{ {{- $pods -}} }) == 1
  for: 30m
  labels: {severity: info}
  annotations:
    summary: Every worker has been busy for half an hour; runs may be waiting.
    description: Raise `replicaCount`, or let an autoscaler do it.
{{- end -}}
