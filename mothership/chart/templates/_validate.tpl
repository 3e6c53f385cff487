{{/* Rules over several values; each says which value to change. */}}
{{- define "spacelift-mothership.validate" -}}
{{- if lt (int .Values.leaseSeconds) (mul 2 (int .Values.heartbeatSeconds)) -}}
{{- printf "leaseSeconds is %v: expected at least %d, twice heartbeatSeconds" .Values.leaseSeconds (mul 2 (int .Values.heartbeatSeconds)) | fail -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is empty: expected a host name, because ingress.enabled is true" -}}
{{- end -}}
{{- end -}}
