{{/*
Files that the launcher is given: the policy, Docker's config.json, certificates of authorities and of an engine. For each its volume (name, source, key, path) and where it is
mounted. Empty values have no row.
*/}}
{{- define "spacelift-worker.fileTable" -}}
{{- $launcher := .Values.launcher -}}
{{- $policy := $launcher.policy }}
{{- if $policy.existingSecret }}
policy: {secret: {{ $policy.existingSecret | quote }}, key: {{ $policy.key }}, path: policy.rego}
{{- else if or $policy.existingConfigMap $policy.rego }}
policy: {configMap: {{ $policy.existingConfigMap | default (include "spacelift-worker.part" (list "policy" .)) | quote }}, key: {{ empty $policy.existingConfigMap | ternary "policy.rego" $policy.key }}, path: policy.rego}
{{- end }}
{{- $docker := $launcher.dockerConfig }}
{{- if or $docker.existingSecret $docker.config }}
docker-config: {secret: {{ $docker.existingSecret | default (include "spacelift-worker.part" (list "docker-config" .)) | quote }}, key: {{ empty $docker.existingSecret | ternary ".dockerconfigjson" $docker.key }}, path: config.json}
{{- end }}
{{- with $launcher.dockerTLS.existingSecret }}
docker-tls: {secret: {{ quote . }}}
{{- end }}
{{- $authority := .Values.customCA }}
{{- if or $authority.existingConfigMap $authority.certificates }}
ca: {configMap: {{ $authority.existingConfigMap | default (include "spacelift-worker.part" (list "ca" .)) | quote }}, key: {{ empty $authority.existingConfigMap | ternary "ca.crt" $authority.key }}, path: ca.crt}
{{- end }}
{{- end -}}

{{- define "spacelift-worker.fileVolumes" -}}
{{- range $name, $file := include "spacelift-worker.fileTable" . | fromYaml }}
- name: launcher-{{ $name }}
  {{- if $file.secret }}
  secret:
    secretName: {{ $file.secret }}
  {{- else }}
  configMap:
    name: {{ $file.configMap }}
  {{- end }}
    items:
      {{- if eq $name "docker-tls" }}
      {{- range $part, $key := $.Values.launcher.dockerTLS.keys }}
      - key: {{ $key }}
        path: {{ $part }}.pem
      {{- end }}
      {{- else }}
      - key: {{ $file.key }}
        path: {{ $file.path }}
      {{- end }}
{{- end }}
{{- end -}}

{{/* Mounts of some of these files: their names, and the context. */}}
{{- define "spacelift-worker.fileMounts" -}}
{{- $files := include "spacelift-worker.fileTable" (index . 1) | fromYaml -}}
{{- range index . 0 }}
{{- if hasKey $files . }}
- name: launcher-{{ . }}
  mountPath: /etc/spacelift-worker/{{ . }}
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{/* Variables that point at them, for the launcher, as a map. */}}
{{- define "spacelift-worker.fileEnv" -}}
{{- $files := include "spacelift-worker.fileTable" . | fromYaml -}}
{{- if hasKey $files "policy" }}
SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: /etc/spacelift-worker/policy/policy.rego
{{- end }}
{{- if hasKey $files "docker-config" }}
SPACELIFT_DOCKER_CONFIG_DIR: /etc/spacelift-worker/docker-config
{{- end }}
{{- if hasKey $files "docker-tls" }}
DOCKER_CERT_PATH: /etc/spacelift-worker/docker-tls
DOCKER_TLS_VERIFY: "1"
{{- end }}
{{- if hasKey $files "ca" }}
NODE_EXTRA_CA_CERTS: /etc/spacelift-worker/ca/ca.crt
{{- with .Values.customCA.certificates }}
{{- $encoded := list }}{{ range . }}{{ $encoded = append $encoded (b64enc .) }}{{ end }}
ADDITIONAL_ROOT_CAS: {{ dict "caCertificates" $encoded | toJson | b64enc | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Variables for whoever trusts and dials by them, daemon and runs too, as a map. Programs in Go and OpenSSL read the directory beside the usual file. */}}
{{- define "spacelift-worker.networkEnv" -}}
{{- if hasKey (include "spacelift-worker.fileTable" . | fromYaml) "ca" }}
SSL_CERT_DIR: /etc/ssl/certs:/etc/spacelift-worker/ca
{{- end }}
{{- $proxy := .Values.proxy }}
{{- if or $proxy.httpProxy $proxy.httpsProxy }}
{{- with $proxy.httpProxy }}
HTTP_PROXY: {{ quote . }}
{{- end }}
{{- with $proxy.httpsProxy }}
HTTPS_PROXY: {{ quote . }}
{{- end }}
NO_PROXY: {{ list "localhost" "127.0.0.1" ".svc" ".cluster.local" $proxy.noProxy | compact | join "," | quote }}
{{- end }}
{{- end -}}
