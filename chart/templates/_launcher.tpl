{{/* Options of the launcher by variable, from values: the table that a test holds against the launcher's own. */}}
{{- define "spacelift-worker.optionsEnv" -}}
{{- with .Values.launcher }}
SPACELIFT_DEBUG: {{ .debug | quote }}
SPACELIFT_DEFAULT_ANSIBLE_RUNNER_IMAGE: {{ .defaultAnsibleRunnerImage | quote }}
SPACELIFT_DEFAULT_RUNNER_IMAGE: {{ .defaultRunnerImage | quote }}
SPACELIFT_LAUNCHER_LOGS_TIMEOUT: {{ .logsTimeout | quote }}
SPACELIFT_LAUNCHER_RUN_TIMEOUT: {{ .runTimeout | quote }}
SPACELIFT_MASK_ENVS: {{ join "," .maskEnvs | quote }}
SPACELIFT_RUN_LOGS_ON_STANDARD_OUTPUT_ENABLED: {{ .runLogsOnStandardOutput | quote }}
SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED: {{ .sensitiveOutputUpload | quote }}
SPACELIFT_WORKER_COMMS_PROTOCOL: {{ .comms.protocol | quote }}
SPACELIFT_WORKER_COMMS_URL: {{ .comms.url | quote }}
SPACELIFT_WORKER_NETWORK: {{ .workerNetwork | quote }}
SPACELIFT_WORKER_RO_EXTRA_MOUNTS: {{ join "," .readOnlyRunExtraMounts | quote }}
SPACELIFT_WORKER_RUNTIME: {{ .workerRuntime | quote }}
SPACELIFT_WORKER_WO_EXTRA_MOUNTS: {{ join "," .writeRunExtraMounts | quote }}
{{- range $index, $mapping := .privateVcsMappings }}
SPACELIFT_PRIVATEVCS_MAPPING_NAME_{{ $index }}: {{ $mapping.name | quote }}
SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_{{ $index }}: {{ $mapping.baseEndpoint | quote }}
{{- end }}
{{- range $key, $value := .metadata }}
SPACELIFT_METADATA_{{ $key }}: {{ include "spacelift-worker.number" $value | quote }}
{{- end }}
{{- end }}
SPACELIFT_WHITELIST_ENVS: {{ include "spacelift-worker.whitelist" . | quote }}
SPACELIFT_WORKER_EXTRA_MOUNTS: {{ include "spacelift-worker.extraMounts" . | quote }}
{{- if eq (include "spacelift-worker.program" .) "spacelift-worker" }}
{{- with .Values.launcher }}
SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS: {{ join "," .allowedRunnerImageHosts | quote }}
SPACELIFT_LAUNCHER_DIRECTORY: {{ .directory | quote }}
SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD: {{ include "spacelift-worker.number" (.diskUsageThreshold | default "") | quote }}
SPACELIFT_LAUNCHER_EXIT_AFTER_IDLE: {{ .exitAfterIdle | quote }}
SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS: {{ include "spacelift-worker.number" (.exitAfterJobs | default "") | quote }}
SPACELIFT_LAUNCHER_HEALTH_PORT: {{ .healthPort | quote }}
SPACELIFT_LAUNCHER_INTERRUPT_GRACE: {{ .interruptGrace | quote }}
SPACELIFT_LAUNCHER_LOG_FORMAT: {{ .logFormat | quote }}
SPACELIFT_LAUNCHER_LOG_LEVEL: {{ .logLevel | quote }}
SPACELIFT_LAUNCHER_OPA: {{ .policy.opa | quote }}
SPACELIFT_LAUNCHER_POLICY_EXEC: {{ .policy.exec | quote }}
SPACELIFT_LAUNCHER_POLICY_FAILED_CALLS: {{ .policy.failedCalls | quote }}
SPACELIFT_LAUNCHER_POLICY_HTTP: {{ .policy.http | quote }}
SPACELIFT_LAUNCHER_POLICY_TIMEOUT: {{ .policy.timeout | quote }}
SPACELIFT_LAUNCHER_PULL_POLICY: {{ .pullPolicy | quote }}
SPACELIFT_LAUNCHER_SPOT_NOTICE: {{ .spotNotice | quote }}
SPACELIFT_LAUNCHER_TERMINATE_GRACE: {{ .terminateGrace | quote }}
SPACELIFT_LAUNCHER_TOOL_MIRROR: {{ .toolMirror | quote }}
SPACELIFT_LAUNCHER_TOOL_SIGNATURES: {{ .toolSignatures | quote }}
SPACELIFT_WORKER_CPUS: {{ .workerCpus | quote }}
SPACELIFT_WORKER_MEMORY: {{ .workerMemory | quote }}
SPACELIFT_WORKER_PIDS: {{ include "spacelift-worker.number" .workerPids | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Those of them that are not the launcher's default anyway, so that `envFrom` can still set the others: what is in `env` goes before it. */}}
{{- define "spacelift-worker.chosenEnv" -}}
{{- $pristine := dict "Values" dict "Files" .Files "Chart" .Chart "Release" .Release -}}
{{- include "spacelift-worker.defaults" $pristine -}}
{{- $default := include "spacelift-worker.optionsEnv" $pristine | fromYaml -}}
{{- range $name, $value := include "spacelift-worker.optionsEnv" . | fromYaml }}
{{- if ne (toString $value) (toString (get $default $name)) }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Names of variables that runs are given: the user's, and those of proxy and certificates. */}}
{{- define "spacelift-worker.whitelist" -}}
{{- $network := list -}}
{{- range $name, $value := include "spacelift-worker.networkEnv" . | fromYaml }}{{ if $value }}{{ $network = append $network $name }}{{ end }}{{ end -}}
{{- concat .Values.launcher.whitelistEnvs $network | uniq | join "," -}}
{{- end -}}

{{/* Mounts of every run: the user's, and the certificates. */}}
{{- define "spacelift-worker.extraMounts" -}}
{{- $mounts := .Values.launcher.extraMounts -}}
{{- if hasKey (include "spacelift-worker.fileTable" . | fromYaml) "ca" -}}
{{- $mounts = append $mounts "/etc/spacelift-worker/ca:/etc/spacelift-worker/ca" -}}
{{- end -}}
{{- join "," $mounts -}}
{{- end -}}

{{/* Memory that the pod's daemon may use with the runs in it; nothing if that is not limited. A launcher sees only what the node has. */}}
{{- define "spacelift-worker.engineMemory" -}}
{{- if .Values.dind.enabled }}
{{- with dig "limits" "memory" "" .Values.dind.resources }}{{ include "spacelift-worker.number" . }}{{ end }}
{{- end }}
{{- end -}}

{{/* The chart's own variables of the launcher, as a list. Those that others refer to come first. */}}
{{- define "spacelift-worker.launcherEnv" -}}
- name: DOCKER_HOST
  value: {{ .Values.dind.enabled | ternary "unix:///var/run/dind/docker.sock" .Values.launcher.dockerHost }}
{{- include "spacelift-worker.credentialsEnv" . }}
- name: SPACELIFT_METADATA_instance_id
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: SPACELIFT_METADATA_k8s_namespace
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- if include "spacelift-worker.marks" . }}
- name: SPACELIFT_LAUNCHER_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: SPACELIFT_LAUNCHER_POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- if eq (include "spacelift-worker.program" .) "spacelift-worker" }}
- name: SPACELIFT_LAUNCHER_DRAIN_TIMEOUT
  value: {{ include "spacelift-worker.drain" . }}s
{{- with include "spacelift-worker.engineMemory" . }}
- name: SPACELIFT_LAUNCHER_ENGINE_MEMORY
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- $values := include "spacelift-worker.chosenEnv" . | fromYaml | default dict }}
{{- $values = merge $values (include "spacelift-worker.fileEnv" . | fromYaml) (include "spacelift-worker.networkEnv" . | fromYaml) }}
{{- include "spacelift-worker.envOf" $values }}
{{- end -}}

{{/* The launcher's security context. Without runAsNonRoot where the user asks for root, which no kubelet would start. */}}
{{- define "spacelift-worker.launcherSecurityContext" -}}
{{- $own := dict -}}
{{- if eq (include "spacelift-worker.program" .) "spacelift-worker" -}}
{{- $own = dict "runAsUser" 1983 "runAsGroup" 1983 "runAsNonRoot" true "readOnlyRootFilesystem" true "allowPrivilegeEscalation" false -}}
{{- $own = merge $own (dict "capabilities" (dict "drop" (list "ALL")) "seccompProfile" (dict "type" "RuntimeDefault")) -}}
{{- end -}}
{{- $asked := .Values.launcher.securityContext -}}
{{- if and (hasKey $asked "runAsUser") (eq (toString $asked.runAsUser) "0") }}{{ $own = omit $own "runAsNonRoot" "runAsGroup" }}{{ end -}}
{{- if $asked.privileged }}{{ $own = omit $own "allowPrivilegeEscalation" }}{{ end -}}
{{- mergeOverwrite $own (deepCopy $asked) | toYaml -}}
{{- end -}}

{{/* A probe of the launcher: path, what the user set, period and failures. */}}
{{- define "spacelift-worker.launcherProbe" -}}
{{- $set := .set | default dict -}}
{{- if not (and (hasKey $set "enabled") (not $set.enabled)) -}}
{{- $handler := dict -}}
{{- if not (or $set.exec $set.httpGet $set.tcpSocket $set.grpc) }}{{ $handler = dict "httpGet" (dict "path" .path "port" "health") }}{{ end -}}
{{- $probe := merge (dict "periodSeconds" .period "failureThreshold" .failures "timeoutSeconds" 5) $handler -}}
{{- mergeOverwrite $probe (omit $set "enabled") | toYaml -}}
{{- end -}}
{{- end -}}
