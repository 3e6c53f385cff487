{{- define "spacelift-worker.validate" -}}{{- end -}}
